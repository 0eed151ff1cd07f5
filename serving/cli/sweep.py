"""`homelens sweep`: delete what has run out; the service does the same every few minutes.

    homelens sweep
    homelens sweep --grace-minutes 0       # only while no service runs: uploads under way count

Originals after HOMELENS_KEEP_ORIGINALS_DAYS, files that a crash left, expired tokens and answers.
"""

import json
from typing import Annotated

import typer

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command()
def sweep(
    grace_minutes: Annotated[
        float,
        typer.Option("--grace-minutes", min=0, help="Files younger than this are let be."),
    ] = 60,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON on standard output.")
    ] = False,
) -> None:
    """Delete originals whose time is over and whatever nobody needs any more."""
    from dataclasses import asdict
    from datetime import timedelta

    from serving.settings import load_settings
    from serving.store.database import Database
    from serving.store.files import Files
    from serving.work.sweep import sweep as sweep_all

    settings = load_settings()
    swept = sweep_all(
        Database.open(settings.database),
        Files.open(settings.store),
        settings.state / "incoming",
        settings,
        timedelta(minutes=grace_minutes),
    )
    print(json.dumps(asdict(swept)) if as_json else f"Deleted: {swept}")
