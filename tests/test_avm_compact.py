"""Shorter numbers: near the long ones, smaller as bytes, and of no weight in a value."""

import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from avm.features import homes_table
from avm.packing import shuffle, unshuffle
from tests.avm_trained import a_home, trained
from training.avm.compact import BITS, compact, shaved


@given(arrays.arrays(np.float32, st.integers(0, 50), elements=st.floats(width=32)))
def test_shaved_numbers_are_near_and_shaving_twice_is_shaving_once(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):  # the arithmetic of the test itself
        check_shaved(values)


def check_shaved(values: np.ndarray) -> None:
    found = shaved(values)
    assert found.dtype == np.float32
    normal = np.isfinite(values) & (np.abs(values) > 1e-30) & (np.abs(values) < 1e30)
    assert (np.abs(found - values)[normal] <= np.abs(values)[normal] * 2.0**-BITS).all()
    assert (np.isnan(found) == np.isnan(values)).all()
    assert np.array_equal(shaved(found), found, equal_nan=True)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.sampled_from(["<f4", "<f8", "<i2", "<i8", "|u1"]).flatmap(
            lambda kind: arrays.arrays(np.dtype(kind), arrays.array_shapes(max_dims=3, min_side=0))
        ),
        max_size=4,
    )
)
def test_shuffled_arrays_come_back_bit_by_bit(given: dict[str, np.ndarray]) -> None:
    dense, shapes = shuffle(given)
    back = unshuffle(dense, json.loads(json.dumps(shapes)))
    assert back.keys() == given.keys()
    for name, array in given.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()


def test_alike_numbers_are_shuffled() -> None:
    places = np.rint(np.random.default_rng(2).uniform(3e5, 4e5, 3000)).astype(np.float32)
    dense, shapes = shuffle({"places": places})
    assert shapes == {"places": ("<f4", (3000,))}
    sizes = [len(zlib.compress(one.tobytes())) for one in (dense["places"], places)]
    assert sizes[0] < sizes[1]


def test_shaved_numbers_take_less_room() -> None:
    values = np.random.default_rng(1).normal(size=5000).astype(np.float32)
    sizes = [len(zlib.compress(one.tobytes())) for one in (values, shaved(values))]
    assert sizes[1] < 0.75 * sizes[0]


def test_a_compact_model_values_as_the_long_one_did() -> None:
    _, fitted, _ = trained()
    long, short = fitted.model, compact(fitted.model)
    homes = homes_table([a_home(area_m2=area, zone="z", city="Town") for area in (50, 95, 130)])
    for name in ("value", "low", "high"):
        one, other = (getattr(model.estimate(homes), name) for model in (long, short))
        assert other == pytest.approx(one, abs=2e-3)
    assert compact(short).shop.z.tobytes() == short.shop.z.tobytes()
