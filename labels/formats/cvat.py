"""CVAT: its own XML for images, version 1.1, in one file.

    labels = read(Path("annotations.xml"), images=Path("photos"))
    write(labels, Path("annotations.xml"))

Corners are pixels with decimals, counted from the photo's edge. Classes are those of <labels>.
Marks, ids and labelers are attributes of a box, declared for every class so that CVAT takes them.
Other shapes than boxes and unknown attributes are passed over and said; turned boxes and files of
videos are refused.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.geometry import Size, check_kept, make_box, tidy
from labels.formats.marks import MARKS, TEXTS, attributes, check_upright, marks
from labels.formats.output import write_file
from labels.formats.photos import check_photo
from labels.formats.places import IGNORED, Remarks, flag, image_name, number, side
from labels.formats.sets import (
    XML_TEXT,
    check,
    check_texts,
    check_trimmed,
    kept_notes,
    occurring,
)
from labels.formats.xml_file import Node, quoted, read_xml, text
from vision.errors import DataError

ACCEPTED = "an export as 'CVAT for images 1.1'"
OWN = frozenset({"occluded"})
"""Fields of Box that CVAT has a place for."""

TASKS = ("task", "project", "job")
"""What the labels of an export may belong to."""


def read(path: Path, images: Path | None = None) -> LabelSet:
    """With `images` every photo must be there and of the shape that the file says."""
    root = read_xml(path, ACCEPTED)
    version = (root.first("version") or Node("version", {}, root.line, "1.1")).text.strip()
    if root.tag != "annotations" or version != "1.1":
        raise DataError(
            f"{path}, line {root.line}: <{root.tag[:80]}>, version {version[:20]!r}",
            accepted=ACCEPTED,
        )
    if track := root.first("track"):
        raise DataError(f"{path}, line {track.line}: a track of a video", accepted=ACCEPTED)
    remarks = Remarks()
    classes = _classes(path, root)
    known = set(classes)
    found: dict[str, LabelledImage] = {}
    for node in root.all("image"):
        image = _image(path, node, known, remarks)
        where = f"{path}, line {node.line}"
        if image.name in found:
            raise DataError(f"{where}: two images are named {image.name!r}")
        check_photo(images, image.name, (image.width, image.height), where)
        found[image.name] = image
    if not classes and found:
        classes = occurring(found.values())
        remarks.say("the file lists no labels: the classes are those that occur, sorted")
    notes = {
        _attribute(path, note, "name"): _attribute(path, note, "value")
        for note in (root.first("meta", "homelens") or root).all("note")
    }
    notes.pop(IGNORED, None)
    return LabelSet(classes, tuple(found.values()), notes | remarks.notes())


def _classes(path: Path, root: Node) -> tuple[str, ...]:
    lists = (root.first("meta", task, "labels") for task in TASKS)
    names: dict[str, int] = {}
    for label in (label for node in lists if node for label in node.all("label")):
        name = (label.first("name") or Node("name", {}, label.line)).text.strip()
        if not name or name in names:
            raise DataError(
                f"{path}, line {label.line}: label {name!r}", accepted="each label once, by name"
            )
        names[name] = label.line
    return tuple(names)


def _image(path: Path, node: Node, known: set[str], remarks: Remarks) -> LabelledImage:
    where = f"{path}, line {node.line}"
    name = image_name(_attribute(path, node, "name"), where)
    width, height = (
        side(number(_attribute(path, node, key), where, key), where, key)
        for key in ("width", "height")
    )
    for child in node.children:
        if child.tag != "box":
            remarks.count(f"<{child.tag[:40]}>, not read")
    boxes = tuple(_box(path, box, (width, height), known, remarks) for box in node.all("box"))
    return LabelledImage(name, width, height, boxes)


def _box(path: Path, node: Node, size: Size, known: set[str], remarks: Remarks) -> Box:
    where = f"{path}, line {node.line}"
    label = _attribute(path, node, "label")
    if known and label not in known:
        raise DataError(
            f"{where}: label {label!r} is not in <labels>", accepted=", ".join(sorted(known))
        )
    check_upright(node.attributes.get("rotation", "0"), where)
    held = {_attribute(path, a, "name"): a.text for a in node.all("attribute")}
    fields = marks(held, where, remarks)
    fields["occluded"] = flag(node.attributes.get("occluded", "0"), where, "occluded")
    x1, y1, x2, y2 = (
        number(_attribute(path, node, key), where, key) for key in ("xtl", "ytl", "xbr", "ybr")
    )
    corners = (x1 / size[0], y1 / size[1], x2 / size[0], y2 / size[1])
    return make_box(where, remarks, size, label, corners, **fields)


def _attribute(path: Path, node: Node, key: str) -> str:
    found = node.attributes.get(key)
    if found is None:
        raise DataError(
            f"{path}, line {node.line}: <{node.tag[:40]}> has no {key}", accepted=ACCEPTED
        )
    return found


def write(labels: LabelSet, out: Path) -> None:
    """One file; an older one of that name is replaced."""
    check(labels)
    check_texts(labels, XML_TEXT, "XML")
    check_trimmed("class", labels.classes, "CVAT's XML")
    write_file(out, "\n".join(_lines(labels)) + "\n")


def _lines(labels: LabelSet) -> Iterator[str]:
    boxes = [box for image in labels.images for box in image.boxes]
    used = {name for box in boxes for name in attributes(box, OWN)}
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield "<annotations>"
    yield "  <version>1.1</version>"
    yield "  <meta>"
    yield "    <task>"
    yield f"      <size>{len(labels.images)}</size>"
    yield "      <mode>annotation</mode>"
    yield "      <labels>"
    for name in labels.classes:
        yield "        <label>"
        yield f"          <name>{text(name)}</name>"
        yield "          <type>rectangle</type>"
        yield f"          <attributes>{''.join(_declared(used))}</attributes>"
        yield "        </label>"
    yield "      </labels>"
    yield "    </task>"
    yield "    <homelens>"
    for key, value in kept_notes(labels).items():
        yield f"      <note name={quoted(key)} value={quoted(value)}/>"
    yield "    </homelens>"
    yield "  </meta>"
    for number_of, image in enumerate(labels.images):
        yield (
            f'  <image id="{number_of}" name={quoted(image.name)} '
            f'width="{image.width}" height="{image.height}">'
        )
        for box in image.boxes:
            yield from _box_lines(image, box)
        yield "  </image>"
    yield "</annotations>"


def _declared(used: set[str]) -> Iterator[str]:
    for name in (*MARKS, *TEXTS):
        if name in used:
            kind, default = ("checkbox", "false") if name in MARKS else ("text", "")
            yield (
                f"<attribute><name>{name}</name><mutable>False</mutable>"
                f"<input_type>{kind}</input_type><default_value>{default}</default_value>"
                f"<values>{default}</values></attribute>"
            )


def _box_lines(image: LabelledImage, box: Box) -> Iterator[str]:
    x1, y1, x2, y2 = box.corners
    pixels = [
        tidy(v * s) for v, s in zip(box.corners, (image.width, image.height) * 2, strict=True)
    ]
    x1, y1, x2, y2 = pixels
    again = (x1 / image.width, y1 / image.height, x2 / image.width, y2 / image.height)
    check_kept(image.name, box, again)
    head = (
        f'    <box label={quoted(box.label)} source="manual" occluded="{int(box.occluded)}" '
        f'xtl="{x1!r}" ytl="{y1!r}" xbr="{x2!r}" ybr="{y2!r}" z_order="0"'
    )
    held = attributes(box, OWN)
    if not held:
        yield f"{head}/>"
        return
    yield f"{head}>"
    for name, value in held.items():
        written = "true" if value is True else text(value)
        yield f'      <attribute name="{name}">{written}</attribute>'
    yield "    </box>"


def carried(labels: LabelSet) -> LabelSet:
    """What is read again of these labels."""
    images = [
        replace(image, boxes=tuple(replace(box, score=None) for box in image.boxes), predictions=())
        for image in labels.images
    ]
    return LabelSet(labels.classes, tuple(images), kept_notes(labels))
