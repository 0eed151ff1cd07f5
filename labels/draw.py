"""Pictures of a set: classes, sizes of boxes, how right its labelers are. PNGs as bytes.

png = draw_classes(stats, "doors@12")
png = draw_sizes(labels, "doors@12")
png = draw_labelers(report, "doors@12")
"""

import io
from typing import TYPE_CHECKING

from labels.agreement import AgreementReport
from labels.boxes import LabelSet
from labels.stats import SetStats, side

if TYPE_CHECKING:  # matplotlib is loaded only when something is drawn
    from matplotlib.figure import Figure

BLUE, GREY = "#0b6e99", "#868e96"
MOST_CLASSES = 40
"""Bars of one picture; the rarest classes are left out beyond."""
BINS = 40


def draw_classes(stats: SetStats, title: str) -> bytes:
    """Boxes of each class, with the photos that they are in."""
    from matplotlib.figure import Figure

    most = sorted(stats.classes, key=lambda one: -one.boxes)[:MOST_CLASSES]
    figure = Figure(figsize=(9, 1.5 + 0.35 * max(len(most), 1)), layout="constrained")
    axes = figure.subplots()
    names = [one.name for one in most]
    bars = axes.barh(names, [one.boxes for one in most], color=BLUE)
    axes.bar_label(bars, [f"{one.boxes:,} in {one.images:,}" for one in most], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("boxes")
    axes.set_title(f"{title}: {stats.boxes:,} boxes in {stats.images:,} photos", loc="left")
    return _png(figure)


def draw_sizes(labels: LabelSet, title: str) -> bytes:
    """How large the boxes of each class are beside the photo."""
    from matplotlib.figure import Figure

    sides: dict[str, list[float]] = {name: [] for name in labels.classes}
    for image in labels.images:
        for box in image.boxes:
            sides[box.label].append(side(box))
    most = sorted((name for name in sides if sides[name]), key=lambda name: -len(sides[name]))
    most = most[:MOST_CLASSES]
    figure = Figure(figsize=(9, 1.2 + 1.1 * max(len(most), 1)), layout="constrained")
    grid = figure.subplots(max(len(most), 1), 1, squeeze=False, sharex=True)
    for axes, name in zip(grid.flat, most, strict=False):
        axes.hist(sides[name], bins=BINS, range=(0, 1), color=BLUE)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
        axes.set_yticks([])
    grid.flat[-1].set_xlabel("root of the box's share of the photo")
    figure.suptitle(f"{title}: sizes of boxes", x=0.01, ha="left")
    return _png(figure)


def draw_labelers(report: AgreementReport, title: str) -> bytes | None:
    """Right answers to hidden checks with 95% intervals; None where nobody answered any."""
    from matplotlib.figure import Figure

    found = [(one, one.right) for one in report.labelers if one.right.n]
    if not found:
        return None
    figure = Figure(figsize=(9, 1.8 + 0.4 * len(found)), layout="constrained")
    axes = figure.subplots()
    for place, (_, right) in enumerate(found):
        axes.plot([right.low or 0, right.high or 0], [place, place], color=GREY, linewidth=3)
        axes.plot([right.share or 0], [place], "o", color=BLUE)
    axes.set_yticks(range(len(found)), [f"{one.by} (n {right.n})" for one, right in found])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("share of hidden checks answered rightly, 95% interval")
    axes.set_title(title, loc="left")
    return _png(figure)


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()
