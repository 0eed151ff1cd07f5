"""`homelens train` and `homelens export`: from a data folder to the bundles.

    homelens train objects --data DATA --weights yolo26n.pt
    homelens train objects --labels doors@3 --weights yolo26n.pt
    homelens export objects --data DATA --weights yolo26n.pt
    homelens train rooms --data DATA
    homelens export rooms --data DATA
    homelens train people --data DATA --weights yolov8n-seg.pt
    homelens export people

Parameters come from params.yaml; dvc.yaml names the same commands as stages. An interrupted
training goes on where it stopped; --fresh starts over.
"""

import os
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from vision.bundle import models_folder
from vision.errors import DataError

train_app = typer.Typer(help="Train a model from a data folder.", no_args_is_help=True)
export_app = typer.Typer(
    help="Turn a trained model into a bundle of models/.", no_args_is_help=True
)

Data = Annotated[Path, typer.Option("--data", envvar="HOMELENS_DATA", help="The data folder.")]
DataIfAny = Annotated[
    Path | None, typer.Option("--data", envvar="HOMELENS_DATA", help="The data folder.")
]
Weights = Annotated[Path, typer.Option("--weights", help="The initial weights, a .pt file.")]
Work = Annotated[Path, typer.Option("--work", help="Where checkpoints and curves are kept.")]
Params = Annotated[Path, typer.Option("--params", help="The parameters of all stages.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget an interrupted run.")]
Out = Annotated[Path | None, typer.Option("--out", help="The bundle's folder.")]

WORK, PARAMS = Path("work"), Path("params.yaml")


def read_params(path: Path) -> dict[str, Any]:
    """The parameter file. Raises DataError."""
    import yaml

    if not path.is_file():
        raise DataError(f"no parameters at {path}", do="run in the checkout, or give --params")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _start(work: Path, fresh: bool, *needed: Path) -> None:
    import torch

    for path in needed:
        if not path.exists():
            raise DataError(f"{path} does not exist", do="see the data sheet in README.md")
    if fresh:
        shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    # No weights or settings are fetched from anywhere.
    os.environ.setdefault("YOLO_OFFLINE", "1")
    torch.set_num_threads(len(os.sched_getaffinity(0)))


@train_app.command("rooms")
def train_rooms_command(
    data: Data, work: Work = WORK, params: Params = PARAMS, fresh: Fresh = False
) -> None:
    """Train the room classifier."""
    from training.rooms import train_rooms

    values = read_params(params)
    _start(work / "rooms", fresh, data / "rooms", data / "listings", data / "coco")
    train_rooms(data, work / "rooms", values["rooms"], values["seed"])


@train_app.command("objects")
def train_objects_command(
    weights: Weights,
    data: DataIfAny = None,
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="SET[@N]", help="A revision of the label store instead."),
    ] = None,
    test_set: Annotated[
        str | None,
        typer.Option(metavar="SET[@N]", help="Its test part; default: photos of the same set."),
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Take its labels as they are, uncorrected.")
    ] = False,
    work: Work = WORK,
    params: Params = PARAMS,
    fresh: Fresh = False,
) -> None:
    """Train the door branch of the objects model."""
    values = read_params(params)
    folder, doors = work / "objects", values["doors"]
    if labels is not None:
        from training.from_labels import Asked, train_from_labels
        from training.labels_cli import recipe

        _start(folder, fresh, weights)
        judging = recipe(weights, values["labels"]["image_size"], values["labels"]["epochs"])
        asked = Asked(labels, test_set, as_is)
        train_from_labels(asked, judging, folder, doors, values["seed"])
        return
    if data is None:
        raise DataError("it is not clear which labels are meant", accepted="--data or --labels")
    if test_set is not None or as_is:
        raise DataError("--test-set and --as-is say nothing of a data folder", do="add --labels")
    from training.doors import prepare, train

    _start(folder, fresh, data / "doordetect", weights)
    if from_store(folder):
        raise DataError(
            f"{folder} holds a run that was begun with --labels",
            do="--fresh forgets it; or name another --work",
        )
    described = prepare(data / "doordetect", folder / "data", doors["test"], doors["val"])
    train(weights, described, folder, doors, values["seed"])


def from_store(folder: Path) -> bool:
    """Whether the run in this work folder was begun with --labels."""
    from training.from_labels import ORIGIN

    return (folder / ORIGIN).is_file()


@train_app.command("people")
def train_people_command(
    data: Data, weights: Weights, work: Work = WORK, params: Params = PARAMS, fresh: Fresh = False
) -> None:
    """Fine-tune the outlines of people; with no epochs, take the initial weights over."""
    from training.people import train_people

    values = read_params(params)
    _start(work / "people", fresh, data / "coco", weights)
    train_people(data, weights, work / "people", values["people"], values["seed"])


@export_app.command("rooms")
def export_rooms_command(
    data: Data, work: Work = WORK, params: Params = PARAMS, out: Out = None
) -> None:
    """Export the room classifier; needs the objects bundle beside it."""
    from training.export_rooms import export_rooms

    _start(work / "rooms", False, work / "rooms" / "net.pt")
    folder = out or models_folder() / "rooms"
    values = read_params(params)["rooms"]
    export_rooms(data, work / "rooms", models_folder() / "objects", folder, values)


@export_app.command("objects")
def export_objects_command(
    data: Data, weights: Weights, work: Work = WORK, params: Params = PARAMS, out: Out = None
) -> None:
    """Export the detector: indoor classes from the initial weights, doors as trained."""
    from training.export_objects import export_objects

    _start(work / "objects", False, weights, work / "objects" / "doors")
    values = read_params(params)["doors"]
    shipped = models_folder() / "objects"
    if from_store(work / "objects"):
        if out is not None and out.resolve() == shipped.resolve():
            raise DataError(
                f"{out} is the bundle in use, which only a comparison replaces",
                do="name another --out, then `homelens models promote` it",
            )
        if not (work / "objects" / "doors" / "finished").is_file():
            raise DataError(
                f"{work}/objects holds a training that was cut", do="train first: it goes on"
            )
        out = out or work / "objects" / "bundle"
        typer.echo(f"exporting to {out}: `homelens models promote` puts it in place", err=True)
    export_objects(data, weights, work / "objects", out or shipped, values)


@export_app.command("figures")
def export_figures_command(bundle: Path, figures: list[str]) -> None:
    """Write figures into the manifest of BUNDLE: SET=FILE with a set's name and a JSON file."""
    from training.record import record

    files = {}
    for given in figures:
        name, sign, file = given.partition("=")
        if not (name and sign and file):
            raise DataError(f"{given!r} names no file", accepted="SET=FILE")
        files[name] = Path(file)
    typer.echo(f"{record(bundle, files)} figures", err=True)


@export_app.command("people")
def export_people_command(work: Work = WORK, out: Out = None) -> None:
    """Export the outlines of people."""
    from training.export_people import export_people

    trained = work / "people" / "people.pt"
    _start(work / "people", False, trained)
    export_people(trained, out or models_folder() / "people")
