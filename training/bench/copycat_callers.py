"""Callers of valuations, made from real homes: people, and those who copy the model.

    callers = Callers.of(homes, valuer, seed=7)
    callers.agent(20)          # as many real homes
    callers.family(6)          # one home, and variants of it
    callers.grid(100)          # one field at a time around a few homes
    callers.box(100)           # every field drawn by itself

Homes are records without a price; what a market does not read is never set.
"""

from dataclasses import dataclass

import numpy as np

from avm.schema import DETAIL, EXTRAS, HomeRecord
from avm.value import Valuer

GRID_HOMES = 25
"""Requests of a grid around one home before it goes on to the next."""

WHOLE = ("rooms", "bedrooms", "floor", "floors_in_building", "year_built", "condition")

PLACE = ("latitude", "longitude")


@dataclass(frozen=True)
class Callers:
    """Draws callers from a market's homes."""

    homes: tuple[HomeRecord, ...]
    values: dict[str, list[float]]
    """of every field that is read and varies: what homes have, in order"""
    random: np.random.Generator

    @classmethod
    def of(cls, homes: list[HomeRecord], valuer: Valuer, seed: int) -> "Callers":
        """From real homes."""
        values = {}
        for name in valuer.reads():
            found = sorted(v for home in homes if (v := get(home, name)) is not None)
            if found and found[0] < found[-1]:
                values[name] = found
        return cls(tuple(homes), values, np.random.default_rng(seed))

    def agent(self, count: int) -> list[HomeRecord]:
        """So many different real homes."""
        rows = self.random.choice(len(self.homes), min(count, len(self.homes)), replace=False)
        return [self.homes[int(row)] for row in rows]

    def family(self, variants: int) -> list[HomeRecord]:
        """One real home, then variants with one or two fields changed, each from the home before
        or from the first."""
        home = self.agent(1)[0]
        found = [home]
        for _ in range(variants):
            base = found[0] if self.random.random() < 0.5 else found[-1]
            found.append(self.changed(base, int(self.random.integers(1, 3))))
        return found

    def grid(self, count: int) -> list[HomeRecord]:
        """One field at a time through its values, around one home after the other."""
        found: list[HomeRecord] = []
        while len(found) < count:
            base = self.agent(1)[0]
            found.append(base)
            found += [self.changed(base, 1, anywhere=True) for _ in range(GRID_HOMES - 1)]
        return found[:count]

    def box(self, count: int) -> list[HomeRecord]:
        """Every field drawn evenly between the ends of what homes have."""
        found = []
        for _ in range(count):
            home = self.homes[0]
            for name in self.values:
                home = put(home, name, self.drawn(name))
            found.append(home)
        return found

    def changed(self, home: HomeRecord, fields: int, *, anywhere: bool = False) -> HomeRecord:
        """The home with other values of some fields; with `anywhere` also at another place."""
        names = [name for name in self.values if anywhere or name not in PLACE]
        chosen = self.random.choice(len(names), min(fields, len(names)), replace=False)
        for index in chosen:
            name = names[int(index)]
            home = put(home, name, self.values[name][self._row(name)])
        return home

    def drawn(self, name: str) -> float:
        """A value between the 1st and the 99th percentile."""
        low, high = np.percentile(self.values[name], (1, 99))
        value = float(self.random.uniform(low, high))
        return float(round(value)) if name in WHOLE or name in EXTRAS else value

    def _row(self, name: str) -> int:
        return int(self.random.integers(0, len(self.values[name])))


def get(home: HomeRecord, name: str) -> float | None:
    """A field or detail as a number; None for words and what is not known."""
    if name.startswith(DETAIL):
        return home.details.get(name.removeprefix(DETAIL))
    value = getattr(home, name)
    return None if value is None or isinstance(value, str) else float(value)


def put(home: HomeRecord, name: str, value: float) -> HomeRecord:
    """The home with another value."""
    if name.startswith(DETAIL):
        details = {**home.details, name.removeprefix(DETAIL): value}
        return home.model_copy(update={"details": details})
    return home.model_copy(update={name: bool(round(value)) if name in EXTRAS else value})
