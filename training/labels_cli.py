"""`homelens labels check|correct|choose`: what training models tell about a set of labels.

    homelens labels check doors --weights yolo26n.pt          # fills the review queue
    homelens labels correct doors --weights yolo26n.pt        # what is safe to mend, as a revision
    homelens labels choose doors --weights yolo26n.pt         # the ten photos to label next
    homelens labels check --yolo FOLDER --weights yolo26n.pt --out sheet.png

Models are trained out of fold; an interrupted run goes on under --work.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.console import note

if TYPE_CHECKING:
    from labels.boxes import LabelSet
    from training.check_labels import Checked
    from training.noisy.trainer import Recipe

check_command = typer.Typer(add_completion=False, rich_markup_mode=None)
correct_command = typer.Typer(add_completion=False, rich_markup_mode=None)
choose_command = typer.Typer(add_completion=False, rich_markup_mode=None)

Set = Annotated[str, typer.Argument(metavar="SET[@N]", help="A set, or one revision of it.")]
Weights = Annotated[Path, typer.Option("--weights", help="Initial weights, a .pt file.")]
Work = Annotated[Path, typer.Option("--work", help="Where interrupted trainings are kept.")]
Pixels = Annotated[int, typer.Option("--image-size", min=64, help="Pixels; more is slower.")]
Epochs = Annotated[int, typer.Option("--epochs", min=1, help="Of each model that judges.")]
Seed = Annotated[int, typer.Option("--seed", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]

WORK = Path("work/labels")


def recipe(weights: Path, pixels: int, epochs: int) -> "Recipe":
    """How the judging models train. Raises DataError."""
    import os

    from training.noisy.trainer import Recipe
    from vision.errors import DataError

    if not weights.is_file():
        raise DataError(f"{weights} does not exist", do="give yolo26n.pt with --weights")
    threads = len(os.sched_getaffinity(0))
    return Recipe(weights, image_size=pixels, epochs=epochs, threads=threads)


@check_command.command("check")
def check(
    weights: Weights,
    name: Annotated[
        str | None, typer.Argument(metavar="SET[@N]", help="A set, or one revision of it.")
    ] = None,
    yolo: Annotated[
        Path | None,
        typer.Option("--yolo", metavar="DIR", help="A YOLO folder in place of a set."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Draw the most suspicious findings here (PNG).")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Findings in the picture.")] = 100,
    work: Work = WORK,
    image_size: Pixels = 320,
    epochs: Epochs = 8,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Judge every box of a set, and queue the doubtful ones for review."""
    from labels.profiles import profiles
    from training.check_labels import check_labels
    from training.label_sources import folder_of, kept_run, set_of
    from vision.errors import DataError

    if (name is None) == (yolo is None):
        raise DataError("it is not clear which labels are meant", accepted="SET[@N], or --yolo DIR")
    how = recipe(weights, image_size, epochs)
    labels, paths, revision = set_of(name, work) if name is not None else folder_of(yolo or Path())
    checked = check_labels(labels, paths, how, seed, work)
    told = report(labels, checked, revision)
    told["labelers"] = [
        {"by": one.by, "boxes": one.boxes, "bias": one.bias, "spread": one.spread, "says": one.says}
        for one in profiles(labels, checked.views)
    ]
    if revision is not None:
        told["run"] = kept_run(revision, labels, told, checked.flags)
    if out is not None:
        from labels.sheet import draw_sheet
        from training.safe_photos import safe_photos

        surest = sorted(checked.flags, key=lambda flag: -flag.probability)[:most]
        with safe_photos({flag.image: paths[flag.image] for flag in surest}) as safe:
            draw_sheet(surest, safe, out)
        note(f"wrote {out}")
    say(told, as_json)


def report(labels: "LabelSet", checked: "Checked", revision: str | None) -> dict[str, object]:
    """What the run found, as JSON."""
    from collections import Counter

    from labels.locate import drawing_error

    return {
        "command": "homelens labels check",
        "revision": revision,
        "images": len(labels.images),
        "boxes": sum(len(image.boxes) for image in labels.images),
        "rates": dict(checked.quality.rates),
        "drawing_error": drawing_error(labels, checked.views),
        "flags": Counter(flag.kind for flag in checked.flags),
        "likely": Counter(flag.kind for flag in checked.flags if flag.probability >= 0.5),
    }


def say(told: dict[str, object], as_json: bool) -> None:
    """The report on standard output; in words on standard error."""
    if as_json:
        print(json.dumps(told))
        return
    for key, value in told.items():
        print(f"{key}: {value}")


@correct_command.command("correct")
def correct(
    name: Set,
    weights: Weights,
    work: Work = WORK,
    image_size: Pixels = 320,
    epochs: Epochs = 8,
    seed: Seed = 1,
    edges: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--edges",
            metavar="COCO_JSON IMAGES",
            help="Boxes of another set that are known to be good, to learn edges from.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Mend what several unseen models agree on, as one new revision that `revert` takes back."""
    from collections import Counter

    from labels.correct import correct as plan_of
    from training.check_labels import check_labels
    from training.label_sources import kept_corrections, set_of

    how = recipe(weights, image_size, epochs)
    labels, paths, revision = set_of(name, work)
    checked = check_labels(labels, paths, how, seed, work)
    refine = None
    if edges is not None:
        from training.noisy.refiner import Sight, clean_boxes, refine_by, train_refiner

        sight = Sight(weights)
        refine = refine_by(train_refiner(sight, clean_boxes(*edges), seed), sight, paths)
    plan = plan_of(labels, checked.quality, checked.views, refine)
    told: dict[str, object] = {
        "command": f"homelens labels correct {revision}",
        "drawing_error": plan.drawing_error,
        "corrections": Counter(one.action for one in plan.corrections),
    }
    if not dry_run:
        told["revision"] = kept_corrections(revision, plan.corrections)
    say(told, as_json)


@choose_command.command("choose")
def choose(
    name: Set,
    weights: Weights,
    count: Annotated[int, typer.Option("--count", min=1, help="Photos.")] = 10,
    work: Work = WORK,
    image_size: Pixels = 320,
    epochs: Epochs = 25,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Which photos of sellers who agreed should be labelled next; they join the set."""
    from training.label_sources import add_consented, set_of, unlabelled
    from training.next_photos import next_photos

    how = recipe(weights, image_size, epochs)
    labels, paths, revision = set_of(name, work)
    others = unlabelled(name, work)
    chosen = next_photos(labels, paths, others, how, seed, count)
    told: dict[str, object] = {
        "command": f"homelens labels choose {revision}",
        "of": len(others),
        "photos": chosen,
    }
    told["revision"] = add_consented(name, chosen)
    say(told, as_json)
