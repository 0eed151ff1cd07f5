"""Makes a revision: the one place where the history of labels grows.

    change = Change(session, lock_set(session, "doors"), by="key:key_1", source="labeler", note="")
    change.put(box_id, image_id, box, reason)       # its state from now on
    change.delete(box_id, reason)
    revision = change.finish()                      # the newest one where nothing changed

Whoever changes a set holds its row: numbers follow one another without a gap, and what was read of
the set under the lock is still so when the revision is written.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from labels.boxes import Box, LabelledImage
from labels.digest import image_digest, marks_of, on_grid, set_digest
from labels.flags import LONGEST_NOTE, SOURCES, Json, Source, kept_reason, plain
from labels.state import (
    ADDED,
    CHUNK,
    DELETED,
    REMOVED,
    Revision,
    State,
    as_box,
    as_revision,
    find_set,
    split_name,
    states_of_boxes,
    states_of_images,
)
from labels.tables import BoxEventRow, ImageEventRow, ImageRow, RevisionRow, SetRow
from serving.store.keys import new_id
from serving.store.tables import now
from vision.errors import DataError


def lock_set(session: Session, name: str) -> SetRow:
    """The set, for a writer. Raises NotFound."""
    return find_set(session, name, lock=True)


def open_set(session: Session, name: str) -> SetRow:
    """The set, for a writer; a new one where there is none. Raises Unprocessable for no name."""
    if split_name(name)[1] is not None:
        raise DataError(f"{name!r} names a revision", accepted="a set's name, for a new revision")
    if session.scalar(select(SetRow.id).where(SetRow.name == name)) is None:
        try:
            with session.begin_nested():
                session.add(SetRow(id=new_id("set"), name=name, revision=0))
        except IntegrityError:
            pass  # another writer made it meanwhile
    return lock_set(session, name)


@dataclass(frozen=True)
class Step:
    """What becomes of one box; `box` None deletes it. `by` None: whoever makes the revision."""

    box_id: str
    image_id: str
    box: Box | None
    reason: Json
    by: str | None = None


class Change:
    """A revision while it is made. The set's row is locked by whoever makes it."""

    def __init__(
        self,
        session: Session,
        row: SetRow,
        *,
        by: str,
        source: Source,
        note: str = "",
        reverts: int | None = None,
    ) -> None:
        if source not in SOURCES:
            raise DataError(f"there is no source {source!r}", accepted=", ".join(SOURCES))
        self.session, self.row = session, row
        self.by, self.source, self.reverts = plain("name of who did it", by, 200), source, reverts
        self.note = plain("note", note, LONGEST_NOTE) if note else ""
        newest = session.get(RevisionRow, (row.id, row.revision)) if row.revision else None
        self.newest = newest
        self.classes: tuple[str, ...] = tuple(newest.classes["classes"]) if newest else ()
        self._steps: dict[str, Step] = {}
        self._new: set[str] = set()
        self._images: dict[str, str] = {}

    def put(
        self, box_id: str, image_id: str, box: Box, reason: Json, by: str | None = None
    ) -> None:
        """The box is so from now on. Raises DataError for a class that the set has not."""
        if box.label not in self.classes:
            raise DataError(
                f"the set {self.row.name} has no class {box.label!r}",
                accepted=", ".join(self.classes),
            )
        kept = box.at(*on_grid(box.corners))
        self._steps[box_id] = Step(box_id, image_id, kept, kept_reason(reason), by)

    def add(self, image_id: str, box: Box, reason: Json, by: str | None = None) -> str:
        """A new box; gives its id."""
        box_id = new_id("box")
        self._new.add(box_id)
        self.put(box_id, image_id, box, reason, by)
        return box_id

    def delete(self, box_id: str, image_id: str, reason: Json) -> None:
        """The box is no more from now on."""
        self._steps[box_id] = Step(box_id, image_id, None, kept_reason(reason))

    def add_image(self, image_id: str) -> None:
        """The photo belongs to the set from now on."""
        self._images[image_id] = ADDED

    def remove_image(self, image_id: str) -> None:
        """The photo does not belong to the set any more; its boxes must be deleted as well."""
        self._images[image_id] = REMOVED

    @property
    def touched(self) -> set[str]:
        """Ids of the boxes that are given a state."""
        return set(self._steps)

    def finish(self, *, always: bool = False) -> Revision:
        """Write the revision if anything changed, or `always`; gives the newest otherwise."""
        known = [box_id for box_id in self._steps if box_id not in self._new]
        before = states_of_boxes(self.session, known)
        steps = [
            (step, op)
            for step in self._steps.values()
            if (op := operation(before.get(step.box_id), step.box)) is not None
        ]
        nothing = not steps and not self._images and self._same_classes() and not always
        if self.newest and nothing:
            return as_revision(self.row.name, self.newest)
        number, at = self.row.revision + 1, now()
        self._settle_images({step.image_id for step, _ in steps}, steps)
        made = RevisionRow(
            set_id=self.row.id,
            number=number,
            classes={"classes": list(self.classes)},
            digest=set_digest(self.classes, self._digests()),
            by=self.by,
            source=self.source,
            note=self.note,
            reverts=self.reverts,
            created_at=at,
        )
        self.session.add(made)
        self.row.revision = number
        self.session.flush()
        if self._images:
            events = [
                {"image_id": image, "revision": number, "set_id": self.row.id, "op": op}
                for image, op in self._images.items()
            ]
            self.session.execute(insert(ImageEventRow), events)
        if steps:
            rows = [
                self._event(step, op, before.get(step.box_id), number, place) | {"created_at": at}
                for place, (step, op) in enumerate(steps)
            ]
            self.session.execute(insert(BoxEventRow), rows)
        return as_revision(self.row.name, made)

    def _same_classes(self) -> bool:
        return self.newest is not None and tuple(self.newest.classes["classes"]) == self.classes

    def _event(
        self, step: Step, op: str, before: State | None, number: int, place: int
    ) -> dict[str, Any]:
        box = step.box
        if box is None:
            assert before is not None  # what is deleted was there
            box = as_box(before)
        return {
            "box_id": step.box_id,
            "revision": number,
            "set_id": self.row.id,
            "image_id": step.image_id,
            "position": place,
            "op": op,
            "label": box.label,
            "x1": box.x1,
            "y1": box.y1,
            "x2": box.x2,
            "y2": box.y2,
            "marks": marks_of(box),
            "by": step.by or self.by,
            "source": self.source,
            "reason": step.reason,
        }

    def _settle_images(self, touched: set[str], steps: list[tuple[Step, str]]) -> None:
        """Bring the photos' digests and presence to what they are after the steps."""
        ids = sorted(touched | set(self._images))
        states = states_of_images(self.session, ids)
        boxes: dict[str, dict[str, Box]] = {image: {} for image in ids}
        for state in states.values():
            if state.op != DELETED:
                boxes[state.image_id][state.box_id] = as_box(state)
        for step, _ in steps:
            if step.box is None:
                boxes[step.image_id].pop(step.box_id, None)
            else:
                boxes[step.image_id][step.box_id] = step.box
        for start in range(0, len(ids), CHUNK):
            query = select(ImageRow).where(ImageRow.id.in_(ids[start : start + CHUNK]))
            for row in self.session.scalars(query):
                if row.id in self._images:
                    row.present = self._images[row.id] == ADDED
                now_ = tuple(boxes[row.id].values())
                row.digest = image_digest(LabelledImage(row.name, row.width, row.height, now_))
        self.session.flush()

    def _digests(self) -> list[str]:
        query = select(ImageRow.digest).where(
            ImageRow.set_id == self.row.id, ImageRow.present.is_(True)
        )
        return list(self.session.scalars(query))


def operation(before: State | None, after: Box | None) -> str | None:
    """What is done to a box by giving it this state; None where that is nothing."""
    there = before is not None and before.op != DELETED
    if after is None:
        return DELETED if there else None
    if before is None:
        return "add"
    if not there:
        return "restore"
    old = as_box(before)
    relabelled = old.label != after.label or marks_of(old) != marks_of(after)
    moved = old.corners != after.corners
    if moved and relabelled:
        return "change"
    if moved:
        return "move"
    return "relabel" if relabelled else None
