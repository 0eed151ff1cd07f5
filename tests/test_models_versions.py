"""Versions of bundles: published, pulled, gone back to and listed, in a folder and on real S3."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.bundle_log import LOG, Change, changes, note
from serving.bundle_store import BundleStore, packed
from serving.bundle_versions import history_of, pull, roll_back
from serving.bundles import alone, history, manifest_sha256, use
from tests.homelens_command import assert_named_error, homelens
from tests.made_bundles import write_bundle, write_photos
from training.manifests import fingerprint
from vision.bundle import read_manifest
from vision.errors import BundleDamaged, BundleError, BundleMissing, BundleUnsuitable, RegistryError
from vision.objects import Objects


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with one bundle."""
    write_bundle(tmp_path / "in-use/objects", shift=(2, 2, 2))
    return tmp_path / "in-use"


def shared(tmp_path: Path) -> BundleStore:
    return BundleStore.open(str(tmp_path / "store"))


def versions(store: BundleStore, tmp_path: Path, number: int) -> list[str]:
    """Publish some versions of the detector."""
    found = []
    for one in range(number):
        folder = write_bundle(tmp_path / f"version-{one}", shift=(10 + one,) * 3)
        found.append(store.push("objects", folder, f"version {one}")[0].version)
    return found


def test_a_promotion_is_in_the_history_and_one_command_goes_back(
    models: Path, tmp_path: Path
) -> None:
    new = write_bundle(tmp_path / "new")
    photos = write_photos(tmp_path / "clean", 40)
    before = fingerprint(models / "objects")
    old = manifest_sha256(models / "objects")
    done = homelens("models", "promote", new, "--yolo", photos, MODELS=str(models))
    assert done.returncode == 0, done.stderr
    done = homelens("models", "history", "objects", "--json", MODELS=str(models))
    first, second = json.loads(done.stdout)["versions"]
    assert (first["version"], first["action"], first["in_use"]) == (old, "came with", False)
    assert (second["action"], second["in_use"], second["code"]) == ("promoted", True, "none")
    assert second["why"] == f"no worse than {old[:12]} on yolo"
    assert second["at"]
    run = ("models", "rollback", "objects", "--why", "it misses green")
    done = homelens(*run, MODELS=str(models))
    assert done.returncode == 0, done.stderr
    assert old[:12] in done.stdout
    assert fingerprint(models / "objects") == before  # byte for byte, names as well
    text = homelens("models", "history", "objects", MODELS=str(models)).stdout
    assert "rolled_back: it misses green  (in use)" in text
    assert_named_error(homelens(*run, MODELS=str(models)), "no earlier version", "accepted:")
    forward = homelens(*run, "--to", second["version"][:8], MODELS=str(models))
    assert forward.returncode == 0, forward.stderr
    assert manifest_sha256(models / "objects") == second["version"]
    Objects.load(models / "objects")


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_what_is_pushed_is_pulled(
    kind: str, models: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path / "store")
    if kind == "s3":
        address = f"{request.getfixturevalue('s3_url')}/bundles"
    done = homelens("models", "push", MODELS=str(models), MODELS_URL=address)
    assert done.returncode == 0, done.stderr
    assert "objects" in done.stdout
    again = homelens("models", "push", MODELS=str(models), MODELS_URL=address)
    assert "is the newest already" in again.stdout
    other = tmp_path / "other"
    done = homelens("models", "pull", MODELS=str(other), MODELS_URL=address)
    assert done.returncode == 0, done.stderr
    assert fingerprint(other / "objects") == fingerprint(models / "objects")
    Objects.load(other / "objects")
    done = homelens("models", "history", "objects", "--store", "--json",
                    MODELS=str(other), MODELS_URL=address)  # fmt: skip
    (row,) = json.loads(done.stdout)["versions"]
    assert (row["action"], row["in_use"]) == ("pushed", True)
    again = homelens("models", "pull", MODELS=str(other), MODELS_URL=address)
    assert "is in use already" in again.stdout


def test_any_version_can_be_pulled_and_gone_back_from(models: Path, tmp_path: Path) -> None:
    store = shared(tmp_path)
    published = versions(store, tmp_path, 3)
    start = manifest_sha256(models / "objects")
    assert pull(models, store, "objects", None) == (published[2], True)
    assert pull(models, store, "objects", published[0][:10]) == (published[0], True)
    assert roll_back(models, "objects", None, "one back") == (published[0], published[2])
    assert roll_back(models, "objects", None, "and the first") == (published[2], start)
    with pytest.raises(BundleMissing, match="no earlier version"):
        roll_back(models, "objects", None, "too far")
    rows = history_of(models, "objects")
    actions = [row.action for row in rows]
    assert actions == ["came with", "pulled", "pulled", "rolled_back", "rolled_back"]
    assert [row.in_use for row in rows] == [False] * 4 + [True]
    assert rows[1].why == "version 2"
    with pytest.raises(BundleMissing, match="begin with ''"):
        roll_back(models, "objects", "", "which?")
    with pytest.raises(BundleMissing, match="no versions of 'objects' begin with 'ffff'"):
        pull(models, store, "objects", "ffff")
    with pytest.raises(BundleMissing, match="no version of 'rooms'"):
        pull(models, store, "rooms", None)


def test_what_was_changed_in_the_store_is_refused(models: Path, tmp_path: Path) -> None:
    store = shared(tmp_path)
    (version,) = versions(store, tmp_path, 1)
    before = fingerprint(models / "objects")
    place = tmp_path / "store"
    sha256 = read_manifest(tmp_path / "version-0").sha256
    model = place / "files" / sha256
    whole = model.read_bytes()
    model.write_bytes(whole[:-1] + b"!")
    with pytest.raises(BundleDamaged, match="its manifest says"):
        pull(models, store, "objects", None)
    model.unlink()
    with pytest.raises(BundleMissing, match="is missing"):
        pull(models, store, "objects", None)
    model.write_bytes(whole)
    manifest = place / "versions" / "objects" / f"{version}.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"1"', b'"2"', 1))
    with pytest.raises(BundleDamaged, match="was changed in the store"):
        pull(models, store, "objects", None)
    assert fingerprint(models / "objects") == before
    assert history_of(models, "objects")[-1].action == "came with"


@pytest.mark.parametrize("file", ["../objects.onnx", "/tmp/x.onnx", "model.py", "", ".onnx"])
def test_a_manifest_names_no_path(file: str, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "odd")
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "file": file}))
    with pytest.raises(BundleDamaged):
        packed(folder)


def test_another_task_or_name_is_refused(models: Path, tmp_path: Path) -> None:
    store = shared(tmp_path)
    store.push("objects", write_bundle(tmp_path / "people", task="segment"), "slip")
    with pytest.raises(BundleUnsuitable, match="for 'segment'"):
        pull(models, store, "objects", None)
    store.push("objects", write_bundle(tmp_path / "rooms", name="rooms"), "slip")
    with pytest.raises(BundleUnsuitable, match="one of 'rooms'"):
        pull(models, store, "objects", None)
    broken = write_bundle(tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"no network")
    sha256 = hashlib.sha256(b"no network").hexdigest()
    manifest = read_manifest(broken).model_copy(update={"sha256": sha256})
    (broken / "manifest.json").write_text(manifest.model_dump_json())
    store.push("objects", broken, "slip")
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        pull(models, store, "objects", None)
    Objects.load(models / "objects")
    for name in ("..", "avm/..", "avm/", "a/b", ""):
        with pytest.raises(BundleError):
            pull(models, store, name, None)


def test_a_damaged_bundle_in_use_is_replaced(models: Path, tmp_path: Path) -> None:
    store = shared(tmp_path)
    (version,) = versions(store, tmp_path, 1)
    (models / "objects" / "model.onnx").write_bytes(b"torn")
    assert pull(models, store, "objects", None) == (version, True)
    Objects.load(models / "objects")
    (models / "objects" / "model.onnx").write_bytes(b"torn")
    assert pull(models, store, "objects", None) == (version, True)  # the same one, mended
    Objects.load(models / "objects")


def test_the_log_outlives_a_cut_line_and_names_a_damaged_one(models: Path) -> None:
    one = Change(action="pulled", version="a" * 64, before=None, why="first")
    note(models, "objects", one)
    path = history(models, "objects") / LOG
    with path.open("a") as file:
        file.write('{"action": "pul')
    assert changes(models, "objects") == (one,)
    two = Change(action="pulled", version="b" * 64, before="a" * 64, why="second")
    note(models, "objects", two)
    assert changes(models, "objects") == (one, two)
    path.write_text("nonsense\n")
    with pytest.raises(RegistryError, match="line 1"):
        changes(models, "objects")


def test_settings_and_names_are_asked_for(models: Path) -> None:
    asked = [("push",), ("pull",), ("history", "objects", "--store")]
    for arguments in asked:
        done = homelens("models", *arguments, MODELS=str(models))
        assert_named_error(done, "HOMELENS_MODELS_URL is not set")
    done = homelens("models", "push", MODELS=str(models), MODELS_URL="ftp://example.org")
    assert_named_error(done, "HOMELENS_MODELS_URL is 'ftp://example.org'")
    assert_named_error(
        homelens("models", "history", "doors", MODELS=str(models)), "no model bundle"
    )


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
from serving.bundles import alone, use
models, version = Path(sys.argv[1]), sys.argv[2]
os.fsync = counted(os.fsync)
for name in ("replace", "rename", "unlink", "mkdir", "open"):
    setattr(Path, name, counted(getattr(Path, name)))
with alone(models):
    use(models, "objects", version)
"""


def test_a_kill_between_any_two_steps_leaves_a_whole_bundle(models: Path, tmp_path: Path) -> None:
    """Both models have the same file name, which is the harder case."""
    new = write_bundle(tmp_path / "new")
    version = manifest_sha256(new)
    shutil.copytree(new, history(models, "objects") / version)
    objects = models / "objects"
    old = read_manifest(objects).sha256
    seen = set()
    for step in range(1, 200):
        run = [sys.executable, "-c", KILLED, str(models), version, str(step)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        Objects.load(objects)  # whole, whichever it is
        seen.add(read_manifest(objects).sha256)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        with alone(models):  # what comes next tidies up and does it
            use(models, "objects", version)
        assert manifest_sha256(objects) == version
        assert len(list(objects.iterdir())) == 2
        shutil.rmtree(objects)
        write_bundle(objects, shift=(2, 2, 2))
    assert step > 10
    assert seen == {old, read_manifest(new).sha256}
