"""`homelens check`: photos and the declared home to a report and safe copies.

    homelens check photos --home bedrooms=3,bathrooms=2,type=house
    homelens check photos --home … --rules mls --out report
    homelens check photos --home … --json | jq .complete

Without --out nothing is written and no copies are made. An incomplete listing is a result, not an
error: the exit code is 0, or 1 with --strict. Progress and remarks go to standard error.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # imported when the command runs: --help and wrong options answer at once
    from serving.output import OutputFolder
    from vision.checker import PhotoChecker, Source
    from vision.policy import Policy

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

INCOMPLETE = 1
"""Exit code of an incomplete listing with --strict."""


@command.command(epilog="Settings: docs/settings.md. Rule files: docs/rules.md.")
def check(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTOS", help="Photo files and folders of photos.")
    ],
    home: Annotated[
        str,
        typer.Option(
            metavar="HOME",
            help="The declared home: bedrooms=3,bathrooms=2.5,type=house,extras=garage+pool",
        ),
    ],
    rules: Annotated[
        str | None,
        typer.Option(
            metavar="RULES",
            help="default, mls, holiday_let, or the path of a YAML file of your own.",
        ),
    ] = None,
    room: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PHOTO=ROOM",
            help="What a photo shows, where the check is not sure: IMG_1.jpg=kitchen+living_room",
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY", help="How people are hidden: blur, pixelate, remove or withhold."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write report.html, report.json and the safe copies into this folder.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON on standard output.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 1 if the listing is not complete.")
    ] = False,
) -> None:
    """Check whether photos show a home completely, and make copies that are safe to share.

    The exit code is 0 when the check was made, whatever it found (see --strict), and 2 when
    something is wrong with the command, a setting, a rule file or the models. A photo that cannot
    be read is part of the report.
    """
    from serving.cli.answers import parse_answers
    from serving.cli.inputs import photo_files, reader
    from serving.settings import load_settings
    from vision.completeness import answerable
    from vision.home import parse_home
    from vision.rules import load_rules

    settings = load_settings()
    declared = parse_home(home)
    rule_file = load_rules(rules or settings.rules)
    given = photo_files(photos)
    answers = parse_answers(room or [], given.files, answerable(declared, rule_file))
    how = parse_policy(policy) if policy else settings.policy
    for path in given.skipped:
        print(f"Skipped {path.name!r}: its name is not a picture's.", file=sys.stderr)

    from vision.checker import PhotoChecker

    folder = prepare(out, list(given.files.values())) if out else None
    checker = PhotoChecker.load(settings.models, settings.threads, settings.limits)
    sources = {name: reader(path, settings.max_bytes) for name, path in given.files.items()}
    steps = len(sources) * (2 if folder else 1)
    with progress_bar(steps) as advance:
        report = checker.check(
            sources, declared, rule_file, answers=answers, progress=lambda photo_id: advance()
        )
        if folder:
            make_copies(checker, sources, how, folder, advance)
            folder.finish(report)
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        from serving.cli.table import show

        show(report, out)
    if strict and not report.complete:
        raise typer.Exit(INCOMPLETE)


def parse_policy(name: str) -> "Policy":
    """A policy by name. Raises SettingsError that lists them."""
    from vision.errors import SettingsError
    from vision.policy import Policy

    try:
        return Policy(name)
    except ValueError as error:
        raise SettingsError(f"there is no policy {name!r}", accepted=", ".join(Policy)) from error


def prepare(out: Path, inputs: Sequence[Path]) -> "OutputFolder":
    """The output folder, cleared of an earlier run's copies."""
    from serving.output import OutputFolder

    return OutputFolder.prepare(out, inputs)


def make_copies(
    checker: "PhotoChecker",
    sources: "Mapping[str, Source]",
    policy: "Policy",
    folder: "OutputFolder",
    advance: Callable[[], None],
) -> None:
    """A copy and a receipt of every photo that can be read from the disk."""
    from vision.errors import PhotoError

    for photo_id, source in sources.items():
        try:
            data = source if isinstance(source, bytes) else source()
        except PhotoError:
            pass  # it is among the report's refused files, with its reason
        else:
            folder.add(photo_id, checker.copy(data, policy))
        advance()


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error if that is a terminal; gives the function that moves it by one."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Looking at photos", total=steps)
        yield lambda: progress.advance(task)
