"""Sets out of the store, the report about them, and the training that goes on where it was cut."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from labels.boxes import Box, LabelledImage, LabelSet
from labels.correct import correct
from labels.digest import digest
from labels.formats import read
from labels.photos import keep_photos
from labels.quality import judge
from labels.state import Revision
from labels.store import import_labels, labels_at
from serving.store.database import Database
from serving.store.files import Files
from serving.store.tables import now
from tests.made_doors import write_doors, write_weights
from training.check_labels import check_labels
from training.doors import NAMES
from training.label_report import LabelReport, found_out
from training.label_sets import Taken, divide, of_classes, take
from training.noisy.checkpointed import epochs_done, fit_kept
from training.noisy.folds import examples
from training.noisy.trainer import BoxTrainer, Recipe
from vision.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore")  # of ultralytics and torch


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    write_doors(folder / "doors", 48)
    write_weights(folder / "start.pt")
    return folder


def taken(folder: Path, labels: LabelSet, name: str = "doors") -> Taken:
    revision = Revision(name, 1, now(), "ana", "import", "", "", labels.classes)
    return Taken(revision, labels, folder, False)


def test_a_test_set_keeps_its_photos_and_their_copies_out(root: Path, tmp_path: Path) -> None:
    drawn = read("yolo", root / "doors")
    mine = taken(root / "doors/images", drawn)
    clean = []
    for number, image in enumerate(drawn.images[:3]):
        picture = np.asarray(cv2.imread(str(root / "doors/images" / image.name)))
        name = f"clean {number}.jpg"  # under another name, smaller, written again
        cv2.imwrite(str(tmp_path / name), np.asarray(cv2.resize(picture, (96, 72))))
        clean.append(replace(image, name=name))
    test = taken(tmp_path, replace(drawn, images=tuple(clean)), "clean")
    parts = divide(mine, test, {"test": 8, "val": 8})
    assert parts["test"] == test.labels
    names = {image.name for part in ("train", "val") for image in parts[part].images}
    assert len(parts["val"].images) == 8
    assert names == {image.name for image in drawn.images[3:]}


def test_only_what_a_detector_can_learn_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    crowd = replace(Box("door", 0.1, 0.1, 0.3, 0.3), crowd=True)
    drawn = (Box("door", 0.1, 0.1, 0.3, 0.3), crowd, Box("window", 0.1, 0.1, 0.3, 0.3))
    labels = LabelSet(("window", *NAMES[::-1]), (LabelledImage("a.jpg", 90, 60, drawn),))
    found = of_classes(labels, "doors@1", NAMES)
    assert found.classes == NAMES
    assert [box.label for box in found.images[0].boxes] == ["door"]
    said = capsys.readouterr().err
    assert "1 boxes of other classes" in said
    assert "1 groups" in said
    with pytest.raises(DataError, match="nobody looked for handle"):
        of_classes(replace(labels, classes=("door", "window")), "doors@1", NAMES)


def test_photos_come_upright_and_under_names_that_opencv_reads(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "a").mkdir()
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 90, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    picture.save(tmp_path / "a/turned.jpg", exif=exif)
    picture.save(tmp_path / "plain.avif")
    labels = LabelSet(
        NAMES,
        (LabelledImage("a/turned.jpg", 40, 90), LabelledImage("plain.avif", 90, 40)),
    )
    database = Database.open(f"sqlite:///{tmp_path / 'homelens.db'}")
    files = Files.open(str(tmp_path / "files"))
    names = [image.name for image in labels.images]
    with database.write() as session:
        import_labels(session, "doors", labels, keep_photos(files, tmp_path, names), by="ana")
    with database.read() as session:
        found = take(session, files, "doors", tmp_path / "out", NAMES)
        assert found.revision.name == "doors@1"
        assert digest(labels_at(session, "doors")) == found.revision.digest
        again = take(session, files, "doors", tmp_path / "out", NAMES)
    database.close()
    assert again == found
    assert sorted(found.paths) == ["a/turned.jpg", "plain.avif.jpg"]
    shapes = {
        name: np.asarray(cv2.imread(str(path), cv2.IMREAD_IGNORE_ORIENTATION)).shape[:2]
        for name, path in found.paths.items()
    }
    assert shapes == {"a/turned.jpg": (90, 40), "plain.avif.jpg": (40, 90)}


def tiny(root: Path, epochs: int = 1) -> Recipe:
    return Recipe(root / "start.pt", image_size=64, epochs=epochs, batch=8, close_mosaic=0)


def test_what_was_found_out_agrees_with_the_plan(root: Path, tmp_path: Path) -> None:
    """Boxes of nothing are listed or left out, and counted."""
    drawn = read("yolo", root / "doors")
    paths = {image.name: root / "doors/images" / image.name for image in drawn.images}
    checked = check_labels(drawn, paths, tiny(root), 1, tmp_path)
    quality = judge(drawn, checked.views, 1)
    plan = correct(drawn, quality, checked.views)
    found = found_out(drawn, quality, plan)
    assert sum(found["corrections"].values()) == len(plan.corrections)
    assert found["boxes"] == sum(len(image.boxes) for image in drawn.images)
    gone = {(c.image, c.place) for c in plan.corrections if c.action == "delete"}
    wrong = [key for key, one in quality.boxes.items() if one.wrong >= 0.5 and key not in gone]
    assert len(found["doubtful"]) == len(wrong)
    report = LabelReport(
        revision="doors@1", digest="0" * 64, withdrawn=False, test_set=None, test_digest=None,
        photos={}, corrected=True, code="none", seed=1, **found,
    )  # fmt: skip
    assert report.summary()["doubtful"] == len(wrong)


def test_a_cut_training_goes_on(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = read("yolo", root / "doors")
    paths = {image.name: root / "doors/images" / image.name for image in drawn.images}
    learned = examples(replace(drawn, images=drawn.images[:16]), paths)
    last = tmp_path / "run/weights/last.pt"
    real, begun = BoxTrainer._model_train, []

    def cut(self: Any) -> None:
        begun.append(self.epoch)
        if self.epoch == 1 and len(begun) == 2:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(BoxTrainer, "_model_train", cut)
    with pytest.raises(KeyboardInterrupt):
        fit_kept(learned, NAMES, tiny(root, 2), 1, tmp_path / "run")
    assert epochs_done(last) == 1
    assert fit_kept(learned, NAMES, tiny(root, 2), 1, tmp_path / "run") == last
    assert (begun, epochs_done(last)) == ([0, 1, 1], 2)
    (tmp_path / "run/finished").unlink()  # cut between the last epoch and the mark
    assert fit_kept(learned, NAMES, tiny(root, 2), 1, tmp_path / "run") == last
    assert begun == [0, 1, 1]
    assert not list((tmp_path / "run/weights").glob("*.part"))


def test_frozen_layers_stay_and_weights_matter(root: Path, tmp_path: Path) -> None:
    from ultralytics.models import YOLO

    drawn = read("yolo", root / "doors")
    paths = {image.name: root / "doors/images" / image.name for image in drawn.images}
    chosen = replace(drawn, images=drawn.images[:16])
    faint = {image.name: (0.1,) * len(image.boxes) for image in chosen.images}
    heads = []
    start: Any = YOLO(str(root / "start.pt")).model
    for name, weights in (("full", None), ("faint", faint)):
        last = fit_kept(
            examples(chosen, paths, weights), NAMES, replace(tiny(root), frozen_layers=5), 1,
            tmp_path / name, fliplr=0.0, scale=0.0, mosaic=0.0,
        )  # fmt: skip
        model: Any = YOLO(str(last)).model
        heads.append(model.model[-1].state_dict())
        for layer in range(5):
            mine, theirs = model.model[layer].state_dict(), start.model[layer].state_dict()
            for key, value in mine.items():
                if "num_batches" not in key:
                    assert torch.allclose(value.float(), theirs[key].float(), rtol=2e-3, atol=1e-6)
    assert any(not torch.equal(a, b) for a, b in zip(*map(dict.values, heads), strict=True))
