"""Reads labelled boxes for training: YOLO folders and COCO files, as shares of width and height.

    photos = read_yolo(folder)                       # images/, labels/, names.txt
    photos = read_coco(json_path, images, classes)

The evaluate commands have readers of their own that judge every line; these feed training.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vision.errors import DataError
from vision.findings import Detection


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo and its true boxes (score 1)."""

    path: Path
    boxes: tuple[Detection, ...]


def _box(label: str, x1: float, y1: float, x2: float, y2: float) -> Detection:
    return Detection(label=label, score=1, x1=x1, y1=y1, x2=x2, y2=y2)


def read_yolo(folder: Path) -> list[LabelledPhoto]:
    """Every photo of a YOLO folder; one without a label file has no boxes. Raises DataError."""
    names_file = folder / "names.txt"
    if not names_file.is_file():
        raise DataError(f"{names_file} is missing", accepted="one class name a line")
    names = [name for name in names_file.read_text().splitlines() if name]
    photos = []
    for path in sorted((folder / "images").iterdir()):
        label = folder / "labels" / f"{path.stem}.txt"
        lines = label.read_text().splitlines() if label.is_file() else []
        boxes = []
        for number, line in enumerate(lines, 1):
            try:
                kind, x, y, w, h = line.split()
                cx, cy, hw, hh = float(x), float(y), float(w) / 2, float(h) / 2
                boxes.append(_box(names[int(kind)], cx - hw, cy - hh, cx + hw, cy + hh))
            except (ValueError, IndexError) as error:
                raise DataError(
                    f"{label}:{number}: {line!r}", accepted="class x y width height"
                ) from error
        photos.append(LabelledPhoto(path, tuple(boxes)))
    return photos


def read_coco(file: Path, images: Path, classes: Sequence[str]) -> list[LabelledPhoto]:
    """Every photo of a COCO file with the boxes of `classes`; crowds are left out."""
    content = json.loads(file.read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    boxes: dict[int, list[Detection]] = {image["id"]: [] for image in content["images"]}
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    for note in content["annotations"]:
        name = names[note["category_id"]]
        if name not in classes or note.get("iscrowd"):
            continue
        x, y, w, h = note["bbox"]
        wide, tall = sizes[note["image_id"]]
        boxes[note["image_id"]].append(
            _box(name, x / wide, y / tall, (x + w) / wide, (y + h) / tall)
        )
    return [
        LabelledPhoto(images / image["file_name"], tuple(boxes[image["id"]]))
        for image in content["images"]
    ]
