"""Pascal VOC: a folder of XML files, one a photo.

    labels = read(Path("VOC"), images=Path("VOC/JPEGImages"))
    write(labels, Path("VOC"))             # Annotations/*.xml and names.txt

VOC counts pixels from 1 and means them inclusive: the whole of an 80 pixel wide photo is xmin 1,
xmax 80. Corners within a pixel are written with decimals, as VOC 2012 has them itself. Tools that
count from 0 give themselves away by a corner at 0, and CVAT by its labelmap.txt: such a folder is
read so, and that is said.

names.txt holds the classes in order, which VOC has no place for; without it they are CVAT's, or
those that occur, sorted. Files are looked for in Annotations/, or in the folder itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.geometry import Corners, Size, check_kept, make_box, tidy
from labels.formats.marks import attributes, marks
from labels.formats.names import NAMES, names_text, read_labelmap, read_names
from labels.formats.output import write_folder
from labels.formats.photos import check_photo, files_below, find_photo, is_hidden, upright_size
from labels.formats.places import Remarks, flag, image_name, number, side
from labels.formats.sets import XML_TEXT, by_name, check, check_texts, check_trimmed, occurring
from labels.formats.xml_file import Node, read_xml, text
from vision.errors import DataError

ACCEPTED = "a Pascal VOC annotation"
LABELMAP = "labelmap.txt"
FOLDER = "Annotations"
OWN = frozenset({"difficult", "occluded", "truncated"})
"""Fields of Box that VOC has a place for."""

UNREAD = ("part", "point", "polygon", "segmented_object")


@dataclass
class _Object:
    """A box as the file has it: where it stands, its class, its pixels and its marks."""

    where: str
    label: str
    pixels: Corners
    marks: dict[str, Any]


@dataclass
class _Photo:
    name: str
    size: Size
    objects: list[_Object] = field(default_factory=list)


def read(path: Path, images: Path | None = None) -> LabelSet:
    """With `images` every photo must be there and of the shape that its file says."""
    folder = path / FOLDER if (path / FOLDER).is_dir() else path
    files = [folder / name for name in files_below(folder, "*.xml")] if folder.is_dir() else []
    if not files:
        raise DataError(f"{folder} holds no XML file", accepted="a folder with one XML a photo")
    remarks = Remarks()
    photos: dict[str, _Photo] = {}
    for file in files:
        photo = _photo(file, file.relative_to(folder).parent.as_posix(), images, remarks)
        if photo.name in photos:
            raise DataError(f"{file}: another file is for {photo.name!r} as well")
        photos[photo.name] = photo
    objects = [thing for photo in photos.values() for thing in photo.objects]
    sign = "a corner lies at pixel 0" if any(min(o.pixels[:2]) <= 0 for o in objects) else ""
    if (path / LABELMAP).is_file() and not (path / NAMES).is_file():
        sign = f"there is a {LABELMAP}, as CVAT writes it"
    if sign:
        remarks.say(f"{sign}: all corners were read as counted from 0, not 1")
    first = 0 if sign else 1
    listed = _listed(path)
    if listed is None:
        remarks.say(f"there is no {NAMES}: the classes are those that occur, sorted")
    read_images = [_labelled(photo, first, listed, remarks) for photo in photos.values()]
    classes = occurring(read_images) if listed is None else listed
    return LabelSet(classes, by_name(read_images), remarks.notes())


def _listed(path: Path) -> tuple[str, ...] | None:
    if (path / NAMES).is_file():
        return read_names(path / NAMES)
    return read_labelmap(path / LABELMAP) if (path / LABELMAP).is_file() else None


def _labelled(
    photo: _Photo, first: int, listed: tuple[str, ...] | None, remarks: Remarks
) -> LabelledImage:
    boxes = []
    for thing in photo.objects:
        if listed is not None and thing.label not in listed:
            raise DataError(
                f"{thing.where}: class {thing.label!r} is not listed",
                accepted=", ".join(listed),
            )
        corners = _shares(thing.pixels, photo.size, first)
        boxes.append(
            make_box(thing.where, remarks, photo.size, thing.label, corners, **thing.marks)
        )
    return LabelledImage(photo.name, *photo.size, tuple(boxes))


def _shares(pixels: Corners, size: Size, first: int = 1) -> Corners:
    x1, y1, x2, y2 = pixels
    return ((x1 - first) / size[0], (y1 - first) / size[1], x2 / size[0], y2 / size[1])


def _photo(file: Path, below: str, images: Path | None, remarks: Remarks) -> _Photo:
    root = read_xml(file, ACCEPTED)
    if root.tag != "annotation":
        raise DataError(f"{file}, line {root.line}: <{root.tag[:80]}>", accepted=ACCEPTED)
    named = root.first("filename") or root
    where = f"{file}, line {named.line}"
    shown = _value(file, root, "filename")
    # a plain file name means the photo that lies as its XML does
    name = image_name(shown if "/" in shown else f"{below}/{shown}", where)
    size = _size(file, root, images, name)
    check_photo(images, name, size, where)
    objects = [_object(file, node, remarks) for node in root.all("object")]
    return _Photo(name, size, objects)


def _size(file: Path, root: Node, images: Path | None, name: str) -> Size:
    node = root.first("size")
    where = f"{file}, line {(node or root).line}"
    stated = [number(_value(file, node, k), where, k) for k in ("width", "height")] if node else []
    if 0 in stated or not stated:  # what tools write that did not open the photo
        if images is None:
            raise DataError(f"{where}: no size of the photo", do="give the folder of the photos")
        return upright_size(find_photo(images, name, where))
    return (side(stated[0], where, "width"), side(stated[1], where, "height"))


def _object(file: Path, node: Node, remarks: Remarks) -> _Object:
    where = f"{file}, line {node.line}"
    label = _value(file, node, "name")
    corners = node.first("bndbox")
    if corners is None:
        raise DataError(f"{where}: <object> has no bndbox", accepted=ACCEPTED)
    x1, y1, x2, y2 = (
        number(_value(file, corners, key), f"{file}, line {corners.line}", key)
        for key in ("xmin", "ymin", "xmax", "ymax")
    )
    held: dict[str, object] = {}
    for given in (node.first("attributes") or Node("attributes", {}, 0)).all("attribute"):
        value = given.first("value")
        held[_value(file, given, "name")] = value.text if value else ""
    fields = marks(held, where, remarks)
    for key in OWN:
        if (mark := node.first(key)) is not None:
            fields[key] = flag(mark.text, f"{file}, line {mark.line}", key)
    pose = node.first("pose")
    if pose and pose.text.strip().lower() not in ("", "unspecified"):
        remarks.count("poses, not read")
    for tag in UNREAD:
        remarks.count(f"<{tag}>, not read", len([*node.all(tag)]))
    return _Object(where, label, (x1, y1, x2, y2), fields)


def _value(file: Path, node: Node, tag: str) -> str:
    child = node.first(tag)
    found = child.text.strip() if child else ""
    if not found:
        raise DataError(
            f"{file}, line {(child or node).line}: <{node.tag[:40]}> has no {tag}",
            accepted=ACCEPTED,
        )
    return found


def write(labels: LabelSet, out: Path) -> None:
    """Annotations/ and names.txt in a new folder; put the photos into JPEGImages/ afterwards."""
    check(labels)
    check_texts(labels, XML_TEXT, "XML")
    if not labels.images:
        raise DataError("a VOC folder needs a photo", accepted="at least one")
    check_trimmed("photo's name", (PurePosixPath(i.name).name for i in labels.images), "VOC")
    files = {NAMES: names_text(labels.classes, "VOC")}
    for image in labels.images:
        file = f"{FOLDER}/{PurePosixPath(image.name).with_suffix('.xml')}"
        if is_hidden(image.name):
            raise DataError(f"{image.name} is hidden: it would not be found again")
        if file in files:
            raise DataError(f"{image.name} and another photo would share {file}", do="rename one")
        files[file] = "\n".join(_lines(image)) + "\n"
    write_folder(out, files, (FOLDER,))


def _lines(image: LabelledImage) -> Iterator[str]:
    path = PurePosixPath(image.name)
    yield "<annotation>"
    yield f"  <folder>{text('' if str(path.parent) == '.' else path.parent)}</folder>"
    yield f"  <filename>{text(path.name)}</filename>"
    yield (
        f"  <size><width>{image.width}</width><height>{image.height}</height>"
        "<depth>3</depth></size>"
    )
    yield "  <segmented>0</segmented>"
    for box in image.boxes:
        yield "  <object>"
        yield f"    <name>{text(box.label)}</name>"
        yield "    <pose>Unspecified</pose>"
        for key in sorted(OWN):
            yield f"    <{key}>{int(getattr(box, key))}</{key}>"
        yield f"    <bndbox>{_bounds(image, box)}</bndbox>"
        yield from _attribute_lines(box)
        yield "  </object>"
    yield "</annotation>"


def _bounds(image: LabelledImage, box: Box) -> str:
    width, height = size = (image.width, image.height)
    x1, y1, x2, y2 = box.corners
    pixels = (tidy(x1 * width + 1), tidy(y1 * height + 1), tidy(x2 * width), tidy(y2 * height))
    check_kept(image.name, box, _shares(pixels, size))
    keys = ("xmin", "ymin", "xmax", "ymax")
    return "".join(f"<{key}>{v!r}</{key}>" for key, v in zip(keys, pixels, strict=True))


def _attribute_lines(box: Box) -> Iterator[str]:
    if held := attributes(box, OWN):
        yield "    <attributes>"
        for name, value in held.items():
            written = "true" if value is True else text(value)
            yield f"      <attribute><name>{name}</name><value>{written}</value></attribute>"
        yield "    </attributes>"


def carried(labels: LabelSet) -> LabelSet:
    """What is read again of these labels."""
    images = [
        replace(image, boxes=tuple(replace(box, score=None) for box in image.boxes), predictions=())
        for image in labels.images
    ]
    return LabelSet(labels.classes, by_name(images))
