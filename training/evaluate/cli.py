"""`homelens evaluate`: the shipped bundles measured on any folder of the right layout.

    homelens evaluate rooms photos                  # a folder per room type
    homelens evaluate objects val.json val          # COCO, or --yolo doors
    homelens evaluate listings listings             # a folder per home, homes.json
    homelens evaluate privacy val.json val
    homelens evaluate quality data
    homelens evaluate text sentences.jsonl          # labelled listing descriptions

There is no option by which a result could be tuned: a figure depends on the photos, the bundles
and the code alone, and the printed set names all three.
"""

from pathlib import Path
from typing import Annotated

import typer

from vision.errors import DataError

app = typer.Typer(
    help="Measure the shipped models on your own labelled photos.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write pictures to this folder.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR")]
CocoFile = Annotated[Path, typer.Argument(metavar="COCO_JSON")]
Images = Annotated[Path, typer.Argument(metavar="IMAGES")]


@app.command()
def rooms(folder: Folder, as_json: AsJson = False, out: Out = None) -> None:
    """Accuracy and calibration on DIR, which has one folder of photos per room type."""
    from training.console import note
    from training.evaluate.bundles import objects_and_rooms, room_types
    from training.evaluate.rooms import find_photos, look, score
    from training.figures import measured, show

    photos = find_photos(folder, room_types())
    seen = look(photos, *objects_and_rooms())
    figures = score(seen)
    if out:
        from training.evaluate.draw import draw_confusion, draw_worst

        draw_confusion(seen, out / "confusion.png")
        note(f"wrote {out / 'confusion.png'}")
        if draw_worst(seen, out / "mistakes.png"):
            note(f"wrote {out / 'mistakes.png'}")
    show(measured("evaluate rooms", [folder], ["rooms", "objects"], figures), as_json)


@app.command()
def objects(
    coco_json: Annotated[Path | None, typer.Argument(metavar="COCO_JSON")] = None,
    images: Annotated[Path | None, typer.Argument(metavar="IMAGES")] = None,
    yolo: Annotated[
        Path | None,
        typer.Option("--yolo", metavar="DIR", help="A folder with images/, labels/, names.txt."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """COCO's mean average precision on labelled photos, in all and per class."""
    from training.evaluate.bundles import objects_bundle
    from training.evaluate.labelled import read_coco, read_yolo
    from training.evaluate.objects import evaluate_objects
    from training.figures import measured, show

    if yolo and not coco_json:
        truth, command, paths = read_yolo(yolo), "evaluate objects --yolo", [yolo]
    elif coco_json and images and not yolo:
        truth, command = read_coco(coco_json, images), "evaluate objects"
        paths = [coco_json, images]
    else:
        raise DataError(
            "it is not clear which labels are meant", accepted="COCO_JSON IMAGES, or --yolo DIR"
        )
    figures = evaluate_objects(objects_bundle(), truth)
    show(measured(command, paths, ["objects"], figures), as_json)


@app.command()
def listings(folder: Folder, as_json: AsJson = False) -> None:
    """How often the checklist is exactly right, over every home and subset of its photos."""
    from training.evaluate.listings import evaluate_listings
    from training.figures import measured, show
    from vision.checker import PhotoChecker

    figures = evaluate_listings(folder, PhotoChecker.load())
    show(measured("evaluate listings", [folder], ["rooms", "objects"], figures), as_json)


@app.command()
def privacy(coco_json: CocoFile, images: Images, as_json: AsJson = False) -> None:
    """How much of the people is hidden, and how much else, on photos with outlines of people."""
    from training.evaluate.privacy import evaluate_privacy
    from training.figures import measured, show

    figures = evaluate_privacy(coco_json, images)
    show(measured("evaluate privacy", [coco_json, images], ["objects", "people"], figures), as_json)


@app.command()
def quality(data: Folder, as_json: AsJson = False) -> None:
    """How well the quality findings tell bad photos from good ones, by spoiling good ones."""
    from training.evaluate.quality import evaluate_quality
    from training.figures import Figure, measured, show

    figures = [Figure.model_validate(f) for f in evaluate_quality(data)]
    show(measured("evaluate quality", [data], [], figures), as_json)


@app.command()
def text(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Lines of JSON, a description each.")
    ],
    as_json: AsJson = False,
) -> None:
    """How well attributes are read from listing descriptions, on labelled ones."""
    from training.evaluate.text import evaluate_text
    from training.figures import measured, show

    show(measured("evaluate text", [file], [], evaluate_text(file)), as_json)
