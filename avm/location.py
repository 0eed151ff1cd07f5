"""How dear a place is: price levels of the homes around, as columns that models read.

    levels = fit_levels(table, premium, groups, spec)   # premium: log price of like homes, a home's
    levels.columns(table, spec)                         # (n, 6): features.PLACE_COLUMNS
    levels.columns(table, spec, groups)                 # for training: without the home's own group

A premium is what is left of a home's log price per square metre after its features but not its
place, brought to one month. Medians of the 5, 15 and 50 nearest homes and the reach of the 5th;
means of the zone and of the city, drawn to the market's where they have few homes. Without
coordinates the first four are missing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avm.features import PLACE_COLUMNS, Features, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAREST = (5, 15, 50)

SPARE = 30
"""More neighbours that are looked at, since those of the home's own group do not count."""

FEW = 8.0
"""Homes of a zone at which it is believed as much as the whole that it is part of."""

BLOCK = 512


@dataclass(frozen=True)
class Levels:
    """The homes that levels are taken from, with means of zones and cities."""

    at: NDArray[np.float32]
    premium: NDArray[np.float32]
    group: Ints
    zones: dict[str, tuple[float, int]]
    """sum of the premiums' distance from the market's, and homes"""
    cities: dict[str, tuple[float, int]]
    middle: float

    def columns(self, table: Table, spec: Features, groups: Ints | None = None) -> Floats:
        """(n, 6) columns; with `groups` homes of the same group are left out."""
        at = spec.metres(table)
        near = self._near(at, groups)
        wide = np.column_stack([self._zone(table, groups), self._city(table, groups)])
        found = np.column_stack([near, wide])
        assert found.shape[1] == len(PLACE_COLUMNS)
        return found

    def _near(self, at: Floats, groups: Ints | None) -> Floats:
        found = np.full((len(at), len(NEAREST) + 1), np.nan)
        if not len(self.at):
            return found
        known = np.nonzero(np.isfinite(at).all(axis=1))[0]
        most = min(len(self.at), NEAREST[-1] + (SPARE if groups is not None else 0))
        squares = (self.at.astype(np.float64) ** 2).sum(axis=1)
        for start in range(0, len(known), BLOCK):
            rows = known[start : start + BLOCK]
            away = squares - 2 * at[rows] @ self.at.T.astype(np.float64)
            away += (at[rows] ** 2).sum(axis=1)[:, None]
            if most < len(self.at):
                nearest = np.argpartition(away, most - 1, axis=1)[:, :most]
            else:
                nearest = np.broadcast_to(np.arange(most), away.shape)
            away = np.take_along_axis(away, nearest, axis=1)
            if groups is not None:
                away = np.where(self.group[nearest] == groups[rows][:, None], np.inf, away)
            order = np.argsort(away, axis=1, kind="stable")
            away = np.take_along_axis(away, order, axis=1)
            premium = self.premium[np.take_along_axis(nearest, order, axis=1)].astype(np.float64)
            premium[~np.isfinite(away)] = np.nan
            for k, count in enumerate(NEAREST):
                found[rows, k] = _median(premium[:, :count])
            reach = away[:, min(NEAREST[0], most) - 1]
            found[rows, -1] = np.sqrt(np.maximum(np.where(np.isfinite(reach), reach, np.nan), 0))
        return found

    def _own(self, groups: Ints | None, n: int) -> tuple[Floats, Floats]:
        """Sum and number of the premiums of each home's own group."""
        if groups is None or not len(self.group):
            return np.zeros(n), np.zeros(n)
        size = int(max(self.group.max(), groups.max())) + 1
        away = self.premium.astype(np.float64) - self.middle
        sums = np.bincount(self.group, weights=away, minlength=size)
        counts = np.bincount(self.group, minlength=size).astype(np.float64)
        return np.asarray(sums[groups], dtype=np.float64), counts[groups]

    def _city(self, table: Table, groups: Ints | None) -> Floats:
        own, count = self._own(groups, len(table["city"]))
        return self._drawn(table["city"], self.cities, own, count, np.zeros(len(own)))

    def _zone(self, table: Table, groups: Ints | None) -> Floats:
        own, count = self._own(groups, len(table["zone"]))
        return self._drawn(table["zone"], self.zones, own, count, self._city(table, groups))

    def _drawn(
        self,
        names: NDArray[Any],
        sums: dict[str, tuple[float, int]],
        own: Floats,
        count: Floats,
        whole: Floats,
    ) -> Floats:
        """Means of places without a home's own group, drawn to the whole's."""
        known = {name: sums.get(name, (0.0, 0)) for name in set(names)}
        total = np.array([known[name][0] for name in names]) - own
        homes = np.array([known[name][1] for name in names], dtype=np.float64) - count
        # a group may reach into several zones; then its part here is not known, and nothing is left
        homes, total = np.maximum(homes, 0.0), np.where(homes > 0, total, 0.0)
        return (total + FEW * whole) / (homes + FEW)


def _median(values: Floats) -> Floats:
    """Medians of the known values along rows; NaN without any."""
    order = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    rows = np.arange(len(values))
    high = np.minimum(high, values.shape[1] - 1)
    return np.asarray((order[rows, low] + order[rows, high]) / 2, dtype=np.float64)


def fit_levels(table: Table, premium: Floats, groups: Ints, spec: Features) -> Levels:
    """Levels from homes with a premium."""
    at = spec.metres(table)
    known = np.isfinite(at).all(axis=1) if spec.located else np.zeros(len(at), dtype=bool)
    middle = float(np.median(premium))
    return Levels(
        at=at[known].astype(np.float32),
        premium=premium[known].astype(np.float32) if known.any() else premium.astype(np.float32),
        group=groups[known] if known.any() else groups,
        zones=_sums(table["zone"], premium - middle),
        cities=_sums(table["city"], premium - middle),
        middle=middle,
    )


def _sums(names: NDArray[Any], values: Floats) -> dict[str, tuple[float, int]]:
    known = np.array([name is not None for name in names])
    found, of = np.unique(names[known].astype(str), return_inverse=True)
    sums = np.bincount(of, weights=values[known], minlength=len(found))
    counts = np.bincount(of, minlength=len(found))
    return {
        str(name): (round(float(total), 6), int(n))
        for name, total, n in zip(found, sums, counts, strict=True)
    }
