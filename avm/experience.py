"""What a model has seen of the world, so that it can refuse what it has not.

    experience.check(home, reach)     # raises OutsideExperience with what is wrong

A home is outside where the fifth nearest home of the training is much further away than training
homes have theirs, where its size is beyond all of theirs, or its date is years from their prices.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from avm.features import Table
from avm.schema import HomeRecord, label
from vision.errors import OutsideExperience
from vision.findings import Frozen

BEYOND = 1.25
"""Times the most extreme training home that is still valued."""

FAR = 3.0
"""Times the reach that 99.9% of the training homes have."""

LEAST_REACH_M = 2_000.0

MONTHS_AHEAD, MONTHS_BEFORE = 24, 12
"""Forecasts of the index end there, and so does what is known before its start."""


class Experience(Frozen):
    """Limits of what is valued."""

    sizes: dict[str, tuple[float, float]] = Field(description="field to least and greatest seen")
    reach_m: float | None = Field(None, description="to the fifth nearest home, at most")
    first_month: int
    last_month: int

    def check(self, home: HomeRecord, reach: float) -> None:
        """Raise OutsideExperience where the home is not one that the model can know."""
        for name, (low, high) in self.sizes.items():
            value = getattr(home, name)
            if value is not None and not low / BEYOND <= value <= high * BEYOND:
                raise OutsideExperience(
                    f"{label(name)} {value:g}: no home like that was learned from",
                    accepted=f"{low / BEYOND:.4g} to {high * BEYOND:.4g}",
                )
        if self.reach_m is not None and np.isfinite(reach) and reach > self.reach_m:
            raise OutsideExperience(
                f"the nearest known homes are {reach / 1000:.1f} km away",
                accepted=f"places with five known homes within {self.reach_m / 1000:.1f} km",
            )
        month = home.date.year * 12 + home.date.month - 1
        first, last = self.first_month - MONTHS_BEFORE, self.last_month + MONTHS_AHEAD
        if not first <= month <= last:
            raise OutsideExperience(
                f"nothing is known of prices in {home.date:%Y-%m}",
                accepted=f"{_month(first)} to {_month(last)}",
            )


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def fit_experience(table: Table, reach: NDArray[np.float64]) -> Experience:
    """The experience of training homes; `reach` is each one's distance to its fifth nearest."""
    sizes = {}
    for name in ("area_m2", "rooms", "bedrooms"):
        known = table[name][np.isfinite(table[name])]
        if len(known):
            sizes[name] = (float(known.min()), float(known.max()))
    known = reach[np.isfinite(reach)]
    limit = FAR * float(np.quantile(known, 0.999)) if len(known) else None
    return Experience(
        sizes=sizes,
        reach_m=max(LEAST_REACH_M, limit) if limit is not None else None,
        first_month=int(table["month"].min()),
        last_month=int(table["month"].max()),
    )
