"""Who said what of a box, a photo or a set, when and why; the oldest first.

    history(session, "box_4nWx0Yq8T2uJb1Zc")     # every state that the box was in
    image_history(session, "img_…")              # when it came and went, and its seller's answers
    log(session, "doors")                        # every revision, the newest first

Rows are read as they were written: nothing here or elsewhere changes them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labels.flags import Corners, Json
from labels.state import Revision, as_revision, find_set, split_name
from labels.tables import BoxEventRow, ImageEventRow, ImageRow, RevisionRow, SetRow
from serving.errors import NotFound
from serving.store.tables import CorrectionRow


@dataclass(frozen=True)
class BoxEvent:
    """What one revision made of a box. After a deletion the state is the last one."""

    box_id: str
    image: str
    revision: str
    op: str
    label: str
    corners: Corners
    marks: Json
    by: str
    source: str
    at: datetime
    reason: Json


@dataclass(frozen=True)
class ImageEvent:
    """A photo came into the set or left it, or its seller said what it shows (op "rooms").

    `revision` is None for what a seller said: it changes no labels.
    """

    image: str
    revision: str | None
    op: str
    by: str
    source: str
    at: datetime
    reason: Json


@dataclass(frozen=True)
class Logged:
    """A revision with how many events of boxes it holds."""

    revision: Revision
    boxes: int


def history(session: Session, box_id: str) -> list[BoxEvent]:
    """Every event of a box. Raises NotFound."""
    query = (
        select(BoxEventRow, ImageRow.name, SetRow.name)
        .join(ImageRow, BoxEventRow.image_id == ImageRow.id)
        .join(SetRow, BoxEventRow.set_id == SetRow.id)
        .where(BoxEventRow.box_id == box_id)
        .order_by(BoxEventRow.revision)
    )
    found = [
        BoxEvent(
            box_id=row.box_id,
            image=image,
            revision=f"{name}@{row.revision}",
            op=row.op,
            label=row.label,
            corners=(row.x1, row.y1, row.x2, row.y2),
            marks=row.marks,
            by=row.by,
            source=row.source,
            at=row.created_at,
            reason=row.reason,
        )
        for row, image, name in session.execute(query)
    ]
    if not found:
        raise NotFound(f"there is no box {box_id[:64]!r}", do="see `homelens labels export`")
    return found


def image_history(session: Session, image_id: str) -> list[ImageEvent]:
    """What happened to a photo, with its seller's answers. Raises NotFound."""
    image = session.get(ImageRow, image_id)
    if image is None:
        raise NotFound(f"there is no image {image_id[:64]!r}")
    name = session.scalars(select(SetRow.name).where(SetRow.id == image.set_id)).one()
    query = (
        select(ImageEventRow, RevisionRow)
        .join(
            RevisionRow,
            (ImageEventRow.set_id == RevisionRow.set_id)
            & (ImageEventRow.revision == RevisionRow.number),
        )
        .where(ImageEventRow.image_id == image_id)
    )
    found = [
        ImageEvent(
            image=image.name,
            revision=f"{name}@{event.revision}",
            op=event.op,
            by=made.by,
            source=made.source,
            at=made.created_at,
            reason={"note": made.note} if made.note else {},
        )
        for event, made in session.execute(query)
    ]
    said = select(CorrectionRow).where(CorrectionRow.photo_id == image.photo_id)
    found += [
        ImageEvent(
            image=image.name,
            revision=None,
            op="rooms",
            by=row.by,
            source="seller",
            at=row.created_at,
            reason={"correction": row.id, "guess": row.guess, **row.rooms},
        )
        for row in session.scalars(said)
    ]
    return sorted(found, key=lambda event: event.at)


def log(session: Session, set_name: str) -> list[Logged]:
    """Every revision of a set, the newest first. Raises NotFound."""
    name, upto = split_name(set_name)
    row = find_set(session, name)
    counts = (
        select(BoxEventRow.revision, func.count().label("number"))
        .where(BoxEventRow.set_id == row.id)
        .group_by(BoxEventRow.revision)
    )
    boxes = {one.revision: one.number for one in session.execute(counts)}
    query = select(RevisionRow).where(
        RevisionRow.set_id == row.id, RevisionRow.number <= (upto or row.revision)
    )
    return [
        Logged(as_revision(name, made), boxes.get(made.number, 0))
        for made in session.scalars(query.order_by(RevisionRow.number.desc()))
    ]


def sets(session: Session) -> list[Revision]:
    """The newest revision of every set, by name."""
    query = (
        select(SetRow.name, RevisionRow)
        .join(
            RevisionRow,
            (RevisionRow.set_id == SetRow.id) & (RevisionRow.number == SetRow.revision),
        )
        .order_by(SetRow.name)
    )
    return [as_revision(name, row) for name, row in session.execute(query)]
