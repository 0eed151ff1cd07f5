"""The figures of ratio studies: worked examples, invariants, intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avm.metrics import (
    LEAST,
    all_figures,
    bias,
    cod,
    fsd,
    mape,
    mdape,
    paired,
    ppe,
    prb,
    prd,
    resampled,
)

ALONE = np.arange(1000)


def homes(n: int = 300, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    price = np.exp(random.normal(12, 0.5, n))
    return price * np.exp(random.normal(0, 0.1, n)), price


def test_a_worked_example() -> None:
    price = np.array([100.0, 200.0, 400.0, 1000.0])
    value = np.array([110.0, 180.0, 400.0, 1300.0])
    # ratios 1.1, 0.9, 1.0, 1.3
    assert mdape(value, price) == pytest.approx(0.1)
    assert mape(value, price) == pytest.approx(0.125)
    assert ppe(value, price, 0.1) == 0.75
    assert ppe(value, price, 0.2) == 0.75
    assert bias(value, price) == pytest.approx(0.05)
    assert cod(value, price) == pytest.approx(100 * (0.05 + 0.15 + 0.05 + 0.25) / 4 / 1.05)
    assert prd(value, price) == pytest.approx(1.075 / (1990 / 1700))
    assert fsd(value, price) == pytest.approx(np.std([0.1, -0.1, 0, 0.3], ddof=1))


def test_prb_is_the_slope_that_was_put_in() -> None:
    price = np.exp(np.linspace(11, 14, 400))
    level = np.log2(price) - np.log2(price).mean()
    assert prb(price * (1 + 0.02 * level), price) == pytest.approx(0.02, abs=0.003)
    assert prb(price * (1 - 0.05 * level), price) == pytest.approx(-0.05, abs=0.006)
    value, price = homes(3000)
    price = price * np.exp(np.random.default_rng(2).normal(0, 0.1, len(price)))
    assert abs(prb(value, price)) < 0.01  # noise of the same size in both is no bias
    assert np.isnan(prb(np.ones(9), np.ones(9)))


ratios = arrays(np.float64, st.integers(5, 40), elements=st.floats(0.5, 2.0))


@given(ratios, st.floats(0.01, 100))
def test_the_currency_does_not_matter(ratio: np.ndarray, factor: float) -> None:
    price = np.linspace(1e5, 9e5, len(ratio))
    value = ratio * price
    for figure in (mdape, mape, cod, prd, fsd, bias):
        assert figure(value * factor, price * factor) == pytest.approx(
            figure(value, price), rel=1e-9, abs=1e-9
        )


@given(ratios)
def test_cod_and_prd_do_not_see_a_common_factor(ratio: np.ndarray) -> None:
    price = np.linspace(1e5, 9e5, len(ratio))
    assert cod(3 * ratio * price, price) == pytest.approx(cod(ratio * price, price))
    assert prd(3 * ratio * price, price) == pytest.approx(prd(ratio * price, price))


@given(ratios)
def test_shares_grow_with_what_is_allowed(ratio: np.ndarray) -> None:
    price = np.full(len(ratio), 1e5)
    found = [ppe(ratio * price, price, within) for within in (0.05, 0.1, 0.2, 1.0)]
    assert found == sorted(found)
    assert found[-1] == 1.0


def test_perfect_values() -> None:
    _, price = homes()
    found = all_figures(price, price, np.arange(300), price * 0.9, price * 1.1)
    assert found["mdape"].value == found["cod"].value == found["fsd"].value == 0
    assert found["ppe10"].value == found["prd"].value == found["coverage90"].value == 1
    assert found["width"].value == pytest.approx(0.2)


def test_intervals_hold_the_value_and_shrink_with_homes() -> None:
    wide, narrow = (all_figures(*homes(n), np.arange(n)) for n in (100, 1600))
    for name, one in narrow.items():
        assert one.low <= one.value <= one.high, name
    assert (
        2 < (wide["mape"].high - wide["mape"].low) / (narrow["mape"].high - narrow["mape"].low) < 8
    )


def test_intervals_cover_the_truth() -> None:
    truth = mape(*homes(200_000, seed=99))
    hits = 0
    for seed in range(60):
        one = all_figures(*homes(200, seed), np.arange(200), draws=200)["mape"]
        hits += one.low <= truth <= one.high
    assert hits >= 50


def test_twins_are_drawn_together() -> None:
    value, price = homes(100)
    pairs = np.repeat(np.arange(50), 2)
    for rows in resampled(pairs, 5, 1):
        assert (np.bincount(pairs[rows], minlength=50) % 2 == 0).all()
    doubled = all_figures(np.repeat(value, 4), np.repeat(price, 4), np.repeat(np.arange(100), 4))
    single = all_figures(value, price, np.arange(100))
    width = {k: v.high - v.low for k, v in (("one", single["mape"]), ("four", doubled["mape"]))}
    assert width["four"] > 0.7 * width["one"]  # copies do not make an interval narrower


def test_few_homes_get_no_figures() -> None:
    value, price = homes(LEAST - 1)
    assert all_figures(value, price, np.arange(LEAST - 1)) == {}


def test_paired_tells_the_nearer_one() -> None:
    value, price = homes(400)
    other = price * np.exp(np.random.default_rng(5).normal(0, 0.2, 400))
    found = paired(value, other, price, np.arange(400))
    assert found.high < 0
    assert found.worse == 0
    same = paired(value, value, price, np.arange(400))
    assert same.difference == same.low == same.high == same.worse == 0


def test_paired_finds_nothing_in_noise() -> None:
    value, price = homes(400)
    other = price * np.exp(np.random.default_rng(6).normal(0, 0.1, 400))
    found = paired(value, other, price, np.arange(400))
    assert found.low < 0 < found.high
