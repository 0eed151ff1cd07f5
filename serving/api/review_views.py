"""Values of labels/ to what the review API answers; pure.

task_view(task), progress_view(progress), agreement_view(report)
"""

from labels.agreement import AgreementReport, Share
from labels.flags import Edit, Json, Suggestion
from labels.progress import Progress
from labels.tasks import ShownTask
from serving.api.review_models import (
    Agreement,
    EdgeAgreement,
    LabelerAgreement,
    PairAgreement,
    ReviewEdit,
    ReviewProgress,
    SetProgress,
    ShareOf,
    Task,
    TaskBox,
    TaskDraft,
    TaskImage,
    TaskSuggestion,
)
from serving.api.views import utc

CORNERS = ("x1", "y1", "x2", "y2")


def edit_of(edit: ReviewEdit) -> Edit:
    """An edit of a request; the photo is the task's."""
    image = "-" if edit.op == "add" else None
    return Edit(edit.op, image, edit.box_id, edit.label, edit.corners)


def edit_view(edit: Json) -> ReviewEdit:
    """An edit as it was kept."""
    corners = edit["corners"] or (None,) * 4
    places = dict(zip(CORNERS, corners, strict=True))
    return ReviewEdit(op=edit["op"], box_id=edit["box_id"], label=edit["label"], **places)


def suggestion_view(suggestion: Suggestion) -> TaskSuggestion:
    """What accepting does."""
    corners = suggestion.corners or (None,) * 4
    places = dict(zip(CORNERS, corners, strict=True))
    return TaskSuggestion(action=suggestion.action, label=suggestion.label, **places)


def task_view(task: ShownTask) -> Task:
    """A task."""
    image, draft = task.image, None
    if task.draft is not None:
        edits, at = task.draft
        draft = TaskDraft(edits=tuple(map(edit_view, edits)), at=utc(at))
    return Task(
        id=task.id,
        set=task.set,
        revision=task.revision,
        kind=task.kind,
        probability=task.probability,
        reason=task.sentence,
        reason_code=task.code,
        seconds=task.seconds,
        image=TaskImage(
            id=image.id,
            name=image.name,
            width=image.width,
            height=image.height,
            url=f"/v1/labels/images/{image.id}/photo",
        ),
        boxes=tuple(
            TaskBox(id=str(box.id), label=box.label, x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2)
            for box in task.boxes
        ),
        box_id=task.box_id,
        suggestion=task.suggestion and suggestion_view(task.suggestion),
        classes=task.classes,
        draft=draft,
        leased_until=utc(task.leased_until),
    )


def progress_view(progress: Progress) -> ReviewProgress:
    """How far a labeler is."""
    return ReviewProgress(
        done_today=progress.done_today,
        open=progress.open,
        seconds_median=progress.seconds_median,
        sets=tuple(SetProgress(name=name, open=count) for name, count in progress.sets),
    )


def share_view(share: Share) -> ShareOf:
    """A share with its interval."""
    return ShareOf(hits=share.hits, n=share.n, share=share.share, low=share.low, high=share.high)


def agreement_view(report: AgreementReport) -> Agreement:
    """The whole report."""
    return Agreement(
        labelers=tuple(
            LabelerAgreement(
                by=one.by,
                answers=one.answers,
                right=share_view(one.right),
                iou=one.iou,
                boxes=one.boxes,
                edges=tuple(
                    EdgeAgreement(name=edge.name, bias=edge.bias, spread=edge.spread)
                    for edge in one.edges
                ),
            )
            for one in report.labelers
        ),
        pairs=tuple(
            PairAgreement(
                a=one.a,
                b=one.b,
                agreed=share_view(one.agreed),
                kappa=one.kappa,
                iou=one.iou,
                boxes=one.boxes,
            )
            for one in report.pairs
        ),
        agreed=share_view(report.agreed),
        kappa=report.kappa,
    )
