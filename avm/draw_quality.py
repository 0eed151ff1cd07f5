"""A market's quality as one picture: a panel for each question, months from left to right.

    png = draw_quality(market_quality(market.frame), "Denmark, closings 1992–2024")

A line is the month's value, a band its quartiles, the panel's corner the trend where it is clear.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from avm.quality import MarketQuality, Series
from avm.schema import label

if TYPE_CHECKING:  # matplotlib is loaded only when something is drawn
    from matplotlib.axes import Axes

ONE = (
    ("homes", "Records a month"),
    ("price_per_m2", "Price per m²: median, quartiles"),
    ("spread.asking_closing", "Closing over asking price − 1"),
    ("variance.within_groups", "Spread of log prices among like homes"),
    ("price_cuts", "Listings that cut their price"),
)
"""Series with a panel of their own, and its title."""

TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Share that comes again or is doubted", ("repeats", "doubled", "outliers")),
    ("Share missing", ()),
)
"""Panels of several lines; the last takes the fields that are missing most."""

MOST_LINES = 7

RARELY = 0.002
"""Share missing that no line is drawn for."""

COLOURS = ("#0b6e99", "#d9480f", "#2b8a3e", "#862e9c", "#c2255c", "#5f3dc4", "#868e96")


def draw_quality(quality: MarketQuality, title: str) -> bytes:
    """The picture as a PNG."""
    from matplotlib.figure import Figure

    missing = _missing_most(quality)
    panels: list[tuple[str, tuple[str, ...]]] = [
        (heading, (name,)) for name, heading in ONE if _known(quality.series.get(name))
    ]
    for heading, names in TOGETHER:
        there = tuple(n for n in (names or missing) if _known(quality.series.get(n)))
        if there:
            panels.append((heading, there))
    down = (len(panels) + 1) // 2
    figure = Figure(figsize=(12, 1 + 2.8 * down), layout="constrained")
    grid = figure.subplots(down, 2, squeeze=False, sharex=True)
    for axes, (heading, names) in zip(grid.flat, panels, strict=False):
        _panel(axes, quality, heading, names)
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    figure.suptitle(title)
    figure.autofmt_xdate(rotation=30)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()


def _known(series: Series | None) -> bool:
    return series is not None and any(value is not None for value in series.values)


def _missing_most(quality: MarketQuality) -> tuple[str, ...]:
    """The fields that are missing most, of those that are not always missing."""
    mean = {
        name: sum(v or 0 for v in series.values) / max(1, len(series.values))
        for name, series in quality.series.items()
        if name.startswith("missing.")
    }
    often = [name for name in mean if mean[name] >= RARELY]
    return tuple(sorted(often, key=lambda name: -mean[name])[:MOST_LINES])


def _panel(axes: "Axes", quality: MarketQuality, heading: str, names: Sequence[str]) -> None:
    dates = quality.months
    for name, colour in zip(names, COLOURS, strict=False):
        series = quality.series[name]
        points = [
            (date, value)
            for date, value in zip(dates, series.values, strict=True)
            if value is not None
        ]
        marker = "o" if len(points) <= 40 else None
        said = label(name.removeprefix("missing.")) if len(names) > 1 else None
        axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=3, label=said)
        if series.low and series.high:
            band = [
                (date, least, most)
                for date, least, most in zip(dates, series.low, series.high, strict=True)
                if least is not None and most is not None
            ]
            when, low, high = zip(*band, strict=True)
            axes.fill_between(when, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_title(heading, loc="left", fontsize=10)
    axes.grid(alpha=0.3)
    if names[0] == "spread.asking_closing":
        axes.axhline(0, color="black", linewidth=0.8)
    elif quality.series[names[0]].unit in ("share", "homes", "log"):
        axes.set_ylim(bottom=0)
    if len(names) > 1:
        axes.set_ylim(0, axes.get_ylim()[1] * 1.25)  # room for the legend
        axes.legend(fontsize=7, ncols=4, loc="upper left")
    change = quality.series[names[0]].trend if len(names) == 1 else None
    if change is not None and change.clear:
        form = "+,.0f" if abs(change.per_year) >= 100 else "+.3f"
        ends = f"{change.low:{form}} to {change.high:{form}}"
        said = f"{change.per_year:{form}} a year ({ends})"
        axes.text(0.99, 0.03, said, transform=axes.transAxes, ha="right", va="bottom", fontsize=8)
