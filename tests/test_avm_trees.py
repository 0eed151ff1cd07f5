"""Forests in arrays: the same as LightGBM's, and contributions that are Shapley values."""

import itertools
import math

import lightgbm
import numpy as np
import pytest

from avm.trees import Forest
from training.avm.boosting import Boosting, boost, boost_mix, fitted_to, from_text, merged

FEATURES = 7


def data(n: int = 800, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, FEATURES))
    x[:, 3] = random.integers(0, 4, n)
    y = np.sin(2 * x[:, 0]) + x[:, 3] * (x[:, 1] > 0) + random.normal(0, 0.1, n)
    x[random.random(x.shape) < 0.1] = np.nan
    x[:, 4] = random.normal(size=n)  # never missing in training
    return x, y


def trained(objective: str, rounds: int = 40) -> tuple[Forest, lightgbm.Booster, np.ndarray]:
    x, y = data()
    how = Boosting(objective=objective, rounds=rounds, leaves=20)  # type: ignore[arg-type]
    booster = lightgbm.train(how.parameters(), lightgbm.Dataset(x, y), num_boost_round=rounds)
    fresh, _ = data(200, seed=2)
    fresh[:20, 4] = np.nan
    fresh[20:40] = np.nan
    return from_text(booster.model_to_string(), FEATURES), booster, fresh


@pytest.mark.parametrize("objective", ["mae", "mse", "quantile"])
def test_values_and_leaves_are_lightgbms(objective: str) -> None:
    forest, booster, fresh = trained(objective)
    assert np.abs(forest.predict(fresh) - booster.predict(fresh)).max() < 1e-5
    assert (forest.leaves(fresh) == booster.predict(fresh, pred_leaf=True)).all()


@pytest.mark.parametrize("objective", ["mae", "mse"])
def test_contributions_are_lightgbms(objective: str) -> None:
    forest, booster, fresh = trained(objective)
    expected = booster.predict(fresh[:60], pred_contrib=True)
    for row, right in zip(fresh[:60], expected, strict=True):
        base, parts = forest.contributions(row)
        assert base == pytest.approx(right[-1], abs=1e-5)
        assert np.abs(parts - right[:-1]).max() < 1e-4


def test_contributions_add_up() -> None:
    forest, _, fresh = trained("mse")
    for row in fresh[:40]:
        base, parts = forest.contributions(row)
        assert base + parts.sum() == pytest.approx(forest.predict(row[None])[0], abs=1e-5)


def expectation(forest: Forest, row: np.ndarray, known: frozenset[int]) -> float:
    """What the trees say where only some features are known: path by path, by cover."""
    rank = forest.ranks(row[None])[0]
    total = 0.0
    for tree in range(forest.trees):
        start, leaves = forest.node_starts[tree], forest.leaf_starts[tree]

        def cover(node: int, start: int = start, leaves: int = leaves) -> float:
            if node < 0:
                return float(forest.cover[leaves - 1 - node])
            return cover(forest.left[start + node]) + cover(forest.right[start + node])

        def walk(node: int, start: int = start, leaves: int = leaves) -> float:
            if node < 0:
                return float(forest.value[leaves - 1 - node])
            at = start + node
            left, right = int(forest.left[at]), int(forest.right[at])
            feature = int(forest.feature[at])
            if feature in known:
                here = rank[feature]
                side = forest.flags[at] & 1 > 0 if here < 0 else here <= forest.rank[at]
                return walk(left if side else right)
            a, b = cover(left), cover(right)
            return (a * walk(left) + b * walk(right)) / (a + b)

        total += walk(0)
    return total


def test_contributions_are_shapley_values() -> None:
    x, y = data(300)
    forest = boost(x[:, :5], y, Boosting(objective="mse", rounds=3, leaves=8))
    row = x[0, :5]
    features = range(5)
    base, parts = forest.contributions(row)
    assert base == pytest.approx(expectation(forest, row, frozenset()), abs=1e-5)
    for feature in features:
        others = [f for f in features if f != feature]
        shapley = 0.0
        for size in range(5):
            weight = math.factorial(size) * math.factorial(4 - size) / math.factorial(5)
            for chosen in itertools.combinations(others, size):
                known = frozenset(chosen)
                gain = expectation(forest, row, known | {feature}) - expectation(forest, row, known)
                shapley += weight * gain
        assert parts[feature] == pytest.approx(shapley, abs=1e-4)


def test_merging_is_a_weighted_sum() -> None:
    x, y = data()
    one = boost(x, y, Boosting(rounds=10, leaves=8))
    other = boost(x[:400], y[:400], Boosting(objective="mse", rounds=15, leaves=12))
    both = merged([one, other], [0.25, 0.75])
    expected = 0.25 * one.predict(x) + 0.75 * other.predict(x)
    assert np.abs(both.predict(x) - expected).max() < 1e-5
    assert both.trees == 25
    base, parts = both.contributions(x[0])
    assert base + parts.sum() == pytest.approx(expected[0], abs=1e-4)


def test_a_tree_without_a_split_is_a_constant() -> None:
    x = np.zeros((50, 2))
    forest = boost(x, np.full(50, 3.5), Boosting(objective="mse", rounds=3))
    assert forest.predict(x) == pytest.approx(np.full(50, 3.5))
    base, parts = forest.contributions(x[0])
    assert (base, *parts) == pytest.approx((3.5, 0, 0))


def test_training_repeats_exactly() -> None:
    x, y = data()
    how = (Boosting(rounds=10), Boosting(objective="mse", rounds=10))
    one, other = boost_mix(x, y, how), boost_mix(x, y, how)
    assert (one.value == other.value).all()
    assert (one.feature == other.feature).all()


def test_few_homes_get_small_trees() -> None:
    how = fitted_to(Boosting(leaves=48, least_in_leaf=20), 60)
    assert how.least_in_leaf == 3
    assert how.leaves == 20
    assert fitted_to(Boosting(leaves=48, least_in_leaf=20), 100_000).leaves == 48


def test_wrong_shapes_are_refused() -> None:
    forest, _, fresh = trained("mae", 3)
    with pytest.raises(ValueError, match="is not"):
        forest.predict(fresh[:, :3])
