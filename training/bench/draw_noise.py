"""Pictures of the noise measurement: recovery, review, choice of photos.

draw_recovery(curves, Path("docs/noise-recovery.png"))
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from training.bench.noise import Curve
from training.bench.noise import figure as measured
from training.noise import KINDS

COLOURS = {
    "clean": "#666666", "naive": "#c0392b", "ours": "#1a6f5a",
    "gain": "#1a6f5a", "objectlab": "#b7791f", "random": "#c0392b", "active": "#1a6f5a",
}  # fmt: skip
NAMES = {
    "gain": "ours: gain per second",
    "objectlab": "ObjectLab's score",
    "random": "random order",
}


def draw_recovery(curves: Mapping[tuple[str, str, float], Curve], path: Path, said: str) -> None:
    """mAP50-95 against the noise level, for both kinds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    clean = curves["naive", "mixed", 0.0]
    levels = sorted({level for _, _, level in curves if level})
    titles = {"jitter": "every box jittered (OA-MIL)", "mixed": "mixed noise (UNA)"}
    for axis, kind in zip(axes, KINDS, strict=True):
        axis.axhline(clean.map50_95[0], color=COLOURS["clean"], ls=":", label="clean labels")
        for arm in ("naive", "ours"):
            rows = [(0.0, curves[arm, "mixed", 0.0])]
            rows += [(level, curves[arm, kind, level]) for level in levels]
            course(axis, [(100 * level, one) for level, one in rows], arm, arm)
        axis.set(title=titles[kind], xlabel="noise level, %", ylim=(0, None))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("mAP50-95, test photos")
    axes[0].legend()
    figure.suptitle(said, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def course(axis: object, rows: Sequence[tuple[float, Curve]], colour: str, label: str) -> None:
    """One line with its intervals."""
    x = [place for place, _ in rows]
    y = [float(curve.map50_95[0]) for _, curve in rows]
    spans = [measured("", curve.map50_95, 1, "AP") for _, curve in rows]
    error = np.abs(np.array([(one.low, one.high) for one in spans]).T - np.array(y))
    axis.errorbar(  # type: ignore[attr-defined]
        x, y, yerr=error, color=COLOURS[colour], label=label, marker="o", ms=4, capsize=3
    )


def draw_review(
    points: Mapping[str, Sequence[tuple[int, Curve]]],
    left: Mapping[str, Sequence[int]],
    clean: Curve,
    path: Path,
    said: str,
) -> None:
    """mAP and errors left against boxes reviewed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (first, second) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    first.axhline(clean.map50_95[0], color=COLOURS["clean"], ls=":", label="clean labels")
    for order, rows in points.items():
        course(first, rows, order, NAMES[order])
        second.plot(left[order], color=COLOURS[order], label=NAMES[order])
    naive = float(points["random"][0][1].map50_95[0])
    first.axhline(
        (naive + clean.map50_95[0]) / 2, color=COLOURS["clean"], lw=0.8, label="half won back"
    )
    first.set(xlabel="boxes reviewed", ylabel="mAP50-95, test photos", ylim=(0, None))
    second.set(xlabel="boxes reviewed", ylabel="errors left", ylim=(0, None))
    for axis in (first, second):
        axis.grid(alpha=0.3)
    first.legend(fontsize=8)
    figure.suptitle(said, fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def draw_choice(points: Mapping[str, Sequence[tuple[int, Curve]]], path: Path, said: str) -> None:
    """mAP against photos labelled."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(5.5, 4), layout="constrained")
    for way, rows in points.items():
        label = {"active": "chosen", "random": "random"}[way]
        course(axis, [(float(count), curve) for count, curve in rows], way, label)
    axis.set(xlabel="photos labelled", ylabel="mAP50-95, test photos", ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    figure.suptitle(said, fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)
