"""The figures of a bench of the service.

    figures = serve_figures(measured)         # serve.ready_s, serve.p95_ms.4, …

Intervals come from resampling answers, or for rates the seconds of the load. Answers that follow
each other are alike, so that the intervals are rather too narrow: they say how well this run was
measured.
"""

from collections.abc import Callable, Sequence

import numpy as np

from training.bench.runs import Floats, figure, median, p95
from training.bench.serve_runs import Measured, Window
from training.console import note
from training.figures import Figure, share
from training.intervals import percentiles

SOON_MS = 100.0
"""Within this an overloaded service should say so."""

LATE_MS = 20.0
"""Arrivals later than this mean that the load's own process could not keep up."""


def p99(values: Floats) -> Floats:
    """The value that 99% stay below, along the last axis."""
    return np.asarray(np.percentile(values, 99, axis=-1), np.float64)


def mean(values: Floats) -> Floats:
    """Along the last axis."""
    return np.asarray(np.mean(values, axis=-1), np.float64)


def some_figure(
    name: str, values: Sequence[float], unit: str, statistic: Callable[[Floats], Floats]
) -> list[Figure]:
    """The figure, or a remark where there is no value to make it of."""
    if not values:
        note(f"{name} is left out: there was no such answer")
        return []
    return [figure(name, values, unit, statistic)]


def count(name: str, value: float, of: int, unit: str) -> Figure:
    """A number that was counted or added up over `of` cases, with no interval of its own."""
    return Figure(name=name, value=value, low=value, high=value, n=max(1, of), unit=unit)


def ratio(name: str, over: Sequence[float], under: Sequence[float]) -> Figure:
    """Median over median; both are resampled."""
    value = float(np.median(over) / np.median(under))
    random = np.random.default_rng(7)
    tops = random.choice(np.asarray(over), (1000, len(over)))
    bottoms = random.choice(np.asarray(under), (1000, len(under)))
    low, high = percentiles(median(tops) / median(bottoms))
    return Figure(name=name, value=value, low=low, high=high, n=len(over), unit="ratio")


def closed_figures(clients: int, window: Window) -> list[Figure]:
    """Of so many customers."""
    answers = window.inside
    accepted = [answer for answer in answers if answer.accepted]
    ms = [answer.ms for answer in accepted]
    shed = sum(answer.shed for answer in answers)
    rates = window.per_second([answer.done for answer in accepted])
    figures = [figure(f"serve.photos_per_s.{clients}", rates, "photos/s", mean)]
    for name, statistic in (("p50", median), ("p95", p95), ("p99", p99)):
        figures += some_figure(f"serve.{name}_ms.{clients}", ms, "ms", statistic)
    if shed + len(accepted):
        figures.append(share(f"serve.shed_share.{clients}", shed, shed + len(accepted)))
    errors = len(answers) - len(accepted) - shed
    figures.append(count(f"serve.other_errors.{clients}", errors, len(answers), "answers"))
    return figures


def overload_figures(window: Window, generator_ms: float) -> list[Figure]:
    """Of arrivals that wait for nobody."""
    answers, prefix = window.answers, "serve.overload"
    accepted = [answer for answer in answers if answer.accepted]
    shed = [answer.ms for answer in answers if answer.shed]
    late = [answer.late_ms for answer in answers]
    offered = window.per_second([answer.sent for answer in answers])
    done = window.per_second([answer.done for answer in accepted])
    figures = [
        figure(f"{prefix}.offered_per_s", offered, "photos/s", mean),
        figure(f"{prefix}.accepted_per_s", done, "photos/s", mean),
        *some_figure(f"{prefix}.accepted_p95_ms", [answer.ms for answer in accepted], "ms", p95),
    ]
    for name, statistic in (("p50", median), ("p95", p95), ("p99", p99)):
        figures += some_figure(f"{prefix}.shed_{name}_ms", shed, "ms", statistic)
    if shed:
        soon = sum(ms <= SOON_MS for ms in shed)
        figures.append(share(f"{prefix}.shed_within_100ms", soon, len(shed)))
    errors = len(answers) - len(accepted) - len(shed)
    figures += [
        count(f"{prefix}.other_errors", errors, len(answers), "answers"),
        *some_figure(f"{prefix}.late_p95_ms", late, "ms", p95),
        count(f"{prefix}.generator_cpu_ms", generator_ms, len(answers), "ms of CPU"),
    ]
    if late and np.percentile(late, 95) > LATE_MS:
        note("the load came later than planned: it is not as heavy as it should be")
    return figures


def memory_figures(measured: Measured) -> list[Figure]:
    """Of the resident set after few and after many photos."""
    early, late, plan = measured.early_mb, measured.late_mb, measured.plan
    return [
        figure(f"serve.rss_mb.after_{plan.early}", early, "MB"),
        figure(f"serve.rss_mb.after_{plan.requests}", late, "MB"),
        ratio("serve.rss_growth", late, early),
    ]


def serve_figures(measured: Measured) -> list[Figure]:
    """All of them."""
    figures = [
        figure("serve.ready_s", measured.ready_s, "s"),
        figure("serve.rss_mb", measured.ready_mb, "MB"),
    ]
    for clients, window in measured.closed.items():
        figures += closed_figures(clients, window)
    figures += overload_figures(measured.overload, measured.generator_ms)
    return figures + memory_figures(measured)
