"""Reads labelled photos to be measured against: COCO files and YOLO folders, strictly.

    truth = read_coco(Path("val.json"), Path("val"))
    truth = read_yolo(Path("doors"))                  # images/, labels/, names.txt

What is not exactly as it should be is refused with the file, the line and the rule: a wrong label
would be counted against the model.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from training.evaluate.photos import photos_below
from vision.errors import DataError

Value = TypeVar("Value")


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


class _Image(BaseModel):
    id: int
    file_name: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class _Annotation(BaseModel):
    image_id: int
    category_id: int
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    iscrowd: int = Field(0, ge=0, le=1)


class _Category(BaseModel):
    id: int
    name: str = Field(min_length=1)


class _Coco(BaseModel):
    images: list[_Image] = Field(min_length=1)
    annotations: list[_Annotation]
    categories: list[_Category] = Field(min_length=1)


def read_coco(file: Path, images: Path) -> Truth:
    """A COCO instances file and the folder of its photos. Raises DataError."""
    coco = _parse(file)
    names = _unique(file, "categories", ((c.id, c.name) for c in coco.categories))
    if len(set(names.values())) < len(names):
        raise DataError(f"{file}: two categories have the same name")
    sizes = _unique(file, "images", ((i.id, (i.width, i.height)) for i in coco.images))
    boxes: dict[int, list[TrueBox]] = {image: [] for image in sizes}
    for index, mark in enumerate(coco.annotations):
        where = f"{file}: annotations[{index}]"
        if mark.image_id not in sizes:
            raise DataError(f"{where} is for image {mark.image_id}, which is not in images")
        if mark.category_id not in names:
            raise DataError(f"{where} has category {mark.category_id}, which is not in categories")
        x, y, w, h = mark.bbox
        if w <= 0 or h <= 0:
            raise DataError(f"{where} has bbox {mark.bbox}", accepted="[x, y, width>0, height>0]")
        width, height = sizes[mark.image_id]
        boxes[mark.image_id].append(
            TrueBox(
                label=names[mark.category_id],
                x1=x / width,
                y1=y / height,
                x2=(x + w) / width,
                y2=(y + h) / height,
                crowd=bool(mark.iscrowd),
            )
        )
    return Truth(
        classes=tuple(names.values()),
        photos=tuple(
            LabelledPhoto(_inside(file, images, i.file_name), tuple(boxes[i.id]), sizes[i.id])
            for i in coco.images
        ),
    )


def _parse(file: Path) -> _Coco:
    if not file.is_file():
        raise DataError(f"{file} is not a file", accepted="a COCO instances file (JSON)")
    try:
        return _Coco.model_validate(json.loads(file.read_bytes()))
    except json.JSONDecodeError as error:
        raise DataError(
            f"{file}, line {error.lineno}: not JSON: {error.msg}", accepted="a COCO instances file"
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not text: {error}", accepted="JSON in UTF-8") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
        raise DataError(
            f"{file}: {place.lstrip('.') or 'file'}: {first['msg']} "
            f"({error.error_count()} such problems)",
            accepted="COCO's images, annotations and categories",
        ) from error


def _unique(file: Path, what: str, pairs: Iterator[tuple[int, Value]]) -> dict[int, Value]:
    found: dict[int, Value] = {}
    for key, value in pairs:
        if key in found:
            raise DataError(f"{file}: two {what} have the id {key}")
        found[key] = value
    return found


def _inside(file: Path, folder: Path, name: str) -> Path:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise DataError(f"{file}: file_name {name!r} leads out of {folder}")
    path = folder / relative
    if not path.is_file():
        raise DataError(f"{path} is missing", accepted=f"every photo that {file} names")
    return path


def read_yolo(folder: Path) -> Truth:
    """A folder with images/, labels/ (one .txt a photo) and names.txt. Raises DataError."""
    names_file, images, labels = folder / "names.txt", folder / "images", folder / "labels"
    if not (names_file.is_file() and images.is_dir() and labels.is_dir()):
        raise DataError(
            f"{folder} has not the YOLO layout", accepted="images/, labels/ and names.txt"
        )
    names = tuple(line.strip() for line in _text(names_file).splitlines() if line.strip())
    if not names or len(set(names)) < len(names):
        raise DataError(f"{names_file} must name each class once", accepted="one name a line")
    paths = [path for path in photos_below(images)[0] if path.parent == images]
    if not paths:
        raise DataError(f"{images} holds no photo")
    stems = [path.stem for path in paths]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise DataError(f"{images} has several photos named {twice[0]}: they share one label file")
    alone = sorted(p for p in labels.glob("*.txt") if p.stem not in set(stems))
    if alone:
        raise DataError(f"{alone[0]} has no photo in {images}")
    photos = []
    for path in paths:
        file = labels / f"{path.stem}.txt"
        if not file.is_file():
            raise DataError(
                f"{file} is missing", do="write an empty file if the photo shows no object"
            )
        photos.append(LabelledPhoto(path, tuple(_yolo_boxes(file, names))))
    return Truth(names, tuple(photos))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not text: {error}", accepted="UTF-8") from error


def _yolo_boxes(file: Path, names: tuple[str, ...]) -> Iterator[TrueBox]:
    for number, line in enumerate(_text(file).splitlines(), 1):
        if line.strip():
            yield parse_yolo_line(line, names, f"{file}, line {number}")


def parse_yolo_line(line: str, names: tuple[str, ...], where: str) -> TrueBox:
    """The box of "class centre_x centre_y width height", shares of the photo. Raises DataError."""
    accepted = "class centre_x centre_y width height, shares from 0 to 1"
    try:
        label, *numbers = line.split()
        index, (x, y, w, h) = int(label), map(float, numbers)
    except ValueError as error:
        raise DataError(f"{where}: {line!r} is not a box", accepted=accepted) from error
    if not 0 <= index < len(names):
        raise DataError(
            f"{where}: class {index} is not in names.txt", accepted=f"0–{len(names) - 1}"
        )
    if not all(math.isfinite(v) and 0 <= v <= 1 for v in (x, y, w, h)) or w == 0 or h == 0:
        raise DataError(f"{where}: {line!r} lies outside the photo or is empty", accepted=accepted)
    box = TrueBox(
        label=names[index],
        x1=max(0.0, x - w / 2),
        y1=max(0.0, y - h / 2),
        x2=min(1.0, x + w / 2),
        y2=min(1.0, y + h / 2),
    )
    if box.x1 >= box.x2 or box.y1 >= box.y2:
        raise DataError(f"{where}: {line!r} is a box of no size", accepted=accepted)
    return box
