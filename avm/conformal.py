"""Ranges that hold: quantiles of the model's own errors, made honest by conformal calibration.

    low, high = ranges.around(inputs, zones)       # (n,) log distances from the value, low <= high

Two forests say how far prices lie below and above a value at the 5% and the 95% quantile, from what
the home is, where it is, and how far model and comparables are apart. Conformalised quantile
regression (Romano, Patterson and Candès 2019) then widens both ends by the margin that was missing
on homes that neither forest had seen, priced after everything that was known. Zones whose own
errors need more get more; none gets less, for its few homes do not show that it may.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from avm.trees import Forest
from vision.findings import Frozen

Floats = NDArray[np.float64]

COVERAGE = 0.9

FEW = 60.0
"""Homes of a zone at which half of the margin that it lacks is added."""


class Margins(Frozen):
    """What is added to both ends: everywhere, and in some zones beyond that."""

    everywhere: float
    zones: dict[str, float] = Field({}, description="zone to what is added there beyond")
    coverage: float = COVERAGE
    homes: int = Field(description="that the margin comes from")

    def of(self, zones: Sequence[str | None]) -> Floats:
        """The margin of each home."""
        return np.array([self.everywhere + self.zones.get(zone or "", 0.0) for zone in zones])


@dataclass(frozen=True)
class Ranges:
    """Forests of the two quantiles of log errors, and the margins."""

    low: Forest
    high: Forest
    margins: Margins

    def quantiles(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Both quantiles before the margins."""
        one, other = self.low.predict(inputs), self.high.predict(inputs)
        return np.minimum(one, other), np.maximum(one, other)

    def around(self, inputs: Floats, zones: Sequence[str | None]) -> tuple[Floats, Floats]:
        """Log distances of the range's ends from the value; they never cross it."""
        low, high = self.quantiles(inputs)
        margin = self.margins.of(zones)
        return np.minimum(low - margin, 0.0), np.maximum(high + margin, 0.0)


def inputs_of(x: Floats, model: Floats, comparables: Floats) -> Floats:
    """What the quantile forests see: the features, the value, and how much its sources disagree."""
    apart = comparables - model
    return np.column_stack([x, model, apart, np.abs(apart)])


def lacking(error: Floats, low: Floats, high: Floats) -> Floats:
    """How far each error lies outside its quantiles; negative inside."""
    return np.asarray(np.maximum(low - error, error - high))


def margin_of(scores: Floats, coverage: float = COVERAGE) -> float:
    """The conformal quantile of scores: the share `coverage` of new homes lies within it.

    The n + 1 in it is the new home. Raises ValueError without scores; with fewer than the coverage
    needs, it is the largest.
    """
    if not len(scores):
        raise ValueError("no score")
    rank = math.ceil((len(scores) + 1) * coverage)
    return float(np.sort(scores)[min(rank, len(scores)) - 1])


def zone_margins(
    scores: Floats, zones: Sequence[str | None], coverage: float = COVERAGE
) -> dict[str, float]:
    """What zones lack beyond the margin of all, drawn to none where they have few homes."""
    everywhere = margin_of(scores, coverage)
    names = np.array([zone or "" for zone in zones])
    found: dict[str, float] = {}
    for name in np.unique(names):
        own = scores[names == name]
        beyond = (margin_of(own, coverage) - everywhere) * len(own) / (len(own) + FEW)
        beyond = round(beyond, 5)
        if name and beyond > 0:
            found[str(name)] = beyond
    return found
