"""Made photos with the door classes on them, laid out as data/doordetect, and random weights."""

from pathlib import Path

import cv2
import numpy as np

from training.doors import NAMES

COLOURS = ((40, 60, 200), (30, 200, 220), (200, 120, 40), (120, 200, 60))


def write_doors(folder: Path, photos: int, seed: int = 0) -> Path:
    """`photos` pictures with one to four coloured rectangles, labelled exactly."""
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "names.txt").write_text("\n".join(NAMES))
    random = np.random.default_rng(seed)
    for number in range(photos):
        small = random.integers(0, 255, (9, 9, 3), np.uint8)
        picture = np.asarray(cv2.resize(small, (128, 96), interpolation=cv2.INTER_CUBIC))
        lines = []
        for _ in range(int(random.integers(1, 5))):
            label = int(random.integers(4))
            w, h = random.uniform(0.15, 0.5, 2)
            x, y = random.uniform(0, 1 - w), random.uniform(0, 1 - h)
            first = (round(x * 128), round(y * 96))
            last = (round((x + w) * 128), round((y + h) * 96))
            cv2.rectangle(picture, first, last, COLOURS[label], -1)
            lines.append(f"{label} {x + w / 2:.6f} {y + h / 2:.6f} {w:.6f} {h:.6f}\n")
        cv2.imwrite(str(folder / f"images/{number:03d}.png"), picture)
        (folder / f"labels/{number:03d}.txt").write_text("".join(lines))
    return folder


def write_clean_boxes(folder: Path, doors: Path, photos: int) -> None:
    """The first made photos as a COCO file: the boxes of another set that are known to be good."""
    import json

    from labels.formats import read

    labels = read("yolo", doors)
    images, marks = [], []
    (folder / "train").mkdir(parents=True)
    for image in labels.images[:photos]:
        images.append(
            {"id": len(images) + 1, "file_name": image.name, "width": image.width,
             "height": image.height}
        )  # fmt: skip
        data = (doors / "images" / image.name).read_bytes()
        (folder / "train" / image.name).write_bytes(data)
        for b in image.boxes:
            x, y = b.x1 * image.width, b.y1 * image.height
            w, h = (b.x2 - b.x1) * image.width, (b.y2 - b.y1) * image.height
            marks.append({"id": len(marks) + 1, "image_id": len(images), "category_id": 1,
                          "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0})  # fmt: skip
    content = {"images": images, "annotations": marks, "categories": [{"id": 1, "name": "thing"}]}
    (folder / "train.json").write_text(json.dumps(content))


def write_weights(path: Path) -> Path:
    """yolo26n with random weights: what is learned is little, the way there is the real one."""
    import torch
    from ultralytics.models import YOLO

    torch.manual_seed(0)
    YOLO("yolo26n.yaml").save(path)
    return path
