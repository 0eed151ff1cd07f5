"""The list of classes beside a folder of labels: names.txt, one class a line, in order.

classes = read_names(folder / "names.txt")
text = names_text(labels.classes, "YOLO")
"""

from collections.abc import Sequence
from pathlib import Path

from labels.formats.places import read_lines
from labels.formats.sets import check_trimmed
from vision.errors import DataError

NAMES = "names.txt"


def read_names(file: Path) -> tuple[str, ...]:
    """Raises DataError for a blank line, which would shift the numbers, and for a name twice."""
    names = read_lines(file, "one class a line")
    while names and not names[-1]:
        names.pop()
    if "" in names:
        raise DataError(
            f"{file}, line {names.index('') + 1}: no name", accepted="one name a line, in order"
        )
    if len(set(names)) < len(names):
        raise DataError(f"{file} must name each class once", accepted="one name a line")
    return tuple(names)


def read_labelmap(file: Path) -> tuple[str, ...]:
    """The classes of CVAT's labelmap.txt, "name:red,green,blue:parts:actions". Raises DataError."""
    names = []
    for at, line in enumerate(read_lines(file, "one class a line"), 1):
        if not line or line.startswith("#"):
            continue
        name, *rest = line.rsplit(":", 3)
        if not name or name in names or len(rest) != 3:
            raise DataError(
                f"{file}, line {at}: {line[:80]!r}",
                accepted="each class once, name:color:parts:actions",
            )
        names.append(name)
    return tuple(name for name in names if name != "background")


def names_text(classes: Sequence[str], format_name: str) -> str:
    """The content of names.txt. Raises DataError for a class that is not one line of text."""
    check_trimmed("class", classes, format_name)
    for name in classes:
        if "\n" in name or "\r" in name or name.startswith("\ufeff"):
            raise DataError(
                f"the class {name!r} cannot be written in {format_name}", accepted="one line"
            )
    return "".join(f"{name}\n" for name in classes)
