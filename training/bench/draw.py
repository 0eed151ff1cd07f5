"""The picture of a bench: where the time goes, beside the floor and ultralytics.

draw_stages(runs, large, out / "bench.png")
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import numpy as np

from training.bench.runs import Run
from training.bench.stages import COPY, FINDINGS, FLOOR

BARS = {
    "findings": FINDINGS,
    "safe copy": COPY,
    "floor: decode and encode": FLOOR,
    "ultralytics predict": ("ultralytics",),
}

NARROW = 0.07
"""Share of the longest bar below which a stage is named beside its bar."""


def draw_stages(runs: Sequence[Run], large: AbstractSet[str], path: Path) -> None:
    """Stacked medians of the stages' wall time; of the 12 MP photos alone where there are any."""
    from matplotlib.figure import Figure

    chosen = [run for run in runs if run.photo in large] or list(runs)
    bars = {
        title: {
            stage: float(np.median([run.wall_ms for run in chosen if run.stage == stage]))
            for stage in stages
            if any(run.stage == stage for run in chosen)
        }
        for title, stages in BARS.items()
    }
    bars = {title: parts for title, parts in reversed(bars.items()) if parts}
    longest = max(sum(parts.values()) for parts in bars.values())
    figure = Figure(figsize=(11, 1.2 + 0.8 * len(bars)), layout="constrained")
    axes = figure.subplots()
    for row, parts in enumerate(bars.values()):
        left, narrow = 0.0, ""
        for index, (stage, width) in enumerate(parts.items()):
            bar = axes.barh(row, width, left=left, color=f"C{index}", edgecolor="white")
            name = stage.removeprefix("copy_").removeprefix("floor_")
            if width >= NARROW * longest:
                axes.bar_label(bar, [f"{name}\n{width:.0f}"], label_type="center", fontsize=8)
            else:
                narrow += f"\n{name} {width:.1f}"
            left += width
        axes.text(left, row, f" {left:.0f} ms{narrow}", va="center", fontsize=8)
    size = "12 MP photos" if any(run.photo in large for run in chosen) else "all photos"
    axes.set_title(f"Wall time by stage: medians on {size} ({len({r.photo for r in chosen})})")
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_xlabel("ms")
    axes.set_xlim(0, 1.15 * longest)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
