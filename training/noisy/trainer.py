"""ultralytics' detection trainer with a weight for every box, quick on a CPU.

    model = fit(examples, classes, Recipe(...), seed=1, work=folder)   # averaged weights, eval

A box's weight (0-1) scales its share of the box loss and its target score: a box that is right
with probability .6 teaches at most .6 (soft labels as in quality focal loss, Li et al. 2020).
ultralytics passes a box as its class number and corners alone, so the weight travels as the
fraction of the class number, 1 - weight, and `WeightedAssigner` takes it off again. Nothing of
ultralytics is changed; the hooks are the ones that its trainer offers to subclasses. The averaged
weights are its own moving average over all steps (a mean teacher without a student's copy).
Training that is to go on where it was cut: training/noisy/checkpointed.py.
"""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.tal import TaskAlignedAssigner

from training.splits import fresh_link

LARGEST_FRACTION = 0.99
"""A weight below .01 counts as .01: a fraction of 1 would be the next class."""


@dataclass(frozen=True)
class Example:
    """A photo with its boxes: `classes` (n,), `corners` (n, 4) as shares, `weights` (n,) 0-1."""

    path: Path
    classes: NDArray[np.int64]
    corners: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """How a detector is trained; the same for every arm of a comparison."""

    weights: Path
    image_size: int = 320
    epochs: int = 12
    batch: int = 16
    learning_rate: float = 0.002
    frozen_layers: int = 10
    close_mosaic: int = 3
    threads: int = 1
    workers: int = 0


class WeightedAssigner(TaskAlignedAssigner):
    """Takes the weights off the class numbers and scales the targets with them."""

    def forward(
        self,
        pd_scores: Any,
        pd_bboxes: Any,
        anc_points: Any,
        gt_labels: Any,
        gt_bboxes: Any,
        mask_gt: Any,
        **extra: Any,
    ) -> Any:
        """As TaskAlignedAssigner.forward; `gt_labels` (batch, boxes, 1) hold class + 1 - weight."""
        classes = gt_labels.floor()
        weights = 1 - (gt_labels - classes)
        labels, boxes, scores, foreground, index = super().forward(
            pd_scores, pd_bboxes, anc_points, classes, gt_bboxes, mask_gt, **extra
        )
        if gt_labels.shape[1]:
            scores = scores * weights.squeeze(-1).gather(1, index.long()).unsqueeze(-1)
        return labels, boxes, scores, foreground, index


class WeightedModel(DetectionModel):
    """YOLO whose losses read weights; half precision for the layers, full for the loss."""

    def loss(self, batch: Any, preds: Any = None) -> Any:
        """The loss of a batch; see DetectionModel."""
        if preds is None:
            # ultralytics offers half precision on GPUs alone; on this CPU it halves the time
            with torch.autocast("cpu", torch.bfloat16):
                preds = self.forward(batch["img"].contiguous(memory_format=torch.channels_last))
        return super().loss(batch, full(preds))

    def init_criterion(self) -> Any:
        """ultralytics' criterion with WeightedAssigner in place of its assigner."""
        criterion = super().init_criterion()
        for part in (criterion.one2many, criterion.one2one):
            old = part.assigner
            part.assigner = WeightedAssigner(
                topk=old.topk,
                num_classes=old.num_classes,
                alpha=old.alpha,
                beta=old.beta,
                stride=old.stride,
                topk2=old.topk2,
            )
        return criterion


def full(value: Any) -> Any:
    """Tensors in a nest of dicts and lists in full precision."""
    if torch.is_tensor(value):
        return value.float()
    if isinstance(value, dict):
        return {key: full(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(full(inner) for inner in value)
    return value


class BoxTrainer(DetectionTrainer):
    """Trains on boxes given in memory, keeps the averaged weights, validates nothing."""

    examples: Mapping[str, Example]
    threads: int

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        """A WeightedModel."""
        model = WeightedModel(cfg, nc=self.data["nc"], ch=self.data["channels"], verbose=False)
        model = self.set_model_names_for_load(model)
        if weights:
            model.load(weights, verbose=False)
        return model.to(memory_format=torch.channels_last)

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """ultralytics' data set, its boxes replaced by the given ones."""
        dataset = super().build_dataset(img_path, mode, batch)
        for label in dataset.labels:
            example = self.examples[Path(label["im_file"]).name]
            fraction = (1 - example.weights).clip(0, LARGEST_FRACTION)
            corners = example.corners
            label["cls"] = (example.classes + fraction).astype(np.float32)[:, None]
            label["bboxes"] = np.concatenate(
                [(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], axis=1
            ).astype(np.float32)
        return dataset

    def _model_train(self) -> None:
        super()._model_train()
        torch.set_num_threads(self.threads)  # ultralytics sets its own number when it starts

    def validate(self) -> Any:
        """Nothing: no photo is looked at beside the training photos."""
        return {}, 0.0

    def final_eval(self) -> None:
        """Nothing, as for validate."""

    def save_model(self) -> bool:
        """Nothing is written; `fit` returns the weights."""
        return False

    def save_metrics(self, metrics: Any) -> None:
        """Nothing is written."""


def fit(
    examples: Sequence[Example],
    classes: Sequence[str],
    recipe: Recipe,
    seed: int,
    work: Path,
    refine: Any = None,
) -> DetectionModel:
    """Train and return the averaged weights, in eval mode; `work` is scratch space."""
    # ultralytics draws its bars on standard output, which is left to a command's figures
    with contextlib.redirect_stdout(sys.stderr):
        trainer = prepared(BoxTrainer, examples, classes, recipe, seed, work)
        if refine is not None:
            trainer.add_callback("on_train_epoch_end", refine)
        trainer.train()
    model: DetectionModel = trainer.ema.ema.float().eval()
    model.criterion = None
    return model


def prepared(
    kind: type[BoxTrainer],
    examples: Sequence[Example],
    classes: Sequence[str],
    recipe: Recipe,
    seed: int,
    work: Path,
    **changed: Any,
) -> BoxTrainer:
    """A trainer that has everything but its start; `changed` are ultralytics' own settings."""
    os.environ.setdefault("YOLO_OFFLINE", "1")
    os.environ.setdefault("YOLO_VERBOSE", "False")
    names = [f"{place:05d}{example.path.suffix}" for place, example in enumerate(examples)]
    for name, example in zip(names, examples, strict=True):
        fresh_link(work / "images" / name, example.path)
        label = work / "labels" / Path(name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.touch()
    described = {"path": str(work.resolve()), "train": "images", "val": "images"}
    data = work / "data.yaml"
    data.write_text(yaml.safe_dump({**described, "names": dict(enumerate(classes))}))
    trainer = kind(
        overrides={
            "model": str(recipe.weights),
            "data": str(data),
            "imgsz": recipe.image_size,
            "epochs": recipe.epochs,
            "batch": recipe.batch,
            "nbs": recipe.batch,
            "lr0": recipe.learning_rate,
            "lrf": 0.05,
            "cos_lr": True,
            "optimizer": "AdamW",
            "warmup_epochs": 1,
            "close_mosaic": recipe.close_mosaic,
            "freeze": recipe.frozen_layers,
            "workers": recipe.workers,
            "device": "cpu",
            "amp": False,
            "val": False,
            "plots": False,
            "save": False,
            "cache": "ram",
            "verbose": False,
            "seed": seed,
            "project": str(work.resolve()),
            "name": "run",
            "exist_ok": True,
            **changed,
        }
    )
    trainer.examples = dict(zip(names, examples, strict=True))
    trainer.threads = recipe.threads
    return trainer
