"""Matching, Platt calibration, thresholds and calibration error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.calibrate import best_f1, fit_platt, iou, match
from vision.findings import Detection


def box(
    x1: float, y1: float, x2: float, y2: float, label: str = "a", score: float = 1
) -> Detection:
    return Detection(label=label, score=score, x1=x1, y1=y1, x2=x2, y2=y2)


shares = st.floats(0, 1)
boxes = st.tuples(shares, shares, shares, shares).map(
    lambda c: box(min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(a: Detection, b: Detection) -> None:
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert 0 <= iou(a, b) <= 1 + 1e-9


def test_iou_by_hand() -> None:
    assert iou(box(0, 0, 2 / 4, 1), box(1 / 4, 0, 3 / 4, 1)) == pytest.approx(1 / 3)
    assert iou(box(0, 0, 0.2, 0.2), box(0.3, 0.3, 1, 1)) == 0


def test_a_true_box_is_claimed_once_by_the_surest() -> None:
    truth = [box(0, 0, 0.5, 0.5)]
    found = [box(0, 0, 0.5, 0.45, score=0.4), box(0, 0, 0.5, 0.5, score=0.9)]
    assert match(found, truth) == [(0.9, True), (0.4, False)]


def test_another_class_is_wrong() -> None:
    assert match([box(0, 0, 1, 1, "b", 0.8)], [box(0, 0, 1, 1)]) == [(0.8, False)]


def test_platt_finds_the_truth_again() -> None:
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 2, 40_000)
    right = rng.random(40_000) < 1 / (1 + np.exp(-(1.5 * logit - 0.7)))
    slope, offset = fit_platt(1 / (1 + np.exp(-logit)), right)
    assert slope == pytest.approx(1.5, abs=0.06)
    assert offset == pytest.approx(-0.7, abs=0.06)


@given(st.integers(0, 2**32 - 1))
def test_best_f1_is_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, right = rng.random(30), rng.random(30) < 0.5
    truths = int(right.sum()) + 3
    threshold, f1 = best_f1(scores, right, truths)

    def f1_from(limit: float) -> float:
        chosen = scores >= limit
        return 2 * float(right[chosen].sum()) / (int(chosen.sum()) + truths)

    assert f1 == pytest.approx(f1_from(threshold))
    assert all(f1 >= f1_from(s) - 1e-12 for s in scores)
