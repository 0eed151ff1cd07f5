"""How right labelers are on hidden checks, and how far they agree with one another.

    report = agreement(session, "doors")
    report.labelers[0].right.share, report.labelers[0].right.low
    report.pairs[0].kappa

Shares have Wilson's 95% interval (Wilson 1927); kappa is Cohen's (1960) over what became of the
object (labels/verdict.py). Skipped tasks and undone answers count for nothing.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.boxes import Box
from labels.merge import overlap
from labels.state import find_set
from labels.tables import FlagRow, ReviewRow, TaskRow
from labels.verdict import Verdict, score

Z95 = 1.959963984540054
"""Two-sided 95% quantile of the normal distribution."""

EDGES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Share:
    """Hits of n with their 95% interval; None where n is 0."""

    hits: int
    n: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Edge:
    """How a labeler draws one edge: shares of the object's width or height, outwards positive."""

    name: str
    bias: float
    spread: float | None


@dataclass(frozen=True)
class LabelerReport:
    """One labeler. `iou` is the mean overlap of the `boxes` that they drew with the true ones."""

    by: str
    answers: int
    right: Share
    iou: float | None
    boxes: int
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class PairReport:
    """Two labelers who were asked the same. `iou` is of the `boxes` that both kept or drew."""

    a: str
    b: str
    agreed: Share
    kappa: float | None
    iou: float | None
    boxes: int


@dataclass(frozen=True)
class AgreementReport:
    """`kappa` and `agreed` are over all pairs together."""

    labelers: tuple[LabelerReport, ...]
    pairs: tuple[PairReport, ...]
    agreed: Share
    kappa: float | None


def agreement(session: Session, set_name: str | None = None) -> AgreementReport:
    """Of one set or of all. Raises NotFound."""
    query = (
        select(ReviewRow, TaskRow, FlagRow)
        .join(TaskRow, ReviewRow.task_id == TaskRow.id)
        .join(FlagRow, TaskRow.flag_id == FlagRow.id)
        .where(ReviewRow.undone_at.is_(None), ReviewRow.outcome != "skip")
        .order_by(ReviewRow.created_at, ReviewRow.id)
    )
    if set_name is not None:
        query = query.where(TaskRow.set_id == find_set(session, set_name).id)
    answers: Counter[str] = Counter()
    checks: dict[str, list[tuple[Verdict, Box | None]]] = defaultdict(list)
    asked: dict[str, list[tuple[str, Verdict]]] = defaultdict(list)
    for review, task, flag in session.execute(query):
        answers[review.by] += 1
        said = Verdict.of_json(review.verdict)
        if task.check and flag.shown is not None:
            truth = flag.shown["truth"]
            box = truth and Box(truth["label"], *truth["corners"])
            checks[review.by].append((said, box))
        else:
            asked[flag.id].append((review.by, said))
    twice = [found for found in asked.values() if len(found) > 1]
    return report(answers, checks, twice)


def report(
    answers: Counter[str],
    checks: dict[str, list[tuple[Verdict, Box | None]]],
    twice: Sequence[Sequence[tuple[str, Verdict]]],
) -> AgreementReport:
    """From answers by labeler, checks with their truths, and questions asked of two. Pure."""
    pairs: dict[tuple[str, str], list[tuple[Verdict, Verdict]]] = defaultdict(list)
    for first, second, *_ in twice:
        (a, said), (b, said_too) = sorted((first, second), key=lambda one: one[0])
        pairs[a, b].append((said, said_too))
    every = [pair for found in pairs.values() for pair in found]
    return AgreementReport(
        labelers=tuple(_labeler(by, answers[by], checks.get(by, [])) for by in sorted(answers)),
        pairs=tuple(_pair(a, b, found) for (a, b), found in sorted(pairs.items())),
        agreed=_agreed(every),
        kappa=kappa([(a.category, b.category) for a, b in every]),
    )


def _labeler(by: str, answers: int, checks: Sequence[tuple[Verdict, Box | None]]) -> LabelerReport:
    scores = [score(said, truth) for said, truth in checks]
    drawn = [
        (said.box, truth)
        for said, truth in checks
        if said.what in ("moved", "changed", "added") and said.box and truth
    ]
    return LabelerReport(
        by=by,
        answers=answers,
        right=share(sum(one.right for one in scores), len(scores)),
        iou=fmean(overlap(box.corners, truth.corners) for box, truth in drawn) if drawn else None,
        boxes=len(drawn),
        edges=_edges([(box, truth) for box, truth in drawn if overlap(box.corners, truth.corners)]),
    )


def _edges(drawn: Sequence[tuple[Box, Box]]) -> tuple[Edge, ...]:
    """Bias and spread of each edge, where anything was drawn."""
    found = []
    for place, name in enumerate(EDGES) if drawn else ():
        outwards = -1 if place < 2 else 1
        offsets = [
            outwards
            * (box.corners[place] - truth.corners[place])
            / (truth.corners[place % 2 + 2] - truth.corners[place % 2])
            for box, truth in drawn
        ]
        spread = stdev(offsets) if len(offsets) > 1 else None
        found.append(Edge(name, fmean(offsets), spread))
    return tuple(found)


def _pair(a: str, b: str, found: Sequence[tuple[Verdict, Verdict]]) -> PairReport:
    both = [overlap(one.box.corners, two.box.corners) for one, two in found if one.box and two.box]
    return PairReport(
        a=a,
        b=b,
        agreed=_agreed(found),
        kappa=kappa([(one.category, two.category) for one, two in found]),
        iou=fmean(both) if both else None,
        boxes=len(both),
    )


def _agreed(found: Sequence[tuple[Verdict, Verdict]]) -> Share:
    return share(sum(one.category == two.category for one, two in found), len(found))


def share(hits: int, n: int) -> Share:
    """With Wilson's interval."""
    if not n:
        return Share(0, 0, None, None, None)
    found, spread = hits / n, Z95**2 / n
    centre = (found + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(found * (1 - found) / n + spread / (4 * n)) / (1 + spread)
    low, high = max(0.0, min(found, centre - half)), min(1.0, max(found, centre + half))
    return Share(hits, n, found, low, high)


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa: agreement beyond chance; None where chance alone would agree always."""
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[name] * second[name] for name in first) / n**2
    if chance >= 1:
        return None
    return (sum(a == b for a, b in pairs) / n - chance) / (1 - chance)
