"""What a model would have said in the past: the homes that nothing it used had seen.

    past = look_back(frame, adapter, settings, learned)
    past.error(past.model)            # log value less log price of homes after each origin

From each of the last months or quarters the training is repeated on what was known before, and
the new homes of the months after are valued. The blend with comparables, how they are weighed, the
margins of the ranges and the tiers come from these homes alone, so they carry the drift between
training and use.
"""

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.adapter import Adapter
from avm.comparables import Weighing, zone_codes
from avm.model import leaves_of, see
from avm.splits import Split, months_after, rolling_origins
from training.avm.data import Data, as_data, training_data
from training.avm.learn import Learned, learn
from training.avm.settings import Settings
from training.intervals import resamples

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH = 700
"""Homes that an origin should be tested on: 90% of them are then known to 1.1 points."""

LONGEST = 24
"""Months that may pass until there are so many."""

EARLIEST = 0.5
"""Share of the homes that an origin must have before it."""

LEAST_BEFORE = 60
"""Homes before an origin, for a model to be trained there."""

SHARES = tuple(round(0.05 * k, 2) for k in range(21))
"""Blends that are tried."""

SHARPNESS = (1.0, 2.0, 4.0, 8.0, 16.0)
REACHES = (100.0, 300.0, 1000.0, 3000.0)
CAUTION = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Weighings that are tried: the sharper ones are those of large markets."""

SIGNIFICANT = 0.05
"""Share of resamples in which comparables may do harm, for them to be let in."""


@dataclass(frozen=True)
class Past:
    """Homes that were valued from an origin before them; y and all values are log prices."""

    y: Floats
    model: Floats
    surface: Floats
    level: Floats
    x: Floats
    groups: Ints
    zones: tuple[str | None, ...]
    cities: tuple[str | None, ...]
    beyond: Floats
    likeness: Floats
    metres: Floats
    months: Floats
    neighbours: NDArray[np.bool_]
    origin: Ints
    learned: Learned
    """what the latest origin knew"""
    homes: Data
    """after the latest origin"""

    def comparables(self, weighing: Weighing) -> Floats:
        """What the comparables say, weighed so."""
        weights = weighing.weights(self.likeness, self.metres, self.months, self.neighbours)
        total = weights.sum(axis=1) + weighing.caution
        return np.asarray(self.surface + (weights * self.beyond).sum(axis=1) / total)

    def of_city(self, city: str) -> "Past":
        """The homes of one city."""
        mine = np.array([name == city for name in self.cities])
        arrays = {
            name: getattr(self, name)[mine]
            for name in Past.__dataclass_fields__
            if isinstance(getattr(self, name), np.ndarray)
        }
        return replace(
            self,
            zones=tuple(zone for zone, own in zip(self.zones, mine, strict=True) if own),
            cities=(city,) * int(mine.sum()),
            homes=self.homes.take(self.homes.table["city"] == city),
            **arrays,
        )

    def error(self, value: Floats) -> Floats:
        """Log price less log value in the home's month."""
        return np.asarray(self.y - value - self.level)


def look_back(
    frame: pl.DataFrame, adapter: Adapter, settings: Settings, like: Learned, step: int
) -> Past | None:
    """The past of a training frame; None where no origin has enough homes before it."""
    parts = []
    for number, one in enumerate(origins(frame, adapter, settings.origins, step)):
        if one.train.height >= LEAST_BEFORE:
            parts.append(_valued(one, adapter, settings, like, number))
    if not parts:
        return None
    joined = {
        name: np.concatenate(_as_wide([getattr(part, name) for part in parts]))
        for name in Past.__dataclass_fields__
        if isinstance(getattr(parts[0], name), np.ndarray)
    }
    return Past(
        zones=tuple(zone for part in parts for zone in part.zones),
        cities=tuple(city for part in parts for city in part.cities),
        learned=parts[-1].learned,
        homes=parts[-1].homes,
        **joined,
    )


def _as_wide(parts: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Early origins of a small market have fewer comparables: those that lack are unlike in all."""
    if parts[0].ndim < 2:
        return parts
    most = max(part.shape[1] for part in parts)
    return [np.pad(part, ((0, 0), (0, most - part.shape[1]))) for part in parts]


def origins(
    frame: pl.DataFrame, adapter: Adapter, count: int, step: int | None = None
) -> Iterator[Split]:
    """Splits at the last `count` origins, as far apart as it takes to have homes to test on."""
    usual, first = steps(frame, adapter, count)
    step = step or usual
    last = months_after(_last(frame), 1)
    start = max(months_after(last, -step * count), first)
    yield from rolling_origins(frame, start, months_after(last, -step), months=step)


def steps(frame: pl.DataFrame, adapter: Adapter, count: int) -> tuple[int, datetime.date]:
    """Months between origins, and the first month before which there are enough homes."""
    months = frame.group_by(pl.col("date").dt.truncate("1mo").alias("month")).len().sort("month")
    shares = months["len"].cum_sum() / frame.height
    first: datetime.date = months_after(months["month"][int((shares < EARLIEST).sum())], 1)
    least = 3 if adapter.date_step == "quarter" else 1
    new = frame.filter(pl.col("date") == pl.col("date").min().over("twin_group"))
    recent = new.filter(pl.col("date") >= months_after(_last(frame), -11))
    homes = max(1.0, recent["twin_group"].n_unique() / min(12, max(1, months.height)))
    wanted = min(LONGEST, max(least, math.ceil(ENOUGH / homes)))
    left = (_last(frame).year - first.year) * 12 + _last(frame).month - first.month + 1
    most = max(1, left // max(1, count))
    step = max(least, min(wanted, most))
    return (math.ceil(step / 3) * 3 if adapter.date_step == "quarter" else step), first


def _last(frame: pl.DataFrame) -> datetime.date:
    found: datetime.date = frame["date"].dt.truncate("1mo").max()  # type: ignore[assignment]
    return found


def _valued(one: Split, adapter: Adapter, settings: Settings, like: Learned, number: int) -> Past:
    """The homes after one origin, valued by what was known before it."""
    data = training_data(
        one.train,
        adapter.records,
        years=settings.years,
        half_life_years=settings.half_life_years,
    )
    learned = learn(data, settings, like, adapter.date_step == "day")
    test = as_data(one.test)
    seen = see(test.table, learned.spec, learned.typical, learned.levels, learned.surface)
    leaf = leaves_of(learned.forest, learned.shop.trees, seen.x)
    month = np.asarray(test.table["month"])
    found = learned.shop.nearest(seen.at, seen.z, leaf, month, zone_codes(test.table["zone"]))
    return Past(
        y=test.log_price,
        model=learned.forest.predict(seen.x),
        surface=learned.surface.predict(seen.at, seen.z),
        level=learned.index.levels(test.table["city"], month, test.table["day"]),
        x=seen.x,
        groups=test.groups,
        zones=tuple(test.table["zone"].tolist()),
        cities=tuple(test.table["city"].tolist()),
        beyond=learned.shop.beyond[found.homes].astype(np.float64),
        likeness=found.likeness,
        metres=found.metres,
        months=found.months,
        neighbours=found.neighbours,
        origin=np.full(len(test), number),
        learned=learned,
        homes=test,
    )


def choose_weighing(past: Past) -> Weighing:
    """The weighing by which the comparables alone are nearest."""
    tried = [
        Weighing(sharpness=a, reach_m=b, caution=c)
        for a in SHARPNESS
        for b in REACHES
        for c in CAUTION
    ]
    return min(tried, key=lambda one: _loss(past.error(past.comparables(one)), past.origin))


def choose_blend(past: Past, weighing: Weighing, seed: int = 7) -> float:
    """The comparables' share of the value: 0 unless they help beyond what chance may do."""
    comparables = past.comparables(weighing)
    values = {s: past.error(past.model + s * (comparables - past.model)) for s in SHARES}
    best = min(SHARES, key=lambda s: _loss(values[s], past.origin))
    if best == 0:
        return 0.0
    gain = _centred(values[0.0], past.origin) - _centred(values[best], past.origin)
    names, of = np.unique(past.groups, return_inverse=True)
    sums, counts = np.bincount(of, gain), np.bincount(of).astype(np.float64)
    weights = resamples(len(names), seed=seed)
    harm = float(((weights @ sums) / (weights @ counts) <= 0).mean())
    return best if harm <= SIGNIFICANT else 0.0


def _centred(error: Floats, origin: Ints) -> Floats:
    """Absolute errors after each origin's middle is taken off: the index's part of them."""
    found = np.empty(len(error))
    for number in np.unique(origin):
        own = origin == number
        found[own] = np.abs(error[own] - np.median(error[own]))
    return found


def _loss(error: Floats, origin: Ints) -> float:
    return float(_centred(error, origin).mean())
