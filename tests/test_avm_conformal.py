"""Ranges: conformal margins hold their share, zones only ever widen, ends never cross the value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avm.conformal import Margins, Ranges, inputs_of, lacking, margin_of, zone_margins
from avm.tiers import TIERS, fit_tiers
from tests.avm_trained import trained
from training.avm.boosting import Boosting, boost
from training.avm.ranges import Errors, fit_ranges
from training.avm.settings import Settings

scores = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1, 1))


@given(scores, st.floats(0.5, 0.99))
def test_the_margin_covers_its_share_of_the_scores(values: np.ndarray, coverage: float) -> None:
    margin = margin_of(values, coverage)
    assert margin in values
    needed = np.ceil((len(values) + 1) * coverage)
    assert (values <= margin).sum() >= min(needed, len(values))


def test_a_new_home_is_covered_as_often_as_promised() -> None:
    random = np.random.default_rng(3)
    inside = []
    for _ in range(2000):
        drawn = random.normal(size=40)
        inside.append(drawn[-1] <= margin_of(drawn[:-1]))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)
    assert np.mean(inside) >= 0.88


def test_no_score_is_an_error() -> None:
    with pytest.raises(ValueError, match="no score"):
        margin_of(np.array([]))


@given(scores, st.lists(st.sampled_from(["a", "b", None]), min_size=60, max_size=60))
def test_zones_only_widen(values: np.ndarray, zones: list[str | None]) -> None:
    found = zone_margins(values, zones[: len(values)])
    assert all(margin > 0 for margin in found.values())
    assert None not in found
    margins = Margins(everywhere=0.1, zones=found, homes=len(values))
    assert (margins.of(["a", "b", None, "new"]) >= 0.1).all()


def test_a_zone_with_larger_errors_gets_more_by_its_homes() -> None:
    random = np.random.default_rng(1)
    calm, wild = random.normal(0, 0.1, 2000), np.abs(random.normal(0, 0.3, 400))
    zones = ["calm"] * 2000 + ["wild"] * 400
    found = zone_margins(np.concatenate([calm, wild]), zones)
    assert set(found) == {"wild"}
    few = zone_margins(np.concatenate([calm, wild[:10]]), zones[:2010])
    assert few.get("wild", 0.0) < found["wild"]


@given(
    arrays(np.float64, 30, elements=st.floats(-1, 1)),
    arrays(np.float64, 30, elements=st.floats(-1, 1)),
    arrays(np.float64, 30, elements=st.floats(-2, 2)),
)
def test_lacking_is_what_must_be_added(a: np.ndarray, b: np.ndarray, error: np.ndarray) -> None:
    low, high = np.minimum(a, b), np.maximum(a, b)
    short = lacking(error, low, high)
    inside = (error >= low - short - 1e-12) & (error <= high + short + 1e-12)
    assert inside.all()
    assert ((short <= 0) == ((error >= low) & (error <= high))).all()


def errors(n: int, seed: int, scale: float = 1.0) -> Errors:
    """Errors whose spread is in the first feature."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, 1, (n, 3))
    return Errors(
        x=x,
        model=np.zeros(n),
        comparables=np.zeros(n),
        error=random.normal(0, 1, n) * (0.05 + 0.25 * x[:, 0]) * scale,
        groups=np.arange(n) + seed * 100_000,
        zones=tuple(random.choice(["a", "b", "c"], n).tolist()),
    )


def test_ranges_hold_on_new_homes_and_follow_their_spread() -> None:
    ranges, tiers = fit_ranges(errors(3000, 1), errors(1500, 2), Settings())
    fresh = errors(4000, 3)
    low, high = ranges.around(fresh.inputs, fresh.zones)
    inside = (fresh.error >= low) & (fresh.error <= high)
    assert inside.mean() == pytest.approx(0.9, abs=0.025)
    width = high - low
    calm, wild = fresh.x[:, 0] < 0.2, fresh.x[:, 0] > 0.8
    assert width[wild].mean() > 2 * width[calm].mean()
    assert inside[wild].mean() > 0.85
    assert tiers.shown["high"].ppe10 > tiers.shown["low"].ppe10


def test_drift_since_training_widens_ranges() -> None:
    inside = errors(2000, 1)
    usual, _ = fit_ranges(inside, errors(1000, 2), Settings())
    drifted, _ = fit_ranges(inside, errors(1000, 2, scale=2.0), Settings())
    assert drifted.margins.everywhere > usual.margins.everywhere + 0.05


def test_ends_never_cross_the_value() -> None:
    x = np.random.default_rng(1).normal(size=(200, 3))
    forest = boost(x, np.full(200, 0.2), Boosting(rounds=3))
    ranges = Ranges(forest, forest, Margins(everywhere=-0.5, homes=1))
    low, high = ranges.around(x, [None] * 200)
    assert (low <= 0).all()
    assert (high >= 0).all()


def test_quantiles_see_how_far_the_sources_are_apart() -> None:
    found = inputs_of(np.zeros((2, 1)), np.array([1.0, 2.0]), np.array([1.5, 1.0]))
    assert found.tolist() == [[0, 1, 0.5, 0.5], [0, 2, -1, 1]]


@given(arrays(np.float64, st.integers(4, 50), elements=st.floats(0.01, 2)))
def test_tiers_are_ordered_by_width(widths: np.ndarray) -> None:
    tiers = fit_tiers(widths, np.zeros(len(widths)))
    found = [TIERS.index(tiers.of(width)) for width in np.sort(widths)]
    assert found == sorted(found)
    assert sum(shown.n for shown in tiers.shown.values()) == len(widths)


def test_the_surest_quarter_is_high() -> None:
    tiers = fit_tiers(np.linspace(0.1, 0.5, 101), np.linspace(0, 0.3, 101))
    assert tiers.of(0.1) == "high"
    assert tiers.of(0.3) == "medium"
    assert tiers.of(9.0) == "low"
    assert tiers.shown["high"].n == pytest.approx(26, abs=1)
    assert tiers.shown["high"].mdape < tiers.shown["low"].mdape


def test_a_trained_market_covers_its_past() -> None:
    _, fitted, _ = trained()
    assert fitted.past is not None
    assert fitted.model.ranges.margins.homes == len(fitted.past.y)
