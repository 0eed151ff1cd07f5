"""`homelens avm evaluate`: how near values are on a market's newest homes.

    homelens avm evaluate king_county.parquet --schema king_county --test-from 2015-04-01 \\
        --train-until 2015-03-01 --json --out report
    homelens avm evaluate my-town.csv --schema my-town.yaml     # rolling origin, newest homes

There is no option by which a result could be tuned: a figure depends on the file, its adapter, the
dates and the code alone, and the printed set names all of them.
"""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vision.errors import DataError

if TYPE_CHECKING:
    from avm.market import Market
    from training.figures import FigureSet

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

MarketFile = Annotated[
    Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
]
Schema = Annotated[
    str,
    typer.Option(metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Day = Annotated[datetime.datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m"])]
City = Annotated[str | None, typer.Option("--city", help="Homes of this city alone.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of the training.")]


@command.command()
def evaluate(
    market_file: MarketFile,
    schema: Schema,
    test_from: Day = None,
    train_until: Day = None,
    test_until: Day = None,
    city: City = None,
    groups: Annotated[
        str, typer.Option(help="twin_group, or id_group: what makes two rows one dwelling.")
    ] = "twin_group",
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write evaluation.json, report.html."),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the trainings."),
    ] = None,
    threads: Threads = 2,
) -> None:
    """Train on older homes, value newer ones, and say how near the values are."""
    from avm.market import load_market
    from training.avm.evaluate import figures, origins_of, value_homes
    from training.avm.settings import Settings, pairs
    from training.avm.threads import limited
    from training.figures import measured, show

    if groups not in ("twin_group", "id_group"):
        raise DataError(f"--groups {groups}", accepted="twin_group, id_group")
    market = of_city(load_market(market_file, schema), city)
    splits = origins_of(market, day(test_from), day(train_until), day(test_until), groups)
    settings = Settings(threads=threads).changed(pairs(change or [], "--set"))
    with limited(threads):
        valued = value_homes(market, splits, settings)
    asked = {"schema": schema, "test-from": day(test_from), "train-until": day(train_until)}
    asked |= {"test-until": day(test_until), "city": city}
    asked |= {"groups": groups if groups != "twin_group" else None}
    said = [f"--{name} {value}" for name, value in asked.items() if value is not None]
    said += [f"--set {one}" for one in change or ()]
    found = measured("avm evaluate", [market_file], [], figures(valued))
    found = found.model_copy(update={"command": " ".join([found.command, *said])})
    if out is not None:
        from training.avm.report import write_report

        write_report(out, found, valued, market)
    show(found if as_json else short(found), as_json)


def day(moment: datetime.datetime | None) -> datetime.date | None:
    """The date of an option."""
    return moment.date() if moment is not None else None


def of_city(market: "Market", city: str | None) -> "Market":
    """The market with the homes of one city. Raises DataError naming the cities there are."""
    import polars as pl

    if city is None:
        return market
    frame = market.frame.filter(pl.col("city") == city)
    if not frame.height:
        known = market.frame["city"].drop_nulls().value_counts(sort=True)["city"].head(20)
        raise DataError(f"no home in {city!r}", accepted=", ".join(known.to_list()))
    return replace(market, frame=frame)


def short(found: "FigureSet") -> "FigureSet":
    """The set without what groups of homes have, for the terminal."""
    kinds = ("zone", "band", "tier", "month")
    kept = tuple(one for one in found.figures if not any(f".{k}." in one.name for k in kinds))
    return found.model_copy(update={"figures": kept})
