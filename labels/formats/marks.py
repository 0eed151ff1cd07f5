"""Marks of a box that a format has no field for, kept as attributes as CVAT does.

    {"difficult": True, "box_id": "box_1", "labeler": "anna"} == attributes(box)
    Box(..., **marks({"difficult": "true"}, where, remarks))

CVAT and datumaro write such attributes to their own XML, to COCO and to Pascal VOC; readers that do
not know them pass over them. Pure.
"""

from collections.abc import Mapping
from typing import Any

from labels.boxes import Box
from labels.formats.places import Remarks, flag, short
from vision.errors import DataError

MARKS = ("crowd", "difficult", "occluded", "truncated")
TEXTS = {"box_id": "id", "labeler": "by"}
"""Attribute and field of Box. Not `id`, which in other people's files names the object shown."""

ALSO = {"is_crowd": "crowd", "iscrowd": "crowd"}


def attributes(box: Box, own: frozenset[str] = frozenset()) -> dict[str, bool | str]:
    """Marks that are set, except fields of Box that the format has a place of its `own` for."""
    held: dict[str, bool | str] = {
        name: True for name in MARKS if name not in own and getattr(box, name)
    }
    for name, field in TEXTS.items():
        value = getattr(box, field)
        if field not in own and value is not None:
            held[name] = value
    return held


def marks(found: Mapping[str, object], where: str, remarks: Remarks) -> dict[str, Any]:
    """Fields of Box from a box's attributes; those that are unknown are said. Raises DataError."""
    fields: dict[str, Any] = {}
    for name, value in found.items():
        key = ALSO.get(name, name)
        if key in MARKS:
            fields[key] = flag(value, where, f"the attribute {name!r}")
        elif key in TEXTS:
            if not isinstance(value, (str, int)) or value == "":
                raise DataError(
                    f"{where}: the attribute {name!r} is {short(value)}", accepted="a text"
                )
            fields[TEXTS[key]] = str(value)
        elif key == "rotation":
            check_upright(value, where)
        else:
            remarks.count(f"attribute {short(name)}, not read")
    return fields


def check_upright(rotation: object, where: str) -> None:
    """Refuse a turned box: its corners would be those of another. Raises DataError."""
    try:
        turned = float(str(rotation)) % 360 != 0
    except ValueError:
        turned = True
    if turned:
        raise DataError(
            f"{where}: the box is turned by {short(rotation)} degrees",
            accepted="upright boxes, rotation 0",
            do="draw it upright",
        )
