"""How much a home looks like one of its market, and how much like one that was drawn from a box.

    natural = fit_natural(valuer.package)
    natural.surprise(home)       # log odds: below 0 for homes as they are, above 0 for made-up ones

Real homes go together: rooms with area, the year with the neighbours' years, the place with places
where homes stand. Whoever fills a grid or draws fields by chance cannot keep all of that. Each
habit is one number of a home; its odds are counted in bins of the bundle's own homes (which it
keeps to compare with) and of homes with every field drawn by itself from its range. Nothing is
learned from what callers ask.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avm.bundle import Cards, Package
from avm.schema import HomeRecord
from avm.zones import METRES_PER_DEGREE, metres_per_longitude

Floats = NDArray[np.float64]

HOMES = 400
"""Of either kind that odds are counted in."""

BINS = 8

MOST = 1.5
"""Of one habit's log odds: one strange field does not condemn a caller."""

NEIGHBOURS = 8

RANGE = (0.5, 99.5)
"""Percentiles between which fields are drawn."""

FIELDS = ("area_m2", "rooms", "bedrooms", "floor", "year_built")
"""What cards say of a home beside its place."""


@dataclass(frozen=True)
class Habit:
    """One number of a home, and the log odds of its bins."""

    edges: Floats
    odds: Floats

    def of(self, value: float) -> float:
        """Log odds of a value; 0 where it is not known."""
        if not math.isfinite(value):
            return 0.0
        return float(self.odds[int(np.searchsorted(self.edges, value))])


@dataclass(frozen=True)
class Natural:
    """A market's habits, by name."""

    at: Floats
    """(n, 2) metres of the homes that places and years are compared with"""
    year: Floats
    origin: tuple[float, float]
    habits: dict[str, Habit]

    def surprise(self, home: HomeRecord) -> float:
        """Log odds of a made-up home against a real one."""
        values = {name: _plain(getattr(home, name)) for name in FIELDS}
        values["latitude"], values["longitude"] = _plain(home.latitude), _plain(home.longitude)
        found = numbers(values, self.at, self.year, self.origin, skip=None)
        return sum(habit.of(found[name]) for name, habit in self.habits.items())


def numbers(
    home: dict[str, float],
    at: Floats,
    year: Floats,
    origin: tuple[float, float],
    skip: int | None,
) -> dict[str, float]:
    """The numbers of one home; `skip` is its own row among the homes it is compared with."""
    area, rooms, bedrooms = home["area_m2"], home["rooms"], home["bedrooms"]
    found = {
        "area_per_room": _log(area / max(rooms, 1.0)),
        "area_per_bedroom": _log(area / max(bedrooms, 1.0)),
        "away": math.nan,
        "year_apart": math.nan,
    }
    if len(at) and math.isfinite(home["latitude"]) and math.isfinite(home["longitude"]):
        here = metres(np.array([[home["latitude"], home["longitude"]]]), origin)[0]
        away = ((at - here) ** 2).sum(axis=1)
        if skip is not None:
            away[skip] = np.inf
        near = np.argpartition(away, min(NEIGHBOURS, len(away) - 1))[:NEIGHBOURS]
        found["away"] = _log(math.sqrt(float(away[near].min())) + 1)
        years = year[near][np.isfinite(year[near])]
        if len(years) and math.isfinite(home["year_built"]):
            # the nearest in time: a street has homes of more than one time
            found["year_apart"] = _log(float(np.abs(years - home["year_built"]).min()) + 1)
    return found


def fit_natural(package: Package, seed: int = 11) -> Natural:
    """The habits of a bundle's homes."""
    random = np.random.default_rng(seed)
    cards = package.cards
    located = bool(np.isfinite(cards.latitude).any())
    origin = (
        (float(np.nanmedian(cards.latitude)), float(np.nanmedian(cards.longitude)))
        if located
        else (0.0, 0.0)
    )
    places = np.column_stack([cards.latitude, cards.longitude]).astype(np.float64)
    known: NDArray[np.bool_] = np.isfinite(places[:, 0]) & np.isfinite(places[:, 1])
    at = metres(places[known], origin)
    year = cards.year_built.astype(np.float64)[known]
    row_of = np.cumsum(known) - 1
    chosen = random.permutation(len(cards.price))[:HOMES]
    real = [
        numbers(_home(cards, k), at, year, origin, int(row_of[k]) if known[k] else None)
        for k in chosen.tolist()
    ]
    draw = _drawer(cards, random)
    made = [numbers(draw(), at, year, origin, None) for _ in range(HOMES)]
    habits = {}
    for name in real[0]:
        habit = _habit([one[name] for one in real], [one[name] for one in made])
        if habit is not None:
            habits[name] = habit
    return Natural(at, year, origin, habits)


def metres(places: Floats, origin: tuple[float, float]) -> Floats:
    """(n, 2) degrees as metres north and east of an origin."""
    scale = np.array([METRES_PER_DEGREE, metres_per_longitude(origin[0])])
    return np.asarray((places - np.array(origin)) * scale, dtype=np.float64)


def _habit(real: list[float], made: list[float]) -> Habit | None:
    """The log odds in bins of equal shares of real homes; None where too few say the number."""
    a, b = (np.array([v for v in values if math.isfinite(v)]) for values in (real, made))
    if min(len(a), len(b)) < HOMES / 4:
        return None
    edges = np.unique(np.quantile(a, np.linspace(0, 1, BINS + 1)[1:-1]))
    # and beyond what real homes have, on either side
    edges = np.unique([float(a.min()) - 1e-9, *edges, float(a.max()) + 1e-9])
    shares = []
    for values in (a, b):
        count = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) + 1.0
        shares.append(count / count.sum())
    return Habit(edges, np.clip(np.log(shares[1] / shares[0]), -MOST, MOST))


def _home(cards: Cards, k: int) -> dict[str, float]:
    names = (*FIELDS, "latitude", "longitude")
    return {name: float(getattr(cards, name)[k]) for name in names}


def _drawer(cards: Cards, random: np.random.Generator) -> Callable[[], dict[str, float]]:
    """Homes with every field drawn by itself from its range; NaN where the market has none."""
    ranges = {}
    for name in (*FIELDS, "latitude", "longitude"):
        values = getattr(cards, name)
        values = values[np.isfinite(values)].astype(np.float64)
        ends = np.percentile(values, RANGE).tolist() if len(values) else [math.nan, math.nan]
        ranges[name] = ends
    whole = ("rooms", "bedrooms", "floor", "year_built")

    def draw() -> dict[str, float]:
        found = {
            name: float(random.uniform(*ends)) if math.isfinite(ends[0]) else math.nan
            for name, ends in ranges.items()
        }
        return {
            name: float(round(value)) if name in whole and math.isfinite(value) else value
            for name, value in found.items()
        }

    return draw


def _plain(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan
