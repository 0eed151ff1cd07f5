"""`homelens avm backtest`: what age does to a model, and what the index layer gives back.

    homelens avm backtest poland.parquet --schema poland_asking --frozen 2023-12-01 \\
        --test-from 2024-05-01 --json
    homelens avm backtest king_county.parquet --schema king_county --test-from 2015-04-01 \\
        --less x_grade                              # if a feature were to disappear

Figures are of the same new homes: avm.ppe10.fresh of a model trained to just before the test,
.frozen of one that knows nothing after --frozen, .indexed of that one with its price index brought
up to just before the test. With --less: .with of a model that has the field, .missing of the same
where homes lack it, .without of one trained without it.
"""

import datetime
from pathlib import Path
from typing import Annotated

import typer

from vision.errors import DataError

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command()
def backtest(
    market_file: Annotated[
        Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
    ],
    schema: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."
        ),
    ],
    test_from: Annotated[
        datetime.datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m"], help="First test day.")
    ],
    frozen: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m"], help="First day that the old model lacks."),
    ] = None,
    less: Annotated[
        list[str] | None, typer.Option("--less", metavar="FIELD", help="A field to do without.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the trainings."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the training.")] = 2,
) -> None:
    """Compare a fresh model with an old one, or one with a field with one without."""
    from avm.market import load_market
    from training.avm.settings import Settings, pairs
    from training.avm.staleness import backtest_figures, less_figures
    from training.avm.threads import limited
    from training.figures import measured, show

    if (frozen is None) == (not less):
        raise DataError("it is not clear what to compare", accepted="either --frozen or --less")
    if frozen is not None and frozen >= test_from:
        raise DataError(
            f"--frozen {frozen:%Y-%m-%d} is not before --test-from {test_from:%Y-%m-%d}",
            accepted="a model that is older than the homes it is tested on",
        )
    settings = Settings(threads=threads).changed(pairs(change or [], "--set"))
    market = load_market(market_file, schema)
    start = test_from.date()
    with limited(threads):
        if frozen is not None:
            figures = backtest_figures(market, frozen.date(), start, settings)
            asked = f"--frozen {frozen.date()}"
        else:
            figures = less_figures(market, tuple(less or ()), start, settings)
            asked = " ".join(f"--less {name}" for name in less or ())
    asked = " ".join([asked, *(f"--set {one}" for one in change or ())])
    found = measured("avm backtest", [market_file], [], figures)
    command_line = f"{found.command} --schema {schema} --test-from {start} {asked}"
    show(found.model_copy(update={"command": command_line}), as_json)
