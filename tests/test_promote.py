"""A retrained bundle replaces the shipped one only when it is no worse; real bundles and photos."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.homelens_command import homelens
from training.evaluate.labelled import read_yolo
from training.manifests import fingerprint, write_manifest
from training.promote import comparable, exchange, judge_challenger, verdict_of
from vision.bundle import models_folder, read_manifest
from vision.errors import BundleDamaged, BundleUnsuitable, DataError
from vision.objects import Objects
from vision.photo import decode

SHIPPED = models_folder() / "objects"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos whose labels are what the shipped model surely sees: it is right by construction."""
    import ultralytics

    folder = tmp_path_factory.mktemp("promote") / "clean"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    model = Objects.load(SHIPPED)
    (folder / "names.txt").write_text("\n".join(model.classes))
    for source in sorted((Path(ultralytics.__file__).parent / "assets").glob("*.jpg")):
        whole = np.asarray(cv2.imread(str(source)))
        for number, picture in enumerate((whole, whole[:, ::-1])):
            path = folder / "images" / f"{source.stem}{number}.jpg"
            cv2.imwrite(str(path), picture)
            found = [d for d in model.detect(decode(path.read_bytes()).pixels) if d.score > 0.5]
            lines = [
                f"{model.classes.index(d.label)} {(d.x1 + d.x2) / 2} {(d.y1 + d.y2) / 2} "
                f"{d.x2 - d.x1} {d.y2 - d.y1}\n"
                for d in found
            ]
            path_of = folder / "labels" / f"{path.stem}.txt"
            path_of.write_text("".join(lines))
    return folder


def variant(folder: Path, change: float) -> Path:
    """The shipped model with its weights changed a little (or a lot), under its own hash."""
    import hashlib

    import onnx
    from onnx import numpy_helper

    shutil.copytree(SHIPPED, folder)
    model = onnx.load(str(folder / "model.onnx"))
    random = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim == 4:
            noise = random.normal(0, change, values.shape) * (np.abs(values).mean() + 1e-9)
            changed = (values + noise).astype(values.dtype)
            tensor.CopyFrom(numpy_helper.from_array(changed, tensor.name))
    data = model.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    manifest = read_manifest(folder)
    new = manifest.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    write_manifest(folder, new)
    return folder


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variant(tmp_path_factory.mktemp("bad") / "objects", 1.0)


def test_a_spoiled_model_is_refused_with_its_reasons(photos: Path, spoiled: Path) -> None:
    verdict = judge_challenger(SHIPPED, spoiled, read_yolo(photos))
    assert not verdict.promoted
    assert "lower by" in verdict.reasons[0]
    values = {one.name: one.value for one in verdict.figures}
    assert values["promote.map50_95.challenger"] < values["promote.map50_95.champion"]
    assert values["promote.map50_95.difference"] < 0


def test_the_command_keeps_the_old_model_and_says_why(
    photos: Path, spoiled: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(models_folder(), models)
    before = fingerprint(models)
    done = homelens("models", "promote", spoiled, "--yolo", photos, "--json", MODELS=str(models))
    assert done.returncode == 1, done.stderr
    assert "kept the old model: its mAP50-95 is lower by" in done.stderr
    assert json.loads(done.stdout)["models"]["challenger"] == read_manifest(spoiled).sha256
    assert fingerprint(models) == before


def test_a_better_model_replaces_the_old_one_which_is_kept(
    photos: Path, spoiled: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(models_folder(), models)
    shutil.rmtree(models / "objects")
    shutil.copytree(spoiled, models / "objects")  # now the shipped one is the better
    run = ("models", "promote", str(SHIPPED), "--yolo", str(photos))
    done = homelens(*run, "--dry-run", MODELS=str(models))
    assert done.returncode == 0, done.stderr
    assert read_manifest(models / "objects").sha256 == read_manifest(spoiled).sha256
    done = homelens(*run, MODELS=str(models))
    assert done.returncode == 0, done.stderr
    promoted = read_manifest(models / "objects")
    assert promoted.sha256 == read_manifest(SHIPPED).sha256
    assert promoted.extra["promotion"]["over"] == read_manifest(spoiled).sha256
    kept = list((models / ".history" / "objects").iterdir())
    assert [read_manifest(folder).sha256 for folder in kept] == [read_manifest(spoiled).sha256]
    listed = homelens("models", "--json", MODELS=str(models))
    names = [row["bundle"] for row in json.loads(listed.stdout)["bundles"]]
    assert "objects" in names
    assert not any("history" in name for name in names)


def test_bundles_that_cannot_be_compared_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="very model"):
        comparable(SHIPPED, SHIPPED, [photos])
    other = tmp_path / "other"
    shutil.copytree(SHIPPED, other)
    manifest = read_manifest(other)
    write_manifest(other, manifest.model_copy(update={"classes": (*manifest.classes, "bidet")}))
    with pytest.raises(BundleUnsuitable, match="other classes"):
        comparable(SHIPPED, other, [photos])
    (other / "model.onnx").write_bytes(b"no model")
    with pytest.raises(BundleDamaged):
        comparable(SHIPPED, other, [photos])


def test_photos_that_the_challenger_learned_from_are_refused(photos: Path, spoiled: Path,
                                                             tmp_path: Path) -> None:  # fmt: skip
    learned = tmp_path / "learned"
    shutil.copytree(spoiled, learned)
    manifest = read_manifest(learned)
    write_manifest(learned, manifest.model_copy(update={"data": {"mine": fingerprint(photos)}}))
    with pytest.raises(DataError, match="these very photos"):
        comparable(SHIPPED, learned, [photos])


def test_the_rules_of_the_verdict() -> None:
    random = np.random.default_rng(1)
    ours = 0.5 + random.normal(0, 0.002, (2, 301))
    better = verdict_of(ours, ours + 0.02, ("a", "b"), (50, 50), 100)
    assert better.promoted
    worse = verdict_of(ours, ours - 0.001, ("a", "b"), (50, 50), 100)
    assert "lower" in worse.reasons[0]
    wide = ours + 0.005 + random.normal(0, 0.03, (2, 301))
    wide[:, 0] = ours[:, 0] + 0.005
    assert "do not tell" in verdict_of(ours, wide, ("a", "b"), (50, 50), 100).reasons[0]
    mixed = ours + np.array([[0.1], [-0.05]])
    assert verdict_of(ours, mixed, ("a", "b"), (50, 50), 100).reasons == (
        pytest.approx(verdict_of(ours, mixed, ("a", "b"), (50, 50), 100).reasons[0]),
    )
    assert "b is clearly worse" in verdict_of(ours, mixed, ("a", "b"), (50, 50), 100).reasons[0]
    assert verdict_of(ours, mixed, ("a", "b"), (50, 5), 100).promoted


def test_an_exchange_leaves_whole_bundles(spoiled: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(SHIPPED, models / "objects")
    (models / ".incoming" / "objects").mkdir(parents=True)  # of an exchange that was cut
    kept = exchange(spoiled, models / "objects", {"over": "x"})
    for folder in (kept, models / "objects"):
        Objects.load(folder)
    assert not (models / ".incoming").exists()
