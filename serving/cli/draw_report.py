"""The picture of `homelens avm report`: how often the next step was taken, with 95% intervals.

    draw({"value and range alone": Arm(820, 41), ...}, "png")       # bytes
    page(lines, svg)                                                # HTML that stands alone

Needs matplotlib (the extra `avm`).
"""

import io
from collections.abc import Mapping
from html import escape

from avm.experiment import Arm, wilson

GREEN, GREY = "#1c7a4d", "#858a82"


def draw(arms: Mapping[str, Arm], form: str) -> bytes:
    """A row an explanation: the share as a dot, its interval as a line."""
    from matplotlib.figure import Figure

    shown = {title: arm for title, arm in arms.items() if arm.seen}
    figure = Figure(figsize=(8, 1.2 + 0.55 * max(1, len(shown))), layout="constrained")
    axes = figure.subplots()
    for row, arm in enumerate(shown.values()):
        low, high = (100 * end for end in wilson(arm))
        colour = GREY if row == 0 else GREEN
        axes.plot([low, high], [row, row], color=colour, linewidth=4, alpha=0.45)
        axes.plot([100 * arm.rate], [row], "o", color=colour, markersize=9)
        axes.annotate(
            f"{arm.rate:.1%} of {arm.seen}",
            (100 * arm.rate, row),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.set_yticks(range(len(shown)), list(shown))
    axes.set_ylim(len(shown) - 0.5, -0.7)
    axes.set_xlim(left=0)
    axes.set_xlabel("visits that took the next step, in percent (95% interval)")
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=144)
    return buffer.getvalue()


def page(lines: list[str], svg: str) -> str:
    """The text and the picture as one file."""
    title, rest = lines[0], "\n".join(lines[1:]).strip("\n")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Do explanations help?</title>"
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;"
        "padding:0 1rem;color:#1f2421}svg{width:100%;height:auto}pre{overflow-x:auto}</style>"
        f"<h1>{escape(title)}</h1>{svg[svg.index('<svg') :]}<pre>{escape(rest)}</pre></html>"
    )
