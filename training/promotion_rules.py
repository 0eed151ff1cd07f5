"""When a challenger may take the champion's place. Pure; every refusal is a sentence.

    why = reasons("yolo", comparison)                    # [] where nothing speaks against it
    why += unmeasured(comparisons, classes)

A challenger that is measured as equal is accepted: it was trained on newer labels. One that may be
worse is not: with few photos the interval is wide, and the sentence says so.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from training.console import some
from training.evaluate.average_precision import Predicted
from training.evaluate.paired import Comparison, Paired, alike

MARGIN = 0.01
"""By how much the challenger may be worse at the lower end of the 95% interval: fewer photos than
tell one point apart do not block a better model for ever."""
LEAST_CASES = 30
"""Labelled objects from which a class is judged by itself, and photos that a comparison needs."""
LEAST_ALIKE = 0.98
"""F1 with the champion's own boxes, for classes that no photo labels."""


def reasons(source: str, found: Comparison) -> list[str]:
    """What speaks against the challenger on one set of photos."""
    overall = found.overall
    value, low, _ = overall.difference
    why = []
    if overall.n < LEAST_CASES:
        why.append(f"{source}: {overall.n} photos are too few, {LEAST_CASES} are needed")
    if value < 0:
        why.append(f"{source}: it is worse: {said(overall)}")
    elif low < -MARGIN:
        why.append(
            f"{source}: it may be worse by more than {points(MARGIN)} points, "
            f"{overall.n} photos cannot tell: {said(overall)}"
        )
    for one in (*found.classes.values(), *found.others):
        if one.cases >= LEAST_CASES and one.difference[2] < 0:
            why.append(f"{source}: it is clearly worse: {said(one)}")
    return why


def unmeasured(found: Iterable[Comparison], classes: Sequence[str]) -> list[str]:
    """What speaks against it in classes that no photo labels: it must see what is seen now."""
    if not classes:
        return []
    before: dict[Path, Predicted] = {}
    after: dict[Path, Predicted] = {}
    for one in found:
        before |= one.reported[0]
        after |= one.reported[1]
    score, boxes = alike(before, after, classes)
    named = f"{some(classes, 20)}: no photo labels any"
    if boxes < LEAST_CASES:
        return [f"{named}, and the champion reports only {boxes} to compare with"]
    if score < LEAST_ALIKE:
        return [f"{named}, and it agrees with the champion's {boxes} boxes by {score:.1%} alone"]
    return []


def said(one: Paired) -> str:
    """Both figures and their difference, as a person reads them."""
    value, low, high = one.difference
    return (
        f"{one.name} {one.challenger[0]:.4f} against {one.champion[0]:.4f}, "
        f"difference {points(value)} points (95% {points(low)} to {points(high)})"
    )


def points(share: float) -> str:
    """A share in hundredths."""
    return f"{100 * share:.1f}"
