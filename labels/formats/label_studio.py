"""Label Studio: its JSON export, a list of tasks with RectangleLabels (not JSON-MIN).

    labels = read(Path("tasks.json"), images=Path("photos"))
    write(labels, Path("tasks.json"))      # tasks that Label Studio imports

Corners are percent of the upright photo. Of several annotations of a task the newest one that was
not cancelled is read, as people expect who corrected a task, and the number of others is said.
Tasks that nobody annotated are left out and said: they are not photos without objects. Predictions
are kept apart, all of them, each with its model_version as labeler.

Photos are written as local files, `/data/local-files/?d=NAME`, below Label Studio's document root.
The export holds neither the labeling interface nor the size of a photo without boxes: classes and
notes stand in the first task's `meta`, sizes in `data`; marks and labelers in a region's `meta`.
`completed_by` is read and never written, because Label Studio refuses users that it does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.geometry import Size, check_kept, from_spans, make_box, to_spans
from labels.formats.json_file import dump_json, parse, read_json
from labels.formats.label_studio_models import Prediction, Rectangle, Region, Sized, Task
from labels.formats.marks import attributes, check_upright, marks
from labels.formats.output import write_file
from labels.formats.photos import check_photo, find_photo, upright_size
from labels.formats.places import IGNORED, Remarks, image_name, short
from labels.formats.sets import check, kept_notes, occurring
from vision.errors import DataError

ACCEPTED = "Label Studio's JSON export with RectangleLabels, not JSON-MIN"
LOCAL = "/data/local-files/?d="
KIND = "rectanglelabels"
FROM, TO = "label", "image"
"""Names of the tags <RectangleLabels> and <Image> in Label Studio's own template."""

OWN = frozenset({"id"})
"""Fields of Box that a region has a place for."""


@dataclass(frozen=True)
class _Found:
    """A rectangle: its JSON path, the region, its value, and who drew it."""

    where: str
    region: Region
    rectangle: Rectangle
    by: str | None


def read(path: Path, images: Path | None = None) -> LabelSet:
    """With `images` every photo must be there, and gives the size where the file does not."""
    content = read_json(path, ACCEPTED)
    if not isinstance(content, list):
        raise DataError(f"{path}: file: no list of tasks", accepted=ACCEPTED)
    tasks = [parse(Task, task, f"{path}: [{at}]", ACCEPTED) for at, task in enumerate(content)]
    remarks = Remarks()
    found: dict[str, LabelledImage] = {}
    for index, task in enumerate(tasks):
        where = f"{path}: [{index}]"
        image = _image(where, task, images, remarks)
        if image and image.name in found:
            raise DataError(f"{where}: two tasks show {image.name!r}")
        if image:
            found[image.name] = image
    own = next((t.meta.homelens for t in tasks if t.meta and t.meta.homelens), None)
    classes = tuple(dict.fromkeys(own.classes)) if own else ()
    if added := tuple(name for name in occurring(found.values()) if name not in classes):
        listed = ", ".join(map(repr, added))
        remarks.say(f"the file does not list the classes {listed}: they come last, sorted")
    notes = {key: value for key, value in own.notes.items() if key != IGNORED} if own else {}
    return LabelSet(classes + added, tuple(found.values()), notes | remarks.notes())


def _image(where: str, task: Task, images: Path | None, remarks: Remarks) -> LabelledImage | None:
    """None for a task without an annotation that counts."""
    live = [(a, at) for at, a in enumerate(task.annotations) if not a.was_cancelled]
    remarks.count("cancelled annotations, not read", len(task.annotations) - len(live))
    if not live:
        remarks.count("tasks without an annotation, left out")
        return None
    remarks.count("annotations that are not the newest of their task, not read", len(live) - 1)
    newest, at = max(live, key=lambda one: (one[0].time, one[1]))
    drawn = _rectangles(f"{where}.annotations[{at}]", newest.result, newest.author, remarks)
    seen = _predicted(f"{where}.predictions", task.predictions, remarks)
    name = _name(where, task.data)
    size = _size(where, task, [*drawn, *seen], images, name)
    check_photo(images, name, size, where)
    return LabelledImage(
        name,
        *size,
        tuple(_box(found, size, None, remarks) for found in drawn),
        tuple(_box(found, size, found.region.score, remarks) for found in seen),
    )


def _predicted(where: str, predictions: Sequence[Any], remarks: Remarks) -> list[_Found]:
    found: list[_Found] = []
    for index, value in enumerate(predictions):
        if isinstance(value, int):
            remarks.count("predictions that were not exported, not read")
            continue
        place = f"{where}[{index}]"
        one = parse(Prediction, value, place, ACCEPTED)
        found += _rectangles(place, one.result, one.model_version or None, remarks)
    return found


def _rectangles(
    where: str, result: Sequence[Region], by: str | None, remarks: Remarks
) -> list[_Found]:
    found = []
    for index, region in enumerate(result):
        place = f"{where}.result[{index}]"
        if region.type != KIND:
            remarks.count(f"results of type {short(region.type)}, not read")
            continue
        rectangle = parse(Rectangle, region.value, f"{place}.value", ACCEPTED)
        check_upright(rectangle.rotation or 0, f"{place}.value")
        check_upright(region.image_rotation or 0, f"{place}.image_rotation")
        found.append(_Found(place, region, rectangle, by))
    return found


def _box(found: _Found, size: Size, score: float | None, remarks: Remarks) -> Box:
    region, value = found.region, found.rectangle
    fields = {"by": found.by, "id": region.id or None, "score": score}
    fields |= marks(region.meta or {}, f"{found.where}.meta", remarks)
    corners = from_spans(value.x, value.y, value.width, value.height, 100, 100)
    label = value.rectanglelabels[0]
    return make_box(found.where, remarks, size, label, corners, **fields)


def _name(where: str, data: dict[str, Any]) -> str:
    """The photo's name from what Label Studio loads it from."""
    texts = [value for value in data.values() if isinstance(value, str)]
    shown = data.get("image", texts[0] if len(texts) == 1 else None)
    if not isinstance(shown, str):
        raise DataError(f"{where}.data: no image", accepted="data.image, a path or an address")
    place = f"{where}.data.image"
    if shown.startswith(LOCAL):
        return image_name(unquote(shown.removeprefix(LOCAL)), place)
    if "://" not in shown and not shown.startswith("/data/"):
        return image_name(shown, place)
    try:
        # the file name alone: what stands before it is where Label Studio or a cloud keeps it
        return image_name(unquote(urlsplit(shown).path.rsplit("/", 1)[-1]), place)
    except ValueError as error:
        raise DataError(f"{place}: {short(shown)} is no address: {error}") from error


def _size(where: str, task: Task, found: list[_Found], images: Path | None, name: str) -> Size:
    stated = {
        (one.region.original_width, one.region.original_height)
        for one in found
        if one.region.original_width and one.region.original_height
    }
    if len(stated) > 1:
        raise DataError(f"{where}: boxes are for photos of the sizes {sorted(stated)}")
    for width, height in stated:
        return (width, height)
    if {"width", "height"} <= task.data.keys():
        sized = parse(Sized, task.data, f"{where}.data", ACCEPTED)
        return (sized.width, sized.height)
    if images is None:
        raise DataError(
            f"{where}: no box says the photo's size", do="give the folder of the photos"
        )
    return upright_size(find_photo(images, name, where))


def write(labels: LabelSet, out: Path) -> None:
    """One file; an older one of that name is replaced."""
    check(labels)
    tasks = [_task(image) for image in labels.images]
    for task in tasks[:1]:
        held = {"classes": labels.classes, "notes": kept_notes(labels)}
        task["meta"] = {"homelens": held}
    write_file(out, dump_json(tasks))


def _task(image: LabelledImage) -> dict[str, Any]:
    drawn = [_region(image, box, OWN) for box in image.boxes]
    task: dict[str, Any] = {
        "data": {
            "image": LOCAL + quote(image.name),
            "width": image.width,
            "height": image.height,
        },
        "annotations": [{"result": drawn}],
    }
    predictions = [
        ({} if by is None else {"model_version": by})
        | {"result": [_region(image, box, OWN | {"by"}) for box in boxes]}
        for by, boxes in groupby(image.predictions, key=lambda box: box.by)
    ]
    return task | ({"predictions": predictions} if predictions else {})


def _region(image: LabelledImage, box: Box, own: frozenset[str]) -> dict[str, Any]:
    spans = to_spans(box.corners, 100, 100)
    check_kept(image.name, box, from_spans(*spans, 100, 100))
    value = dict(zip(("x", "y", "width", "height"), spans, strict=True))
    region: dict[str, Any] = {
        "type": KIND,
        "from_name": FROM,
        "to_name": TO,
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "value": value | {"rotation": 0, KIND: [box.label]},
    }
    if box.id is not None:
        region["id"] = box.id
    if "by" in own and box.score is not None:  # predictions alone
        region["score"] = box.score
    held = attributes(box, own)
    return region | ({"meta": held} if held else {})


def carried(labels: LabelSet) -> LabelSet:
    """What is read again of these labels."""
    images = tuple(
        replace(image, boxes=tuple(replace(box, score=None) for box in image.boxes))
        for image in labels.images
    )
    return LabelSet(labels.classes, images, kept_notes(labels)) if images else LabelSet((), ())
