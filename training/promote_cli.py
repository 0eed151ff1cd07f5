"""`homelens models promote`: a retrained bundle replaces the shipped one, if it is no worse.

    homelens models promote work/challenger --yolo clean-photos
    homelens models promote work/challenger --coco val.json --images val --dry-run

The photos must be clean and seen by neither model in training. Exit code 1 where it is refused.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from training.console import note
from vision.errors import DataError

command = typer.Typer(add_completion=False, rich_markup_mode=None)


@command.command("promote")
def promote(
    challenger: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The new bundle's folder.")],
    yolo: Annotated[
        Path | None, typer.Option("--yolo", metavar="DIR", help="Clean labelled photos.")
    ] = None,
    coco: Annotated[Path | None, typer.Option("--coco", help="Or a COCO file of them,")] = None,
    images: Annotated[Path | None, typer.Option("--images", help="with its photos.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare only.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Compare BUNDLE with the shipped one on the same clean photos; replace that if no worse."""
    from serving.settings import load_settings
    from training.evaluate.labelled import read_coco, read_yolo
    from training.figures import measured, show
    from training.manifests import commit
    from training.promote import comparable, exchange, judge_challenger
    from vision.bundle import read_manifest

    if yolo is not None and coco is None:
        truth, paths = read_yolo(yolo), [yolo]
    elif coco is not None and images is not None and yolo is None:
        truth, paths = read_coco(coco, images), [coco, images]
    else:
        raise DataError(
            "it is not clear which photos are meant",
            accepted="--yolo DIR, or --coco FILE --images DIR",
        )
    champion = load_settings().models / read_manifest(challenger).name
    old, new = comparable(champion, challenger, paths)
    verdict = judge_challenger(champion, challenger, truth)
    shown = measured("models promote", paths, [], list(verdict.figures))
    shown = shown.model_copy(update={"models": {"champion": old.sha256, "challenger": new.sha256}})
    show(shown, as_json)
    for reason in verdict.reasons:
        note(f"kept the old model: {reason}")
    if not verdict.promoted:
        raise typer.Exit(1)
    if dry_run:
        note("it may replace the old model; nothing was changed (--dry-run)")
        return
    record: dict[str, object] = {
        "over": old.sha256,
        "figures": [one.model_dump() for one in verdict.figures],
        "data": shown.data,
        "code": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    kept = exchange(challenger, champion, record)
    note(f"{champion} is replaced; the old one is kept at {kept}")
