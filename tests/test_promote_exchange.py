"""Bundles are exchanged in one step: by the command, and when it is killed between any two."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.bundles import alone, history, keep, manifest_sha256, place_of, replace
from tests.homelens_command import assert_named_error, homelens
from tests.made_bundles import write_bundle, write_photos
from training.manifests import fingerprint
from vision.bundle import read_manifest
from vision.errors import BundleUnsuitable
from vision.objects import Objects


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos") / "clean", 40)


@pytest.fixture
def in_use(tmp_path: Path) -> Path:
    """A models folder whose detector draws its boxes two pixels off."""
    write_bundle(tmp_path / "in-use/objects", shift=(2, 2, 2))
    return tmp_path / "in-use"


def test_the_command_keeps_the_old_model_and_says_why(
    in_use: Path, photos: Path, tmp_path: Path
) -> None:
    before = fingerprint(in_use)
    bad = write_bundle(tmp_path / "bad", shift=(4, 4, 4))
    done = homelens("models", "promote", bad, "--yolo", photos, "--json", MODELS=str(in_use))
    assert done.returncode == 1, done.stderr
    assert "kept the old model: yolo: it is worse" in done.stderr
    printed = json.loads(done.stdout)
    assert printed["models"]["challenger"] == read_manifest(bad).sha256
    assert list(printed["data"].values()) == [fingerprint(photos)]
    assert fingerprint(in_use) == before


def test_the_command_replaces_and_keeps_the_old_one(
    in_use: Path, photos: Path, tmp_path: Path
) -> None:
    new = write_bundle(tmp_path / "new")
    old = manifest_sha256(in_use / "objects")
    was = read_manifest(in_use / "objects").sha256
    run = ("models", "promote", str(new), "--yolo", str(photos))
    done = homelens(*run, "--dry-run", MODELS=str(in_use))
    assert done.returncode == 0, done.stderr
    assert manifest_sha256(in_use / "objects") == old
    done = homelens(*run, MODELS=str(in_use))
    assert done.returncode == 0, done.stderr
    promoted = read_manifest(in_use / "objects")
    assert promoted.sha256 == read_manifest(new).sha256
    record = promoted.extra["promotion"]
    assert (record["over"], record["over_manifest"]) == (was, old)
    assert record["data"] == {"clean": fingerprint(photos)}
    assert {"figures", "code", "at"} <= set(record)
    Objects.load(in_use / "objects")
    kept = history(in_use, "objects") / old
    assert manifest_sha256(kept) == old
    Objects.load(kept)
    listed = homelens("models", "--json", MODELS=str(in_use))
    names = [row["bundle"] for row in json.loads(listed.stdout)["bundles"]]
    assert names == ["objects", "people", "rooms"]
    assert_named_error(homelens(*run, MODELS=str(in_use)), "nothing to promote")


@pytest.mark.parametrize(
    "more", [(), ("--coco", "x.json"), ("--rooms", "x"), ("--yolo", "no-such-folder")]
)
def test_unclear_photos_are_named(in_use: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    new = write_bundle(tmp_path / "new")
    assert_named_error(homelens("models", "promote", new, *more, MODELS=str(in_use)), "accepted:")


def test_names_are_no_paths(tmp_path: Path) -> None:
    for name in ("..", "../objects", "", "a/b", ".history"):
        with pytest.raises(BundleUnsuitable, match="cannot be a bundle's name"):
            place_of(tmp_path, name)


KILLED = """
import os, sys
from pathlib import Path

steps, stop = 0, int(sys.argv[3])
def counted(real):
    def call(*given, **more):
        global steps
        steps += 1
        if steps == stop:
            os._exit(9)
        return real(*given, **more)
    return call
from serving.bundles import alone, manifest_sha256, replace
from vision.bundle import read_manifest
models, new = Path(sys.argv[1]), Path(sys.argv[2])
os.fsync = counted(os.fsync)
for name in ("replace", "rename", "unlink", "mkdir", "open"):
    setattr(Path, name, counted(getattr(Path, name)))
with alone(models):
    replace(models, "objects", new, read_manifest(new), manifest_sha256(models / "objects"))
"""


def test_a_kill_between_any_two_steps_leaves_a_whole_bundle(in_use: Path, tmp_path: Path) -> None:
    new = write_bundle(tmp_path / "new")
    champion = in_use / "objects"
    old = read_manifest(champion).sha256
    seen = set()
    for step in range(1, 200):
        run = [sys.executable, "-c", KILLED, str(in_use), str(new), str(step)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        Objects.load(champion)  # whole, whichever it is
        found = read_manifest(champion).sha256
        assert found in (old, read_manifest(new).sha256)
        seen.add(found)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        shutil.rmtree(champion)  # as it was, for the next step; the history stays as it is
        write_bundle(champion, shift=(2, 2, 2))
    assert step > 10
    assert seen == {old, read_manifest(new).sha256}
    assert sorted(path.suffix for path in champion.iterdir()) == [".json", ".onnx"]
    (kept,) = [path for path in history(in_use, "objects").iterdir() if path.is_dir()]
    assert read_manifest(kept).sha256 == old
    Objects.load(kept)


def test_what_a_kill_left_is_removed_by_the_next(in_use: Path, tmp_path: Path) -> None:
    new = write_bundle(tmp_path / "new")
    champion = in_use / "objects"
    (champion / "model-0123456789ab.onnx").write_bytes(b"half")
    (champion / "manifest.json.part").write_bytes(b"half")
    sha256 = manifest_sha256(champion)
    (history(in_use, "objects") / f"{sha256}.part").mkdir(parents=True)
    with alone(in_use):
        kept = replace(in_use, "objects", new, read_manifest(new), sha256)
    assert kept.name == sha256
    assert len(list(champion.iterdir())) == 2
    with alone(in_use), pytest.raises(BundleUnsuitable, match="changed meanwhile"):
        replace(in_use, "objects", new, read_manifest(new), sha256)
    assert keep(in_use, "objects") == keep(in_use, "objects")
