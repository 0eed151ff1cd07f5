"""`homelens avm history` and `rollback`: the models that a market has had, and the way back.

homelens avm history krakow
homelens avm rollback krakow                    # to the model before
homelens avm rollback krakow --to 2024-04-1f2e3d4c --why "sales of May were doubled"
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vision.errors import MarketUnknown

if TYPE_CHECKING:
    from avm.registry import Registry

history_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
rollback_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

MarketName = Annotated[str, typer.Argument(metavar="MARKET", help="Name of the market.")]
Models = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the markets' bundles.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def registry(market: str, models: Path | None) -> "Registry":
    """The registry of a market. Raises MarketUnknown naming those there are."""
    from avm.registry import Registry
    from serving.settings import load_settings

    folder = models if models is not None else load_settings().models / "avm"
    names = sorted(path.parent.name for path in folder.glob("*/manifest.json"))
    if market not in names:
        raise MarketUnknown(f"no market {market!r} in {folder}", accepted=", ".join(names))
    return Registry(folder / market)


@history_command.command()
def history(market: MarketName, models: Models = None, as_json: AsJson = False) -> None:
    """List every model that the market has had, the newest last."""
    found = registry(market, models)
    active, entries = found.active(), found.history()
    if as_json:
        print(
            json.dumps(
                {
                    "market": market,
                    "active": active.version if active else None,
                    "versions": found.versions(),
                    "history": [entry.model_dump(mode="json") for entry in entries],
                },
                ensure_ascii=False,
            )
        )
        return
    for entry in entries:
        print(f"{entry.at:%Y-%m-%d %H:%M}  {entry.version}  {entry.action}: {entry.why}")
    if active is not None:
        print(
            f"active: {active.version}, trained {active.trained_from} to "
            f"{active.trained_through}, code {active.code[:12]}"
        )
    print(f"to go back to: {', '.join(found.versions()) or 'none'}")


@rollback_command.command()
def rollback(
    market: MarketName,
    to: Annotated[str | None, typer.Option(help="Version; by default the one before.")] = None,
    why: Annotated[str, typer.Option(help="For the history.")] = "",
    models: Models = None,
) -> None:
    """Make an earlier model the active one again."""
    manifest = registry(market, models).rollback(to, why)
    print(f"{market}: {manifest.version} is active")
