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
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avm.features import PLACE_COLUMNS, Features, Table
from avm.neighbours import Neighbourhood

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAREST = (5, 15, 50)

SPARE = 30
"""More neighbours that are looked at, since those of the home's own group do not count."""

FEW = 8.0
"""Homes of a zone at which it is believed as much as the whole that it is part of."""

FOLDS = 5
"""Parts of the homes. A home's own part is left out of the means that it is trained with: were it
the home alone, the mean of a place would differ from home to home by just what each one's price is
beyond the others', and trees would read the price back from it."""

BLOCK = 4096

Sums = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Levels:
    """The homes that levels are taken from, with means of zones and cities."""

    at: NDArray[np.float32]
    premium: NDArray[np.float32]
    group: Ints
    zones: dict[str, Sums]
    """fold by fold: the sum of the premiums' distances from the market's, and homes"""
    cities: dict[str, Sums]

    @cached_property
    def _neighbours(self) -> Neighbourhood:
        return Neighbourhood.of(self.at)

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
        for start in range(0, len(known), BLOCK):
            rows = known[start : start + BLOCK]
            nearest, away = self._neighbours.nearest(at[rows], most)
            if groups is not None:
                away = np.where(self.group[nearest] == groups[rows][:, None], np.inf, away)
                order = np.argsort(away, axis=1, kind="stable")
                away = np.take_along_axis(away, order, axis=1)
                nearest = np.take_along_axis(nearest, order, axis=1)
            premium = self.premium[nearest].astype(np.float64)
            premium[~np.isfinite(away)] = np.nan
            for k, count in enumerate(NEAREST):
                found[rows, k] = _median(premium[:, :count])
            reach = away[:, min(NEAREST[0], most) - 1]
            found[rows, -1] = np.sqrt(np.maximum(np.where(np.isfinite(reach), reach, np.nan), 0))
        return found

    @cached_property
    def _zone_cells(self) -> tuple[dict[str, int], Floats]:
        return _cells(self.zones)

    @cached_property
    def _city_cells(self) -> tuple[dict[str, int], Floats]:
        return _cells(self.cities)

    def _city(self, table: Table, groups: Ints | None) -> Floats:
        whole = np.zeros(len(table["city"]))
        return self._drawn(table["city"], self.cities, groups, whole)

    def _zone(self, table: Table, groups: Ints | None) -> Floats:
        return self._drawn(table["zone"], self.zones, groups, self._city(table, groups))

    def _drawn(
        self, names: NDArray[Any], sums: dict[str, Sums], groups: Ints | None, whole: Floats
    ) -> Floats:
        """Means of places, without the fold of a home's own group, drawn to the whole's."""
        known, cells = self._zone_cells if sums is self.zones else self._city_cells
        number = np.array([known.get(name, -1) for name in names], dtype=np.int64)
        found = cells.sum(axis=1)[number]
        if groups is not None:
            found = found - cells[number, folds(groups, FOLDS)]
        return np.asarray((found[:, 0] + FEW * whole) / (found[:, 1] + FEW))


def _cells(sums: dict[str, Sums]) -> tuple[dict[str, int], Floats]:
    """The row of each place, and (places + 1, FOLDS, 2) sums and counts; the last row is that of
    places without homes."""
    rows = [*sums.values(), ((0.0, 0),) * FOLDS]
    return {name: row for row, name in enumerate(sums)}, np.array(rows, dtype=np.float64)


def _median(values: Floats) -> Floats:
    """Medians of the known values along rows; NaN without any."""
    order = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1)
    low, high = np.maximum((count - 1) // 2, 0), np.maximum(count // 2, 0)
    rows = np.arange(len(values))
    high = np.minimum(high, values.shape[1] - 1)
    return np.asarray((order[rows, low] + order[rows, high]) / 2, dtype=np.float64)


def folds(groups: Ints, count: int) -> Ints:
    """The fold of each home: the same for all of a group, in whatever selection it comes."""
    mixed = (groups.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(40)) % np.uint64(count)).astype(np.int64)


def fit_levels(table: Table, premium: Floats, groups: Ints, spec: Features) -> Levels:
    """Levels from homes with a premium."""
    at = spec.metres(table)
    known = np.isfinite(at).all(axis=1) if spec.located else np.zeros(len(at), dtype=bool)
    away, fold = premium - float(np.median(premium)), folds(groups, FOLDS)
    return Levels(
        at=at[known].astype(np.float32),
        premium=premium[known].astype(np.float32),
        group=groups[known],
        zones=_sums(table["zone"], away, fold),
        cities=_sums(table["city"], away, fold),
    )


def _sums(names: NDArray[Any], values: Floats, fold: Ints) -> dict[str, Sums]:
    known = np.array([name is not None for name in names])
    found, of = np.unique(names[known].astype(str), return_inverse=True)
    if len(found) < 2:  # then its mean is the market's
        return {}
    cell = of * FOLDS + fold[known]
    sums = np.bincount(cell, weights=values[known], minlength=len(found) * FOLDS)
    counts = np.bincount(cell, minlength=len(found) * FOLDS)
    cells = [(round(float(total), 6), int(n)) for total, n in zip(sums, counts, strict=True)]
    return {str(name): tuple(cells[k * FOLDS : (k + 1) * FOLDS]) for k, name in enumerate(found)}
