"""`homelens avm`: values of homes and the market data behind them.

    homelens avm check king_county.parquet --schema king_county
    homelens avm schemas

Its commands are the entry points of the group "homelens.avm", so that a command that trains is
found without this package importing it, and each is imported when it is run.
"""

import typer

from serving.cli.main import LazyCommands


class AvmCommands(LazyCommands):
    """The commands of `homelens avm`."""

    points = "homelens.avm"


app = typer.Typer(
    cls=AvmCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def avm() -> None:
    """Value homes, and check the market data behind it."""
