"""The `homelens` command: finds its sub-commands by name and loads only the one that is asked for.

    homelens --help
    homelens check photos --home bedrooms=3,bathrooms=2,type=house

Sub-commands are the entry points of the group "homelens.commands", each a `typer.Typer`, so that
this package imports no training code. Exit codes: 0 done, 2 wrong input or an error that
homelens names (its code stands in brackets), and what a command's own help says.
"""

import sys
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from vision.errors import HomelensError, MissingExtra

GROUP = "homelens.commands"

EXTRAS = {
    "train": "train",
    "export": "train",
    "evaluate": "evaluate",
    "bench": "evaluate",
    "avm": "avm",
    "labels": "train",
    "models": "train",
    "scan": "ray",
}
"""Command to the extra that installs what it needs beyond the base."""


class LazyCommands(TyperGroup):
    """A group whose commands are entry points, imported when they are run or listed."""

    points = GROUP
    """The group of entry points."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, without importing anything."""
        return sorted(entry_points(group=self.points).names)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or one that says what to install; None if there is no such name."""
        found = entry_points(group=self.points, name=cmd_name)
        return load(next(iter(found))) if found else None


def load(point: EntryPoint) -> Any:
    """The command behind an entry point."""
    try:
        command = typer.main.get_command(point.load())
    except ModuleNotFoundError as error:
        # the extra of `homelens avm evaluate` is avm's
        own = point.name if point.group == GROUP else point.group.rpartition(".")[2]
        command = typer.main.get_command(not_installed(missing_extra(own, error)))
    command.name = point.name
    return command


def missing_extra(command: str, error: ModuleNotFoundError) -> MissingExtra:
    """The error that says what to install. Re-raises where one of our own modules is missing."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "vision", "serving", "training", "labels", "avm"):
        raise error
    extra = EXTRAS.get(command)
    return MissingExtra(
        f"'homelens {command}' needs the package {package}, which is not installed",
        do=f"pip install 'homelens{f'[{extra}]' if extra else ''}'",
    )


def not_installed(error: MissingExtra) -> typer.Typer:
    """A command that stands in for one that cannot be imported: any use raises `error`."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command(
        help=f"Not installed: {error.do}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        add_help_option=False,
    )
    def missing() -> None:
        raise error

    return app


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help starts without rich
    pretty_exceptions_enable=False,
)


def show_version(wanted: bool) -> None:
    """Print the installed version and stop."""
    if wanted:
        print(f"homelens {version('homelens')}")
        raise typer.Exit


@app.callback()
def homelens(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Checks listing photos for completeness, quality and privacy, on CPU."""


def main() -> None:
    """Console entry point. Named errors go to standard error with exit code 2."""
    try:
        typer.main.get_command(app)(prog_name="homelens")
    except ModuleNotFoundError as error:  # imported inside a command that was already running
        name = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        fail(missing_extra(name, error))
    except HomelensError as error:
        fail(error)
    except OSError as error:  # the disk is full, the folder is not ours, …
        place = f": {error.filename}" if error.filename else ""
        print(f"Error: {error.strerror or error}{place}", file=sys.stderr)
        sys.exit(2)


def fail(error: HomelensError) -> None:
    """Say what is wrong and end with exit code 2."""
    print(f"Error: {error} [{error.code}]", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
