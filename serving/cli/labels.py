"""`homelens labels`: label sets with their history, in and out of other tools' formats.

    homelens labels import export.json --set doors --format coco --images photos
    homelens labels export doors@3 --format yolo --out folder --images
    homelens labels log doors

Its commands are the entry points of the group "homelens.labels", so that a command that trains is
found without this package importing it, and each is imported when it is run.
"""

import typer

from serving.cli.main import LazyCommands


class LabelsCommands(LazyCommands):
    """The commands of `homelens labels`."""

    points = "homelens.labels"


app = typer.Typer(
    cls=LabelsCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def labels() -> None:
    """Keep labels with their history; find and mend wrong ones."""
