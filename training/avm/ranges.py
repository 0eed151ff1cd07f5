"""Ranges and tiers from errors that were not seen: cross-fitted quantiles, then conformal margins.

    ranges, tiers = fit_ranges(inside, outside, settings)

`inside` are errors of training homes, each valued without its group: many, so they teach the
quantile forests and what zones lack. `outside` are errors of homes after earlier origins: they
carry the drift, so they set the margin of all and the tiers. Every home is scored by quantile
forests that have not seen its group, whichever of the two it is in.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avm.conformal import Margins, Ranges, inputs_of, lacking, margin_of, zone_margins
from avm.location import folds
from avm.tiers import Tiers, fit_tiers
from training.avm.boosting import Boosting, boost
from training.avm.settings import Settings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOW, HIGH = 0.05, 0.95

QUANTILES = Boosting(
    objective="quantile", rounds=150, leaves=12, rate=0.05, least_in_leaf=40, columns=0.4
)
"""Small: a tail of 5% says little, and what is overfitted here the margin must mend."""


@dataclass(frozen=True)
class Errors:
    """Log errors (price less value) of n homes with what the quantile forests see of them."""

    x: Floats
    model: Floats
    comparables: Floats
    error: Floats
    groups: Ints
    zones: tuple[str | None, ...]

    @property
    def inputs(self) -> Floats:
        """What the forests see."""
        return inputs_of(self.x, self.model, self.comparables)


def fit_ranges(inside: Errors, outside: Errors | None, settings: Settings) -> tuple[Ranges, Tiers]:
    """Ranges that cover 90% of the homes outside, and the tiers of their widths."""
    low, high = (
        replace(QUANTILES, quantile=q, seed=settings.seed, threads=settings.threads)
        for q in (LOW, HIGH)
    )
    final = [boost(inside.inputs, inside.error, how) for how in (low, high)]
    crossed = cross_fitted(inside, (low, high), settings.folds)
    within = crossed(inside)
    judged = outside if outside is not None else inside
    beyond = crossed(judged) if outside is not None else within
    zones = zone_margins(lacking(inside.error, *within), inside.zones)
    own = np.array([zones.get(zone or "", 0.0) for zone in judged.zones])
    scores = lacking(judged.error, *beyond)
    everywhere = margin_of(scores - own)
    margins = Margins(everywhere=round(everywhere, 5), zones=zones, homes=len(scores))
    ranges = Ranges(final[0], final[1], margins)
    widths = beyond[1] - beyond[0] + 2 * (everywhere + own)
    return ranges, fit_tiers(widths, np.expm1(-judged.error))


def cross_fitted(
    inside: Errors, how: tuple[Boosting, Boosting], count: int
) -> Callable[[Errors], tuple[Floats, Floats]]:
    """Quantiles of any homes by forests that have not seen their groups."""
    fold = folds(inside.groups, count)
    inputs = inside.inputs
    pairs = [
        [boost(inputs[fold != k], inside.error[fold != k], one) for one in how]
        for k in range(count)
    ]

    def quantiles(homes: Errors) -> tuple[Floats, Floats]:
        found = np.empty((2, len(homes.error)))
        own, seen = folds(homes.groups, count), homes.inputs
        for k, (low, high) in enumerate(pairs):
            mine = own == k
            if mine.any():
                found[0, mine] = low.predict(seen[mine])
                found[1, mine] = high.predict(seen[mine])
        return found.min(axis=0), found.max(axis=0)

    return quantiles
