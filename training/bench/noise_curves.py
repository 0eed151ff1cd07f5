"""Two curves of the noise measurement: mAP against boxes reviewed, and against photos labelled.

    figures, curves = review_figures(setup, seed, curves)
    figures, curves = choice_figures(setup, seeds)

Review: labels with mixed noise of `REVIEW_LEVEL`, set right in three orders (noise_review.py), then
trained on as they are. At higher levels nearly every box is wrong, and every order is the same.
Choice: noise_choice.py.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.bench.noise import Curve, average, curve_of, figure
from training.bench.noise_choice import FIRST, ROUND
from training.bench.noise_jobs import Job, judged, run_all
from training.bench.noise_review import errors_left, order_of
from training.bench.noise_setup import Setup
from training.figures import Figure

Floats = NDArray[np.float64]

REVIEW_LEVEL = 0.2
REVIEWED: Mapping[str, tuple[int, ...]] = {
    "gain": (10, 20, 40),
    "objectlab": (20, 40),
    "random": (20, 40, 80),
}
"""Percentages of the boxes that are reviewed in each order."""
CHOSEN = ("active", "random")


def review_jobs(seed: int) -> list[Job]:
    """One training for each order and share."""
    return [
        Job(f"review-{order}", "mixed", REVIEW_LEVEL, seed, share)
        for order, shares in REVIEWED.items()
        for share in shares
    ]


def review_figures(
    setup: Setup, seed: int, naive: Curve, clean: Curve
) -> tuple[list[Figure], dict[str, list[tuple[int, Curve]]], dict[str, list[int]]]:
    """Boxes to win back half of the loss; (boxes, curve) and errors left for each order."""
    run_all(setup, review_jobs(seed), "training on reviewed labels")
    noisy = setup.noisy("mixed", REVIEW_LEVEL, seed)
    total = sum(len(image.boxes) for image in noisy.labels.images)
    n = len(setup.parts["test"])
    quality = judged(setup, "mixed", REVIEW_LEVEL, seed, noisy.labels)
    points: dict[str, list[tuple[int, Curve]]] = {}
    left = {}
    for order, shares in REVIEWED.items():
        points[order] = [(0, naive)]
        for share in shares:
            job = Job(f"review-{order}", "mixed", REVIEW_LEVEL, seed, share)
            points[order].append(
                (round(total * share / 100), curve_of(setup, job.file(setup.work)))
            )
        left[order] = errors_left(noisy, order_of(order, noisy.labels, quality, seed))
    half = (naive.map50_95 + clean.map50_95) / 2
    needed = {order: boxes_to(half, points[order]) for order in points}
    figures = [
        figure(f"review.boxes_to_half.{order}", boxes, n, "boxes")
        for order, boxes in needed.items()
    ]
    for order in ("random", "objectlab"):
        # an order that needs no box at all has nothing to be compared with
        theirs = np.where(needed[order] > 0, needed[order], np.nan)
        ratio = needed["gain"] / theirs
        if np.isfinite(ratio[0]) and np.isfinite(ratio[1:]).any():
            figures.append(figure(f"review.gain_over_{order}", ratio, n, "x"))
    for order, course in points.items():
        for boxes, curve in course[1:]:
            name = f"review.map50_95.{order}.{round(100 * boxes / total)}"
            figures.append(figure(name, curve.map50_95, n, "AP"))
    return figures, points, left


def boxes_to(wanted: Floats, points: Sequence[tuple[int, Curve]]) -> Floats:
    """(draws,) boxes at which a curve first reaches `wanted`, straight lines between its points;
    the last point's number where it never does."""
    at = np.array([boxes for boxes, _ in points], np.float64)
    height = np.maximum.accumulate(np.stack([curve.map50_95 for _, curve in points]), axis=0)
    result = np.full(len(wanted), at[-1])
    for draw, aim in enumerate(wanted):
        reached = np.nonzero(height[:, draw] >= aim)[0]
        if not len(reached):
            continue
        k = int(reached[0])
        if k == 0:
            result[draw] = at[0]
            continue
        low, high = height[k - 1, draw], height[k, draw]
        result[draw] = at[k - 1] + (at[k] - at[k - 1]) * (aim - low) / max(high - low, 1e-9)
    return result


def choice_figures(
    setup: Setup, seeds: Sequence[int]
) -> tuple[list[Figure], dict[str, list[tuple[int, Curve]]]]:
    """mAP after four days of labelling chosen photos, beside random ones."""
    steps = (0, ROUND)
    jobs = [
        Job(f"label-{way}", "mixed", 0.0, seed, added)
        for seed in seeds
        for way in CHOSEN
        for added in steps
        if added or way == "random"  # the start is the same
    ]
    run_all(setup, jobs, "training on chosen photos")
    points: dict[str, list[tuple[int, Curve]]] = {}
    for way in CHOSEN:
        points[way] = []
        for added in steps:
            arm = f"label-{way if added else 'random'}"
            files = [Job(arm, "mixed", 0.0, seed, added).file(setup.work) for seed in seeds]
            curve = average([curve_of(setup, path) for path in files])
            points[way].append((FIRST + added, curve))
    n = len(setup.parts["test"])
    last = {way: points[way][-1][1].map50_95 for way in CHOSEN}
    figures = [figure("choice.map50_95.start", points["random"][0][1].map50_95, n, "AP")]
    figures += [figure(f"choice.map50_95.{way}", last[way], n, "AP") for way in CHOSEN]
    figures.append(figure("choice.ahead", last["active"] - last["random"], n, "AP"))
    return figures, points
