"""`homelens models promote`: a retrained bundle replaces the one in use, if it is no worse.

    homelens models promote work/challenger --yolo clean-photos
    homelens models promote work/challenger --yolo doors --coco val.json --images val --dry-run
    homelens models promote work/challenger --rooms clean-rooms

The photos must be clean and not learned from. Exit code 1 where it is refused, with the reasons.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.console import note
from vision.errors import DataError

if TYPE_CHECKING:
    from training.promote import Sources

command = typer.Typer(add_completion=False, rich_markup_mode=None)

PROMOTION = "promotion"
"""The key in a manifest's `extra`."""


@command.command("promote")
def promote(
    challenger: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The new bundle's folder.")],
    yolo: Annotated[
        list[Path] | None,
        typer.Option("--yolo", metavar="DIR", help="Clean labelled photos; may be repeated."),
    ] = None,
    coco: Annotated[Path | None, typer.Option("--coco", help="A COCO file of them,")] = None,
    images: Annotated[Path | None, typer.Option("--images", help="with its photos.")] = None,
    rooms: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Or a folder of photos per room type.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare only.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Compare BUNDLE with the one in use on the same clean photos; replace that if no worse."""
    from serving.bundle_log import Change
    from serving.bundle_log import note as log
    from serving.bundles import alone, manifest_sha256, place_of, replace
    from serving.settings import load_settings
    from training.figures import measured, show
    from training.promote import judge_challenger
    from vision.bundle import read_manifest

    sources = named(yolo or [], coco, images, rooms)
    models, new = load_settings().models, read_manifest(challenger)
    champion = place_of(models, new.name)
    old, before = read_manifest(champion), manifest_sha256(champion)
    verdict = judge_challenger(champion, challenger, models, sources)
    paths = [path for places in sources.values() for path in places]
    shown = measured("models promote", [challenger, *paths], [], verdict.figures)
    data = {str(path): shown.data[str(path)] for path in paths}
    used = {"champion": old.sha256, "challenger": new.sha256}
    show(shown.model_copy(update={"models": used, "data": data}), as_json)
    for reason in verdict.reasons:
        note(f"kept the old model: {reason}")
    if verdict.reasons:
        raise typer.Exit(1)
    if dry_run:
        note("it may replace the old model; nothing was changed (--dry-run)")
        return
    record = {
        "over": old.sha256,
        "over_manifest": before,
        "figures": [one.model_dump() for one in verdict.figures],
        # a manifest tells of no machine's folders
        "data": {Path(path).resolve().name: sha256 for path, sha256 in data.items()},
        "code": shown.code,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    promoted = new.model_copy(update={"extra": {**new.extra, PROMOTION: record}})
    with alone(models):
        kept = replace(models, new.name, challenger, promoted, before)
        why = f"no worse than {before[:12]} on {', '.join(sources)}"
        now = manifest_sha256(champion)
        log(models, new.name, Change(action="promoted", version=now, before=before, why=why))
    note(f"{champion} is replaced; the old one is kept at {kept}")
    note("services go on with what they have loaded until they are started again")
    if new.task == "detect":
        note("rooms and people build on the detector: measure them again (docs/training.md)")


def named(
    yolo: list[Path], coco: Path | None, images: Path | None, rooms: Path | None
) -> "Sources":
    """What was given, each set of photos by a name of its own. Raises DataError."""
    if (coco is None) != (images is None):
        raise DataError("a COCO file comes with its photos", accepted="--coco FILE --images DIR")
    sources: dict[str, list[Path]] = {}
    for number, folder in enumerate(yolo, 1):
        sources["yolo" if number == 1 else f"yolo{number}"] = [folder]
    if coco is not None and images is not None:
        sources["coco"] = [coco, images]
    if rooms is not None:
        sources["rooms"] = [rooms]
    return sources
