"""COCO: one JSON file of images, annotations and categories ("instances").

    labels = read(Path("instances.json"), images=Path("photos"))
    write(labels, Path("instances.json"))

Corners are pixels with decimals. Boxes alone are read: outlines (`segmentation`) are passed over
and said. Boxes with a score are predictions, whether among the annotations, as some tools mix them,
or in the list `predictions`, where they are written: other tools must not take them for labels.
What COCO has no field for stands in `attributes`, as CVAT writes them; notes stand in `info`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field, FiniteFloat

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.geometry import Size, check_kept, from_spans, make_box, tidy, to_spans
from labels.formats.json_file import dump_json, parse, read_json
from labels.formats.marks import attributes, marks
from labels.formats.output import write_file
from labels.formats.photos import check_photo
from labels.formats.places import IGNORED, LARGEST_SIDE, Remarks, image_name
from labels.formats.sets import check, kept_notes
from vision.errors import DataError

Value = TypeVar("Value")

NUMBER = re.compile("[1-9][0-9]{0,14}")
"""Ids that COCO can hold: not 0, which pycocotools takes for none, and exact in JavaScript."""

ACCEPTED = "COCO's images, annotations and categories"
OWN = frozenset({"crowd"})
"""Fields of Box that COCO has a place for."""


class _Image(BaseModel):
    id: int
    file_name: str
    width: int = Field(gt=0, le=LARGEST_SIDE)
    height: int = Field(gt=0, le=LARGEST_SIDE)


class _Annotation(BaseModel):
    id: int | None = None
    image_id: int
    category_id: int
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
    iscrowd: int = Field(0, ge=0, le=1)
    score: float | None = Field(None, ge=0, le=1)
    segmentation: Any = None
    attributes: dict[str, Any] | None = None


class _Category(BaseModel):
    id: int
    name: str = Field(min_length=1)


class _Coco(BaseModel):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]
    predictions: list[_Annotation] = []
    info: dict[str, Any] | None = None


def read(path: Path, images: Path | None = None) -> LabelSet:
    """With `images` every photo must be there and of the shape that the file says."""
    coco = parse(_Coco, read_json(path, "a COCO instances file (JSON)"), str(path), ACCEPTED)
    names = _unique(path, "categories", ((c.id, c.name) for c in coco.categories))
    if len(set(names.values())) < len(names):
        raise DataError(f"{path}: two categories have the same name")
    sizes = _unique(path, "images", ((i.id, (i.width, i.height)) for i in coco.images))
    _unique(path, "annotations", ((a.id, a) for a in coco.annotations if a.id is not None))
    remarks = Remarks()
    boxes: dict[int, list[Box]] = {image: [] for image in sizes}
    predictions: dict[int, list[Box]] = {image: [] for image in sizes}
    for key in ("annotations", "predictions"):
        for index, mark in enumerate(getattr(coco, key)):
            box = _box(f"{path}: {key}[{index}]", mark, names, sizes, remarks)
            predicted = key == "predictions" or box.score is not None
            (predictions if predicted else boxes)[mark.image_id].append(box)
    read_images: dict[str, LabelledImage] = {}
    for index, shown in enumerate(coco.images):
        where = f"{path}: images[{index}].file_name"
        name = image_name(shown.file_name, where)
        if name in read_images:
            raise DataError(f"{where}: two images are named {name!r}")
        check_photo(images, name, (shown.width, shown.height), where)
        read_images[name] = LabelledImage(
            name,
            shown.width,
            shown.height,
            tuple(boxes[shown.id]),
            tuple(predictions[shown.id]),
        )
    notes = _notes(coco.info or {}) | remarks.notes()
    return LabelSet(tuple(names.values()), tuple(read_images.values()), notes)


def _box(
    where: str,
    mark: _Annotation,
    names: dict[int, str],
    sizes: dict[int, Size],
    remarks: Remarks,
) -> Box:
    if mark.image_id not in sizes:
        raise DataError(f"{where} is for image {mark.image_id}, which is not in images")
    if mark.category_id not in names:
        raise DataError(f"{where} has category {mark.category_id}, which is not in categories")
    x, y, w, h = mark.bbox
    if w <= 0 or h <= 0:
        raise DataError(f"{where} has bbox {mark.bbox}", accepted="[x, y, width>0, height>0]")
    if mark.segmentation:
        remarks.count("outlines (segmentation), not read")
    fields = {"id": None if mark.id is None else str(mark.id), "score": mark.score}
    fields |= marks(mark.attributes or {}, where, remarks) | {"crowd": bool(mark.iscrowd)}
    size = sizes[mark.image_id]
    corners = from_spans(x, y, w, h, *size)
    return make_box(where, remarks, size, names[mark.category_id], corners, **fields)


def _unique(file: Path, what: str, pairs: Iterator[tuple[int, Value]]) -> dict[int, Value]:
    found: dict[int, Value] = {}
    for key, value in pairs:
        if key in found:
            raise DataError(f"{file}: two {what} have the id {key}")
        found[key] = value
    return found


def _notes(info: dict[str, Any]) -> dict[str, str]:
    return {
        key: str(value)
        for key, value in info.items()
        if isinstance(value, (str, int, float)) and key != IGNORED
    }


def write(labels: LabelSet, out: Path) -> None:
    """One file; an older one of that name is replaced."""
    check(labels)
    categories = {name: number for number, name in enumerate(labels.classes, 1)}
    ids = iter(_ids(labels))
    annotations, predictions = [], []
    for number, image in enumerate(labels.images, 1):
        for box in image.boxes:
            mark = next(ids)
            own = OWN | {"id"} if str(mark) == box.id else OWN
            annotations.append({"id": mark} | _row(number, image, box, categories, own))
        for box in image.predictions:
            scored = {} if box.score is None else {"score": box.score}
            predictions.append(_row(number, image, box, categories, OWN) | scored)
    content = {
        "info": kept_notes(labels),
        "licenses": [],
        "images": [
            {"id": number, "file_name": image.name, "width": image.width, "height": image.height}
            for number, image in enumerate(labels.images, 1)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in categories.items()],
    }
    write_file(out, dump_json(content | ({"predictions": predictions} if predictions else {})))


def _row(
    number: int,
    image: LabelledImage,
    box: Box,
    categories: dict[str, int],
    own: frozenset[str],
) -> dict[str, Any]:
    spans = to_spans(box.corners, image.width, image.height)
    check_kept(image.name, box, from_spans(*spans, image.width, image.height))
    row = {
        "image_id": number,
        "category_id": categories[box.label],
        "bbox": spans,
        "area": tidy(spans[2] * spans[3]),
        "iscrowd": int(box.crowd),
        "segmentation": [],
    }
    held = attributes(box, own)
    return row | ({"attributes": held} if held else {})


def _ids(labels: LabelSet) -> Sequence[int]:
    """A number for each box: its own where it is one that COCO can hold, else a free one."""
    own: list[int | None] = []
    taken: set[int] = set()
    for box in (box for image in labels.images for box in image.boxes):
        number = int(box.id) if box.id and NUMBER.fullmatch(box.id) else None
        own.append(None if number in taken else number)
        if number is not None:
            taken.add(number)
    free = (number for number in range(1, len(own) + len(taken) + 1) if number not in taken)
    return [next(free) if number is None else number for number in own]


def carried(labels: LabelSet) -> LabelSet:
    """What is read again of these labels."""
    ids = iter(_ids(labels))
    images = [
        replace(
            image,
            boxes=tuple(
                replace(box, score=None, id=str(number) if box.id is None else box.id)
                for box, number in zip(image.boxes, ids, strict=False)
            ),
        )
        for image in labels.images
    ]
    return LabelSet(labels.classes, tuple(images), kept_notes(labels))
