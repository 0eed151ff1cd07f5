"""Comparables: alike, near, adjusted, without the home itself, and in the value only where good."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avm.comparables import Shop, Weighing, zone_codes
from avm.features import homes_table
from avm.metrics import paired
from tests.avm_trained import a_home, trained
from training.avm.look_back import Past, choose_blend, choose_weighing


def shop(n: int = 300, seed: int = 1) -> Shop:
    random = np.random.default_rng(seed)
    return Shop(
        weighing=Weighing(),
        lengths=np.array([1.0, 2.0]),
        trees=np.arange(5),
        at=random.uniform(0, 3000, (n, 2)).astype(np.float32),
        z=random.normal(size=(n, 2)).astype(np.float32),
        leaf=random.integers(0, 3, (n, 5)).astype(np.uint8),
        month=random.integers(100, 124, n).astype(np.int32),
        zone=zone_codes(np.array([f"zone {k % 10}" for k in range(n)], dtype=object)),
        group=np.arange(n) // 2,
        log_price=random.normal(12, 0.3, n).astype(np.float32),
        beyond=random.normal(0, 0.1, n).astype(np.float32),
    )


def asked(found: Shop, rows: np.ndarray, groups: bool = False):  # type: ignore[no-untyped-def]
    return found.nearest(
        found.at[rows].astype(np.float64),
        found.z[rows].astype(np.float64),
        found.leaf[rows],
        found.month[rows].astype(np.int64),
        found.zone[rows],
        found.group[rows] if groups else None,
    )


def test_the_home_itself_is_its_best_comparable_unless_it_is_left_out() -> None:
    one = shop()
    rows = np.arange(20)
    found = asked(one, rows)
    best = np.take_along_axis(found.homes, found.weights.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert (best == rows).all()
    without = asked(one, rows, groups=True)
    own = one.group[without.homes] == one.group[rows][:, None]
    assert (without.weights[own] == 0).all()
    assert (without.weights[~own] > 0).any()


@given(
    st.floats(0, 1), st.floats(0, 1e5), st.floats(0, 240), st.floats(0.5, 4), st.floats(100, 1e4)
)
def test_less_alike_further_and_older_counts_less(
    like: float, metres: float, months: float, sharpness: float, reach: float
) -> None:
    weigh = Weighing(sharpness=sharpness, reach_m=reach)

    def weight(a: float, b: float, c: float) -> float:
        return float(
            weigh.weights(np.array([a]), np.array([b]), np.array([c]), np.array([False]))[0]
        )

    here = weight(like, metres, months)
    assert 0 <= here <= 1
    assert weight(like * 0.9, metres, months) <= here
    assert weight(like, metres + 50, months) <= here
    assert weight(like, metres, months + 3) <= here


def test_an_estimate_lies_between_the_surface_and_what_comparables_fetched() -> None:
    one = shop()
    found = asked(one, np.arange(50), groups=True)
    surface = np.full(50, 12.0)
    value = one.estimate(surface, found)
    beyond = one.beyond[found.homes]
    assert (value <= 12 + np.maximum(beyond.max(axis=1), 0)).all()
    assert (value >= 12 + np.minimum(beyond.min(axis=1), 0)).all()
    lonely = one.estimate(surface, replace(found, weights=np.zeros_like(found.weights)))
    assert (lonely == surface).all()
    bold = replace(one, weighing=Weighing(caution=0.01)).estimate(surface, found)
    shy = replace(one, weighing=Weighing(caution=100.0)).estimate(surface, found)
    assert (np.abs(shy - 12) < np.abs(bold - 12) + 1e-9).all()


def test_a_small_shop_and_a_home_without_a_place() -> None:
    one = shop(4)
    found = one.nearest(
        np.array([[np.nan, np.nan]]),
        np.zeros((1, 2)),
        one.leaf[:1],
        np.array([110]),
        zone_codes(np.array([None])),
    )
    assert not found.neighbours.any()
    assert found.homes.shape == (1, 4)
    assert np.isnan(found.metres).all()
    assert np.isfinite(found.weights).all()
    assert np.isfinite(one.estimate(np.array([12.0]), found)).all()


def test_without_coordinates_homes_of_the_same_zone_are_near() -> None:
    one = shop()
    lost = replace(one, at=np.zeros_like(one.at), z=np.zeros_like(one.z))
    found = lost.nearest(
        np.full((5, 2), np.nan),
        lost.z[:5].astype(np.float64),
        lost.leaf[:5],
        np.full(5, 123),
        lost.zone[:5],
    )
    same = lost.zone[found.homes] == lost.zone[:5, None]
    assert (found.neighbours == same).all()
    assert same.sum(axis=1).tolist() == [30] * 5  # all of the zone are among those looked at
    alike = lost.weighing.weights(
        np.ones(2), np.full(2, np.nan), np.zeros(2), np.array([True, False])
    )
    assert alike[0] > alike[1] > 0


def test_adjusted_prices_are_the_surfaces_plus_what_each_fetched_beyond() -> None:
    _, _, package = trained()
    model = package.model
    estimate = model.estimate(homes_table([a_home(zone="z", city="Town")], model.details))
    adjusted = model.shop.adjusted(float(estimate.surface[0]), estimate.found)
    homes = estimate.found.homes[0]
    own = model.shop.log_price[homes] - model.shop.beyond[homes]
    assert adjusted == pytest.approx(
        estimate.surface[0] + model.shop.log_price[homes] - own, abs=1e-4
    )


def past(noise: float, n: int = 400, seed: int = 1) -> Past:
    """A past whose comparables know part of what the model does not, and noise beside."""
    _, fitted, _ = trained()
    assert fitted.past is not None
    random = np.random.default_rng(seed)
    unseen = random.normal(0, 0.1, n)
    return Past(
        y=12 + unseen + random.normal(0, 0.05, n),
        model=np.full(n, 12.0),
        surface=np.full(n, 12.0),
        level=np.zeros(n),
        x=np.zeros((n, 1)),
        groups=np.arange(n),
        zones=(None,) * n,
        cities=(None,) * n,
        beyond=unseen[:, None] + random.normal(0, noise, (n, 20)),
        likeness=np.ones((n, 20)),
        metres=np.zeros((n, 20)),
        months=np.zeros((n, 20)),
        neighbours=np.zeros((n, 20), dtype=bool),
        origin=np.zeros(n, dtype=np.int64),
        learned=fitted.past.learned,
        homes=fitted.past.homes,
    )


def test_good_comparables_are_blended_in() -> None:
    good = past(noise=0.1)
    assert choose_blend(good, choose_weighing(good)) >= 0.5


def test_worthless_comparables_get_no_share() -> None:
    bad = past(noise=0.1)
    bad = replace(bad, beyond=np.random.default_rng(2).normal(0.3, 0.5, bad.beyond.shape))
    assert choose_blend(bad, choose_weighing(bad)) == 0.0


def test_the_trained_blend_does_no_harm_on_its_past() -> None:
    _, fitted, _ = trained()
    found = fitted.past
    assert found is not None
    comparables = found.comparables(fitted.model.shop.weighing)
    blended = found.model + fitted.model.blend * (comparables - found.model)
    beside = paired(
        np.exp(blended), np.exp(found.model), np.exp(found.y - found.level), found.groups
    )
    assert beside.low <= 0
