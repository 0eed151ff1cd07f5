"""`homelens avm train`: from a market file to a bundle that values homes.

    homelens avm train king_county.parquet --schema king_county --market king_county --out models
    homelens avm train poland.parquet --schema poland_asking --market poland --out models/avm \\
        --city warsaw=Warszawa --city krakow=Kraków

--out is the folder of markets: the bundle becomes OUT/MARKET. With --city a bundle of its own is
made for each city as well: learned from the whole file, or from the city alone where a paired test
on new homes finds that better. The manifest's figures are of homes that came after the last origins
inside the file, valued by models that had not seen them.
"""

from pathlib import Path
from typing import Annotated

import typer

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command()
def train(
    market_file: Annotated[
        Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
    ],
    schema: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."
        ),
    ],
    market: Annotated[str, typer.Option(help="Name of the bundle.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of markets.")],
    city: Annotated[
        list[str] | None,
        typer.Option("--city", metavar="NAME=CITY", help="Also a bundle NAME for homes in CITY."),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the training."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the training.")] = 2,
) -> None:
    """Train a market's model and write its bundle."""
    from avm.market import load_market
    from training.avm.settings import Settings, pairs
    from training.avm.ship import ship
    from training.avm.threads import limited
    from training.console import note

    settings = Settings(threads=threads).changed(pairs(change or [], "--set"))
    loaded = load_market(market_file, schema)
    with limited(threads):
        for manifest in ship(loaded, market, pairs(city or [], "--city"), out, settings):
            figures = {one.name: one.value for one in manifest.metrics}
            said = f"MdAPE {figures['avm.mdape']:.1%}" if "avm.mdape" in figures else "not measured"
            note(f"{manifest.name}: {manifest.homes:,} homes, {said}")
            print(out / manifest.name)
