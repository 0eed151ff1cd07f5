"""`homelens labels corrupt`: label files with published noise, and the truth about it.

    homelens labels corrupt doors --format yolo --kind mixed --level 0.2 --out noisy

Writes the noisy labels in the same format and errors.json beside them; nothing enters the store.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from training.console import note

command = typer.Typer(add_completion=False, rich_markup_mode=None)


@command.command("corrupt")
def corrupt(
    source: Annotated[Path, typer.Argument(metavar="FOLDER_OR_FILE")],
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="As `import`.")],
    out: Annotated[Path, typer.Option("--out", help="Where the noisy labels go.")],
    kind: Annotated[str, typer.Option("--kind", help="jitter (OA-MIL) or mixed (UNA).")] = "mixed",
    level: Annotated[float, typer.Option("--level", help="0 to 0.9; published: 0.1-0.4.")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    images: Annotated[
        Path | None, typer.Option("--images", help="The photos, where the labels need them.")
    ] = None,
) -> None:
    """Spoil labels in a published way, to measure what noise costs."""
    from labels.formats import losses, read, write
    from serving.output import write as write_file
    from training.noise import corrupt as spoil

    labels = read(format_, source, images)
    noisy = spoil(labels, kind, level, seed)
    write(format_, noisy.labels, out)
    for one in losses(format_, noisy.labels):
        note(one)
    told = {
        "kind": kind,
        "level": level,
        "seed": seed,
        "counts": noisy.count(),
        "errors": [
            {"image": image, "place": place, **asdict(error)}
            for (image, place), error in noisy.errors.items()
        ],
        "missing": [{"image": image, "box": asdict(box)} for image, box in noisy.missing],
    }
    truth = out / "errors.json" if out.is_dir() else out.with_suffix(".errors.json")
    write_file(truth, json.dumps(told).encode())
    counted = ", ".join(f"{count} {what}" for what, count in noisy.count().items())
    note(f"{counted}; wrote {out} and {truth}")
