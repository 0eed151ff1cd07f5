"""Fine-tunes the outlines of people, if params.yaml asks for any epochs.

    homelens train people --data DATA --weights yolov8n-seg.pt --work work

The training photos are coco/train with the polygons of people alone; the network keeps its 80
classes, so that the export is the same with and without training. With `epochs: 0` the initial
weights are taken over: docs/experiments.md says what fine-tuning gave.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from training.splits import fresh_link
from training.yolo import fine_tune


def prepare(data: Path, out: Path, names: dict[int, str]) -> Path:
    """YOLO segmentation labels (polygons as shares) for `data`/coco/train; the data file's path."""
    content = json.loads((data / "coco" / "train.json").read_text())
    (person,) = (c["id"] for c in content["categories"] if c["name"] == "person")
    lines: dict[int, list[str]] = {image["id"]: [] for image in content["images"]}
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    for note in content["annotations"]:
        if note["category_id"] != person or note.get("iscrowd"):
            continue
        wide, tall = sizes[note["image_id"]]
        # One person may be several polygons: the largest stands for them.
        polygon = max(note["segmentation"], key=len)
        shares = [v / (wide if i % 2 == 0 else tall) for i, v in enumerate(polygon)]
        lines[note["image_id"]].append("0 " + " ".join(f"{v:.5f}" for v in shares))
    for image in content["images"]:
        name = image["file_name"]
        fresh_link(out / "images" / name, data / "coco" / "train" / name)
        label = out / "labels" / f"{Path(name).stem}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("\n".join(lines[image["id"]]))
    file = out / "people.yaml"
    described = {"path": str(out.resolve()), "train": "images", "val": "images", "names": names}
    file.write_text(yaml.safe_dump(described))
    return file


def train_people(data: Path, weights: Path, work: Path, params: dict[str, Any], seed: int) -> Path:
    """The checkpoint `work`/people.pt; an interrupted run goes on."""
    result = work / "people.pt"
    if params["epochs"] == 0:
        shutil.copyfile(weights, result)
        return result
    from ultralytics.models import YOLO

    names = YOLO(str(weights)).names
    last = fine_tune(
        weights,
        work,
        "run",
        data=str(prepare(data, work / "data", names)),
        freeze=10,
        imgsz=params["image_size"],
        epochs=params["epochs"],
        batch=params["batch"],
        lr0=params["learning_rate"],
        lrf=0.05,
        warmup_epochs=0,
        mosaic=0.0,
        seed=seed,
    )
    shutil.copyfile(last, result)
    return result
