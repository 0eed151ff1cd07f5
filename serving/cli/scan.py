"""`homelens scan`: every photo of an archive through the checker, findings as Parquet.

    homelens scan photos --out scans/november
    homelens scan s3://bucket/photos --out s3://bucket/scans/november
    homelens scan s3://bucket/photos --out s3://bucket/scans/december \
        --since s3://bucket/scans/november

Stopped or killed at any moment, the same command goes on where it was. Progress goes to standard
error. See docs/scan.md.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.scan.summary import Summary

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command(epilog="Settings: docs/settings.md. All about scans: docs/scan.md.")
def scan(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A folder, or s3://BUCKET/PREFIX.")
    ],
    out: Annotated[
        str,
        typer.Option("--out", metavar="DEST", help="Where to write: a folder or s3://BUCKET/…"),
    ],
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="PREVIOUS",
            help="An earlier scan: what still holds of it is not looked at again.",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="local: this machine's CPUs; ray: a Ray cluster.")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; by default one a CPU.")
    ] = None,
    shard: Annotated[
        int, typer.Option("--shard", min=1, max=100_000, help="Photos in a shard.")
    ] = 256,
    rules: Annotated[
        str | None, typer.Option(metavar="RULES", help="A rule file; see homelens check.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON on standard output.")
    ] = False,
) -> None:
    """Look at every photo of an archive; findings as Parquet, with a summary.

    A photo that cannot be read is a row with its error. The exit code is 0 when the scan came to
    its end, whatever it found.
    """
    from serving.scan.run import Order, scan
    from serving.settings import load_settings
    from vision.errors import DataError
    from vision.rules import load_rules

    if engine not in ("local", "ray"):
        raise DataError(f"there is no engine {engine!r}", accepted="local, ray")
    settings = load_settings()
    summary = scan(
        Order(
            source=source,
            out=out,
            rules=load_rules(rules or settings.rules),
            models=settings.models.resolve(),
            limits=settings.limits,
            since=since,
            engine="ray" if engine == "ray" else "local",
            workers=workers,
            shard_size=shard,
        ),
        lambda text: print(text, file=sys.stderr),
    )
    if as_json:
        print(summary.model_dump_json())
    else:
        show(summary, out)


def show(summary: "Summary", out: str) -> None:
    """The summary for people."""
    refused = sum(summary.errors.values())
    print(f"{summary.photos:,} photos: {refused:,} refused, {summary.with_people:,} with people, "
          f"{summary.unsure:,} unsure")  # fmt: skip
    for room, found in summary.rooms.items():
        print(f"  {room:15}{found.photos:>12,}  {found.share:6.1%}  sure {found.confidence:.2f}")
    for code, count in {**summary.errors, **summary.findings}.items():
        print(f"  {code:23}{count:>12,}")
    work = summary.work
    print(f"looked at {work['looked']:,}, known already {work['reused']:,}")
    if summary.drift is not None:
        print(f"another room than in the last scan: {summary.drift.other_room:,} of "
              f"{summary.drift.compared:,}")  # fmt: skip
    print(f"Rows: {out.rstrip('/')}/shards/*.parquet; picture: {out.rstrip('/')}/summary.png")
