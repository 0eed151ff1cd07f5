"""The picture of copies: their error by the number of requests, and what the protection leaves.

draw_copycat(figures, [250, 500, 1000], out / "copycat.png")
"""

from collections.abc import Sequence
from pathlib import Path

from training.figures import Figure as Measured

SERIES = (
    ("homes_and_comparables.exact", "real homes and comparables, exact", "C3"),
    ("homes.exact", "real homes, exact", "C0"),
    ("homes.rounded", "real homes, rounded", "C1"),
    ("homes.coarse", "real homes, coarse", "C4"),
    ("grid.exact", "grid, exact", "C2"),
    ("box.exact", "fields drawn evenly, exact", "C7"),
)


def draw_copycat(figures: Sequence[Measured], sizes: Sequence[int], path: Path) -> None:
    """Median distance of copies from the model (left) and from prices (right)."""
    from matplotlib.figure import Figure

    named = {one.name: one for one in figures}
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    for axes, what, title in zip(
        figure.subplots(1, 2),
        ("from_model", "from_prices"),
        ("median distance from the model", "median error against prices"),
        strict=True,
    ):
        for stem, label, colour in SERIES:
            found = [
                (size, one)
                for size in sizes
                if (one := named.get(f"copycat.{stem}.{size}.{what}")) is not None
            ]
            x, y = [size for size, _ in found], [100 * one.value for _, one in found]
            spread = [
                [100 * (one.value - one.low) for _, one in found],
                [100 * (one.high - one.value) for _, one in found],
            ]
            axes.errorbar(x, y, spread, marker="o", ms=3, capsize=2, color=colour, label=label)
        for addresses, style in ((1, "--"), (10, ":")):
            one = named.get(f"copycat.homes.protected.{addresses}_addresses.{what}")
            if one is not None:
                label = f"protected: 1,000 requests in a day, {addresses} address"
                label += "es" if addresses > 1 else ""
                axes.axhline(100 * one.value, ls=style, color="black", lw=1, label=label)
        if what == "from_prices":
            own = named["copycat.model.mdape"].value
            axes.axhline(100 * own, color="grey", lw=1, label="the model itself")
        axes.set(xscale="log", xlabel="requests", ylabel="%", title=title, ylim=(0, None))
        axes.set_xticks(list(sizes), [str(size) for size in sizes])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.savefig(path, dpi=110)
