"""`homelens labels log`, `history` and `revert`: what was changed, by whom and why; and back.

homelens labels log doors
homelens labels history box_4nWx0Yq8T2uJb1Zc
homelens labels revert doors@13
"""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from serving.cli.labels_exchange import By, Note, say, stores, user

log_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
history_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
revert_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@log_command.command("log")
def log(
    name: Annotated[str, typer.Argument(metavar="SET", help="A set.")], as_json: AsJson = False
) -> None:
    """List a set's revisions, the newest first."""
    from labels.history import log as logged

    database, _ = stores()
    with database.read() as session:
        found = logged(session, name)
    database.close()
    rows = [
        {
            "revision": one.revision.name,
            "at": f"{one.revision.created_at:%Y-%m-%dT%H:%M:%SZ}",
            "by": one.revision.by,
            "source": one.revision.source,
            "boxes": one.boxes,
            "digest": one.revision.digest,
            "note": one.revision.note,
        }
        for one in found
    ]
    if as_json:
        print(json.dumps({"revisions": rows}, indent=2))
        return
    titles = ("Revision", "At", "By", "Source", "Changed", "sha256", "Note")
    show(titles, [[*map(str, row.values())] for row in rows], digests=True)


@history_command.command("history")
def history(
    box: Annotated[str, typer.Argument(metavar="BOX", help="A box's id, as exports carry it.")],
    as_json: AsJson = False,
) -> None:
    """List everything that was said of a box, the oldest first."""
    from labels.history import history as events_of

    database, _ = stores()
    with database.read() as session:
        events = events_of(session, box)
    database.close()
    rows = [
        {
            "revision": event.revision,
            "at": f"{event.at:%Y-%m-%dT%H:%M:%SZ}",
            "by": event.by,
            "source": event.source,
            "op": event.op,
            "image": event.image,
            "label": event.label,
            "corners": list(event.corners),
            "marks": event.marks,
            "reason": event.reason,
        }
        for event in events
    ]
    if as_json:
        print(json.dumps({"box": box, "events": rows}, indent=2))
        return
    say(f"{box} in {events[0].image}")
    table = [
        [
            event.revision,
            f"{event.at:%Y-%m-%d %H:%M}",
            event.by,
            event.source,
            event.op,
            event.label,
            ", ".join(f"{value:.4f}" for value in event.corners),
            json.dumps(event.reason) if event.reason else "",
        ]
        for event in events
    ]
    show(("Revision", "At", "By", "Source", "Did", "Class", "Corners", "Why"), table)


@revert_command.command("revert")
def revert(
    name: Annotated[str, typer.Argument(metavar="SET@N", help="The revision that was wrong.")],
    by: By = "",
    note: Note = "",
) -> None:
    """Undo one revision by a new one; refused where later ones changed the same boxes."""
    from labels.revert import revert as undo

    database, _ = stores()
    with database.write() as session:
        made = undo(session, name, by=by or user(), note=note)
    database.close()
    say(f"{made.name} undoes {name}, sha256 {made.digest}")
    print(made.name)


def show(titles: Sequence[str], rows: Sequence[Sequence[str]], *, digests: bool = False) -> None:
    """A table on standard output; hashes are cut."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold", no_wrap=title == "Revision")
    for row in rows:
        table.add_row(*(cell[:12] if digests and len(cell) == 64 else cell for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(table)
