"""`homelens avm check`: what a market file holds, what is wrong with it, and how that changes.

    homelens avm check king_county.parquet --schema king_county
    homelens avm check sales.csv --schema my-town.yaml --out report
    homelens avm check sales.csv --schema my-town.yaml --json | jq .report.dropped

--out writes check.json and quality.png. A file with much that is dropped is a result, not an error:
the exit code is 2 only where the file or its adapter cannot be used. `homelens avm schemas` lists
the adapters that are shipped; docs/avm-data.md says how to write one.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avm.market_report import Finding, MarketReport
    from avm.quality import MarketQuality

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
schemas_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@command.command(epilog="Adapters: docs/avm-data.md.")
def check(
    market_file: Annotated[
        Path, typer.Argument(metavar="MARKET_FILE", help="A .parquet, .csv or .tsv file.")
    ],
    schema: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_YAML", help="A shipped adapter, or the path of one of yours."
        ),
    ],
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write check.json and quality.png here."),
    ] = None,
) -> None:
    """Say what a market file holds after cleaning, and how its quality changes by month."""
    from avm.market import load_market
    from avm.quality import market_quality

    market = load_market(market_file, schema)
    quality = market_quality(market.frame)
    text = json.dumps(
        {
            "command": f"homelens avm check {market_file} --schema {schema}",
            "report": market.report.model_dump(mode="json"),
            "quality": quality.model_dump(mode="json"),
        },
        ensure_ascii=False,
    )
    if out is not None:
        write_out(out, text, market.report, quality)
    if as_json:
        print(text)
    else:
        show(market.report, quality)


@schemas_command.command()
def schemas(as_json: AsJson = False) -> None:
    """List the adapters that are shipped."""
    from avm.adapter import load_adapter, shipped

    found = {name: load_adapter(name) for name in shipped()}
    if as_json:
        listed = [
            {
                "name": name,
                "title": adapter.title,
                "source": adapter.source,
                "country": adapter.country,
                "currency": adapter.currency,
                "price_kind": adapter.price_kind,
            }
            for name, adapter in found.items()
        ]
        print(json.dumps({"schemas": listed}, ensure_ascii=False, indent=2))
        return
    for name, adapter in found.items():
        print(f"{name:<16} {adapter.title}")


def write_out(out: Path, text: str, report: "MarketReport", quality: "MarketQuality") -> None:
    """The folder of --out. Raises DataError when it is a file."""
    from avm.draw_quality import draw_quality
    from serving.output import write
    from vision.errors import DataError

    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is not a folder", do="name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    write(out / "quality.png", draw_quality(quality, report.title))
    write(out / "check.json", (text + "\n").encode())
    print(f"wrote {out / 'check.json'} and {out / 'quality.png'}", file=sys.stderr)


def show(report: "MarketReport", quality: "MarketQuality") -> None:
    """The report as tables on the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, emoji=False)
    console.print(f"{report.title} ({report.file}), {report.first} to {report.last}")
    console.print(
        f"{report.kept:,} of {report.rows:,} rows kept: {report.listings:,} listings of "
        f"{report.dwellings:,} dwellings in {report.zones:,} zones. {report.repeats:,} rows are of "
        f"a dwelling that is there again, {report.outliers:,} far from the prices of like homes."
    )
    parts = (
        ("Dropped rows", report.dropped),
        ("Values set to missing", report.cleared),
        ("Values not understood", report.unreadable),
        ("Left as they are, in doubt", report.remarks),
    )
    for heading, findings in parts:
        if findings:
            table = Table(title=heading, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
            for title in ("code", "rows", "what"):
                table.add_column(title, justify="right" if title == "rows" else "left")
            for one in findings:
                table.add_row(code_of(one), f"{one.n:,}", words(one))
            console.print(table)
    table = Table(title="By month", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("series", "first", "last", "a year", "95%"):
        left = title == "series"
        table.add_column(title, justify="left" if left else "right", no_wrap=left)
    for name, series in quality.series.items():
        known = [value for value in series.values if value is not None]
        if known:
            change = series.trend
            table.add_row(
                name,
                digits(known[0]),
                digits(known[-1]),
                digits(change.per_year, "+") if change else "",
                f"{digits(change.low, '+')} to {digits(change.high, '+')}" if change else "",
            )
    console.print(table)


def digits(value: float, sign: str = "") -> str:
    """A number without an exponent: 14,161 or 0.0329."""
    return format(value, f"{sign},.0f" if abs(value) >= 1000 else f"{sign}.3f")


def code_of(finding: "Finding") -> str:
    """The code, with the field where it does not name it."""
    if finding.field is None or finding.field in finding.code:
        return finding.code
    return f"{finding.code}: {finding.field}"


def words(finding: "Finding") -> str:
    """The sentence, with examples."""
    return finding.says + (f": {', '.join(finding.examples)}" if finding.examples else "")
