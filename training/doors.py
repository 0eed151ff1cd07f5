"""The door branch of the objects model: yolo26n fine-tuned, its first layers kept.

    homelens train objects --data DATA --weights yolo26n.pt --work work

doordetect labels four classes and nothing else. Fine-tuning the whole detector on it would teach
that beds and people are background. So the COCO half of the detector is left exactly as it is,
the first layers are shared, and only a copy of the rest learns the four door classes;
training.objects joins both into one graph.
"""

from pathlib import Path
from typing import Any

import yaml

from training.splits import fresh_link, groups, split
from training.yolo import fine_tune
from vision.errors import DataError

NAMES = ("door", "handle", "cabinet door", "refrigerator door")


def prepare(data: Path, out: Path, test: int, val: int) -> Path:
    """Lay out train, val and test as YOLO folders of links under `out`; returns the data file.

    `data` has images/, labels/ and names.txt. Raises DataError for another layout.
    """
    names = (data / "names.txt").read_text().split("\n") if (data / "names.txt").is_file() else []
    if tuple(name for name in names if name) != NAMES:
        raise DataError(
            f"{data}/names.txt does not list the door classes", accepted=", ".join(NAMES)
        )
    images = sorted((data / "images").iterdir())
    parts = split(groups(images), {"test": test, "val": val})
    for part, paths in parts.items():
        for path in paths:
            fresh_link(out / part / "images" / path.name, path)
            label = data / "labels" / f"{path.stem}.txt"
            fresh_link(out / part / "labels" / label.name, label)
        fresh_link(out / part / "names.txt", data / "names.txt")
    described = {
        "path": str(out.resolve()),
        **{part: f"{part}/images" for part in parts},
        "names": dict(enumerate(NAMES)),
    }
    file = out / "doors.yaml"
    file.write_text(yaml.safe_dump(described))
    return file


def train(weights: Path, data_file: Path, work: Path, params: dict[str, Any], seed: int) -> Path:
    """Fine-tune and return the last checkpoint; goes on where an interrupted run stopped."""
    return fine_tune(
        weights,
        work,
        "doors",
        data=str(data_file),
        freeze=params["shared_layers"],
        imgsz=params["image_size"],
        epochs=params["epochs"],
        batch=params["batch"],
        lr0=params["learning_rate"],
        lrf=params["final_share"],
        warmup_epochs=params["warmup_epochs"],
        close_mosaic=params["close_mosaic"],
        scale=params["scale"],
        fliplr=params["fliplr"],
        degrees=params["degrees"],
        cache="ram",
        seed=seed,
    )
