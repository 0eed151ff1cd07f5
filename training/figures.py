"""Figures in their one form: a value with its 95% interval, and what it was measured with.

    show(FigureSet(command=..., data=..., code=code_version(), models=..., figures=...), as_json)

With --json a command prints one object on standard output:

    {"command": "homelens evaluate rooms photos", "data": {"photos": "<sha256>"},
     "code": "<git commit>", "models": {"rooms": "<sha256>"},
     "figures": [{"name": "rooms.accuracy", "value": 0.9, "low": 0.87, "high": 0.93,
                  "n": 400, "unit": "share"}]}

Shares are 0–1. Everything else that a command has to say goes to standard error.
"""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, FiniteFloat

from training.console import note
from training.intervals import wilson
from training.manifests import ROOT, commit, fingerprint
from vision.bundle import models_folder, read_manifest
from vision.findings import Frozen


class Figure(Frozen):
    """One measured value; `low` and `high` are the ends of its 95% interval."""

    name: str
    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    n: int = Field(ge=1, description="photos, people, homes or runs: what was drawn")
    unit: str


class FigureSet(Frozen):
    """What a command measured, with everything that it depends on."""

    command: str
    data: dict[str, str] = Field(description="data as named by the user, to sha256 of its content")
    code: str = Field(description="git commit, with -dirty where files differ from it")
    models: dict[str, str] = Field(description="bundle name to sha256 of its model")
    figures: tuple[Figure, ...]

    def value(self, name: str) -> float:
        """The value of one figure. Raises KeyError that names those there are."""
        for figure in self.figures:
            if figure.name == name:
                return figure.value
        raise KeyError(f"no figure {name!r} among {[figure.name for figure in self.figures]}")


def share(name: str, hits: int, n: int) -> Figure:
    """A share of independent cases, with Wilson's interval."""
    low, high = wilson(hits, n)
    return Figure(name=name, value=hits / n, low=low, high=high, n=n, unit="share")


def code_version() -> str:
    """The commit of the code that runs, "-dirty" where it was changed; else the release."""
    if (ROOT / ".git").exists():
        try:
            return commit()
        except (OSError, subprocess.CalledProcessError) as error:
            note(f"git cannot say which commit this is: {error}")
            return "unknown"
    return f"homelens {version('homelens')}"


def models_used(names: Iterable[str], folder: Path | None = None) -> dict[str, str]:
    """Bundle name to the sha256 that its manifest gives (verified when the bundle is loaded)."""
    root = folder or models_folder()
    return {name: read_manifest(root / name).sha256 for name in names}


def data_used(paths: Sequence[Path]) -> dict[str, str]:
    """Each path as the user named it, to the hash of its content."""
    return {str(path): fingerprint(path) for path in paths}


def measured(
    command: str, paths: Sequence[Path], models: Iterable[str], figures: Iterable[Figure]
) -> FigureSet:
    """The set of figures that `command` made from these paths with these bundles."""
    return FigureSet(
        command=" ".join(["homelens", command, *map(str, paths)]),
        data=data_used(paths),
        code=code_version(),
        models=models_used(models),
        figures=tuple(figures),
    )


def show(figures: FigureSet, as_json: bool) -> None:
    """Print the set: one JSON object and nothing else on standard output, or a table."""
    if as_json:
        print(figures.model_dump_json())
        sys.stdout.flush()
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=figures.command, caption=f"code {figures.code}")
    table.add_column("figure", no_wrap=True)
    for title in ("value", "95% interval", "n"):
        table.add_column(title, justify="right")
    table.add_column("unit")
    for figure in figures.figures:
        interval = f"{_digits(figure.low)} – {_digits(figure.high)}"
        table.add_row(figure.name, _digits(figure.value), interval, str(figure.n), figure.unit)
    Console().print(table)


def _digits(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"
