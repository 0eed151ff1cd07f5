"""`homelens labels import`, `export` and `add-photos`: labels into the store and out of it.

    homelens labels import doordetect --set doors --format yolo
    homelens labels import instances.json --set doors --format coco --images photos --by ana
    homelens labels export doors@3 --format cvat --out doors.xml --images

Importing is all or nothing, and makes one revision. What a format cannot carry is said on standard
error, as is the revision that was written or read.
"""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from labels.boxes import LabelSet
    from serving.store.database import Database
    from serving.store.files import Files

import_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
export_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
photos_command = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

FormatName = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="yolo, coco, cvat, label-studio or voc.")
]
By = Annotated[str, typer.Option(metavar="NAME", help="Who does it; default: this user.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the history.")]

PHOTOS = {"yolo": "images", "voc": "JPEGImages"}
"""Where a folder format has its photos."""


def user() -> str:
    """The name of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"


def stores() -> "tuple[Database, Files]":
    """Database and files, as the settings name them."""
    from serving.settings import load_settings
    from serving.store.database import Database
    from serving.store.files import Files

    settings = load_settings()
    return Database.open(settings.database), Files.open(settings.store)


def say(text: str) -> None:
    """On standard error."""
    print(text, file=sys.stderr)


@import_command.command("import", epilog="Formats: docs/labels-formats.md.")
def import_(
    source: Annotated[
        Path,
        typer.Argument(metavar="FOLDER_OR_FILE", help="A folder (yolo, voc) or a file."),
    ],
    name: Annotated[str, typer.Option("--set", metavar="NAME", help="The set; made if new.")],
    format_name: FormatName,
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The photos; default: images/ or JPEGImages/ of a folder format."
        ),
    ] = None,
    by: By = "",
    note: Note = "",
) -> None:
    """Take labels in as a new revision of a set; prints its name."""
    from labels.formats import read, said
    from labels.photos import keep_photos
    from labels.store import check, import_labels

    found = read(format_name, source, images)
    for sentence in said(found):
        say(sentence)
    predictions = sum(len(image.predictions) for image in found.images)
    if predictions:
        say(f"{predictions} predictions are not kept: the store holds labels")
    check(found)
    database, files = stores()
    photos = images or default_photos(format_name, source)
    kept = None
    if photos is None:
        say("imported without photos: they cannot be reviewed; name their folder with --images")
    else:
        kept = keep_photos(files, photos, [image.name for image in found.images])
    with database.write() as session:
        revision = import_labels(session, name, found, kept, by=by or user(), note=note)
    database.close()
    boxes = sum(len(image.boxes) for image in found.images)
    say(f"{boxes} boxes in {len(found.images)} photos, sha256 {revision.digest}")
    print(revision.name)


def default_photos(format_name: str, source: Path) -> Path | None:
    """The folder's own photos, where there are any."""
    folder = source / PHOTOS.get(format_name, "")
    return folder if format_name in PHOTOS and folder.is_dir() else None


@export_command.command("export", epilog="Formats: docs/labels-formats.md.")
def export(
    name: Annotated[str, typer.Argument(metavar="SET[@N]", help="A set, or one revision of it.")],
    format_name: FormatName,
    out: Annotated[Path, typer.Option(metavar="PATH", help="A new folder (yolo, voc), or a file.")],
    images: Annotated[
        bool,
        typer.Option("--images", help="Write the photos as well: beside the labels, in images/."),
    ] = False,
) -> None:
    """Write a revision's labels, and say which one and what the format cannot carry."""
    from labels.formats import losses, write
    from labels.store import labels_at, resolve

    database, files = stores()
    with database.read() as session:
        revision = resolve(session, name)
        found = labels_at(session, revision.name)
    if images:
        check_photos(database, found, revision.set)
    lost = losses(format_name, found)
    write(format_name, found, out)
    if format_name in PHOTOS:  # no place for it in the files themselves
        text = f"{revision.name}\n{revision.digest}\n"
        (out / "revision.txt").write_text(text, encoding="utf-8")
    if images:
        folder = out / PHOTOS[format_name] if format_name in PHOTOS else out.parent / "images"
        write_photos(database, files, found, revision.set, folder)
    database.close()
    say(f"exported {revision.name}, sha256 {revision.digest}")
    if "withdrawn" in found.notes:
        say(found.notes["withdrawn"])
    for sentence in lost:
        say(f"{format_name} cannot carry all of it: {sentence}")


def check_photos(database: "Database", labels: "LabelSet", set_name: str) -> None:
    """Raises DataError where photos were not imported, before anything is written."""
    from labels.photos import images_named
    from vision.errors import DataError

    with database.read() as session:
        rows = images_named(session, set_name, [image.name for image in labels.images])
    missing = [row.name for row in rows if row.sha256 is None and row.photo_id is None]
    if missing:
        raise DataError(
            f"{len(missing)} photos were never imported, such as {missing[0]}",
            do="import the labels again with --images, or export without",
        )


def write_photos(
    database: "Database", files: "Files", labels: "LabelSet", set_name: str, folder: Path
) -> None:
    """The photos under their names."""
    from labels.photos import images_named, stored_photo
    from serving.output import write

    with database.read() as session:
        for row in images_named(session, set_name, [image.name for image in labels.images]):
            path = folder / row.name
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, stored_photo(files, session, row))


@photos_command.command("add-photos")
def add_photos(
    name: Annotated[str, typer.Argument(metavar="SET", help="A set that there is.")],
    photos: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PHOTO]...", help="Ids; default: all whose sellers consented."),
    ] = None,
    by: By = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Take safe copies of the service's own photos into a set, where their sellers consented."""
    from labels.consent import add_photos as add
    from labels.consent import consented

    database, _ = stores()
    with database.write() as session:
        chosen = photos or consented(session)
        revision = add(session, name, chosen, by=by or user(), note="photos of the service")
    database.close()
    say(f"{len(chosen)} photos; the newest revision is {revision.name}")
    print(json.dumps({"revision": revision.name}) if as_json else revision.name)
