"""Exports the people bundle: yolov8n-seg, cut down to the one class person.

    homelens export people --weights yolov8n-seg.pt --out models/people

Nothing is trained. The class layers lose 79 of their 80 output channels, which changes no score
of a person. Thresholds and margins are chosen afterwards, see training/choose_privacy.py.
"""

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.manifests import commit, fingerprint, write_manifest
from training.onnx_tools import check_against_torch, simplify, store_half, trace, write_model
from vision.bundle import Input, Manifest

SIZE = 640
"""Input side in pixels: what the weights were trained at."""

PERSON = 0
"""COCO's index of the class."""

TRACE_TOLERANCE = 1e-4
"""The graph must compute what torch does, but for the order of sums."""

HALF_TOLERANCE = 0.02
"""Rounding weights to half precision moves a box by up to 2% of the input, a score by 0.02."""


def export_people(weights: Path, out: Path) -> None:
    """Write model.onnx and manifest.json to `out`. Raises ValueError where torch disagrees."""
    module = person_only(weights)
    sample = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(7))
    exact = simplify(trace(module, sample, ("images",), ("predictions", "prototypes")))
    model = out / "model.onnx"
    write_model(exact, model)
    traced = check_against_torch(model, module, sample, TRACE_TOLERANCE)
    write_model(store_half(exact), model)
    halved = check_against_torch(model, module, sample, HALF_TOLERANCE)
    manifest = Manifest(
        name="people",
        version="1",
        task="segment",
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        input=Input(name="images", width=SIZE, height=SIZE, resize="letterbox"),
        outputs=("predictions", "prototypes"),
        classes=("person",),
        extra={
            "mask_stride": SIZE / prototype_side(module, sample),
            "trace_difference": traced,
            "torch_difference": halved,
        },
        code=commit(),
        data={"initial weights": fingerprint(weights)},
        licences={
            "model": "AGPL-3.0",
            "initial weights": "yolov8n-seg, AGPL-3.0",
            "data": "the weights were trained on COCO train2017: COCO terms of use",
        },
        parameters={
            "image_size": SIZE,
            "trace_tolerance": TRACE_TOLERANCE,
            "half_tolerance": HALF_TOLERANCE,
        },
    )
    write_manifest(out, manifest)


def person_only(weights: Path) -> nn.Module:
    """The network in evaluation mode, normalisation folded in, with one class channel."""
    from ultralytics.models import YOLO

    network: Any = YOLO(str(weights), task="segment").model
    network = network.float().eval().fuse(verbose=False)
    head = network.model[-1]
    for branch in head.cv3:
        last = branch[-1]
        last.weight = nn.Parameter(last.weight[PERSON : PERSON + 1].clone())
        last.bias = nn.Parameter(last.bias[PERSON : PERSON + 1].clone())
        last.out_channels = 1
    head.nc, head.no = 1, 1 + 4 * head.reg_max
    head.export = True  # answers with (predictions, prototypes) instead of training's dictionary
    cut: nn.Module = network.requires_grad_(False)
    return cut


def prototype_side(module: nn.Module, sample: torch.Tensor) -> int:
    """Width of the mask prototypes in cells."""
    with torch.inference_mode():
        return int(module(sample)[1].shape[3])
