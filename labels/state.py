"""What a set holds at a revision, read from its history.

    revision = resolve(session, "doors@12")          # "doors": the newest
    labels = labels_at(session, "doors@12")          # a LabelSet whose boxes carry id and by
    boxes = image_boxes(session, image_id, 12)       # of one photo

A box's state is its last event up to the revision; a deleted one is not there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from labels.boxes import Box, LabelledImage, LabelSet
from labels.digest import digest
from labels.tables import BoxEventRow, ImageEventRow, ImageRow, RevisionRow, SetRow
from serving.errors import NotFound, Unprocessable

SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ADDED, REMOVED = "add", "remove"
DELETED = "delete"

CHUNK = 500
"""Ids that one query names."""

State = Row[Any]
"""The columns of BoxEventRow that make up a box's state; see `COLUMNS`."""

COLUMNS = (
    BoxEventRow.box_id,
    BoxEventRow.set_id,
    BoxEventRow.image_id,
    BoxEventRow.revision,
    BoxEventRow.op,
    BoxEventRow.label,
    BoxEventRow.x1,
    BoxEventRow.y1,
    BoxEventRow.x2,
    BoxEventRow.y2,
    BoxEventRow.marks,
    BoxEventRow.by,
)


@dataclass(frozen=True)
class Revision:
    """One state of a set: what made it, and the hash of its content (labels/digest.py)."""

    set: str
    number: int
    created_at: datetime
    by: str
    source: str
    note: str
    digest: str
    classes: tuple[str, ...]
    reverts: int | None = None

    @property
    def name(self) -> str:
        """As it is asked for, such as doors@12."""
        return f"{self.set}@{self.number}"


def split_name(text: str) -> tuple[str, int | None]:
    """("doors", 12) of "doors@12", ("doors", None) of "doors". Raises Unprocessable."""
    name, at, number = text.partition("@")
    if not SET_NAME.fullmatch(name) or (at and not re.fullmatch(r"[1-9][0-9]{0,8}", number)):
        raise Unprocessable(
            f"{text[:80]!r} names no set",
            accepted="letters, digits, '.', '_' and '-' (64 at most), perhaps '@' and a revision",
        )
    return name, int(number) if at else None


def find_set(session: Session, name: str, *, lock: bool = False) -> SetRow:
    """The set. `lock` makes other writers of it wait. Raises NotFound."""
    query = select(SetRow).where(SetRow.name == name)
    if lock:  # what is known of it may be older than the lock
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        known = session.scalars(select(SetRow.name).order_by(SetRow.name).limit(20)).all()
        raise NotFound(
            f"there is no set {name[:64]!r}",
            accepted=", ".join(known),
            do="see `homelens labels import`",
        )
    return row


def resolve(session: Session, text: str) -> Revision:
    """The revision that is named, or the newest. Raises NotFound, or Unprocessable for no name."""
    name, number = split_name(text)
    row = find_set(session, name)
    found = session.get(RevisionRow, (row.id, number or row.revision))
    if found is None:
        raise NotFound(f"the set {name} has no revision {number}", accepted=f"1 to {row.revision}")
    return as_revision(name, found)


def as_revision(name: str, row: RevisionRow) -> Revision:
    """The row as a value."""
    return Revision(
        set=name,
        number=row.number,
        created_at=row.created_at,
        by=row.by,
        source=row.source,
        note=row.note,
        digest=row.digest,
        classes=tuple(row.classes["classes"]),
        reverts=row.reverts,
    )


def as_box(state: State) -> Box:
    """A box with its id and who said so last."""
    return Box(
        state.label,
        *(state.x1, state.y1, state.x2, state.y2),
        id=state.box_id,
        by=state.by,
        **state.marks,
    )


def last_states(rows: Iterable[State]) -> dict[str, State]:
    """Box id to its last state, deleted ones too, in the order in which they first appeared."""
    found: dict[str, State] = {}
    for row in rows:  # the oldest first
        found[row.box_id] = row
    return found


def states_of_images(
    session: Session, image_ids: Sequence[str], upto: int | None = None
) -> dict[str, State]:
    """Last states of the boxes of these photos, up to a revision."""
    rows: list[State] = []
    for start in range(0, len(image_ids), CHUNK):
        query = select(*COLUMNS).where(BoxEventRow.image_id.in_(image_ids[start : start + CHUNK]))
        if upto is not None:
            query = query.where(BoxEventRow.revision <= upto)
        rows += session.execute(query.order_by(BoxEventRow.revision, BoxEventRow.position))
    return last_states(rows)


def states_of_boxes(
    session: Session, box_ids: Sequence[str], before: int | None = None
) -> dict[str, State]:
    """Last states of these boxes, before a revision if one is given."""
    rows: list[State] = []
    for start in range(0, len(box_ids), CHUNK):
        query = select(*COLUMNS).where(BoxEventRow.box_id.in_(box_ids[start : start + CHUNK]))
        if before is not None:
            query = query.where(BoxEventRow.revision < before)
        rows += session.execute(query.order_by(BoxEventRow.revision))
    return last_states(rows)


def image_boxes(session: Session, image_id: str, upto: int | None = None) -> tuple[Box, ...]:
    """The boxes of one photo at a revision of its set, the newest by default."""
    states = states_of_images(session, [image_id], upto).values()
    return tuple(as_box(state) for state in states if state.op != DELETED)


def images_at(session: Session, set_id: str, number: int) -> list[ImageRow]:
    """The photos that belong to a revision, by name."""
    query = (
        select(ImageEventRow.image_id, ImageEventRow.op)
        .where(ImageEventRow.set_id == set_id, ImageEventRow.revision <= number)
        .order_by(ImageEventRow.revision)
    )
    last = {row.image_id: row.op for row in session.execute(query)}
    rows = session.scalars(select(ImageRow).where(ImageRow.set_id == set_id))
    there = [row for row in rows if last.get(row.id) == ADDED]
    return sorted(there, key=lambda row: row.name.split("/"))


def labels_at(session: Session, text: str) -> LabelSet:
    """The labels of a revision, whose name and digest stand in the notes. Raises NotFound.

    Photos whose sellers withdrew them are gone from every revision; the note `withdrawn` says so.
    """
    revision = resolve(session, text)
    set_id = find_set(session, revision.set).id
    query = (
        select(*COLUMNS)
        .where(BoxEventRow.set_id == set_id, BoxEventRow.revision <= revision.number)
        .order_by(BoxEventRow.revision, BoxEventRow.position)
    )
    boxes: dict[str, list[Box]] = {}
    for state in last_states(session.execute(query)).values():
        if state.op != DELETED:
            boxes.setdefault(state.image_id, []).append(as_box(state))
    images = tuple(
        LabelledImage(row.name, row.width, row.height, tuple(boxes.get(row.id, ())))
        for row in images_at(session, set_id, revision.number)
    )
    notes = {"revision": revision.name, "digest": revision.digest}
    found = LabelSet(revision.classes, images, notes)
    if digest(found) != revision.digest:
        notes["withdrawn"] = "photos of this revision were withdrawn by their sellers since"
    return found
