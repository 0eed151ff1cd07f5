"""Timed runs, and the figures made of them.

    watch = Stopwatch()
    with watch("kitchen.jpg", 0, "decode"):
        decode(data)
    figures = stage_figures(watch.runs, large={"kitchen.jpg"})

A run is one stage on one photo in one round. Medians are over all runs, their intervals are made
by resampling runs: they say how well this machine was measured, not what another one would do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures import Figure
from training.intervals import statistic_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """Wall time and the process's CPU time (all threads) in milliseconds."""

    photo: str
    round: int
    stage: str
    wall_ms: float
    cpu_ms: float


class Stopwatch:
    """Collects runs."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    @contextmanager
    def __call__(self, photo: str, round_: int, stage: str) -> Iterator[None]:
        """Time what happens inside."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        took, used = time.perf_counter() - wall, time.process_time() - cpu
        self.runs.append(Run(photo, round_, stage, took * 1e3, used * 1e3))


def median(values: Floats) -> Floats:
    """The middle value along the last axis."""
    return np.asarray(np.median(values, axis=-1), np.float64)


def p95(values: Floats) -> Floats:
    """The value that 95% of the runs stay below, along the last axis."""
    return np.asarray(np.percentile(values, 95, axis=-1), np.float64)


def figure(
    name: str,
    values: Sequence[float],
    unit: str,
    statistic: Callable[[Floats], Floats] = median,
) -> Figure:
    """A statistic of runs with its interval."""
    found = np.asarray(values, dtype=np.float64)
    low, high = statistic_interval(found, statistic)
    value = float(statistic(found))
    return Figure(name=name, value=value, low=low, high=high, n=len(found), unit=unit)


def stage_figures(runs: Sequence[Run], large: AbstractSet[str]) -> list[Figure]:
    """For every stage bench.<stage>_ms with .p95 and .12mp, and bench.<stage>_cpu_ms.

    `large` names the photos of about 12 megapixels; without one the .12mp figures are left out.
    """
    figures = []
    for stage in dict.fromkeys(run.stage for run in runs):
        of_stage = [run for run in runs if run.stage == stage]
        wall = [run.wall_ms for run in of_stage]
        cpu = [run.cpu_ms for run in of_stage]
        figures += [
            figure(f"bench.{stage}_ms", wall, "ms"),
            figure(f"bench.{stage}_ms.p95", wall, "ms", p95),
            figure(f"bench.{stage}_cpu_ms", cpu, "ms of CPU"),
        ]
        big = [run.wall_ms for run in of_stage if run.photo in large]
        if big:
            figures.append(figure(f"bench.{stage}_ms.12mp", big, "ms"))
    return figures


def ratio_figures(
    runs: Sequence[Run],
    name: str,
    over: Sequence[str],
    under: Sequence[str],
    large: AbstractSet[str],
) -> list[Figure]:
    """Median of summed wall times over summed wall times, photo by photo and round by round.

    With .12mp; photos on which one of the stages was not run are left out.
    """
    wall = {(run.photo, run.round, run.stage): run.wall_ms for run in runs}
    pairs = sorted({(run.photo, run.round) for run in runs})
    ratios = {
        pair: sum(wall[*pair, stage] for stage in over) / sum(wall[*pair, stage] for stage in under)
        for pair in pairs
        if all((*pair, stage) in wall for stage in (*over, *under))
    }
    big = [ratio for (photo, _), ratio in ratios.items() if photo in large]
    figures = [figure(name, list(ratios.values()), "ratio")] if ratios else []
    return figures + ([figure(f"{name}.12mp", big, "ratio")] if big else [])
