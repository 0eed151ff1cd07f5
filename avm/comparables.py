"""Homes that explain a value: like it, near it, lately priced, and adjusted to it.

    found = shop.nearest(at, z, leaf, month, groups)  # weights of every home's comparables
    shop.estimate(surface_value, found)         # (n,) log prices that the comparables speak for

A comparable's price is brought to the reference month by the index and to the home by the surface:
what the surface says of the home, and what the comparable fetched beyond what the surface says of
it. Its weight falls with distance, with its age, and with the share of the forest's trees that put
the two into different leaves, which is how unlike they are where prices are concerned. `caution`
is how many perfect comparables the surface alone counts as. Where homes have no coordinates, those
of the same zone are near.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from avm.smooth import squares
from vision.findings import Frozen

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOOKED_AT = 150
"""Nearest homes by place and features whose leaves are compared."""

ELSEWHERE = 1.0
"""Reaches that a home of another zone is taken to be away where no distance is known."""

NOWHERE = 1
"""The code of no home's zone."""

BLOCK = 256


class Weighing(Frozen):
    """How alike and how near counts; chosen on homes that no part of the model had seen."""

    sharpness: float = Field(2.0, description="power of the share of common leaves")
    reach_m: float = Field(1000.0, description="distance at which a home counts a third as much")
    reach_months: float = Field(18.0, description="the same of its age")
    caution: float = 1.0

    def weights(
        self, likeness: Floats, metres: Floats, months: Floats, neighbours: NDArray[np.bool_]
    ) -> Floats:
        """Weights of comparables; where no distance is known the zone says what is near."""
        there = np.where(neighbours, 0.0, ELSEWHERE)
        near = np.exp(-np.where(np.isnan(metres), there, metres / self.reach_m))
        found: Floats = likeness**self.sharpness * near * np.exp(-months / self.reach_months)
        return found


@dataclass(frozen=True)
class Found:
    """(n, k) comparables of n homes, with distances in metres and ages in months."""

    homes: Ints
    weights: Floats
    likeness: Floats
    metres: Floats
    months: Floats
    neighbours: NDArray[np.bool_]
    """of the same zone"""


def zone_codes(zones: NDArray[Any]) -> NDArray[np.uint32]:
    """A number for each zone's name, the same everywhere; 0 for none."""
    known = {zone: zlib.crc32(zone.encode()) if zone else 0 for zone in set(zones.tolist())}
    return np.array([known[zone] for zone in zones.tolist()], dtype=np.uint32)


@dataclass(frozen=True)
class Shop:
    """The homes that comparables are taken from; every array has one row a home."""

    weighing: Weighing
    lengths: Floats
    """of the surface's columns, so that distances in features are the covariance's"""
    trees: Ints
    """of the forest, whose leaves `leaf` holds"""
    at: NDArray[np.float32]
    z: NDArray[np.float32]
    leaf: NDArray[np.uint8]
    month: NDArray[np.int32]
    zone: NDArray[np.uint32]
    """`zone_codes`"""
    group: Ints
    log_price: NDArray[np.float32]
    """in the reference month"""
    beyond: NDArray[np.float32]
    """log price less what the surface says of the home without having seen it"""

    def nearest(
        self,
        at: Floats,
        z: Floats,
        leaf: NDArray[np.uint8],
        month: Ints,
        zone: NDArray[np.uint32],
        groups: Ints | None = None,
    ) -> Found:
        """The comparables of homes; those of a home's own group weigh nothing."""
        count = min(LOOKED_AT, len(self.month))
        parts = [
            self._block(part, count, at, z, leaf, month, zone, groups)
            for part in np.array_split(np.arange(len(z)), max(1, len(z) // BLOCK))
        ]
        return Found(
            homes=np.concatenate([part.homes for part in parts]),
            weights=np.concatenate([part.weights for part in parts]),
            likeness=np.concatenate([part.likeness for part in parts]),
            metres=np.concatenate([part.metres for part in parts]),
            months=np.concatenate([part.months for part in parts]),
            neighbours=np.concatenate([part.neighbours for part in parts]),
        )

    def _block(
        self,
        part: Ints,
        count: int,
        at: Floats,
        z: Floats,
        leaf: NDArray[np.uint8],
        month: Ints,
        zone: NDArray[np.uint32],
        groups: Ints | None,
    ) -> Found:
        place = at[part].astype(np.float32)
        known = np.asarray(np.isfinite(place).all(axis=1))
        away = squares(np.nan_to_num(place), self.at, self._norms[0])
        scaled = (z[part] / self.lengths).astype(np.float32)
        unlike = squares(scaled, self._scaled, self._norms[1])
        same = self.zone == np.where(zone[part] > 0, zone[part], NOWHERE)[:, None]
        there = np.where(same, 0.0, ELSEWHERE)
        score = unlike + np.where(known[:, None], np.sqrt(away) / self.weighing.reach_m, there)
        if count < score.shape[1]:
            homes = np.argpartition(score, count - 1, axis=1)[:, :count]
        else:
            homes = np.broadcast_to(np.arange(count), score.shape)
        metres = np.sqrt(np.take_along_axis(away, homes, axis=1))
        metres = np.where(known[:, None], metres, np.nan).astype(np.float64)
        likeness = (self.leaf[homes] == leaf[part][:, None, :]).mean(axis=2)
        old = np.abs(month[part][:, None] - self.month[homes]).astype(np.float64)
        near = np.take_along_axis(same, homes, axis=1)
        weights = self.weighing.weights(likeness, metres, old, near)
        if groups is not None:
            weights = np.where(self.group[homes] == groups[part][:, None], 0.0, weights)
        return Found(homes.astype(np.int64), weights, likeness, metres, old, near)

    @cached_property
    def _scaled(self) -> NDArray[np.float32]:
        return (self.z / self.lengths.astype(np.float32)).astype(np.float32)

    @cached_property
    def _norms(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return (self.at**2).sum(axis=1), (self._scaled**2).sum(axis=1)

    def estimate(self, surface: Floats, found: Found) -> Floats:
        """The surface's values, moved by what the comparables fetched beyond theirs."""
        beyond = self.beyond[found.homes].astype(np.float64)
        total = found.weights.sum(axis=1) + self.weighing.caution
        return np.asarray(surface + (found.weights * beyond).sum(axis=1) / total)

    def adjusted(self, surface: float, found: Found) -> Floats:
        """Of one home: its comparables' log prices, adjusted to it, in the reference month."""
        return np.asarray(surface + self.beyond[found.homes[0]].astype(np.float64))
