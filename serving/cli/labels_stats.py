"""`homelens labels stats`: what a set holds, and how far its labelers can be relied on.

    homelens labels stats doors
    homelens labels stats doors@3 --out pictures
    homelens labels stats doors --json | jq .classes

--out writes stats.json, classes.png, sizes.png and, where hidden checks were answered,
labelers.png; it needs the extra `evaluate`.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.labels_exchange import say, stores

if TYPE_CHECKING:
    from labels.agreement import AgreementReport
    from labels.boxes import LabelSet
    from labels.stats import SetStats

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command("stats")
def stats(
    name: Annotated[str, typer.Argument(metavar="SET[@N]", help="A set, or one revision of it.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write stats.json and pictures here."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Count classes, sizes of boxes and labelers of a revision."""
    from dataclasses import asdict

    from labels.agreement import agreement
    from labels.stats import count
    from labels.store import labels_at, resolve

    database, _ = stores()
    with database.read() as session:
        revision = resolve(session, name)
        labels = labels_at(session, revision.name)
        report = agreement(session, revision.set)
    database.close()
    counted = count(labels)
    text = json.dumps(
        {
            "command": f"homelens labels stats {revision.name}",
            "revision": revision.name,
            "digest": revision.digest,
            **asdict(counted),
            "agreement": asdict(report),
        }
    )
    if out is not None:
        write_out(out, text, labels, counted, report)
    if as_json:
        print(text)
    else:
        show(counted, report, revision.name)


def write_out(
    out: Path, text: str, labels: "LabelSet", counted: "SetStats", report: "AgreementReport"
) -> None:
    """stats.json and the pictures."""
    from labels.draw import draw_classes, draw_labelers, draw_sizes
    from serving.output import write
    from vision.errors import DataError

    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is not a folder", do="name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    title = labels.notes["revision"]
    pictures = {
        "classes.png": draw_classes(counted, title),
        "sizes.png": draw_sizes(labels, title),
        "labelers.png": draw_labelers(report, title),
    }
    drawn = {file: png for file, png in pictures.items() if png is not None}
    for file, content in ({"stats.json": f"{text}\n".encode()} | drawn).items():
        write(out / file, content)
    say(f"wrote {', '.join(['stats.json', *drawn])} to {out}")


def show(counted: "SetStats", report: "AgreementReport", title: str) -> None:
    """Tables on the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, emoji=False, file=sys.stdout)
    console.print(
        f"{title}: {counted.boxes:,} boxes in {counted.images:,} photos, {counted.empty:,} of them "
        "without any"
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("Class", "Boxes", "Photos", "Side", "Small", "Medium", "Large"):
        table.add_column(head, justify="left" if head == "Class" else "right")
    for one in counted.classes:
        side = f"{one.side.median:.3f}" if one.side else ""
        numbers = (one.boxes, one.images, side, one.small, one.medium, one.large)
        table.add_row(one.name, *map(str, numbers))
    console.print(table)
    people = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in ("Labeler", "Boxes", "Answers", "Checks right", "95%"):
        people.add_column(head, justify="left" if head == "Labeler" else "right")
    known = {one.by: one for one in report.labelers}
    for by in dict.fromkeys([*counted.labelers, *known]):
        found = known.get(by)
        share = found.right if found else None
        people.add_row(
            by,
            str(counted.labelers.get(by, 0)),
            str(found.answers) if found else "",
            f"{share.hits} of {share.n}" if share and share.n else "",
            f"{share.low:.0%}–{share.high:.0%}" if share and share.n else "",
        )
    console.print(people)
    if report.agreed.n:
        kappa = "" if report.kappa is None else f", kappa {report.kappa:.2f}"
        console.print(
            f"Two labelers agreed on {report.agreed.hits} of {report.agreed.n} questions{kappa}"
        )
