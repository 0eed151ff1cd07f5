"""Routes of the review: tasks for labelers, drafts, answers, undo, progress, agreement, photos.

POST /v1/review/next {"set": "doors", "count": 2}

A labeler is whoever a key belongs to. Nothing that is answered here tells a hidden check from a
real task: labels/queue.py and labels/progress.py see to the rest.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from labels.agreement import agreement
from labels.flags import Source
from labels.photos import upright_photo
from labels.progress import progress_of
from labels.queue import ReviewRules, keep_draft, next_tasks, release
from labels.reviews import Answer, edit_json, submit, undo
from labels.tables import ImageRow
from labels.tasks import shown
from serving.api.auth import Caller, CallerOf
from serving.api.review_models import (
    Agreement,
    NewDraft,
    NewReview,
    NextTasks,
    ReviewProgress,
    ReviewTaken,
    SetName,
    TaskList,
    Undo,
    Undone,
)
from serving.api.review_views import agreement_view, edit_of, progress_view, task_view
from serving.api.services import Services, services_of
from serving.errors import LeaseLost, NotFound
from serving.store.keys import Scope

router = APIRouter(tags=["review"])

TaskId = Annotated[
    str, Path(pattern=r"^tsk_[A-Za-z0-9_-]{1,60}$", examples=["tsk_hQ3kV0m2b9sT5yR8"])
]
ImageId = Annotated[
    str, Path(pattern=r"^img_[A-Za-z0-9_-]{1,60}$", examples=["img_Zk3v9QmX1sB7uT0p"])
]
OfSet = Annotated[SetName | None, Query(alias="set", description="one set; none: all of them")]

PHOTO: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        }
    },
}


def labeler(caller: Caller) -> str:
    """Who reviews. Raises Forbidden."""
    caller.needs(Scope.LABELER, Scope.ADMIN)
    return caller.identity


def source_of(caller: Caller) -> Source:
    """What an answer counts as in the history of the labels."""
    return "reviewer" if caller.scope is Scope.ADMIN else "labeler"


def rules_of(services: Services) -> ReviewRules:
    """How the queue works here."""
    settings = services.settings
    return ReviewRules(
        lease=timedelta(minutes=settings.lease_minutes),
        check_every=settings.check_every,
        second_share=settings.second_share,
    )


@router.post("/v1/review/next")
def lease(request: Request, wanted: NextTasks, caller: CallerOf) -> TaskList:
    """Lease tasks: the caller's unfinished ones first, then the most useful; [] if none is left."""
    by, services = labeler(caller), services_of(request)
    with services.database.write() as session:
        rows = next_tasks(session, by, rules_of(services), wanted.set, wanted.count)
        tasks = shown(session, rows, by)
    return TaskList(tasks=tuple(task_view(task) for task in tasks))


@router.put("/v1/review/tasks/{task}/draft", status_code=204)
def draft(request: Request, task: TaskId, kept: NewDraft, caller: CallerOf) -> None:
    """Keep unfinished work and renew the lease. 409 where another labeler has the task: what was
    sent is kept all the same, and comes back should the task come back."""
    by, services = labeler(caller), services_of(request)
    edits = [edit_json(edit_of(edit)) for edit in kept.edits]
    with services.database.write() as session:
        mine = keep_draft(session, task, by, edits, rules_of(services))
    if not mine:
        raise LeaseLost("another labeler has this task now", do="ask for the next one")


@router.post("/v1/review/tasks/{task}")
def answer(request: Request, task: TaskId, said: NewReview, caller: CallerOf) -> ReviewTaken:
    """Answer a task. The same answer sent again gets the same review and changes nothing."""
    by, services = labeler(caller), services_of(request)
    rules = rules_of(services)
    given = Answer(said.outcome, tuple(map(edit_of, said.edits)), said.seconds)
    with services.database.write() as session:
        review = submit(session, task, by, given, source_of(caller), rules).id
    with services.database.read() as session:
        progress = progress_of(session, by, rules)
    return ReviewTaken(review=review, progress=progress_view(progress))


@router.post("/v1/review/undo")
def take_back(request: Request, caller: CallerOf, body: Undo | None = None) -> Undone:
    """Undo the caller's last answer by a new revision, and lease its task again."""
    by, services = labeler(caller), services_of(request)
    with services.database.write() as session:
        row = undo(session, by, source_of(caller), rules_of(services))
        (task,) = shown(session, [row], by)
    return Undone(task=task_view(task))


@router.post("/v1/review/tasks/{task}/release", status_code=204)
def give_back(request: Request, task: TaskId, caller: CallerOf) -> None:
    """Leave a task to others; its draft is kept."""
    by = labeler(caller)
    with services_of(request).database.write() as session:
        release(session, task, by)


@router.get("/v1/review/progress")
def progress(request: Request, caller: CallerOf, of: OfSet = None) -> ReviewProgress:
    """How far the caller is today, and what is open for them."""
    by, services = labeler(caller), services_of(request)
    with services.database.read() as session:
        return progress_view(progress_of(session, by, rules_of(services), of))


@router.get("/v1/review/agreement")
def agreements(request: Request, caller: CallerOf, of: OfSet = None) -> Agreement:
    """How right labelers are on hidden checks, and how far they agree with one another."""
    caller.needs(Scope.ADMIN)
    with services_of(request).database.read() as session:
        return agreement_view(agreement(session, of))


@router.get("/v1/labels/images/{image}/photo", response_class=Response, responses=PHOTO)
def photo(request: Request, image: ImageId, caller: CallerOf) -> Response:
    """A photo of a label set, upright; of the service's own photos the safe copy."""
    labeler(caller)
    services = services_of(request)
    with services.database.read() as session:
        row = session.get(ImageRow, image)
        if row is None:
            raise NotFound("there is no such image, or it was withdrawn")
        data, kind = upright_photo(services.files, session, row)
    return Response(data, media_type=kind, headers={"Content-Disposition": "inline"})
