"""`homelens avm index`: how prices of like homes moved, and keeping an old model current.

    homelens avm index poland.parquet --schema poland_asking            # estimated from the file
    homelens avm index poland.parquet --schema poland_asking --bundle models/avm/poland --out new

With a bundle the index is brought up to the end of the file by the bundle's own model, which is
trained on nothing; --out writes the bundle with it.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vision.errors import SettingsError

if TYPE_CHECKING:
    from avm.index import PriceIndex

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command()
def index(
    market_file: Annotated[
        Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
    ],
    schema: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."
        ),
    ],
    bundle: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The bundle to bring up to date.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the bundle here.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the training."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the training.")] = 2,
) -> None:
    """Show the price index of a market by city and month, with 95% intervals."""
    from avm.market import load_market
    from training.avm.settings import Settings, pairs
    from training.console import note

    settings = Settings(threads=threads).changed(pairs(change or [], "--set"))
    if out is not None:
        if bundle is None:
            raise SettingsError(f"--out {out} without --bundle", accepted="--out with --bundle DIR")
        if out.exists() and not out.is_dir():
            raise SettingsError(f"--out {out} is not a folder", accepted="a folder, or a new one")
    market = load_market(market_file, schema)
    if bundle is None:
        from avm.features import fit_features
        from training.avm.data import training_data
        from training.avm.learn import find_index
        from training.avm.threads import limited

        data = training_data(market.frame, market.adapter.records)
        daily = market.adapter.date_step == "day"
        with limited(threads):
            found = find_index(data, fit_features(data.table), settings, daily)
    else:
        from avm.bundle import load_package, save_package
        from training.avm.package import month_text
        from training.avm.promote import learned_from
        from training.avm.staleness import updated

        package, manifest = load_package(bundle)
        newer = updated(package, learned_from(market, manifest))
        found = newer.model.index
        if out is not None:
            through = month_text(found.last)
            save_package(out, newer, manifest.model_copy(update={"index_through": through}))
            note(f"wrote {out}, whose index has seen prices through {through}")
    table = rows(found)
    if as_json:
        print(json.dumps({"reference": found.reference, "index": table}, ensure_ascii=False))
        return
    for row in table:
        ends = f"{row['low']:7.1f} – {row['high']:.1f}"
        print(f"{row['city'] or 'market':<20} {row['month']}  {row['level']:7.1f}  {ends}")


def rows(found: "PriceIndex") -> list[dict[str, str | float]]:
    """Every city and known month: 100 is the market's level in the reference month."""
    import math

    from training.avm.package import month_text

    table: list[dict[str, str | float]] = []
    for city, curve in found.curves.items():
        for k in range(curve.known):
            low, high = found.interval(city, curve.first + k)
            table.append(
                {
                    "city": city,
                    "month": month_text(curve.first + k),
                    "level": round(100 * math.exp(curve.levels[k]), 2),
                    "low": round(100 * math.exp(low), 2),
                    "high": round(100 * math.exp(high), 2),
                }
            )
    return table
