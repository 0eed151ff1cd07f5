"""Puts flags and hidden checks into the queue.

    run = add_quality_run(session, "doors@12", report, flags)
    add_checks(session, "doors", checks)

A newer run supersedes what older ones left open, but for the tasks that somebody holds or began
within a day. Checks stay until they were given to every labeler once.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, insert, or_, select, update
from sqlalchemy.orm import Session

from labels.boxes import Box
from labels.changes import lock_set
from labels.flags import Check, Json, NewFlag, Suggestion, kept_reason
from labels.state import CHUNK, DELETED, images_at, resolve, states_of_images
from labels.tables import DraftRow, FlagRow, ImageRow, RunRow, TaskRow
from serving.errors import NotFound
from serving.store.keys import new_id
from serving.store.tables import now
from vision.errors import DataError

OPEN, DONE, SUPERSEDED = "open", "done", "superseded"

BEGUN = timedelta(days=1)
"""A draft this young keeps its task open when a newer run comes."""


def add_quality_run(session: Session, name: str, report: Json, flags: Sequence[NewFlag]) -> str:
    """Keep the report of a run over a revision, and queue its flags. Gives the run's id.

    Raises NotFound for a photo or a box that the revision has not.
    """
    revision = resolve(session, name)
    row = lock_set(session, revision.set)
    images = {image.name: image for image in images_at(session, row.id, revision.number)}
    named = _images(images, (flag.image for flag in flags), revision.name)
    states = states_of_images(session, [image.id for image in named.values()], revision.number)
    for flag in flags:
        state = states.get(flag.box_id) if flag.box_id is not None else None
        there = state and state.op != DELETED and state.image_id == named[flag.image].id
        if flag.box_id is not None and not there:
            raise NotFound(f"{flag.image} has no box {flag.box_id[:64]} in {revision.name}")
    supersede(session, row.id)
    run = RunRow(
        id=new_id("run"), set_id=row.id, revision=revision.number, report=report, created_at=now()
    )
    session.add(run)
    session.flush()
    rows = [
        _flag_values(row.id, named[flag.image].id, flag, flag.box_id, flag.suggestion)
        | {"run_id": run.id, "shown": None}
        for flag in flags
    ]
    if rows:
        session.execute(insert(FlagRow), rows)
        gains = (flag.gain_per_second for flag in flags)
        session.execute(
            insert(TaskRow),
            [
                task_values(values["id"], row.id, values["image_id"], gain)
                for values, gain in zip(rows, gains, strict=True)
            ],
        )
    return run.id


def add_checks(session: Session, set_name: str, checks: Sequence[Check]) -> list[str]:
    """Keep questions with known answers; gives their ids. Raises NotFound for an unknown photo."""
    row = lock_set(session, set_name)
    images = {image.name: image for image in images_at(session, row.id, row.revision)}
    named = _images(images, (check.image for check in checks), set_name)
    rows = []
    for check in checks:
        boxes = [_shown(box) for box in check.boxes]
        flagged = None if check.flagged is None else boxes[check.flagged]["id"]
        truth = None if check.truth is None else _shown(check.truth)
        values = _flag_values(row.id, named[check.image].id, check, flagged, check.suggestion)
        rows.append(values | {"run_id": None, "shown": {"boxes": boxes, "truth": truth}})
    if rows:
        session.execute(insert(FlagRow), rows)
    return [values["id"] for values in rows]


def supersede(session: Session, set_id: str) -> None:
    """Close the set's open tasks that nobody holds or has begun."""
    at = now()
    begun = exists().where(DraftRow.task_id == TaskRow.id, DraftRow.updated_at > at - BEGUN)
    query = update(TaskRow).where(
        TaskRow.set_id == set_id,
        TaskRow.state == OPEN,
        TaskRow.check.is_(False),
        TaskRow.second.is_(False),
        or_(TaskRow.leased_until.is_(None), TaskRow.leased_until <= at),
        ~begun,
    )
    session.execute(query.values(state=SUPERSEDED).execution_options(synchronize_session=False))


def task_values(flag_id: str, set_id: str, image_id: str, gain: float) -> dict[str, Any]:
    """The columns of a new open task."""
    return {
        "id": new_id("tsk"),
        "flag_id": flag_id,
        "set_id": set_id,
        "image_id": image_id,
        "gain_per_second": gain,
        "state": OPEN,
        "check": False,
        "second": False,
        "only_for": None,
        "shown_at": None,
        "served": None,
        "leased_by": None,
        "leased_until": None,
        "superseded_by": None,
        "created_at": now(),
    }


def newest_runs(session: Session, set_ids: Sequence[str]) -> dict[str, int]:
    """Set id to the revision that its newest run was over."""
    found: dict[str, int] = {}
    for start in range(0, len(set_ids), CHUNK):
        query = select(RunRow).where(RunRow.set_id.in_(set_ids[start : start + CHUNK]))
        for row in session.scalars(query.order_by(RunRow.created_at)):
            found[row.set_id] = row.revision
    return found


def suggestion_json(suggestion: Suggestion | None) -> Json | None:
    """For the database."""
    if suggestion is None:
        return None
    corners = None if suggestion.corners is None else list(suggestion.corners)
    return {"action": suggestion.action, "label": suggestion.label, "corners": corners}


def suggestion_of(found: Json | None) -> Suggestion | None:
    """From the database."""
    if found is None:
        return None
    corners = found["corners"]
    return Suggestion(found["action"], found["label"], corners and tuple(corners))


def _flag_values(
    set_id: str,
    image_id: str,
    asked: NewFlag | Check,
    box_id: str | None,
    suggestion: Suggestion | None,
) -> dict[str, Any]:
    if suggestion is None and asked.kind == "bogus":
        suggestion = Suggestion("delete")  # what else could be done about it
    if suggestion is not None and (suggestion.action == "add") != (box_id is None):
        raise DataError(f"a flag {asked.kind} of {asked.image} suggests to {suggestion.action}")
    return {
        "id": new_id("flg"),
        "set_id": set_id,
        "image_id": image_id,
        "box_id": box_id,
        "kind": asked.kind,
        "probability": asked.probability,
        "seconds": asked.seconds,
        "suggestion": suggestion_json(suggestion),
        "reason": kept_reason(asked.reason),
        "created_at": now(),
    }


def _images(there: dict[str, ImageRow], names: Iterable[str], name: str) -> dict[str, ImageRow]:
    """The photos that are named. Raises NotFound."""
    found = {}
    for one in names:
        if one not in there:
            raise NotFound(f"{name} has no photo {one[:80]!r}")
        found[one] = there[one]
    return found


def _shown(box: Box) -> Json:
    """A box of a check, under its own id or a new one of the same form."""
    return {"id": box.id or new_id("box"), "label": box.label, "corners": list(box.corners)}
