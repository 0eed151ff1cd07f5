"""The rule that chooses the privacy thresholds, on looks with known answers."""

from dataclasses import replace

import numpy as np
import pytest

from training.choose_privacy import (
    BOXES,
    EXCESS_AREA,
    FALSE_AREA,
    GRID,
    OUTLINES,
    Looks,
    choose,
    measure,
)

SHAPE = (len(BOXES), len(OUTLINES))
NOBODY = Looks((), np.zeros(SHAPE), 1.0, False)
SOMEBODY = Looks((np.ones(SHAPE),), np.full(SHAPE, EXCESS_AREA / 2), 1.0, True)


def test_the_most_hidden_wins_then_the_least_excess() -> None:
    """Two combinations hide everybody; the second redacts less besides."""
    covered, excess = np.zeros(SHAPE), np.full(SHAPE, 0.05)
    covered[3, 4] = covered[7, 2] = 0.95
    excess[7, 2] = 0.01
    best, tried = choose([NOBODY, replace(SOMEBODY, people=(covered,), outside=excess)])
    assert (best.box_score, best.box_margin) == BOXES[7]
    assert (best.mask_score, best.mask_margin) == OUTLINES[2]
    assert len(tried) == SHAPE[0] * SHAPE[1]


def test_a_combination_over_the_limit_of_false_area_is_never_chosen() -> None:
    area = np.full(SHAPE, FALSE_AREA * 1.01)
    area[5, 5] = FALSE_AREA
    best, _ = choose([replace(NOBODY, outside=area), SOMEBODY])
    assert (best.box_score, best.box_margin) == BOXES[5]
    assert (best.mask_score, best.mask_margin) == OUTLINES[5]


def test_a_combination_over_the_limit_of_excess_is_never_chosen() -> None:
    area = np.full(SHAPE, EXCESS_AREA * 1.01)
    area[5, 5] = EXCESS_AREA
    best, _ = choose([NOBODY, replace(SOMEBODY, outside=area)])
    assert (best.box_score, best.box_margin) == BOXES[5]
    assert (best.mask_score, best.mask_margin) == OUTLINES[5]


def test_limits_that_nothing_keeps_are_an_error() -> None:
    with pytest.raises(ValueError, match="no combination"):
        choose([replace(NOBODY, outside=np.ones(SHAPE)), SOMEBODY])


def test_without_a_box_nobody_is_hidden_and_nothing_redacted() -> None:
    unseen = replace(SOMEBODY, surest=min(GRID["box_score"]) - 0.001)
    settings, _ = choose([NOBODY, unseen])
    figures = measure([NOBODY, unseen], settings)
    assert (figures["hidden"], figures["excess_area"], figures["people"]) == (0, 0, 1)
