"""The picture of a bench of the service: what more customers get, and what overload does.

draw_load(measured, out / "load.png")
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.bench.load import Answer
from training.bench.serve_runs import Measured, Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GOALS = {"2 s": 2000.0, "1 s": 1000.0, "100 ms": 100.0}
"""The lines under overload, in milliseconds."""

SHADES = {50: "#9ecae1", 95: "#4292c6", 99: "#08519c"}
ACCEPTED, SHED, GREY = "#2171b5", "#e6550d", "#555555"

MOST_DOTS = 3000
"""Answers of one kind that are drawn; of more, every n-th."""


def draw_load(measured: Measured, path: Path) -> None:
    """Left throughput and latency by customers, right the answers under overload."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.6), height_ratios=(1, 1.4))
    below = figure.add_subplot(grid[1, 0])
    draw_latencies(below, measured.closed)
    draw_rates(figure.add_subplot(grid[0, 0], sharex=below), measured.closed)
    draw_overload(figure.add_subplot(grid[:, 1]), measured.overload)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def clean(axes: "Axes", title: str) -> None:
    """A title, and a frame only where values are read off."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


def draw_rates(axes: "Axes", closed: Mapping[int, Window]) -> None:
    """Accepted photos a second."""
    rates = [window.photos_per_s for window in closed.values()]
    bars = axes.bar(range(len(rates)), rates, width=0.5, color=ACCEPTED)
    axes.bar_label(bars, [f"{rate:.1f}" for rate in rates], padding=2, fontsize=9)
    axes.set_ylim(0, 1.2 * max([*rates, 0.1]))
    axes.tick_params(bottom=False, labelbottom=False)
    axes.set_ylabel("photos/s")
    clean(axes, "Photos stored per second")


def draw_latencies(axes: "Axes", closed: Mapping[int, Window]) -> None:
    """Percentiles of the accepted uploads."""
    times = [[a.ms for a in window.inside if a.accepted] for window in closed.values()]
    highest = 1.0
    for index, (percent, shade) in enumerate(SHADES.items()):
        values = [float(np.percentile(ms, percent)) if ms else 0.0 for ms in times]
        places = np.arange(len(values)) + (index - 1) * 0.27
        bars = axes.bar(places, values, width=0.25, color=shade, label=f"p{percent}")
        axes.bar_label(bars, [f"{value:.0f}" for value in values], padding=2, fontsize=9)
        highest = max(highest, *values)
    axes.set_ylim(0, 1.15 * highest)
    axes.set_xticks(range(len(times)), [named(*pair) for pair in closed.items()])
    axes.set_ylabel("ms")
    axes.legend(frameon=False, ncols=3, loc="upper left", fontsize=9)
    clean(axes, "Upload to answer, accepted photos")


def named(clients: int, window: Window) -> str:
    """How many customers, and what share of their photos was turned away."""
    shed = sum(answer.shed for answer in window.inside)
    who = f"{clients} client{'s' if clients > 1 else ''}"
    return f"{who}\n{shed / len(window.inside):.0%} got 429" if shed else f"{who}\n"


def draw_overload(axes: "Axes", window: Window) -> None:
    """Every answer at the time when it was sent, with the p95 of every second."""
    answers = window.answers
    kinds = (
        ("429", SHED, [answer for answer in answers if answer.shed]),
        ("stored", ACCEPTED, [answer for answer in answers if answer.accepted]),
    )
    for name, colour, found in kinds:
        if not found:
            continue
        dots = found[:: -(-len(found) // MOST_DOTS)]
        sent = [answer.sent - window.begin for answer in dots]
        axes.plot(sent, [answer.ms for answer in dots], ".", color=colour, ms=2.5, alpha=0.35)
        label = f"{name}: {len(found) / len(answers):.0%} of photos; line: p95 by second"
        axes.plot(*p95_by_second(found, window), color=colour, lw=2.2, label=label)
    for name, ms in GOALS.items():
        axes.axhline(ms, color=GREY, lw=1, ls="--", zorder=0)
        axes.text(1.005, ms, name, transform=axes.get_yaxis_transform(), va="center", color=GREY)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(0, window.seconds)
    axes.set_xlabel("s")
    axes.set_ylabel("ms, logarithmic")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    clean(axes, f"Overload: {len(answers) / window.seconds:.0f} photos a second are sent")


def p95_by_second(answers: Sequence[Answer], window: Window) -> tuple[list[float], list[float]]:
    """Middles of the seconds, and the 95th percentile of those sent in each."""
    seconds = np.array([answer.sent - window.begin for answer in answers]).astype(int)
    ms = np.array([answer.ms for answer in answers])
    found = np.unique(seconds)
    return [float(s) + 0.5 for s in found], [
        float(np.percentile(ms[seconds == s], 95)) for s in found
    ]
