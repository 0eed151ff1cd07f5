"""Undo one revision by a new one: nothing is taken out of the history.

    revision = revert(session, "doors@13", by="key:key_1")

All or nothing: where one of its boxes is not as it left them any more, because a later revision
changed it (or a photo that would go got other boxes, or a class that would go is in use), it is
refused and says why. Reverting the newest revision always works, and gives the digest of the one
before.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.changes import Change, lock_set, operation
from labels.flags import Source
from labels.state import (
    ADDED,
    COLUMNS,
    DELETED,
    Revision,
    State,
    as_box,
    images_at,
    resolve,
    split_name,
    states_of_boxes,
    states_of_images,
)
from labels.tables import BoxEventRow, ImageEventRow, ImageRow, RevisionRow
from serving.errors import Conflict, Unprocessable


def revert(
    session: Session, name: str, *, by: str, source: Source = "reviewer", note: str = ""
) -> Revision:
    """A new revision in which what `name` (set@number) did is undone.

    Raises NotFound, Unprocessable where no revision is named, Conflict where a later revision
    builds on it.
    """
    set_name, number = split_name(name)
    if number is None:
        raise Unprocessable(
            f"{name} names no revision", accepted="SET@N", do="see `homelens labels log`"
        )
    row = lock_set(session, set_name)
    wrong = resolve(session, name)
    change = Change(
        session,
        row,
        by=by,
        source=source,
        note=note or f"reverts {wrong.name}",
        reverts=number,
    )
    reason = {"reverts": wrong.name}
    events: list[State] = list(
        session.execute(
            select(*COLUMNS)
            .where(BoxEventRow.set_id == row.id, BoxEventRow.revision == number)
            .order_by(BoxEventRow.position)
        )
    )
    ids = [event.box_id for event in events]
    _nothing_later(wrong, events, states_of_boxes(session, ids))
    before = states_of_boxes(session, ids, before=number)
    for event in events:
        old = before.get(event.box_id)
        if old is None or old.op == DELETED:
            change.delete(event.box_id, event.image_id, reason)
        else:
            change.classes = _classes_with(change.classes, old.label)
            change.put(event.box_id, event.image_id, as_box(old), reason)
    _images(session, change, wrong)
    _classes(session, change, wrong)
    return change.finish()


def _nothing_later(wrong: Revision, then: list[State], now: Mapping[str, State]) -> None:
    """Raises Conflict where one of these boxes is not any more as the revision left it."""
    later = [
        (now[state.box_id].revision, state.box_id)
        for state in then
        if operation(now[state.box_id], None if state.op == DELETED else as_box(state))
    ]
    if later:
        revision, box = max(later)
        raise Conflict(
            f"{wrong.set}@{revision} changed what {wrong.name} did: {len(later)} of its boxes are "
            f"different now, such as {box}",
            do=f"revert {wrong.set}@{revision} first, or change the boxes by hand",
        )


def _images(session: Session, change: Change, wrong: Revision) -> None:
    """Take away the photos that came with the revision, bring back those that went."""
    query = select(ImageEventRow.op, ImageRow).join(ImageRow, ImageEventRow.image_id == ImageRow.id)
    query = query.where(
        ImageEventRow.set_id == change.row.id, ImageEventRow.revision == wrong.number
    )
    events = session.execute(query).all()
    came = [row.id for op, row in events if op == ADDED]
    drawn = {
        state.image_id: state.revision
        for box_id, state in states_of_images(session, came).items()
        if state.op != DELETED and box_id not in change.touched
    }
    for op, row in events:
        if row.present != (op == ADDED) or row.id in drawn:
            at = f"{wrong.set}@{drawn[row.id]}" if row.id in drawn else "a later revision"
            raise Conflict(
                f"{at} changed the photo {row.name}, which {wrong.name} brought or took away",
                do="revert the later revision first",
            )
        if op == ADDED:
            change.remove_image(row.id)
        else:
            change.add_image(row.id)


def _classes_with(classes: tuple[str, ...], label: str) -> tuple[str, ...]:
    return classes if label in classes else (*classes, label)


def _classes(session: Session, change: Change, wrong: Revision) -> None:
    """The classes as they were before, where the revision changed them and nobody since."""
    first = session.get(RevisionRow, (change.row.id, wrong.number - 1))
    before = tuple(first.classes["classes"]) if first else ()
    if before == wrong.classes:
        return
    newest = tuple(change.newest.classes["classes"]) if change.newest else ()
    if newest != wrong.classes:
        raise Conflict(
            f"the classes of {wrong.set} were changed again after {wrong.name}",
            do="revert the later revision first",
        )
    gone = set(wrong.classes) - set(before)
    used = _used(session, change) & gone
    if used:
        raise Conflict(
            f"boxes of the class {min(used)!r}, which {wrong.name} brought, were drawn since",
            do="revert or relabel them first",
        )
    change.classes = before


def _used(session: Session, change: Change) -> set[str]:
    """Classes of the boxes that stay."""
    images = [row.id for row in images_at(session, change.row.id, change.row.revision)]
    return {
        state.label
        for box_id, state in states_of_images(session, images).items()
        if state.op != DELETED and box_id not in change.touched
    }
