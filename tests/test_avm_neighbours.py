"""The nearest places: the same as by looking at all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avm.neighbours import Neighbourhood


def by_hand(at: np.ndarray, points: np.ndarray, count: int) -> np.ndarray:
    return np.sort(((points[:, None] - at[None]) ** 2).sum(axis=2), axis=1)[:, :count]


@pytest.mark.parametrize("count", [1, 50, 500])
def test_they_are_those_that_a_look_at_all_finds(count: int) -> None:
    random = np.random.default_rng(3)
    towns = [random.normal(0, 3_000, (2_000, 2)), random.normal(200_000, 900, (1_000, 2))]
    at = np.concatenate(towns)
    points = np.concatenate([random.normal(0, 4_000, (60, 2)), [[9e5, -9e5], [1e5, 1e5]]])
    rows, squares = Neighbourhood.of(at).nearest(points, count)
    assert np.allclose(squares, by_hand(at, points, count))
    assert np.allclose(((points[:, None] - at[rows]) ** 2).sum(axis=2), squares)
    assert all(len(set(row)) == count for row in rows.tolist())


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 900), st.just(2)), elements=st.integers(-9, 9)),
    st.integers(1, 100),
)
def test_equal_places_are_no_trouble(at: np.ndarray, count: int) -> None:
    _, squares = Neighbourhood.of(at).nearest(at[:20], count)
    assert squares.shape == (min(20, len(at)), min(count, len(at)))
    assert np.allclose(squares, by_hand(at, at[:20], min(count, len(at))))
    assert (squares[:, 0] == 0).all()
