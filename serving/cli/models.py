"""`homelens models`: the model bundles, their versions and measured figures, hashes verified.

    homelens models
    homelens models --json
    homelens models promote work/challenger --yolo clean-photos   # of the extra `train`
    homelens models history objects

Ends with exit code 2 when a bundle that the product needs is missing or any bundle is damaged.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from serving.cli.main import LazyCommands


class ModelsCommands(LazyCommands):
    """The commands of `homelens models`."""

    points = "homelens.models"


app = typer.Typer(
    cls=ModelsCommands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

NEEDED = ("objects", "people", "rooms")
"""Bundles without which `homelens check` cannot do its work."""


@app.callback(
    invoke_without_command=True,
    epilog="The folder is HOMELENS_MODELS, by default the shipped one.",
)
def models(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the list as JSON on standard output.")
    ] = False,
) -> None:
    """List the model bundles with their figures, and verify that no file was changed."""
    from serving.settings import load_settings

    if context.invoked_subcommand is not None:
        return
    rows = look(load_settings().models)
    if as_json:
        print(json.dumps({"bundles": rows}, indent=2))
    else:
        show(rows)
    for row in rows:
        if row["error"]:
            print(f"Error: {row['error']} [{row['status']}]", file=sys.stderr)
    if any(row["error"] for row in rows):
        raise typer.Exit(2)


def look(folder: Path) -> list[dict[str, Any]]:
    """One row for each bundle under `folder` and each needed one that is not there."""
    found = sorted(
        path.parent
        for path in folder.rglob("manifest.json")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    missing = [folder / name for name in NEEDED if folder / name not in found]
    return [row(bundle, bundle.relative_to(folder).as_posix()) for bundle in [*found, *missing]]


def row(folder: Path, place: str) -> dict[str, Any]:
    """What is known of one bundle. `status` is "ok" or the code of the error."""
    from avm.bundle import read_manifest as read_market
    from serving.bundle_store import packed
    from vision.bundle import read_manifest
    from vision.errors import BundleError

    known: dict[str, Any] = {"bundle": place, "status": "ok", "error": None}
    try:
        manifest = read_market(folder) if place.startswith("avm/") else read_manifest(folder)
        known |= manifest.model_dump(
            mode="json", include={"name", "version", "task", "sha256", "code", "licences"}
        )
        known["metrics"] = [metric.model_dump(mode="json") for metric in manifest.metrics]
        known["bytes"] = len(packed(folder).model)
    except BundleError as error:
        known |= {"status": error.code, "error": str(error)}
    return known


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as tables: bundles, then their figures."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, emoji=False)
    bundles = Table("Bundle", "Version", "Task", "MB", "SHA-256", "State", box=SIMPLE_HEAD)
    figures = Table(box=SIMPLE_HEAD)
    for title in ("Figure", "Value", "95% interval", "n", "Measured on"):
        figures.add_column(title, overflow="fold")  # a name that is cut off names nothing
    for one in rows:
        size = f"{one['bytes'] / 1e6:.1f}" if "bytes" in one else ""
        bundles.add_row(
            one["bundle"],
            one.get("version", ""),
            one.get("task", ""),
            size,
            one.get("sha256", "")[:12],
            "verified" if one["status"] == "ok" else one["status"],
        )
        for metric in one.get("metrics", ()):
            figures.add_row(
                metric["name"],
                f"{metric['value']:.4g}",
                f"{metric['low']:.4g} to {metric['high']:.4g}",
                str(metric["n"]),
                metric["data"],
            )
    console.print(bundles)
    if figures.row_count:
        console.print(figures)
