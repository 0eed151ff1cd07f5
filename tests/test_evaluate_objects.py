"""Figures of the objects evaluation, on predictions that the tests make and by the command."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from training.evaluate.average_precision import Predicted
from training.evaluate.cli import app
from training.evaluate.labelled import LabelledPhoto, TrueBox, Truth
from training.evaluate.objects import INDOOR, score
from training.figures import FigureSet
from vision.bundle import models_folder, read_manifest
from vision.errors import DataError
from vision.findings import Detection


def photo(name: str, *labels: str) -> LabelledPhoto:
    boxes = (TrueBox(label, 0.1, 0.1, 0.5, 0.5) for label in labels)
    return LabelledPhoto(Path(name), tuple(boxes), (100, 100))


def answer(*found: tuple[str, float]) -> Predicted:
    """Boxes as labelled, of these classes and scores."""
    boxes = (Detection(label=n, score=s, x1=0.1, y1=0.1, x2=0.5, y2=0.5) for n, s in found)
    return Predicted(tuple(boxes), (100, 100))


TRUTH = Truth(
    ("bed", "door", "zebra", "sink"),
    (photo("a", "bed", "door", "zebra"), photo("b", "bed"), photo("c", "zebra")),
)
ANSWERS = {Path("a"): answer(("bed", 0.9)), Path("b"): answer(("bed", 0.8), ("door", 0.3))}


def test_averages_hold_the_classes_of_the_data_alone(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {f.name: f for f in score(TRUTH, ANSWERS, ["bed", "door", "sink", "tv"])}
    assert figures["objects.map50_95.bed"].value == pytest.approx(1)
    assert figures["objects.map50_95.door"].value == 0
    assert figures["objects.map50_95"].value == pytest.approx(0.5)
    assert figures["objects.map50"].value == pytest.approx(0.5)
    assert figures["objects.map50_95.indoor"].value == pytest.approx(1)
    assert "objects.map50_95.sink" not in figures
    assert figures["objects.map50_95"].n == 3
    assert figures["objects.map50_95.door"].n == 1
    for figure in figures.values():
        assert 0 <= figure.low <= figure.value <= figure.high <= 1
        assert figure.unit == "AP"
    said = capsys.readouterr()
    assert "ignored, for the model does not have them: zebra" in said.err
    assert "does not hold them: sink, tv" in said.err
    assert said.out == ""


def test_an_unreadable_photo_counts_against(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {f.name: f.value for f in score(TRUTH, {Path("a"): ANSWERS[Path("a")]}, ["bed"])}
    # one of two beds found, without a mistake: precision 1 up to recall 0.5
    assert figures["objects.map50_95.bed"] == pytest.approx(51 / 101)


def test_labels_without_a_known_class_are_refused() -> None:
    with pytest.raises(DataError, match="no object of a class"):
        score(TRUTH, {}, ["tv"])


def test_the_indoor_classes_are_twelve_of_the_models() -> None:
    classes = read_manifest(models_folder() / "objects").classes
    assert len(set(INDOOR)) == 12
    assert set(INDOOR) == set(classes) - {"door", "handle", "cabinet door", "refrigerator door"}


@pytest.fixture
def doors(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for name in ("a", "b"):
        pixels = random.integers(0, 255, (120, 160, 3)).astype(np.uint8)
        assert cv2.imwrite(str(tmp_path / "images" / f"{name}.jpg"), pixels)
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.3 0.8\n")
    (tmp_path / "names.txt").write_text("door\n")
    return tmp_path


def test_the_command_prints_one_object_for_yolo_and_coco_alike(doors: Path) -> None:
    result = CliRunner().invoke(app, ["objects", "--yolo", str(doors), "--json"])
    assert result.exit_code == 0, result.output
    printed = FigureSet.model_validate_json(result.stdout)
    assert printed.models == {"objects": read_manifest(models_folder() / "objects").sha256}
    assert list(printed.data) == [str(doors)]
    coco = {
        "images": [
            {"id": i, "file_name": f"{n}.jpg", "width": 160, "height": 120}
            for i, n in enumerate("ab")
        ],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 7, "bbox": [56, 12, 48, 96]} for i in (0, 1)
        ],
        "categories": [{"id": 7, "name": "door"}],
    }
    file = doors / "labels.json"
    file.write_text(json.dumps(coco))
    result = CliRunner().invoke(app, ["objects", str(file), str(doors / "images"), "--json"])
    assert result.exit_code == 0, result.output
    assert FigureSet.model_validate_json(result.stdout).figures == printed.figures


def test_labels_for_photos_of_another_size_are_refused(doors: Path) -> None:
    file = doors / "labels.json"
    image = {"id": 1, "file_name": "a.jpg", "width": 120, "height": 160}
    mark = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}
    categories = [{"id": 1, "name": "door"}]
    file.write_text(
        json.dumps({"images": [image], "annotations": [mark], "categories": categories})
    )
    result = CliRunner().invoke(app, ["objects", str(file), str(doors / "images")])
    assert isinstance(result.exception, DataError)
    assert "160×120" in str(result.exception)


@pytest.mark.parametrize("words", [[], ["labels.json"], ["labels.json", "x", "--yolo", "doors"]])
def test_unclear_arguments_are_refused(words: list[str]) -> None:
    result = CliRunner().invoke(app, ["objects", *words])
    assert isinstance(result.exception, DataError)
    assert "COCO_JSON IMAGES, or --yolo DIR" in str(result.exception)
