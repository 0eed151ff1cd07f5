"""LightGBM as the trainer of forests: fit, and turn the trees into arrays that need no LightGBM.

    forest = boost(x, y, Boosting(rounds=600, objective="mae"))
    forest.predict(x)                        # avm.trees.Forest, the same to 1e-6

LightGBM is imported here alone. It trains with the same result for the same data, seed and number
of threads.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avm.trees import LEFT_WHEN_MISSING, ZERO_WHEN_MISSING, Forest, joined

Floats = NDArray[np.float64]

Objective = Literal["mae", "mse", "quantile"]

NAMES: dict[str, str] = {"mae": "regression_l1", "mse": "regression", "quantile": "quantile"}


@dataclass(frozen=True)
class Boosting:
    """How a forest is grown; the defaults are those that measured best over markets."""

    objective: Objective = "mae"
    rounds: int = 800
    leaves: int = 48
    rate: float = 0.025
    least_in_leaf: int = 20
    columns: float = 0.5
    rows: float = 0.8
    quantile: float = 0.5
    seed: int = 7
    threads: int = 1

    def parameters(self) -> dict[str, Any]:
        """In LightGBM's words."""
        return {
            "objective": NAMES[self.objective],
            "alpha": self.quantile,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.least_in_leaf,
            "feature_fraction": self.columns,
            "bagging_fraction": self.rows,
            "bagging_freq": 1,
            "lambda_l2": 1.0 if self.objective == "mse" else 0.0,
            "seed": self.seed,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": self.threads,
            "verbosity": -1,
        }


def boost(x: Floats, y: Floats, how: Boosting, weight: Floats | None = None) -> Forest:
    """A forest for y. Leaves and their smallest size shrink with the data."""
    import lightgbm

    how = fitted_to(how, len(y))
    data = lightgbm.Dataset(x, y, weight=weight, free_raw_data=True, params={"verbosity": -1})
    model = lightgbm.train(how.parameters(), data, num_boost_round=how.rounds)
    return from_text(model.model_to_string(), x.shape[1])


def boost_mix(
    x: Floats, y: Floats, how: tuple[Boosting, ...], weight: Floats | None = None
) -> Forest:
    """The mean of several forests as one."""
    forests = [boost(x, y, one, weight) for one in how]
    return merged(forests, [1 / len(forests)] * len(forests))


def fitted_to(how: Boosting, homes: int) -> Boosting:
    """For few homes: leaves of at most a twentieth of them, and no more leaves than that allows."""
    least = max(3, min(how.least_in_leaf, homes // 20))
    return replace(how, least_in_leaf=least, leaves=max(4, min(how.leaves, homes // least)))


def merged(forests: list[Forest], weights: list[float]) -> Forest:
    """A weighted sum of forests over the union of their edges."""
    if len(forests) == 1 and weights == [1.0]:
        return forests[0]
    features = forests[0].features
    edges = [
        np.unique(
            np.concatenate([f.edges[f.edge_starts[k] : f.edge_starts[k + 1]] for f in forests])
        )
        for k in range(features)
    ]
    return joined([_over(f, edges) for f in forests], weights)


def _over(forest: Forest, edges: list[Floats]) -> Forest:
    """The same forest with other edges, which hold its own."""
    own = forest.edges[forest.edge_starts[forest.feature] + forest.rank]
    rank = np.empty(len(own), dtype=np.uint16)
    for k, values in enumerate(edges):
        here = forest.feature == k
        rank[here] = np.searchsorted(values, own[here])
    starts = np.r_[0, np.cumsum([len(values) for values in edges])].astype(np.int64)
    return replace(forest, edges=np.concatenate(edges), edge_starts=starts, rank=rank)


def from_text(text: str, features: int) -> Forest:
    """A forest from LightGBM's text form of a model with numeric features."""
    trees = [_tree(block) for block in text.split("\nTree=")[1:]]
    feature = np.concatenate([t["split_feature"] for t in trees]).astype(np.int16)
    threshold = np.concatenate([t["threshold"] for t in trees])
    kind = np.concatenate([t["decision_type"] for t in trees]).astype(np.int64)
    if (kind & 1).any():
        raise ValueError("categorical splits are not supported")
    edges = [np.unique(threshold[feature == k]) for k in range(features)]
    rank = np.empty(len(threshold), dtype=np.uint16)
    for k, values in enumerate(edges):
        rank[feature == k] = np.searchsorted(values, threshold[feature == k])
    # bits 2 and 3: 0 never saw a missing value and takes it for 0, 2 has a side for it
    missing = (kind >> 2) & 3
    flags = np.where(kind & 2, LEFT_WHEN_MISSING, 0) | np.where(missing == 0, ZERO_WHEN_MISSING, 0)
    return Forest(
        edges=np.concatenate(edges),
        edge_starts=np.r_[0, np.cumsum([len(values) for values in edges])].astype(np.int64),
        feature=feature,
        rank=rank,
        flags=flags.astype(np.uint8),
        left=np.concatenate([t["left_child"] for t in trees]).astype(np.int16),
        right=np.concatenate([t["right_child"] for t in trees]).astype(np.int16),
        node_starts=np.r_[0, np.cumsum([len(t["threshold"]) for t in trees])].astype(np.int64),
        value=np.concatenate([t["leaf_value"] for t in trees]).astype(np.float32),
        cover=np.concatenate([t["leaf_count"] for t in trees]).astype(np.float32),
        leaf_starts=np.r_[0, np.cumsum([len(t["leaf_value"]) for t in trees])].astype(np.int64),
    )


def _tree(block: str) -> dict[str, Floats]:
    """The arrays of one tree; a tree of one leaf has no splits."""
    lines = dict(line.split("=", 1) for line in block.split("\n") if "=" in line)
    names = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
    found = {name: _numbers(lines.get(name, "")) for name in (*names, "leaf_value", "leaf_count")}
    if not len(found["leaf_count"]):
        found["leaf_count"] = np.ones(1)
    return found


def _numbers(text: str) -> Floats:
    return np.array(text.split(), dtype=np.float64)
