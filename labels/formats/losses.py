"""What differs between a label set and what remains of it in a file, in sentences.

    differences(labels, carried(labels))    # ["12 boxes lose their labeler", …]

Pure; used for what a format will lose before it is written and, in tests, for what it has lost
after it was read again: the two must say the same.
"""

from collections.abc import Iterator, Sequence

from labels.boxes import Box, LabelSet
from labels.formats.sets import kept_notes

SAME = 1e-6
"""Share of the photo by which corners may differ and are still the same."""

LOST = {
    "score": "its score",
    "by": "its labeler",
    "crowd": "the mark crowd: a group becomes one object",
    "difficult": "the mark difficult",
    "occluded": "the mark occluded",
    "truncated": "the mark truncated",
}
"""Fields of Box and what is lost with them."""


def differences(before: LabelSet, after: LabelSet) -> list[str]:
    """One sentence for each kind of difference; none where `after` is the same."""
    said = []
    if before.classes != after.classes:
        lost = [name for name in before.classes if name not in after.classes]
        what = f"classes are lost: {', '.join(lost)}" if lost else "the order of classes is lost"
        said.append(what)
    notes, left = kept_notes(before), kept_notes(after)
    if gone := sorted(key for key in notes.keys() | left.keys() if notes.get(key) != left.get(key)):
        said.append(f"notes are lost: {', '.join(gone)}")
    remaining = {image.name: image for image in after.images}
    if missing := sum(image.name not in remaining for image in before.images):
        said.append(f"{_some(missing, 'image')} {_verb(missing, 'is', 'are')} left out")
    elif [image.name for image in before.images] != list(remaining):
        said.append("the order of images is lost: they are read sorted by name")
    pairs = [(i, remaining[i.name]) for i in before.images if i.name in remaining]
    if count := sum((a.width, a.height) != (b.width, b.height) for a, b in pairs):
        said.append(f"{_some(count, 'image')} {_verb(count, 'changes its', 'change their')} size")
    said += _of_boxes([(a.boxes, b.boxes) for a, b in pairs], "box")
    said += _of_boxes([(a.predictions, b.predictions) for a, b in pairs], "prediction")
    return said


def _of_boxes(lists: Sequence[tuple[tuple[Box, ...], tuple[Box, ...]]], what: str) -> Iterator[str]:
    if gone := sum(len(a) - len(b) for a, b in lists):
        yield f"{_some(gone, what)} {_verb(gone, 'is', 'are')} left out"
    pairs = [pair for a, b in lists if len(a) == len(b) for pair in zip(a, b, strict=True)]
    if count := sum(a.label != b.label for a, b in pairs):
        yield f"{_some(count, what)} {_verb(count, 'changes', 'change')} class"
    if count := sum(not _same_corners(a, b) for a, b in pairs):
        yield f"{_some(count, what)} {_verb(count, 'moves', 'move')}"
    if count := sum(a.id is not None and b.id != a.id for a, b in pairs):
        yield f"{_some(count, what)} {_verb(count, 'loses its', 'lose their')} id"
    if count := sum(a.id is None and b.id is not None for a, b in pairs):
        yield f"{_some(count, what)} without an id {_verb(count, 'gets', 'get')} one"
    for field, sentence in LOST.items():
        if count := sum(getattr(a, field) != getattr(b, field) for a, b in pairs):
            yield f"{_some(count, what)} {_verb(count, 'loses', 'lose')} " + sentence.replace(
                "its", _verb(count, "its", "their")
            )


def _some(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}{'es' if what == 'box' else 's'}"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _same_corners(a: Box, b: Box) -> bool:
    return all(abs(x - y) <= SAME for x, y in zip(a.corners, b.corners, strict=True))
