"""A tiny detector whose weights are known, and photos on which it is right: for comparisons.

It divides a photo of 64 × 64 pixels into 16 cells and calls a cell red, green or blue as far as it
is. A real ONNX file in a real bundle, as good or bad as a test wants it.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.manifests import write_manifest
from vision.bundle import Input, Manifest, Threshold

CLASSES = ("red", "green", "blue")
SIDE, CELLS = 64, 4
CELL = SIDE // CELLS


def write_bundle(
    folder: Path,
    *,
    shift: Sequence[float] = (0, 0, 0),
    gain: Sequence[float] = (1, 1, 1),
    threshold: float = 0.5,
    **changes: object,
) -> Path:
    """The bundle; `shift` moves the boxes of a class by pixels, `gain` scales its scores.

    A class whose boxes are moved has anchors of its own, as has every class: 3 × 16.
    """
    cells = np.array([(x, y) for y in range(CELLS) for x in range(CELLS)], np.float32) * CELL
    boxes = np.concatenate(
        [np.concatenate([cells + by, cells + CELL + by], axis=1) for by in shift]
    )
    weights = np.diag(np.array(gain, np.float32) * 0.9).reshape(3, 3, 1, 1)
    own = np.repeat(np.eye(3, dtype=np.float32), CELLS**2, axis=1)[None]
    nodes = [
        helper.make_node("AveragePool", ["images"], ["means"], kernel_shape=[CELL] * 2,
                         strides=[CELL] * 2),
        helper.make_node("Conv", ["means", "weights"], ["cells"]),
        helper.make_node("Reshape", ["cells", "flat"], ["one"]),
        helper.make_node("Concat", ["one", "one", "one"], ["thrice"], axis=2),
        helper.make_node("Mul", ["thrice", "own"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["found"], axis=1),
    ]  # fmt: skip
    constants = {
        "weights": weights,
        "flat": np.array([1, 3, CELLS**2], np.int64),
        "own": own,
        "boxes": boxes.T[None].astype(np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "cells",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, [1, 7, 3 * CELLS**2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data = model.SerializeToString()
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(data)
    manifest = Manifest(
        name="objects",
        version="1",
        task="detect",
        sha256=hashlib.sha256(data).hexdigest(),
        input=Input(name="images", width=SIDE, height=SIDE, resize="letterbox"),
        outputs=("found",),
        classes=CLASSES,
        thresholds={name: Threshold(value=threshold, rule="chosen") for name in CLASSES},
        extra={"branches": [{"classes": CLASSES, "slope": 1.0, "offset": 0.0}]},
        code="none",
        data={},
        licences={},
    )
    write_manifest(folder, manifest.model_copy(update=changes))
    return folder


def write_photos(
    folder: Path, photos: int, labelled: Sequence[str] = CLASSES, seed: int = 0
) -> Path:
    """A YOLO folder of photos with red, green and blue cells; labels of some classes alone."""
    random = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "names.txt").write_text("\n".join(labelled))
    for number in range(photos):
        kinds = random.integers(0, 6, CELLS**2)  # half of the cells show nothing
        picture = np.full((SIDE, SIDE, 3), 20, np.uint8)
        lines = []
        for place, kind in enumerate(kinds.tolist()):
            y, x = divmod(place, CELLS)
            where = (slice(y * CELL, (y + 1) * CELL), slice(x * CELL, (x + 1) * CELL))
            grey = int(random.integers(0, 60))
            picture[where] = grey
            if kind > 2:
                continue
            picture[(*where, 2 - kind)] = 255  # OpenCV's order is BGR
            if CLASSES[kind] in labelled:
                index = list(labelled).index(CLASSES[kind])
                lines.append(f"{index} {(x + 0.5) / CELLS} {(y + 0.5) / CELLS} 0.25 0.25\n")
        noise = random.integers(0, 12, picture.shape, np.uint8)  # photos are never quite even
        picture = np.where(picture > 128, picture - noise, picture + noise).astype(np.uint8)
        cv2.imwrite(str(folder / f"images/{number:03d}.png"), picture)
        (folder / f"labels/{number:03d}.txt").write_text("".join(lines))
    return folder


def write_coco(folder: Path, source: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """The photos and labels of a YOLO folder as a COCO file: (file, photos)."""
    images, marks = [], []
    for number, path in enumerate(sorted((source / "images").iterdir()), 1):
        images.append({"id": number, "file_name": path.name, "width": SIDE, "height": SIDE})
        for line in (source / "labels" / f"{path.stem}.txt").read_text().splitlines():
            kind, x, y, w, h = map(float, line.split())
            box = [(x - w / 2) * SIDE, (y - h / 2) * SIDE, w * SIDE, h * SIDE]
            marks.append(
                {"id": len(marks) + 1, "image_id": number, "category_id": int(kind) + 1,
                 "bbox": box, "area": w * h * SIDE**2, "iscrowd": 0}
            )  # fmt: skip
    kinds = [{"id": n, "name": name} for n, name in enumerate(names, 1)]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "labels.json"
    file.write_text(json.dumps({"images": images, "annotations": marks, "categories": kinds}))
    return file, source / "images"


def break_at_run_time(folder: Path) -> None:
    """Change a bundle's model so that it opens, takes and gives the same, and fails when run.

    Of its first output it looks up the eighth photo, by a number that only running makes known.
    """
    path = folder / "model.onnx"
    model = onnx.load(path)
    fed, gives = model.graph.input[0].name, model.graph.output[0].name
    for node in model.graph.node:
        for place, name in enumerate(node.output):
            if name == gives:
                node.output[place] = "whole"
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(0, np.float32), "nothing"),
            numpy_helper.from_array(np.array([7], np.float32), "eighth"),
        ]
    )
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", [fed], ["largest"], keepdims=0),
            helper.make_node("Mul", ["largest", "nothing"], ["zero"]),
            helper.make_node("Add", ["zero", "eighth"], ["number"]),
            helper.make_node("Cast", ["number"], ["index"], to=TensorProto.INT64),
            helper.make_node("Gather", ["whole", "index"], [gives], axis=0),
        ]
    )
    data = model.SerializeToString()
    path.write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
