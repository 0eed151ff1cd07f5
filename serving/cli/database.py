"""`homelens database`: bring the database's tables to this version.

homelens database upgrade        # `homelens serve` does the same at its start
homelens database status
"""

import typer

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Look at the database's tables, and bring them to this version.",
)


@app.command()
def upgrade() -> None:
    """Run the migrations that are missing."""
    from serving.settings import load_settings
    from serving.store.database import HEAD, Database, shown

    address = load_settings().database
    Database.open(address).close()
    print(f"{shown(address)} is at migration {HEAD}")


@app.command("status")
def show_status() -> None:
    """Say which migration the database is at; exit code 1 where it is not the newest."""
    from serving.settings import load_settings
    from serving.store.database import HEAD, shown, status

    address = load_settings().database
    current = status(address)
    print(f"{shown(address)} is at migration {current or 'none'}; the newest is {HEAD}")
    if current != HEAD:
        raise typer.Exit(1)
