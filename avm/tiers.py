"""Confidence tiers: high, medium and low by the width of the range, with what they have shown.

    tiers = fit_tiers(width, relative_error)       # of homes that nothing had seen
    tiers.of(0.31)                                 # "medium"
    tiers.shown["high"].ppe10                      # share of those homes within 10%

The width is high end over low end, as a logarithm. The surest quarter is high, the least sure
quarter is low: a person sees where a home stands among others, and beside it how near values of
that tier were.
"""

import bisect
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vision.findings import Frozen

Floats = NDArray[np.float64]

Tier = Literal["high", "medium", "low"]
TIERS: tuple[Tier, ...] = get_args(Tier)

QUARTERS = (0.25, 0.75)


class Shown(Frozen):
    """How near the values of a tier were: median error, shares within 10% and 20%, homes."""

    mdape: float
    ppe10: float
    ppe20: float
    n: int


class Tiers(Frozen):
    """Widths at which a tier ends, and what each has shown."""

    ends: tuple[float, float]
    shown: dict[Tier, Shown]

    def of(self, width: float) -> Tier:
        """The tier of a range of this width."""
        return TIERS[bisect.bisect_left(self.ends, width)]


def fit_tiers(width: Floats, error: Floats) -> Tiers:
    """Tiers of homes with the widths of their ranges and their relative errors."""
    ends = tuple(round(float(end), 5) for end in np.quantile(width, QUARTERS))
    number = np.searchsorted(np.array(ends), width, side="left")
    shown = {}
    for k, tier in enumerate(TIERS):
        own = np.abs(error[number == k])
        if len(own):
            shown[tier] = Shown(
                mdape=round(float(np.median(own)), 4),
                ppe10=round(float((own <= 0.1).mean()), 4),
                ppe20=round(float((own <= 0.2).mean()), 4),
                n=len(own),
            )
    return Tiers(ends=(ends[0], ends[1]), shown=shown)
