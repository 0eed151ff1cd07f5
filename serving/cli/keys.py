"""`homelens keys`: make, list and revoke the keys of the service.

    homelens keys create portal --scope service
    homelens keys create first --secret-file /run/homelens/key   # made elsewhere, such as a Secret
    homelens keys list
    homelens keys revoke key_4nWx0Yq8T2uJb1Zc

A key's secret is shown once, by `create`; the database holds its hash. From the first key on the
service serves nobody without one.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.store.database import Database

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Make, list and revoke keys of the service.",
)


def database() -> "Database":
    """The service's database, as the settings name it."""
    from serving.settings import load_settings
    from serving.store.database import Database

    return Database.open(load_settings().database)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who or what uses it.")],
    scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE", help="service, labeler, admin, analyst or partner; see docs/api.md."
        ),
    ] = "service",
    rate: Annotated[
        int | None,
        typer.Option("--rate", min=1, help="Requests a minute; default: HOMELENS_RATE_PER_MINUTE."),
    ] = None,
    max_bytes: Annotated[
        int | None,
        typer.Option("--max-bytes", min=1, help="Largest photo; default: HOMELENS_MAX_BYTES."),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            help="Take the secret from a file instead, such as a mounted Secret; "
            "does nothing where a key has it.",
        ),
    ] = None,
) -> None:
    """Make a key and show its secret, which is not kept anywhere."""
    from serving.errors import Unprocessable
    from serving.store.keys import Scope, create_key, take_key

    if scope not in list(Scope):
        raise Unprocessable(f"there is no scope {scope!r}", accepted=", ".join(Scope))
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise Unprocessable("the name cannot be kept", accepted="1 to 200 printable characters")
    limits = {"rate_per_minute": rate, "max_bytes": max_bytes}
    if secret_file is not None:
        secret = secret_file.read_text(encoding="utf-8", errors="replace").strip()
        with database().write() as session:
            key_id, new = take_key(session, name, Scope(scope), secret, **limits)
        typer.echo(f"{key_id} {'is made' if new else 'has this secret already'}", err=True)
        return
    with database().write() as session:
        made = create_key(session, name, Scope(scope), **limits)
    typer.echo(f"{made.id}: keep this secret, it is not shown again", err=True)
    print(made.secret)


@app.command("list")
def list_(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the list as JSON on standard output.")
    ] = False,
) -> None:
    """List all keys, without their secrets."""
    from serving.store.keys import list_keys

    with database().read() as session:
        rows = [
            {
                "id": row.id,
                "name": row.name,
                "scope": row.scope,
                "rate_per_minute": row.rate_per_minute,
                "max_bytes": row.max_bytes,
                "created_at": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "revoked_at": row.revoked_at and f"{row.revoked_at:%Y-%m-%dT%H:%M:%SZ}",
            }
            for row in list_keys(session)
        ]
    if as_json:
        print(json.dumps({"keys": rows}, indent=2))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("Key", "Name", "Scope", "Rate", "Bytes", "Made", "Revoked"):
        # a key's id is needed whole, to revoke it
        table.add_column(title, overflow="fold", no_wrap=title == "Key")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(markup=False, highlight=False, emoji=False).print(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, from `keys list`.")],
) -> None:
    """Revoke a key: it opens nothing any more, at once. Its listings stay."""
    from serving.store.keys import revoke_key

    with database().write() as session:
        revoke_key(session, key)
    typer.echo(f"{key} is revoked", err=True)
