"""What every label set must be before it is written, whatever the format.

    check(labels)                       # classes, names, sizes, texts; raises DataError
    check_texts(labels, XML_TEXT, "XML")

Nothing is mended: a name that a format cannot hold is named, not changed. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats.places import IGNORED, LARGEST_SIDE, image_name, short
from vision.errors import DataError

XML_TEXT = re.compile("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""The characters of XML 1.0."""

UNICODE = re.compile("[^\ud800-\udfff]*")
"""Whatever UTF-8 can hold: no half of a surrogate pair."""


def check(labels: LabelSet) -> None:
    """Raises DataError for a set that no format could hold truly."""
    known = set(labels.classes)
    if len(known) < len(labels.classes) or "" in known:
        raise DataError("the label set names a class twice or not at all", accepted="each once")
    names = Counter(image.name for image in labels.images)
    if twice := [name for name, count in names.items() if count > 1]:
        raise DataError(f"the label set has two images {twice[0]!r}")
    for image in labels.images:
        _check_image(image, known)
    check_texts(labels, UNICODE, "UTF-8")


def _check_image(image: LabelledImage, known: set[str]) -> None:
    if image_name(image.name, "the label set") != image.name:
        raise DataError(f"{short(image.name)} is no plain path", accepted="a/b.jpg")
    if not (0 < image.width <= LARGEST_SIDE and 0 < image.height <= LARGEST_SIDE):
        raise DataError(
            f"{image.name} has {image.width} × {image.height} pixels",
            accepted=f"1 to {LARGEST_SIDE}",
        )
    for box in image.boxes + image.predictions:
        if box.label not in known:
            raise DataError(
                f"{image.name}: the class {box.label!r} is not one of the label set's",
                accepted=", ".join(sorted(known)) or "none: it has no classes",
            )
        if box.id == "" or box.by == "":
            raise DataError(f"{image.name}: a box has an empty id or labeler", accepted="None")
        if box.score is not None and not 0 <= box.score <= 1:
            raise DataError(f"{image.name}: a box has the score {box.score}", accepted="0–1")


def check_texts(labels: LabelSet, allowed: re.Pattern[str], format_name: str) -> None:
    """Raises DataError for the first text with characters that the format cannot hold."""
    for what, text in _texts(labels):
        if not allowed.fullmatch(text):
            raise DataError(
                f"the {what} {short(text)} cannot be written in {format_name}",
                accepted="characters that it can hold",
                do=f"rename the {what}" if what == "class" else "",
            )


def check_trimmed(what: str, texts: Iterable[str], format_name: str) -> None:
    """Raises DataError for a text with blanks at its ends, which readers cut off."""
    for text in texts:
        if text != text.strip():
            raise DataError(
                f"the {what} {short(text)} cannot be written in {format_name}",
                accepted="no blanks at the ends",
            )


def _texts(labels: LabelSet) -> Iterator[tuple[str, str]]:
    yield from (("class", name) for name in labels.classes)
    for key, value in kept_notes(labels).items():
        yield from (("note", key), ("note", value))
    for image in labels.images:
        yield "photo's name", image.name
        for box in image.boxes + image.predictions:
            yield from _box_texts(box)


def _box_texts(box: Box) -> Iterator[tuple[str, str]]:
    if box.id is not None:
        yield "id", box.id
    if box.by is not None:
        yield "labeler", box.by


def kept_notes(labels: LabelSet) -> dict[str, str]:
    """The notes that are written on: not what was said of the file that was read."""
    return {key: value for key, value in labels.notes.items() if key != IGNORED}


def by_name(images: Iterable[LabelledImage]) -> tuple[LabelledImage, ...]:
    """Images in the order in which a folder is read."""
    return tuple(sorted(images, key=lambda image: image.name.split("/")))


def occurring(images: Iterable[LabelledImage]) -> tuple[str, ...]:
    """Classes of all boxes, sorted: for formats and files that list none."""
    return tuple(sorted({b.label for image in images for b in image.boxes + image.predictions}))
