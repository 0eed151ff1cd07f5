"""How near values are to prices: the figures of ratio studies, with 95% intervals.

    all_figures(value, price, groups)              # {"mdape": Measure(...), "cod": ..., ...}
    all_figures(value, price, groups, low, high)   # with coverage and width of the ranges
    paired(value, other, price, groups)            # is `value` nearer than `other`?

A ratio is value over price. MdAPE and MAPE are the median and the mean of its distance from 1,
PPE10 and PPE20 the shares within 10% and 20%. COD (coefficient of dispersion, in percent of the
median ratio), PRD (price-related differential: dear homes valued too low if above 1.03) and PRB
(price-related bias: change of the ratio where the value doubles) are those of the Standard on Ratio
Studies (IAAO 2013). FSD (forecast standard deviation) is that of the relative errors. Intervals
come from resampling whole dwelling groups, so that twins count as what they are.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 400
"""Resamples: the ends of an interval then vary by about 2% of its width."""

LEAST = 5
"""Homes of a group of homes, for figures of it to be given."""


@dataclass(frozen=True)
class Measure:
    """A value with its 95% interval and the homes that it comes from."""

    value: float
    low: float
    high: float
    n: int
    unit: str


def mdape(value: Floats, price: Floats) -> float:
    """Median absolute percentage error, as a share."""
    return float(np.median(np.abs(value / price - 1)))


def mape(value: Floats, price: Floats) -> float:
    """Mean absolute percentage error, as a share."""
    return float(np.abs(value / price - 1).mean())


def ppe(value: Floats, price: Floats, within: float) -> float:
    """Share of homes whose value is within a share of the price."""
    # 1e-12: 110 for 100 is within 10%, which floats do not know
    return float((np.abs(value / price - 1) <= within + 1e-12).mean())


def cod(value: Floats, price: Floats) -> float:
    """Coefficient of dispersion: mean distance from the median ratio, in percent of it."""
    ratio = value / price
    middle = np.median(ratio)
    return float(100 * np.abs(ratio - middle).mean() / middle)


def prd(value: Floats, price: Floats) -> float:
    """Price-related differential: mean ratio over the ratio of the sums."""
    return float((value / price).mean() / (value.sum() / price.sum()))


def prb(value: Floats, price: Floats) -> float:
    """Price-related bias: relative change of the ratio where the value doubles.

    The standard's regression on half the log of what value and price agree on, so that an error in
    one of the two does not look like a bias. Not defined where all homes have the same value.
    """
    ratio = value / price
    middle = np.median(ratio)
    proxy = np.log2(0.5 * price + 0.5 * value / middle)
    away = proxy - proxy.mean()
    spread = float((away**2).sum())
    return float((away * (ratio - middle) / middle).sum() / spread) if spread > 1e-12 else np.nan


def fsd(value: Floats, price: Floats) -> float:
    """Forecast standard deviation: that of the relative errors."""
    return float((value / price - 1).std(ddof=1)) if len(value) > 1 else 0.0


def bias(value: Floats, price: Floats) -> float:
    """Median relative error: above 0 where values are too high."""
    return float(np.median(value / price) - 1)


POINT: Mapping[str, tuple[Callable[[Floats, Floats], float], str]] = {
    "mdape": (mdape, "share"),
    "mape": (mape, "share"),
    "ppe10": (lambda v, p: ppe(v, p, 0.10), "share"),
    "ppe20": (lambda v, p: ppe(v, p, 0.20), "share"),
    "cod": (cod, "percent"),
    "prd": (prd, "ratio"),
    "prb": (prb, "per doubling"),
    "fsd": (fsd, "share"),
    "bias": (bias, "share"),
}
"""Figures of values alone, with their units."""


def all_figures(
    value: Floats,
    price: Floats,
    groups: NDArray[np.int64],
    low: Floats | None = None,
    high: Floats | None = None,
    draws: int = DRAWS,
    seed: int = 7,
) -> dict[str, Measure]:
    """Every figure of some homes; empty for fewer than LEAST."""
    n = len(price)
    if n < LEAST:
        return {}
    drawn = resampled(groups, draws, seed)
    found: dict[str, Measure] = {}
    for name, (figure, unit) in POINT.items():
        found[name] = _measured(lambda rows, f=figure: f(value[rows], price[rows]), drawn, n, unit)  # type: ignore[misc]
    if low is not None and high is not None:
        inside = ((price >= low) & (price <= high)).astype(np.float64)
        width = (high - low) / value
        found["coverage90"] = _measured(lambda rows: float(inside[rows].mean()), drawn, n, "share")
        found["width"] = _measured(
            lambda rows: float(np.median(width[rows])), drawn, n, "share of the value"
        )
    return {name: one for name, one in found.items() if np.isfinite(one.value)}


def _measured(
    figure: Callable[[NDArray[np.int64]], float],
    drawn: list[NDArray[np.int64]],
    n: int,
    unit: str,
) -> Measure:
    value = figure(np.arange(n))
    replicates = np.array([figure(rows) for rows in drawn])
    replicates = replicates[np.isfinite(replicates)]
    if not len(replicates) or not np.isfinite(value):
        return Measure(value, value, value, n, unit)
    low, high = np.percentile(replicates, [2.5, 97.5])
    return Measure(value, min(float(low), value), max(float(high), value), n, unit)


def resampled(groups: NDArray[np.int64], draws: int, seed: int) -> list[NDArray[np.int64]]:
    """Rows of homes, whole groups drawn with replacement."""
    _, of = np.unique(groups, return_inverse=True)
    order = np.argsort(of, kind="stable")
    count = int(of.max()) + 1
    starts = np.searchsorted(of[order], np.arange(count + 1))
    random = np.random.default_rng(seed)
    if count == len(of):  # every home is a group of its own
        return [random.integers(0, count, count) for _ in range(draws)]
    members = [order[a:b] for a, b in itertools.pairwise(starts)]
    return [
        np.concatenate([members[g] for g in random.integers(0, count, count)]) for _ in range(draws)
    ]


@dataclass(frozen=True)
class Paired:
    """Difference of the mean absolute relative error, `value` less `other`: below 0 is better.

    `low` and `high` bound it at 95%; `worse` is the share of resamples in which it is above 0.
    """

    difference: float
    low: float
    high: float
    worse: float
    n: int


def paired(
    value: Floats,
    other: Floats,
    price: Floats,
    groups: NDArray[np.int64],
    draws: int = 1000,
    seed: int = 7,
) -> Paired:
    """Which of two values of the same homes is nearer; errors above 100% count as 100%."""
    gain = np.minimum(np.abs(value / price - 1), 1) - np.minimum(np.abs(other / price - 1), 1)
    names, of = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(of, gain), np.bincount(of).astype(np.float64)
    weights = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=draws
    )
    replicates = (weights @ sums) / (weights @ counts)
    low, high = np.percentile(replicates, [2.5, 97.5])
    return Paired(
        float(gain.mean()), float(low), float(high), float((replicates > 0).mean()), len(gain)
    )
