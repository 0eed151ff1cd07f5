"""The picture of a scan: rooms, findings and errors, and confidence beside the last scan.

png = draw(summary, before)
"""

import io
from typing import Any

import numpy as np

from serving.scan.summary import BINS, Summary, everything


def draw(summary: Summary, before: Summary | None) -> bytes:
    """A PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    (rooms, sure), (faults, drift) = figure.subplots(2, 2)
    shares = {name: room.share for name, room in summary.rooms.items()}
    old = {name: room.share for name, room in before.rooms.items()} if before else None
    bars(rooms, shares, old, "Rooms, share of the photos that could be read")
    share_of = {
        **{f"refused: {code}": n / summary.photos for code, n in summary.errors.items()},
        **{code: n / summary.photos for code, n in summary.findings.items()},
    }
    then = None
    if before:
        then = {
            **{f"refused: {code}": n / before.photos for code, n in before.errors.items()},
            **{code: n / before.photos for code, n in before.findings.items()},
        }
    bars(faults, share_of, then, "Findings and errors, share of photos")
    histograms(sure, summary, before)
    moved(drift, summary)
    figure.suptitle(
        f"{summary.photos:,} photos, {sum(summary.errors.values()):,} refused, "
        f"{summary.with_people:,} with people, {summary.unsure:,} unsure · "
        f"models {summary.scan.models['rooms'][:8]}, {summary.scan.models['objects'][:8]}, "
        f"rules {summary.scan.rules}"
    )
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=100)
    return out.getvalue()


def bars(axes: Any, now: dict[str, float], then: dict[str, float] | None, title: str) -> None:
    """Horizontal bars, those of the last scan in grey below."""
    names = sorted(now.keys() | (then or {}).keys(), key=lambda name: now.get(name, 0.0))
    at = np.arange(len(names))
    high = 0.8 if then is None else 0.4
    if then is not None:
        axes.barh(at - 0.2, [then.get(n, 0.0) for n in names], high, color="0.7", label="last scan")
    drawn = axes.barh(
        at + (0 if then is None else 0.2), [now.get(n, 0.0) for n in names], high, label="this scan"
    )
    axes.bar_label(drawn, [f"{now.get(name, 0.0):.1%}" for name in names], fontsize=8, padding=2)
    axes.set_yticks(at, names, fontsize=8)
    axes.set_title(title, fontsize=10)
    axes.margins(x=0.15)
    if then is not None:
        axes.legend(fontsize=8)


def histograms(axes: Any, summary: Summary, before: Summary | None) -> None:
    """Confidence of the room, now and then."""
    edges = np.linspace(0, 1, BINS + 1)
    for one, colour, label in ((before, "0.6", "last scan"), (summary, "C0", "this scan")):
        if one is not None and one.rooms:
            shares = everything(one) / everything(one).sum()
            axes.stairs(shares, edges, color=colour, label=label, linewidth=2)
    axes.set_title("Confidence of the room, share of photos", fontsize=10)
    axes.legend(fontsize=8)


def moved(axes: Any, summary: Summary) -> None:
    """Mean confidence by room, now less then; a sentence where there is no last scan."""
    if summary.drift is None:
        axes.text(0.5, 0.5, "No last scan to compare with", ha="center", va="center")
        axes.set_axis_off()
        return
    rooms = summary.drift.rooms
    change = [room.confidence_now - room.confidence_before for room in rooms.values()]
    axes.barh(list(rooms), change, color=["C3" if x < 0 else "C2" for x in change])
    axes.axvline(0, color="0.3", linewidth=1)
    index = summary.drift.stability
    axes.set_title(
        f"Mean confidence, change since the last scan\nstability index "
        f"{'–' if index is None else f'{index:.3f}'} · another room in "
        f"{summary.drift.other_room:,} of {summary.drift.compared:,} photos",
        fontsize=10,
    )
    axes.tick_params(labelsize=8)
