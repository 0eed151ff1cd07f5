"""Pictures of an evaluation: the confusion matrix and a contact sheet of the worst mistakes.

draw_confusion(seen, out / "confusion.png")
draw_worst(seen, out / "mistakes.png")
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.evaluate.rooms import Seen, confusion, worst
from vision.errors import PhotoError
from vision.photo import decode

if TYPE_CHECKING:  # matplotlib is loaded only when something is drawn
    from matplotlib.figure import Figure


def draw_confusion(seen: Sequence[Seen], path: Path) -> None:
    """Rows are the labels and add up to 1 in colour; numbers are photos."""
    from matplotlib.figure import Figure

    rows, columns, counts = confusion(seen)
    table = np.array(counts, dtype=np.float64)
    of_row = table / table.sum(axis=1, keepdims=True)
    figure = Figure(figsize=(1.8 + len(columns), 1.5 + 0.8 * len(rows)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(of_row, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            if count:
                colour = "white" if of_row[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour)
    right = sum(photo.right for photo in seen)
    axes.set_title(f"{right} of {len(seen)} photos right")
    _save(figure, path)


def draw_worst(seen: Sequence[Seen], path: Path, across: int = 6) -> bool:
    """The surest mistakes, each with label, answer and probability; False when there is none."""
    from matplotlib.figure import Figure

    wrong = worst(seen)
    if not wrong:
        return False
    down = math.ceil(len(wrong) / across)
    figure = Figure(figsize=(2.6 * across, 2.5 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, photo in zip(grid.flat, wrong, strict=False):
        try:
            axes.imshow(decode(photo.path.read_bytes(), analysis_side=240).pixels)
        except PhotoError as error:
            axes.text(0.5, 0.5, error.code, ha="center", va="center")
        said = f"{photo.room} {photo.confidence:.2f}"
        axes.set_title(f"label {photo.truth}\nanswer {said}\n{photo.path.name}", fontsize=8)
    _save(figure, path)
    return True


def _save(figure: "Figure", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
