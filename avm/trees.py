"""A forest of decision trees in arrays: values, leaves and exact TreeSHAP contributions.

    forest.predict(x)                  # (n,) sums of leaf values; x is (n, features)
    forest.leaves(x)                   # (n, trees) leaf numbers
    base, parts = forest.contributions(row)     # base + parts.sum() is predict(row)

It is what `training.avm.boosting` makes of a trained LightGBM model, so that values are given
without LightGBM. A split compares ranks: `edges` holds, feature by feature, the thresholds that any
tree has, and a value's rank among them decides exactly as the thresholds would.

Contributions are Shapley values of the path-dependent kind (Lundberg et al. 2018). Of one leaf, the
value of a feature i is v (o_i - z_i) ∫ Π_{j≠i} (z_j + (o_j - z_j) t) dt over t from 0 to 1, where
o_j says whether the home passes the leaf's conditions on j and z_j is the share of training homes
that do. The integrand is a polynomial, so Gauss-Legendre quadrature gives it exactly.
"""

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEFT_WHEN_MISSING, ZERO_WHEN_MISSING = 1, 2
"""Flags of a split: missing goes left (else right); missing counts as 0 (never seen missing)."""

BLOCK = 2048
"""Rows walked down the trees at once."""

LEAVES_AT_ONCE = 8192
"""Leaves whose contributions are worked out together: few enough to stay in a core's cache."""


@dataclass(frozen=True)
class Forest:
    """Trees one after another: nodes first to last, a child below 0 is leaf -1 - child of its tree.

    A tree without a split has no node and one leaf.
    """

    edges: Floats
    edge_starts: Ints = field(repr=False)
    """(features + 1,): edges of feature f are edges[edge_starts[f]:edge_starts[f + 1]]"""
    feature: NDArray[np.int16]
    rank: NDArray[np.uint16]
    """left when the value's rank (number of edges below it) is at most this"""
    flags: NDArray[np.uint8]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    node_starts: Ints = field(repr=False)
    value: NDArray[np.float32]
    cover: NDArray[np.float32]
    """training homes in each leaf"""
    leaf_starts: Ints = field(repr=False)

    @property
    def trees(self) -> int:
        """How many trees."""
        return len(self.node_starts) - 1

    @property
    def features(self) -> int:
        """How many features a row has."""
        return len(self.edge_starts) - 1

    def ranks(self, x: Floats) -> NDArray[np.int16]:
        """(n, features): the number of edges below each value; -1 where it is missing."""
        found = np.empty(x.shape, dtype=np.int16)
        for f in range(self.features):
            own = self.edges[self.edge_starts[f] : self.edge_starts[f + 1]]
            found[:, f] = np.searchsorted(own, x[:, f], side="left")
        found[np.isnan(x)] = -1
        return found

    def leaves(self, x: Floats, trees: Ints | None = None) -> NDArray[np.int16]:
        """(n, trees): the leaf of each tree, or of some trees, that each row falls into."""
        if x.ndim != 2 or x.shape[1] != self.features:
            raise ValueError(f"{x.shape} is not (n, {self.features})")
        rank = self.ranks(x)
        trees = np.arange(self.trees) if trees is None else trees
        blocks = [
            self._walk(rank[start : start + BLOCK], trees) for start in range(0, len(x), BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.empty((0, len(trees)), np.int16)

    def _walk(self, rank: NDArray[np.int16], trees: Ints) -> NDArray[np.int16]:
        start = self.node_starts[:-1][trees]
        # the node within its tree; a tree of one leaf has none
        root = np.where(self.node_starts[1:][trees] > start, 0, -1)
        at = np.broadcast_to(root, (len(rank), len(trees))).astype(np.int16)
        zero = self._zero_ranks
        rows, columns = np.nonzero(at >= 0)
        while len(rows):
            node = start[columns] + at[rows, columns]
            feature = self.feature[node]
            here = rank[rows, feature]
            flags = self.flags[node]
            gone = here < 0
            here = np.where(gone & (flags & ZERO_WHEN_MISSING > 0), zero[feature], here)
            left = np.where(here < 0, flags & LEFT_WHEN_MISSING > 0, here <= self.rank[node])
            below = np.where(left, self.left[node], self.right[node])
            at[rows, columns] = below
            going = below >= 0
            rows, columns = rows[going], columns[going]
        found: NDArray[np.int16] = np.negative(at) - np.int16(1)
        return found

    @cached_property
    def _zero_ranks(self) -> NDArray[np.int16]:
        return np.asarray(self.ranks(np.zeros((1, self.features)))[0], dtype=np.int16)

    def predict(self, x: Floats) -> Floats:
        """(n,): the sum of the leaves' values."""
        return self.sums(self.leaves(x))

    def sums(self, leaf: NDArray[np.int16]) -> Floats:
        """(n,): the same of the (n, trees) leaves."""
        found: Floats = self.value[self.leaf_starts[:-1] + leaf].sum(axis=1, dtype=np.float64)
        return found

    @cached_property
    def base(self) -> float:
        """What the trees say of the mean training home."""
        value, cover = self.value.astype(np.float64), self.cover.astype(np.float64)
        sums = np.add.reduceat(value * cover, self.leaf_starts[:-1])
        return float((sums / np.add.reduceat(cover, self.leaf_starts[:-1])).sum())

    def contributions(self, row: Floats) -> tuple[float, Floats]:
        """The base and each feature's exact part of `predict` for one row."""
        rank = self.ranks(row.reshape(1, -1))[0]
        rank = np.where((rank < 0) & self._never_missing, self._zero_ranks, rank)
        found = np.zeros(self.features)
        for group in self._paths:
            group.add(rank, found)
        return self.base, found

    @cached_property
    def _never_missing(self) -> NDArray[np.bool_]:
        found = np.zeros(self.features, dtype=bool)
        found[self.feature[self.flags & ZERO_WHEN_MISSING > 0]] = True
        return found

    @cached_property
    def _paths(self) -> "tuple[_Paths, ...]":
        return _paths(self)


@dataclass(frozen=True)
class _Paths:
    """Conditions of leaves that all test `depth` features: (depth, leaves) arrays, so that products
    over a leaf's conditions are products of long rows."""

    feature: NDArray[np.int16]
    low: NDArray[np.int16]
    high: NDArray[np.int16]
    missing: NDArray[np.bool_]
    share: NDArray[np.float32]
    value: NDArray[np.float32]

    def add(self, rank: NDArray[np.int16], found: Floats) -> None:
        """Add the leaves' contributions for a row of ranks to `found`, feature by feature."""
        depth = len(self.feature)
        # exact for polynomials of degree 2 nodes - 1; ours has depth - 1
        nodes, weights = _gauss((depth + 1) // 2)
        for start in range(0, len(self.value), LEAVES_AT_ONCE):
            part = slice(start, start + LEAVES_AT_ONCE)
            feature, share = self.feature[:, part], self.share[:, part]
            here = rank[feature]
            passes = (here > self.low[:, part]) & (here <= self.high[:, part])
            np.copyto(passes, self.missing[:, part], where=here < 0)
            gain = passes - share
            total, factors = np.zeros_like(gain), np.empty_like(gain)
            for t, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
                np.multiply(gain, np.float32(t), out=factors)
                factors += share
                product = factors.prod(axis=0) * np.float32(weight)
                np.divide(product, factors, out=factors)
                total += factors
            total *= gain
            total *= self.value[part]
            found += np.bincount(feature.ravel(), total.ravel(), minlength=len(found))


@cache
def _gauss(count: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the quadrature, which take as long as its use."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def _paths(forest: Forest) -> tuple[_Paths, ...]:
    """The leaves' conditions, a feature that is tested twice in one, leaves of a depth together."""
    parent, is_left, cover = _parents(forest)
    nodes = len(forest.feature)
    leaves = np.arange(len(forest.value))
    entries: list[tuple[NDArray[np.generic], ...]] = []
    at = nodes + leaves  # items are nodes, then leaves
    leaf = leaves
    while len(at):
        up = parent[at]
        inner = up >= 0
        at, up, leaf = at[inner], up[inner], leaf[inner]
        left = is_left[at]
        rank = forest.rank[up].astype(np.int16)
        entries.append(
            (
                leaf,
                forest.feature[up],
                np.where(left, -1, rank),
                np.where(left, rank, np.int16(32767)),
                left == (forest.flags[up] & LEFT_WHEN_MISSING > 0),
                cover[at] / cover[up],
            )
        )
        at = up
    if not len(forest.feature):
        return ()
    leaf, feature, low, high, missing, share = (
        np.concatenate(parts) for parts in zip(*entries, strict=True)
    )
    order = np.lexsort((feature, leaf))
    leaf, feature = leaf[order], feature[order]
    new = np.r_[True, (leaf[1:] != leaf[:-1]) | (feature[1:] != feature[:-1])]
    first = np.nonzero(new)[0]
    low = np.maximum.reduceat(low[order], first)
    high = np.minimum.reduceat(high[order], first)
    missing = np.logical_and.reduceat(missing[order], first)
    share = np.multiply.reduceat(share[order], first)
    leaf, feature = leaf[first], feature[first]
    owner, begin, depth = np.unique(leaf, return_index=True, return_counts=True)
    groups = []
    for d in np.unique(depth):
        chosen = depth == d
        at = begin[chosen] + np.arange(d)[:, None]
        groups.append(
            _Paths(
                feature=feature[at],
                low=low[at].astype(np.int16),
                high=high[at].astype(np.int16),
                missing=missing[at],
                share=share[at].astype(np.float32),
                value=forest.value[owner[chosen]],
            )
        )
    return tuple(groups)


def _parents(forest: Forest) -> tuple[Ints, NDArray[np.bool_], Floats]:
    """Of every node, then every leaf: its parent node (-1: none), whether it is left, its homes."""
    nodes = len(forest.feature)
    parent = np.full(nodes + len(forest.value), -1, dtype=np.int64)
    is_left = np.zeros(len(parent), dtype=bool)
    tree = np.repeat(np.arange(forest.trees), np.diff(forest.node_starts))
    for side, child in ((True, forest.left), (False, forest.right)):
        below = child.astype(np.int64)
        item = np.where(
            below >= 0,
            forest.node_starts[tree] + below,
            nodes + forest.leaf_starts[tree] - 1 - below,
        )
        parent[item] = np.arange(nodes)
        is_left[item] = side
    cover = np.zeros(len(parent))
    cover[nodes:] = forest.cover
    # homes of a node are those of the leaves below it
    at = nodes + np.arange(len(forest.value))
    homes = cover[at]
    while len(at):
        up = parent[at]
        inner = up >= 0
        at, homes = up[inner], homes[inner]
        np.add.at(cover, at, homes)
    return parent, is_left, cover


def joined(forests: list[Forest], weights: list[float]) -> Forest:
    """One forest whose prediction is the weighted sum of the forests', which share their edges."""
    first = forests[0]
    return Forest(
        edges=first.edges,
        edge_starts=first.edge_starts,
        feature=np.concatenate([f.feature for f in forests]),
        rank=np.concatenate([f.rank for f in forests]),
        flags=np.concatenate([f.flags for f in forests]),
        left=np.concatenate([f.left for f in forests]),
        right=np.concatenate([f.right for f in forests]),
        node_starts=_starts([np.diff(f.node_starts) for f in forests]),
        value=np.concatenate(
            [(f.value * w).astype(np.float32) for f, w in zip(forests, weights, strict=True)]
        ),
        cover=np.concatenate([f.cover for f in forests]),
        leaf_starts=_starts([np.diff(f.leaf_starts) for f in forests]),
    )


def _starts(counts: list[Ints]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
