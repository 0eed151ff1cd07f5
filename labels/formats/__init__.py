"""Label files of other tools, read and written through one value: labels.boxes.LabelSet.

    labels = read("coco", Path("instances.json"), images=Path("photos"))
    for sentence in losses("yolo", labels): print(sentence)
    write("yolo", labels, Path("export"))

All or nothing: a file that is wrong anywhere is refused with its name, the line or JSON path and
the rule, and a file that is written is whole or not there. What a format does not carry is said
before (`losses`), what was not read of a file after (`said`). docs/labels-formats.md has the table.
"""

from pathlib import Path
from typing import Protocol

from labels.boxes import LabelSet
from labels.formats import coco, cvat, label_studio, voc, yolo
from labels.formats.losses import differences
from labels.formats.places import IGNORED
from vision.errors import DataError

FORMATS = ("yolo", "coco", "cvat", "label-studio", "voc")


class Format(Protocol):
    """What the module of a format offers."""

    def read(self, path: Path, images: Path | None = None) -> LabelSet:
        """All labels of a file or folder. Raises DataError."""

    def write(self, labels: LabelSet, out: Path) -> None:
        """Write all labels or nothing. Raises DataError."""

    def carried(self, labels: LabelSet) -> LabelSet:
        """What would be read again of these labels."""


def read(format: str, path: Path, images: Path | None = None) -> LabelSet:
    """The labels of a file (coco, cvat, label-studio) or folder (yolo, voc).

    `images` is the folder of the photos. YOLO needs it, or images/ in its own folder, because it
    holds no sizes. Others need none; given one, they refuse photos that are missing or of another
    shape than the labels say. Raises DataError.
    """
    return _module(format).read(path, images)


def write(format: str, labels: LabelSet, out: Path) -> None:
    """To a file, which takes the place of an older one, or into a new or empty folder.

    Photos are not copied; do that afterwards, for the folder must be empty before. Raises
    DataError for what the format cannot hold at all, such as a class name of two lines.
    """
    _module(format).write(labels, out)


def losses(format: str, labels: LabelSet) -> list[str]:
    """What of these labels the format cannot carry, one sentence each."""
    return differences(labels, _module(format).carried(labels))


def said(labels: LabelSet) -> list[str]:
    """What of the file that these labels come from was not read, one sentence each."""
    note = labels.notes.get(IGNORED)
    return note.split("\n") if note else []


def _module(format: str) -> Format:
    modules: dict[str, Format] = {
        "yolo": yolo,
        "coco": coco,
        "cvat": cvat,
        "label-studio": label_studio,
        "voc": voc,
    }
    if format not in modules:
        raise DataError(f"no label format {format!r}", accepted=", ".join(FORMATS))
    return modules[format]
