"""How often the sweep detector is wrong about people, and how soon it sees a copy being made.

    detector_figures(valuer, natural_callers, sweepers, people=300)

Natural use is drawn, for nobody has watched it: agents who check up to 20 real homes a day,
families who try a geometric number of variants of their own home (6 in the mean), and portals whose
one key brings 300 of both. Requests are those of serving/valuing, so is the detector.
"""

from collections.abc import Callable, Iterable

import numpy as np

from avm.schema import HomeRecord
from avm.value import Valuer
from serving.valuing.desk import query_of
from serving.valuing.natural import fit_natural
from serving.valuing.sweeps import PARTNER, PUBLIC, Limits, SweepState, observe
from training.bench.copycat_callers import Callers
from training.figures import Figure, share
from training.intervals import statistic_interval

SECRET = b"a benchmark has no secrets......"

AGENT_HOMES = 20
FAMILY_MEAN = 6
PORTAL = 300
"""Callers behind one partner's key."""

LEVELS = (1, 2, 3)

PUBLIC_MOST, PARTNER_MOST = 60, 2_000
"""Requests after which a caller is given up as not seen: a public day's quota; a key's, in part."""


def detector_figures(
    valuer: Valuer, callers: Callers, sweepers: Callers, people: int
) -> list[Figure]:
    """Shares of natural callers at each level, and requests until copies are seen."""
    natural = fit_natural(valuer.package)

    def levels(homes: Iterable[HomeRecord], limits: Limits) -> tuple[int, list[int]]:
        """The highest level, and the request at which each was reached (0: never)."""
        state, most, first = SweepState(), 0, [0, 0, 0]
        for number, home in enumerate(homes, 1):
            state, level = observe(state, query_of(home, valuer, natural, SECRET), limits)
            for reached in range(most, level):
                first[reached] = number
            most = max(most, level)
            if most == LEVELS[-1]:
                break
        return most, first

    def family() -> list[HomeRecord]:
        return callers.family(int(callers.random.geometric(1 / (FAMILY_MEAN + 1))) - 1)

    def agent() -> list[HomeRecord]:
        return callers.agent(int(callers.random.integers(1, AGENT_HOMES + 1)))

    def portal() -> list[HomeRecord]:
        half = PORTAL // 2
        parts = [family() for _ in range(half)] + [agent()[:3] for _ in range(half)]
        order = callers.random.permutation(len(parts))
        return [home for index in order for home in parts[int(index)]]

    figures: list[Figure] = []
    naturals: list[tuple[str, Callable[[], list[HomeRecord]], Limits, int]] = [
        ("agent", agent, PUBLIC, people),
        ("family", family, PUBLIC, people),
        ("portal", portal, PARTNER, max(2, people // 20)),
    ]
    for name, draw, limits, count in naturals:
        found = [levels(draw(), limits)[0] for _ in range(count)]
        for level in LEVELS:
            hits = sum(one >= level for one in found)
            figures.append(share(f"copycat.false_alarm.{name}.level_{level}", hits, count))
    sweeps: list[tuple[str, Callable[[int], list[HomeRecord]]]] = [
        ("grid", sweepers.grid),
        ("box", sweepers.box),
        ("homes", sweepers.agent),
    ]
    for name, sweep in sweeps:
        for kind, limits, most, count in (
            ("address", PUBLIC, PUBLIC_MOST, max(2, people // 4)),
            ("partner", PARTNER, PARTNER_MOST, max(2, people // 60)),
        ):
            firsts = [levels(sweep(most), limits)[1] for _ in range(count)]
            for level in LEVELS:
                seen = [first[level - 1] for first in firsts if first[level - 1]]
                stem = f"copycat.{kind}.{name}.level_{level}"
                figures.append(share(f"{stem}.seen", len(seen), count))
                if len(seen) > count / 2:
                    figures.append(median(f"{stem}.requests", seen, "requests"))
    return figures


def median(name: str, values: list[int] | list[float], unit: str) -> Figure:
    """The median with its interval."""
    low, high = statistic_interval(list(map(float, values)), lambda rows: np.median(rows, axis=-1))
    value = float(np.median(values))
    return Figure(name=name, value=value, low=low, high=high, n=len(values), unit=unit)
