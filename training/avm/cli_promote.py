"""`homelens avm promote` and `manual`: what may replace a model, and how people's values compare.

    homelens avm promote challenger/krakow poland.parquet --schema poland_asking --market krakow
    homelens avm promote challenger/krakow poland.parquet --schema poland_asking --market krakow \\
        --yes
    homelens avm manual values.csv poland.parquet --schema poland_asking --market krakow

`promote` compares the challenger with the active model on homes of the file that came after
everything that either has seen; with --yes a better one becomes the active model, and the one
before stays at hand (`homelens avm rollback`). Exit code 1: the champion stays. With --less FIELD
the champion is first trained again without a field that is no longer there, on the file's prices of
its own training period, so that the two are compared on equal terms.

`manual` reads a CSV file with listing_id (or dwelling_id), date and value, such as specialists give
them, and compares them by month with the model's values of the same homes.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from vision.errors import BundleUnsuitable

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
manual_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

MarketFile = Annotated[
    Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
]
Schema = Annotated[
    str,
    typer.Option(metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."),
]
MarketName = Annotated[str, typer.Option(help="Name of the market.")]
Models = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the markets' bundles.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@command.command()
def promote(
    challenger: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The challenger's folder.")],
    market_file: MarketFile,
    schema: Schema,
    market: MarketName,
    models: Models = None,
    less: Annotated[
        list[str] | None,
        typer.Option("--less", metavar="FIELD", help="A field that is no longer there."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Make a better challenger active.")] = False,
    as_json: AsJson = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads, where --less trains.")] = 2,
) -> None:
    """Promote or keep, by the homes that neither model has seen, and why."""
    from avm.bundle import load_package
    from avm.market import load_market
    from avm.registry import Registry
    from serving.settings import load_settings
    from training.avm.promote import compare, decide, fresh_homes, of_market, seen_until, without
    from training.avm.threads import limited

    registry = Registry((models if models is not None else load_settings().models / "avm") / market)
    newer, manifest = load_package(challenger)
    if manifest.name != market:
        raise BundleUnsuitable(
            f"{challenger} is a bundle of {manifest.name}, not of {market}",
            accepted=f"a bundle that was trained with --market or --city {market}",
        )
    loaded = load_market(market_file, schema)
    active = registry.active()
    if active is None:
        because: tuple[str, ...] = (f"There was no model of {market}.",)
        promoted, figures = True, {}
    else:
        champion, _ = load_package(registry.folder)
        fresh = fresh_homes(of_market(loaded, active), seen_until(active, manifest))
        if less:
            with limited(threads):
                champion = without(active, loaded, tuple(less), threads)
        decision = decide(compare(champion, newer, fresh))
        promoted, because, figures = decision.promote, decision.because, decision.figures
    if promoted and yes:
        registry.install(challenger, " ".join(because))
    found = {
        "market": market,
        "champion": active.version if active else None,
        "challenger": manifest.version,
        "promote": promoted,
        "done": promoted and yes,
        "because": because,
        "figures": figures,
    }
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(f"{'promote' if promoted else 'keep'}: {' '.join(because)}")
        if promoted and yes:
            print(f"{market}: {manifest.version} is active")
    if not promoted:
        raise typer.Exit(1)


@manual_command.command()
def manual(
    values: Annotated[Path, typer.Argument(metavar="VALUES", help="A .csv file.")],
    market_file: MarketFile,
    schema: Schema,
    market: MarketName,
    models: Models = None,
    metrics: Annotated[
        Path | None,
        typer.Option("--metrics", metavar="FILE.prom", help="Write the errors for Prometheus."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare values that people gave with the model's, month by month."""
    from avm.bundle import load_package
    from avm.market import load_market
    from serving.cli.avm_models import registry
    from training.avm.manual import compare_manual, read_manual
    from training.avm.manual_metrics import write_metrics

    package, _ = load_package(registry(market, models).folder)
    rows = compare_manual(package, load_market(market_file, schema), read_manual(values))
    if metrics is not None:
        write_metrics(metrics, {market: rows})
    if as_json:
        print(json.dumps({"market": market, "months": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(
            f"{row['month']}  {row['n']:>5} homes  people {row['manual_mdape']:.1%}  "
            f"model {row['model_mdape']:.1%}  difference of mean errors {row['difference']:+.1%} "
            f"({row['low']:+.1%} to {row['high']:+.1%})"
        )
