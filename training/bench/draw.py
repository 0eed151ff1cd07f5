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


def draw_stages(runs: Sequence[Run], large: AbstractSet[str], path: Path) -> None:
    """Stacked medians of the stages' wall time; of the 12 MP photos alone where there are any."""
    from matplotlib.figure import Figure

    chosen = [run for run in runs if run.photo in large] or list(runs)
    photos = len({run.photo for run in chosen})
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    for row, stages in enumerate(reversed(BARS.values())):
        left = 0.0
        for index, stage in enumerate(stages):
            wall = [run.wall_ms for run in chosen if run.stage == stage]
            if not wall:
                continue
            width = float(np.median(wall))
            bar = axes.barh(row, width, left=left, color=f"C{index}", edgecolor="white")
            label = f"{stage.removeprefix('copy_').removeprefix('floor_')}\n{width:.0f}"
            axes.bar_label(bar, [label], label_type="center", fontsize=7)
            left += width
        axes.text(left, row, f"  {left:.0f} ms", va="center", fontsize=9)
    size = "12 MP photos" if len({r.photo for r in chosen} & large) else "photos"
    axes.set_title(f"Wall time by stage, medians over {photos} {size}")
    axes.set_yticks(range(len(BARS)), list(reversed(BARS)))
    axes.set_xlabel("ms")
    axes.margins(x=0.12)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
