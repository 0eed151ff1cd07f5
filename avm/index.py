"""Monthly price indices: how the prices of like homes moved, city by city, with intervals.

    seen = observe(month, city, residual)          # medians a month of log price less the model's
    index = smooth(seen, reference=24191)          # log levels, 0 in the reference month
    index.level("Kraków", 24193)                   # log price level of that month
    index.interval("Kraków", 24193)                # its 95% interval
    index = smooth(seen.followed_by(newer), reference=24191)     # a frozen model kept current

A month is its number since year 0. Residuals are of a model that does not know the date, so what is
left of a month is its price level. A level and a damped slope move at random (a local linear
trend); how fast, the data says by likelihood; the Kalman filter and smoother give levels, the 24
months to come and how sure both are. A city is the market plus a deviation of its own, which is 0
where it has few homes. Medians keep single wrong prices out.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vision.findings import Frozen

Floats = NDArray[np.float64]

MARKET = ""
"""The name under which the whole market stands beside its cities."""

DAMPING = 0.9
"""Share of the slope that is left after a month: the most likely one of 33 years in Denmark."""

LEVEL_STEPS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02)
SLOPE_STEPS = (0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01)
"""Standard deviations of a month's change of level and of slope that are tried."""

LIKELY = (0.0025, 0.0025)
"""The most likely ones of Denmark, to which short series are drawn: in logs, a factor of TRUST."""
TRUST = math.log(4.0)

AHEAD = 24
"""Months of forecast that are kept."""

A_CITY = 200
"""Homes that a city needs for a curve of its own."""

LEAST_SPREAD = 0.03
"""Of residuals, lest a month of few homes that agree by chance counts for much."""

MIDDAY = 15.5
"""The day of a month that its median stands for."""

Z95 = 1.959963984540054


class Observations(Frozen):
    """What was seen: city to month to (median residual, homes); "" is the whole market."""

    spread: float = Field(description="robust standard deviation of residuals within a month")
    months: dict[str, dict[int, tuple[float, int]]]

    def followed_by(self, newer: "Observations") -> "Observations":
        """Both; where a month is in both, the newer one, which has seen more of it."""
        merged = {
            name: {**self.months.get(name, {}), **newer.months.get(name, {})}
            for name in {**self.months, **newer.months}
        }
        return Observations(spread=self.spread, months=merged)


class Curve(Frozen):
    """Log levels from the month `first` on, the last AHEAD of them forecasts."""

    first: int
    levels: tuple[float, ...]
    sds: tuple[float, ...]
    known: int = Field(description="how many of them are no forecasts")

    def at(self, month: float) -> tuple[float, float]:
        """Level and standard deviation; before the first and after the last month theirs."""
        place = min(max(month - self.first, 0.0), len(self.levels) - 1.0)
        low = int(place)
        high = min(low + 1, len(self.levels) - 1)
        part = place - low
        return (
            self.levels[low] * (1 - part) + self.levels[high] * part,
            self.sds[low] * (1 - part) + self.sds[high] * part,
        )


class PriceIndex(Frozen):
    """Curves of a market and its cities."""

    reference: int = Field(description="the month in which the market's level is 0")
    daily: bool = Field(False, description="days are known: levels between months' middles")
    curves: dict[str, Curve]
    observed: Observations

    @property
    def last(self) -> int:
        """The newest month with homes."""
        curve = self.curves[MARKET]
        return curve.first + curve.known - 1

    def _at(self, city: str | None, month: int, day: float) -> tuple[float, float]:
        curve = self.curves.get(city or MARKET, self.curves[MARKET])
        return curve.at(month + ((day - MIDDAY) / 30.44 if self.daily else 0.0))

    def level(self, city: str | None, month: int, day: float = MIDDAY) -> float:
        """The log price level."""
        return self._at(city, month, day)[0]

    def interval(self, city: str | None, month: int, day: float = MIDDAY) -> tuple[float, float]:
        """The 95% interval of the level."""
        level, sd = self._at(city, month, day)
        return level - Z95 * sd, level + Z95 * sd

    def levels(self, cities: NDArray[Any], months: NDArray[Any], days: NDArray[Any]) -> Floats:
        """The levels of many homes."""
        return np.array(
            [
                self.level(city, int(month), float(day))
                for city, month, day in zip(cities, months, days, strict=True)
            ],
            dtype=np.float64,
        )

    def staleness(self, cities: NDArray[Any], months: NDArray[Any], days: NDArray[Any]) -> Floats:
        """Standard deviations of what the prices of many homes may have done since the first month
        that was forecast, of which the errors after earlier origins know already."""
        return np.array(
            [
                self._stale(city, int(month), float(day))
                for city, month, day in zip(cities, months, days, strict=True)
            ],
            dtype=np.float64,
        )

    def _stale(self, city: str | None, month: int, day: float) -> float:
        curve = self.curves.get(city or MARKET, self.curves[MARKET])
        sd, first = self._at(city, month, day)[1], curve.at(curve.first + curve.known)[1]
        return math.sqrt(max(0.0, sd**2 - first**2)) if month > self.last else 0.0


def observe(months: NDArray[Any], cities: NDArray[Any], residuals: Floats) -> Observations:
    """Medians by month, of the market and of cities with enough homes."""
    month = np.asarray(months, dtype=np.int64)
    spread = LEAST_SPREAD
    found: dict[str, dict[int, tuple[float, int]]] = {MARKET: _medians(month, residuals)}
    away = residuals - np.array([found[MARKET][int(m)][0] for m in month])
    if len(away) > 1:
        spread = max(LEAST_SPREAD, 1.4826 * float(np.median(np.abs(away))))
    names, of, counts = np.unique(
        np.array([city or MARKET for city in cities]), return_inverse=True, return_counts=True
    )
    if len(names) > 1:
        for k in np.nonzero(names != MARKET)[0]:
            if counts[k] > 0:
                mine = of == k
                found[str(names[k])] = _medians(month[mine], residuals[mine])
    return Observations(spread=spread, months=found)


def _medians(month: NDArray[np.int64], residuals: Floats) -> dict[int, tuple[float, int]]:
    order = np.argsort(month, kind="stable")
    names, starts = np.unique(month[order], return_index=True)
    parts = np.split(residuals[order], starts[1:])
    return {
        int(name): (round(float(np.median(part)), 6), len(part))
        for name, part in zip(names, parts, strict=True)
    }


def smooth(seen: Observations, reference: int, daily: bool = False) -> PriceIndex:
    """The index of what was seen, 0 for the market in the reference month."""
    months = seen.months[MARKET]
    first, last = min(months), max(months)
    market = _smoothed(*_series(months, seen.spread, first, last))
    curves = {MARKET: (market.levels, market.sds)}
    for name, own in seen.months.items():
        if name == MARKET or sum(n for _, n in own.values()) < A_CITY:
            continue
        value, variance = _series(own, seen.spread, first, last)
        count = last - first + 1
        deviation = _smoothed(value - market.levels[:count], variance, centred=True)
        curves[name] = (
            market.levels + deviation.levels,
            np.sqrt(market.sds**2 + deviation.sds**2),
        )
    zero = market.levels[min(max(reference - first, 0), len(market.levels) - 1)]
    return PriceIndex(
        reference=reference,
        daily=daily,
        observed=seen,
        curves={
            name: Curve(
                first=first,
                levels=tuple(np.round(levels - zero, 6).tolist()),
                sds=tuple(np.round(sds, 6).tolist()),
                known=last - first + 1,
            )
            for name, (levels, sds) in curves.items()
        },
    )


def _series(
    months: dict[int, tuple[float, int]], spread: float, first: int, last: int
) -> tuple[Floats, Floats]:
    """Values and their variances, infinite where a month has no homes."""
    value = np.zeros(last - first + 1)
    variance = np.full(last - first + 1, np.inf)
    for month, (median, n) in months.items():
        if first <= month <= last:
            value[month - first] = median
            # a median varies 1.57 times as much as a mean
            variance[month - first] = 1.57 * spread**2 / n
    return value, variance


@dataclass(frozen=True)
class _Smoothed:
    levels: Floats
    sds: Floats


def _smoothed(value: Floats, variance: Floats, centred: bool = False) -> _Smoothed:
    """Levels and forecasts by the most likely steps; `centred` starts near 0, as deviations do."""
    start = 0.05 if centred else 10.0
    tried = [
        (_filter(value, variance, a, b, start)[2] + _prior(a, b), a, b)
        for a in LEVEL_STEPS
        for b in SLOPE_STEPS
    ]
    _, level_step, slope_step = max(tried)
    ahead = np.full(AHEAD, np.inf)
    value, variance = np.r_[value, np.zeros(AHEAD)], np.r_[variance, ahead]
    means, covariances, _ = _filter(value, variance, level_step, slope_step, start)
    return _backward(means, covariances, level_step, slope_step)


def _prior(level_step: float, slope_step: float) -> float:
    away = [math.log(a / b) / TRUST for a, b in zip((level_step, slope_step), LIKELY, strict=True)]
    return -0.5 * sum(a * a for a in away)


TRANSITION = np.array([[1.0, DAMPING], [0.0, DAMPING]])


def _noise(level_step: float, slope_step: float) -> Floats:
    a, b = level_step**2, slope_step**2
    return np.array([[a + b, b], [b, b]])


def _filter(
    value: Floats, variance: Floats, level_step: float, slope_step: float, start: float
) -> tuple[Floats, Floats, float]:
    """Kalman's filter: means (T, 2), covariances (T, 2, 2) and the log likelihood."""
    noise = _noise(level_step, slope_step)
    mean, covariance = np.zeros(2), np.diag([start**2, 0.005**2])
    means, covariances, likelihood = [], [], 0.0
    seen = start < 1.0
    for z, r in zip(value.tolist(), variance.tolist(), strict=True):
        mean = TRANSITION @ mean
        covariance = TRANSITION @ covariance @ TRANSITION.T + noise
        if math.isfinite(r):
            total = covariance[0, 0] + r
            error = z - mean[0]
            if seen:  # the first value only says where the series is
                likelihood -= 0.5 * (math.log(total) + error * error / total)
            seen = True
            gain = covariance[:, 0] / total
            mean = mean + gain * error
            covariance = covariance - np.outer(gain, covariance[0])
        means.append(mean)
        covariances.append(covariance)
    return np.array(means), np.array(covariances), likelihood


def _backward(
    means: Floats, covariances: Floats, level_step: float, slope_step: float
) -> _Smoothed:
    """Rauch, Tung and Striebel's smoother."""
    noise = _noise(level_step, slope_step)
    mean, covariance = means[-1], covariances[-1]
    levels, sds = [mean[0]], [math.sqrt(max(covariance[0, 0], 0.0))]
    for k in range(len(means) - 2, -1, -1):
        ahead = TRANSITION @ covariances[k] @ TRANSITION.T + noise
        gain = np.linalg.solve(ahead, TRANSITION @ covariances[k]).T
        mean = means[k] + gain @ (mean - TRANSITION @ means[k])
        covariance = covariances[k] + gain @ (covariance - ahead) @ gain.T
        levels.append(mean[0])
        sds.append(math.sqrt(max(covariance[0, 0], 0.0)))
    return _Smoothed(np.array(levels[::-1]), np.array(sds[::-1]))
