"""The price index: drifts that were put in come out, with intervals that hold them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.index import AHEAD, MARKET, Curve, Observations, observe, smooth

FIRST = 24_000


def prices(
    drift: np.ndarray, a_month: int = 60, noise: float = 0.15, seed: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Months and residuals of homes whose level follows `drift`."""
    random = np.random.default_rng(seed)
    month = np.repeat(np.arange(len(drift)), a_month)
    return FIRST + month, drift[month] + random.normal(0, noise, len(month))


def one_city(n: int) -> np.ndarray:
    return np.array(["Town"] * n, dtype=object)


def test_a_steady_rise_comes_out_and_goes_on() -> None:
    drift = 0.01 * np.arange(24)
    month, left = prices(drift, a_month=200)
    index = smooth(observe(month, one_city(len(month)), left), reference=FIRST + 23)
    found = np.array([index.level(None, FIRST + k) for k in range(24)])
    assert np.abs(found - (drift - drift[-1])).max() < 0.03
    ahead = index.level(None, FIRST + 26)
    assert 0.005 < ahead < 0.035  # damped, so less than the 0.03 of a straight line
    assert index.level(None, FIRST + 23) == 0
    assert index.last == FIRST + 23


def test_intervals_hold_the_level_and_widen_ahead() -> None:
    drift = np.cumsum(np.random.default_rng(4).normal(0, 0.004, 60))
    month, left = prices(drift, a_month=30)
    index = smooth(observe(month, one_city(len(month)), left), reference=FIRST)
    inside = []
    for k in range(1, 60):
        low, high = index.interval(None, FIRST + k)
        inside.append(low - 0.02 <= drift[k] - drift[0] <= high + 0.02)
    assert np.mean(inside) > 0.9
    widths = [np.diff(index.interval(None, FIRST + 59 + k))[0] for k in (0, 3, 12)]
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_wrong_prices_do_not_move_it() -> None:
    month, left = prices(np.zeros(12))
    wrong = left.copy()
    wrong[::20] += 2.0
    clean, dirty = (
        smooth(observe(month, one_city(len(month)), values), FIRST) for values in (left, wrong)
    )
    moved = [abs(clean.level(None, FIRST + k) - dirty.level(None, FIRST + k)) for k in range(12)]
    assert max(moved) < 0.03


def test_cities_go_their_own_way_where_they_have_homes() -> None:
    rise, flat = 0.01 * np.arange(24), np.zeros(24)
    up, stay, few = prices(rise), prices(flat, seed=3), prices(rise, a_month=2, seed=5)
    month = np.concatenate([up[0], stay[0], few[0]])
    left = np.concatenate([up[1], stay[1], few[1]])
    city = np.array(["Up"] * len(up[0]) + ["Flat"] * len(stay[0]) + ["Few"] * len(few[0]), object)
    index = smooth(observe(month, city, left), FIRST + 23)
    gain = {
        name: index.level(name, FIRST + 23) - index.level(name, FIRST) for name in ("Up", "Flat")
    }
    assert gain["Up"] == pytest.approx(0.23, abs=0.05)
    assert gain["Flat"] == pytest.approx(0.0, abs=0.05)
    assert "Few" not in index.curves
    assert index.level("Few", FIRST + 5) == index.level(MARKET, FIRST + 5)
    assert index.level("Nowhere", FIRST + 5) == index.level(None, FIRST + 5)


def test_newer_months_keep_it_current() -> None:
    drift = np.r_[np.zeros(12), 0.02 * np.arange(1, 7)]
    month, left = prices(drift)
    old = month < FIRST + 12
    seen = observe(month[old], one_city(old.sum()), left[old])
    newer = observe(month[~old], one_city((~old).sum()), left[~old])
    stale, current = smooth(seen, FIRST + 11), smooth(seen.followed_by(newer), FIRST + 11)
    assert abs(stale.level(None, FIRST + 17)) < 0.05
    assert current.level(None, FIRST + 17) == pytest.approx(0.12, abs=0.03)
    assert current.last == FIRST + 17


def test_months_without_homes_are_bridged() -> None:
    month, left = prices(np.zeros(12))
    kept = (month < FIRST + 3) | (month > FIRST + 8)
    index = smooth(observe(month[kept], one_city(kept.sum()), left[kept]), FIRST)
    assert abs(index.level(None, FIRST + 6)) < 0.05
    whole = smooth(observe(month, one_city(len(month)), left), FIRST)
    gap, seen = (np.diff(one.interval(None, FIRST + 6))[0] for one in (index, whole))
    assert gap > seen


def test_days_lie_between_the_months_middles() -> None:
    month, left = prices(0.02 * np.arange(12))
    index = smooth(observe(month, one_city(len(month)), left), FIRST, daily=True)
    early, middle, late = (index.level(None, FIRST + 6, day) for day in (1, 15.5, 30))
    assert early < middle < late
    assert late - early < 0.03
    monthly = index.model_copy(update={"daily": False})
    assert monthly.level(None, FIRST + 6, 1) == monthly.level(None, FIRST + 6, 30)


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.integers(0, 40),
        st.tuples(st.floats(-1, 1), st.integers(1, 500)),
        min_size=1,
        max_size=20,
    ),
    st.integers(-5, 50),
)
def test_any_months_give_finite_levels(
    months: dict[int, tuple[float, int]], reference: int
) -> None:
    seen = Observations(spread=0.2, months={MARKET: {FIRST + k: v for k, v in months.items()}})
    index = smooth(seen, FIRST + reference)
    curve = index.curves[MARKET]
    assert len(curve.levels) == len(curve.sds) == curve.known + AHEAD
    assert np.isfinite(curve.levels).all()
    assert (np.array(curve.sds) >= 0).all()
    low, high = min(v for v, _ in months.values()), max(v for v, _ in months.values())
    spread = np.ptp(curve.levels[: curve.known])
    # a slope goes on through months without homes, beyond what was seen on both sides
    assert spread <= 1.5 * (high - low) + 0.2
    for month in (FIRST - 10, FIRST + 20, FIRST + 500):
        bottom, top = index.interval(None, month)
        assert bottom <= index.level(None, month) <= top


def test_a_curve_ends_where_its_forecast_does() -> None:
    curve = Curve(first=10, levels=(0.0, 1.0, 2.0), sds=(0.1, 0.1, 0.2), known=2)
    assert curve.at(9) == curve.at(10) == (0.0, 0.1)
    assert curve.at(99) == (2.0, 0.2)
    assert curve.at(10.5)[0] == 0.5


def test_months_that_were_not_seen_make_it_unsure_ever_more() -> None:
    drift = np.cumsum(np.random.default_rng(4).normal(0.003, 0.004, 36))
    month, left = prices(drift, a_month=100)
    index = smooth(observe(month, one_city(len(month)), left), reference=FIRST + 35)
    months = np.array([FIRST, FIRST + 35, FIRST + 36, *range(FIRST + 37, FIRST + 36 + AHEAD)])
    found = index.staleness(one_city(len(months)), months, np.full(len(months), 15.0))
    assert (found[:3] == 0).all()
    assert (np.diff(found[2:]) > 0).all()
    newer, more = prices(np.concatenate([drift, np.full(12, drift[-1])]), a_month=100)
    seen = index.observed.followed_by(observe(newer, one_city(len(newer)), more))
    current = smooth(seen, reference=FIRST + 35)
    assert current.staleness(one_city(1), np.array([FIRST + 47]), np.array([15.0]))[0] == 0
