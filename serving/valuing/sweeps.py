"""Telling a caller who copies the model from people who value homes, by what was asked today.

    state = SweepState.read(row)                       # of the caller's earlier requests
    state, level = observe(state, query, PUBLIC)       # 0 nothing, 1 and 2 doubtful, 3 a sweep

Four habits of copying, each counted over the day:

* variants: one home asked again with one or two fields changed. A family does that with its own
  home; a grid does it for longer, or for many homes.
* moved: the same home at another place, all fields alike or all but one.
* homes: how many different homes. Nobody without a key values fifty a day.
* drift: whether homes go together as those of the market do (serving/valuing/natural.py), as the
  log odds since they were lowest (Page's CUSUM).

Pure, and all that is kept of a request is hashes: any replica goes on from the row of the caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

REMEMBERED = 120
"""Requests that a new one is compared with."""

CHANGED = 2
"""Fields that a variant changes at most."""

ALIKE = 3
"""Fields that must be known and equal in both, so that two thin descriptions are no variants."""

PART = 3
"""Characters of a field's hash in a code."""

UNKNOWN = "." * PART


@dataclass(frozen=True)
class Query:
    """What is kept of a request: hashes of its place and of its fields, and its log odds."""

    place: str
    code: str
    surprise: float


class Limits(NamedTuple):
    """Counts from which a caller is at level 1, 2 and 3; None where a habit says nothing."""

    variants: tuple[float, float, float]
    moved: tuple[float, float, float]
    homes: tuple[float, float, float] | None
    drift: tuple[float, float, float]


PUBLIC = Limits(variants=(14, 22, 36), moved=(4, 7, 12), homes=(20, 35, 50), drift=(5, 7.5, 10))
"""One address: a household, an office, at most a café."""

PARTNER = Limits(variants=(1000, 2000, 3500), moved=(60, 120, 240), homes=None, drift=(9, 12, 16))
"""A key behind which others stand: many households' worth, but as natural in the mean."""


@dataclass(frozen=True)
class SweepState:
    """One caller's day."""

    variants: int = 0
    moved: int = 0
    homes: int = 0
    drift: float = 0.0
    recent: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "SweepState":
        """From its JSON."""
        recent = tuple((str(place), str(code)) for place, code in row.get("recent", ()))
        counts = {name: int(row.get(name, 0)) for name in ("variants", "moved", "homes")}
        return cls(**counts, drift=float(row.get("drift", 0.0)), recent=recent)

    def json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "variants": self.variants,
            "moved": self.moved,
            "homes": self.homes,
            "drift": round(self.drift, 4),
            "recent": [list(one) for one in self.recent],
        }


def observe(state: SweepState, query: Query, limits: Limits) -> tuple[SweepState, int]:
    """The state after a request, and its level. The same request again teaches nothing new."""
    this = (query.place, query.code)
    if this in state.recent:
        return state, level_of(state, limits)
    variant = moved = False
    for place, code in state.recent:
        known, changed = compare(code, query.code)
        if place == query.place:
            variant = variant or (known - changed >= ALIKE and changed <= CHANGED)
        else:
            moved = moved or (known - changed >= ALIKE and changed <= 1)
    state = replace(
        state,
        variants=state.variants + variant,
        moved=state.moved + moved,
        homes=state.homes + (not variant),
        # variants of one home are as natural as it is: they would count it many times
        drift=state.drift if variant else max(0.0, state.drift + query.surprise),
        recent=(*state.recent, this)[-REMEMBERED:],
    )
    return state, level_of(state, limits)


def level_of(state: SweepState, limits: Limits) -> int:
    """The highest level that a habit reaches."""
    found = 0
    for name in Limits._fields:
        ends = getattr(limits, name)
        if ends is not None:
            found = max(found, sum(getattr(state, name) >= end for end in ends))
    return found


def habit_of(state: SweepState, limits: Limits) -> str:
    """The habit that is furthest beyond its limits, for the log."""
    ends = {n: getattr(limits, n) for n in Limits._fields if getattr(limits, n) is not None}
    return max(ends, key=lambda name: getattr(state, name) / ends[name][-1])


def compare(one: str, other: str) -> tuple[int, int]:
    """Fields that either code knows, and how many of these differ."""
    known = changed = 0
    for start in range(0, min(len(one), len(other)), PART):
        a, b = one[start : start + PART], other[start : start + PART]
        if a != UNKNOWN or b != UNKNOWN:
            known += 1
            changed += a != b
    return known, changed


def code_of(hashes: Sequence[str | None]) -> str:
    """The code of a home's fields, in the model's order."""
    return "".join(UNKNOWN if one is None else one[:PART] for one in hashes)
