"""YOLO: a folder with images/, labels/ (one .txt a photo) and names.txt.

    labels = read(Path("doors"))                  # or read(Path("export"), images=Path("photos"))
    write(labels, Path("export"))                 # labels/ and names.txt; the photos are yours

A line is "class centre_x centre_y width height", shares of the photo. Names are read from
names.txt, classes.txt (Label Studio, LabelImg) or ultralytics' data.yaml; several must agree.
Neither sizes nor anything else of a box is in such files, so that the photos must be there: sizes
are read from their headers, upright. A photo without a label file is an error, not an empty photo.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import yaml

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.geometry import (
    CUT,
    DIGITS,
    OVERHANG,
    Corners,
    Size,
    check_kept,
    cut,
    overhang,
    placed,
)
from labels.formats.names import NAMES, names_text, read_names
from labels.formats.output import write_folder
from labels.formats.photos import files_below, is_hidden, photo_names, upright_size
from labels.formats.places import Remarks, image_name, number, read_bytes, read_lines
from labels.formats.sets import by_name, check
from vision.errors import DataError

ACCEPTED = "class centre_x centre_y width height, shares from 0 to 1"
NAME_FILES = (NAMES, "classes.txt", "data.yaml")


def read(path: Path, images: Path | None = None) -> LabelSet:
    """`path` holds labels/ and the names; photos are in `images`, else in images/ beside them."""
    photos, folder = images or path / "images", path / "labels"
    found = [path / name for name in NAME_FILES if (path / name).is_file()]
    if not (found and photos.is_dir() and folder.is_dir()):
        raise DataError(
            f"{path} has not the YOLO layout", accepted="images/, labels/ and names.txt"
        )
    classes, remarks = _classes(found), Remarks()
    names, others = photo_names(photos)
    if not names:
        raise DataError(f"{photos} holds no photo")
    remarks.count(f"files in {photos.name}/ that are no photos, passed over", len(others))
    files = _label_files(photos, folder, names)
    read_images: list[LabelledImage] = []
    for name, file in files.items():
        image_name(name, str(photos))
        size = upright_size(photos / name)
        boxes = tuple(_boxes(file, classes, size, remarks))
        read_images.append(LabelledImage(name, *size, boxes))
    return LabelSet(classes, tuple(read_images), remarks.notes())


def _label_files(photos: Path, folder: Path, names: list[str]) -> dict[str, Path]:
    """The label file of each photo."""
    taken: dict[Path, str] = {}
    for name in names:
        file = folder / _label_name(name)
        if file in taken:
            raise DataError(
                f"{photos} has several photos named {PurePosixPath(name).stem}: "
                f"{taken[file]} and {name} share one label file"
            )
        taken[file] = name
    written = [folder / name for name in files_below(folder, "*.txt")]
    if alone := [file for file in written if file not in taken]:
        raise DataError(f"{alone[0]} has no photo in {photos}")
    for file in taken:
        if not file.is_file():
            raise DataError(
                f"{file} is missing", do="write an empty file if the photo shows no object"
            )
    return {name: file for file, name in taken.items()}


def _label_name(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(".txt"))


def _classes(files: list[Path]) -> tuple[str, ...]:
    lists = [_yaml_names(file) if file.suffix == ".yaml" else read_names(file) for file in files]
    for file, names in zip(files, lists, strict=True):
        if not names or len(set(names)) < len(names):
            raise DataError(f"{file} must name each class once", accepted="one name a line")
        if names != lists[0]:
            raise DataError(f"{file} names other classes than {files[0]}", do="remove one of them")
    return lists[0]


def _yaml_names(file: Path) -> tuple[str, ...]:
    accepted = "ultralytics' data.yaml with names, a list or numbers from 0 with their names"
    try:
        # the base loader leaves every value as text: `no` is a name here, not a truth value
        content = yaml.load(read_bytes(file, accepted), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}, line {mark.line + 1}" if mark else str(file)
        raise DataError(f"{place}: not YAML: {error}", accepted=accepted) from error
    except RecursionError as error:
        raise DataError(f"{file}: nested too deep", accepted=accepted) from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, dict):
        numbered = {str(n): names.get(str(n)) for n in range(len(names))}
        names = list(numbered.values()) if numbered.keys() == names.keys() else None
    if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
        raise DataError(f"{file}: names: not a name for each class", accepted=accepted)
    return tuple(name.strip() for name in names)


def _boxes(file: Path, classes: tuple[str, ...], size: Size, remarks: Remarks) -> Iterator[Box]:
    for at, line in enumerate(read_lines(file, ACCEPTED), 1):
        if line:
            where = f"{file}, line {at}"
            label, corners = _parsed(line, classes, where)
            # the numbers may say up to half a photo more than there is: said, as ultralytics cuts
            if overhang(corners, size) > OVERHANG:
                remarks.count(CUT)
            yield placed(where, label, cut(corners))


def parse_line(line: str, classes: tuple[str, ...], where: str) -> Box:
    """The box of one line, cut at the photo's edge. Raises DataError."""
    label, corners = _parsed(line, classes, where)
    return placed(where, label, cut(corners))


def _parsed(line: str, classes: tuple[str, ...], where: str) -> tuple[str, Corners]:
    fields = line.split()
    if len(fields) != 5:
        raise DataError(f"{where}: {line[:80]!r} is not a box", accepted=ACCEPTED)
    try:
        index, x, y, w, h = (number(field, where, "a number") for field in fields)
    except DataError as error:
        raise DataError(f"{where}: {line[:80]!r} is not a box", accepted=ACCEPTED) from error
    if not 0 <= index < len(classes) or not fields[0].isdecimal():
        raise DataError(
            f"{where}: class {fields[0][:20]} is not in {NAMES}", accepted=f"0–{len(classes) - 1}"
        )
    if not all(0 <= v <= 1 for v in (x, y, w, h)) or w == 0 or h == 0:
        raise DataError(
            f"{where}: {line[:80]!r} lies outside the photo or is empty", accepted=ACCEPTED
        )
    return classes[int(index)], _corners(x, y, w, h)


def _corners(x: float, y: float, w: float, h: float) -> Corners:
    return (x - w / 2, y - h / 2, x + w / 2, y + h / 2)


def write(labels: LabelSet, out: Path) -> None:
    """labels/ and names.txt in a new folder; put the photos into images/ afterwards."""
    check(labels)
    if not labels.images or not labels.classes:
        raise DataError("a YOLO folder needs a photo and a class", accepted="at least one of each")
    numbers = {name: index for index, name in enumerate(labels.classes)}
    files = {NAMES: names_text(labels.classes, "YOLO")}
    for image in labels.images:
        file = f"labels/{_label_name(image.name)}"
        if is_hidden(image.name):
            raise DataError(f"{image.name} is hidden: it would not be found again")
        if file in files:
            raise DataError(f"{image.name} and another photo would share {file}", do="rename one")
        files[file] = "".join(f"{_line(image.name, box, numbers)}\n" for box in image.boxes)
    write_folder(out, files, ("labels",))


def _line(name: str, box: Box, numbers: dict[str, int]) -> str:
    x1, y1, x2, y2 = box.corners
    numbers_of = [round(v, DIGITS + 3) for v in ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)]
    check_kept(name, box, _corners(*numbers_of))
    return " ".join([str(numbers[box.label]), *map(repr, numbers_of)])


def carried(labels: LabelSet) -> LabelSet:
    """What is read again of these labels beside photos of the same size."""
    images = [
        replace(image, boxes=tuple(Box(b.label, *b.corners) for b in image.boxes), predictions=())
        for image in labels.images
    ]
    return LabelSet(labels.classes, by_name(images))
