"""The label store: sets of labelled photos with an append-only history.

    revision = import_labels(session, "doors", labels, files, by="ana")        # doors@1
    revision = apply(session, "doors", [Edit("delete", box_id=…)], by="key:…", source="labeler")
    labels = labels_at(session, "doors@1")                                     # as it was

`session` is one of Database.write(): a revision is written whole or not at all. What other modules
do for the store's users can be imported from here as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.boxes import Box, LabelledImage, LabelSet
from labels.changes import Change, lock_set, open_set
from labels.flags import LONGEST_LABEL, LONGEST_NAME, Edit, Json, Source, below, plain
from labels.history import history
from labels.merge import match
from labels.revert import revert
from labels.runs import add_checks, add_quality_run
from labels.state import (
    CHUNK,
    DELETED,
    Revision,
    State,
    as_box,
    labels_at,
    resolve,
    states_of_boxes,
    states_of_images,
)
from labels.tables import ImageRow
from serving.errors import Conflict, NotFound, Unprocessable
from serving.store.keys import new_id
from vision.errors import DataError

__all__ = [
    "Revision",
    "add_checks",
    "add_quality_run",
    "apply",
    "history",
    "import_labels",
    "labels_at",
    "resolve",
    "revert",
]

MOST_CLASSES = 1000
MOST_BOXES = 5000
"""Boxes of one photo."""


def import_labels(
    session: Session,
    name: str,
    labels: LabelSet,
    files: Mapping[str, str] | None = None,
    *,
    by: str,
    source: Source = "import",
    note: str = "",
) -> Revision:
    """Take labels in as a new revision of the set, which is made where there is none.

    For the photos that they name they are the whole truth: boxes that they lack are deleted, boxes
    that are the same object (labels/merge.py) keep id and history. Other photos stay as they are.
    `files` gives the sha256 of the photos' bytes (labels/photos.py keeps them). Predictions are
    not kept. Raises DataError for what cannot be kept or is another photo of the same name.
    """
    check(labels)
    change = Change(session, open_set(session, name), by=by, source=source, note=note)
    change.classes += tuple(one for one in labels.classes if one not in change.classes)
    if len(change.classes) > MOST_CLASSES:
        raise DataError(f"the set would have {len(change.classes)} classes", accepted="up to 1000")
    rows = _images(session, change, labels, files or {})
    known = [row.id for row in rows.values()]
    states = states_of_images(session, known)
    old: dict[str, list[Box]] = {}
    for state in states.values():
        if state.op != DELETED:
            old.setdefault(state.image_id, []).append(as_box(state))
    for image in labels.images:
        _merge(change, rows[image.name].id, old.get(rows[image.name].id, []), image.boxes)
    return change.finish()


def check(labels: LabelSet) -> None:
    """Raises DataError for labels that cannot be kept."""
    names = [image.name for image in labels.images]
    if len(set(names)) < len(names) or len(set(labels.classes)) < len(labels.classes):
        raise DataError("the labels name a photo or a class twice", accepted="each once")
    for label in labels.classes:
        plain("class", label, LONGEST_LABEL)
    for image in labels.images:
        below(plain("photo's name", image.name, LONGEST_NAME))
        if len(image.boxes) > MOST_BOXES:
            raise DataError(
                f"{image.name} has {len(image.boxes)} boxes", accepted=f"up to {MOST_BOXES}"
            )
        for box in image.boxes:
            if box.by is not None:
                plain("labeler's name", box.by, 200)


def _images(
    session: Session, change: Change, labels: LabelSet, files: Mapping[str, str]
) -> dict[str, ImageRow]:
    """Rows of all photos of the labels, new ones too."""
    names = [image.name for image in labels.images]
    rows: dict[str, ImageRow] = {}
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        query = select(ImageRow).where(ImageRow.set_id == change.row.id, ImageRow.name.in_(part))
        rows |= {row.name: row for row in session.scalars(query)}
    for image in labels.images:
        row = rows.get(image.name)
        sha256 = files.get(image.name)
        if row is None:
            row = ImageRow(
                id=new_id("img"),
                set_id=change.row.id,
                name=image.name,
                width=image.width,
                height=image.height,
                sha256=sha256,
                photo_id=None,
                digest="",
                present=False,
            )
            session.add(row)
            rows[image.name] = row
        else:
            _same_photo(row, image, sha256)
            row.sha256 = row.sha256 or (None if row.photo_id else sha256)
        if not row.present:
            change.add_image(row.id)
    session.flush()
    return rows


def _same_photo(row: ImageRow, image: LabelledImage, sha256: str | None) -> None:
    """Raises DataError for another photo under a name that the set has."""
    # a smaller copy is the same photo; one pixel more or less on each side is rounding
    skew = abs(row.width * image.height - row.height * image.width)
    other = skew > max(row.width, row.height, image.width, image.height)
    if other or (sha256 and row.sha256 and sha256 != row.sha256):
        raise DataError(
            f"the set has another photo {image.name!r}"
            + (f", of {row.width} × {row.height} pixels" if other else ", of other bytes"),
            accepted="one photo for each name",
            do="rename the photo, or import into another set",
        )


def _merge(change: Change, image_id: str, old: Sequence[Box], new: Sequence[Box]) -> None:
    """Put the file's boxes in place of the store's."""
    for was, place in match(old, new):
        if place is None:
            assert was is not None
            change.delete(str(old[was].id), image_id, {})
            continue
        box = new[place]
        if was is None:
            reason: Json = {} if box.id is None else {"file_id": box.id[:100]}
            change.add(image_id, box, reason, box.by)
        else:
            # whoever drew it first has not moved it: an export carries the name along
            by = box.by if box.by != old[was].by else None
            change.put(str(old[was].id), image_id, box, {}, by)


def apply(
    session: Session,
    set_name: str,
    edits: Sequence[Edit],
    *,
    by: str,
    source: Source,
    note: str = "",
) -> Revision:
    """Change boxes in a new revision; the newest one where nothing changes by it.

    Several edits of one box become one event. Raises NotFound, Conflict where a box was deleted
    meanwhile (or, for `restore`, is there), Unprocessable for an unknown class.
    """
    return apply_to(
        session,
        Change(session, lock_set(session, set_name), by=by, source=source, note=note),
        edits,
    ).finish()


def apply_to(session: Session, change: Change, edits: Sequence[Edit]) -> Change:
    """The change with these edits in it; see `apply`."""
    ids = [edit.box_id for edit in edits if edit.box_id is not None and edit.op != "add"]
    states = states_of_boxes(session, ids)
    images = _images_named(session, change, edits)
    boxes: dict[str, Box | None] = {}
    places: dict[str, str] = {}
    reasons: dict[str, Json] = {}
    for edit in edits:
        if edit.label is not None and edit.label not in change.classes:
            raise Unprocessable(
                f"the set {change.row.name} has no class {edit.label[:60]!r}",
                accepted=", ".join(change.classes),
            )
        box_id = plain("box id", edit.box_id or new_id("box"), 64)
        if edit.op == "add":
            if box_id in boxes or states_of_boxes(session, [box_id]):
                raise Conflict(f"there is a box {box_id[:64]} already")
            assert edit.image is not None
            assert edit.label is not None
            assert edit.corners is not None
            boxes[box_id] = Box(edit.label, *edit.corners)
            places[box_id] = images[edit.image]
        else:
            state = states.get(box_id)
            if box_id not in boxes:
                elsewhere = state is not None and (
                    state.set_id != change.row.id
                    or (edit.image is not None and images[edit.image] != state.image_id)
                )
                if state is None or elsewhere:
                    raise NotFound(f"the set {change.row.name} has no box {box_id[:64]} there")
                boxes[box_id] = current(state)
                places[box_id] = state.image_id
            boxes[box_id] = edited(boxes[box_id], edit, state)
        reasons[box_id] = {**reasons.get(box_id, {}), **edit.reason}
    for box_id, box in boxes.items():
        if box is None:
            change.delete(box_id, places[box_id], reasons[box_id])
        else:
            change.put(box_id, places[box_id], box, reasons[box_id])
    return change


def current(state: State | None) -> Box | None:
    """The box as it is; None where it is deleted."""
    return None if state is None or state.op == DELETED else as_box(state)


def edited(box: Box | None, edit: Edit, state: State | None) -> Box | None:
    """What an edit makes of a box. Raises Conflict."""
    if edit.op == "restore":
        if box is not None or state is None:
            raise Conflict(f"the box {edit.box_id} is there", do="leave it, or change it")
        box = as_box(state)
    elif box is None:
        at = "" if state is None else f" in revision {state.revision}"
        raise Conflict(
            f"the box {edit.box_id} was deleted{at}", do="look at the photo's labels again"
        )
    if edit.op == "delete":
        return None
    found = box if edit.label is None else replace(box, label=edit.label)
    return found if edit.corners is None else found.at(*edit.corners)


def _images_named(session: Session, change: Change, edits: Sequence[Edit]) -> dict[str, str]:
    """Ids of the photos that edits name. Raises NotFound for one that the set has not."""
    names = sorted({edit.image for edit in edits if edit.image is not None})
    found: dict[str, str] = {}
    for start in range(0, len(names), CHUNK):
        query = select(ImageRow.name, ImageRow.id).where(
            ImageRow.set_id == change.row.id,
            ImageRow.present.is_(True),
            ImageRow.name.in_(names[start : start + CHUNK]),
        )
        found |= {row.name: row.id for row in session.execute(query)}
    missing = [name for name in names if name not in found]
    if missing:
        raise NotFound(f"the set {change.row.name} has no photo {missing[0][:80]!r}")
    return found
