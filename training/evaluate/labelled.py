"""Labelled photos to be measured against: COCO files and YOLO folders, read by labels/formats.

    truth = read_coco(Path("val.json"), Path("val"))
    truth = read_yolo(Path("doors"))                  # images/, labels/, names.txt

What is not exactly as it should be is refused with the file, the line and the rule: a wrong label
would be counted against the model.
"""

from dataclasses import dataclass
from pathlib import Path

from labels.boxes import Box, LabelSet
from labels.formats import coco, yolo
from vision.errors import DataError


@dataclass(frozen=True)
class TrueBox:
    """One labelled object: corners as shares of width and height.

    `crowd` marks a group that is outlined as one (COCO's iscrowd): it can neither be missed nor
    be found wrongly.
    """

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    crowd: bool = False


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo with its labels; `size` (width, height) in pixels where the labels state it."""

    path: Path
    boxes: tuple[TrueBox, ...]
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Truth:
    """Labelled photos and every class that the labellers looked for."""

    classes: tuple[str, ...]
    photos: tuple[LabelledPhoto, ...]


def read_coco(file: Path, images: Path) -> Truth:
    """A COCO instances file and the folder of its photos. Raises DataError."""
    labels = coco.read(file, images)
    if not (labels.images and labels.classes):
        raise DataError(f"{file} has no images or no categories", accepted="at least one of each")
    return _truth(labels, images, sized=True)


def read_yolo(folder: Path) -> Truth:
    """A folder with images/, labels/ (one .txt a photo) and names.txt. Raises DataError."""
    return _truth(yolo.read(folder), folder / "images", sized=False)


def parse_yolo_line(line: str, names: tuple[str, ...], where: str) -> TrueBox:
    """The box of "class centre_x centre_y width height", shares of the photo. Raises DataError."""
    return _true(yolo.parse_line(line, names, where))


def _truth(labels: LabelSet, images: Path, *, sized: bool) -> Truth:
    return Truth(
        labels.classes,
        tuple(
            LabelledPhoto(
                images / image.name,
                tuple(map(_true, image.boxes)),
                (image.width, image.height) if sized else None,
            )
            for image in labels.images
        ),
    )


def _true(box: Box) -> TrueBox:
    return TrueBox(box.label, *box.corners, crowd=box.crowd)
