"""The weighted trainer with a checkpoint after every epoch, so that a cut training goes on.

    last = fit_kept(examples, classes, recipe, seed=1, work=folder)   # folder/weights/last.pt

The checkpoint is ultralytics' own, with its averaged weights in a plain DetectionModel: whatever
reads ultralytics' checkpoints reads it, and nothing of this package is needed for that.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel

from training.noisy.trainer import BoxTrainer, Example, Recipe, prepared


class KeptTrainer(BoxTrainer):
    """A BoxTrainer that writes last.pt, whole or not at all."""

    def save_model(self) -> bool:
        """ultralytics' checkpoint of this epoch."""
        averaged, last = self.ema.ema, Path(self.wdir) / "last.pt"
        weighted = type(averaged)
        part = last.with_name("last.part")
        # best.pt would be the same: nothing is validated that could tell epochs apart
        self.last = self.best = part
        averaged.__class__ = DetectionModel
        try:
            saved: bool = DetectionTrainer.save_model(self)
        finally:
            averaged.__class__ = weighted
            self.last = self.best = last
        part.replace(last)
        return saved


def fit_kept(
    examples: Sequence[Example],
    classes: Sequence[str],
    recipe: Recipe,
    seed: int,
    work: Path,
    **settings: Any,
) -> Path:
    """Train in `work` and return the last checkpoint; goes on where an interrupted run stopped.

    `settings` are ultralytics' own names, for what a recipe does not say.
    """
    last, done = work / "weights" / "last.pt", work / "finished"
    if done.is_file():
        return last
    kept = {
        **settings,
        "save": True,
        "project": str(work.parent.resolve()),
        "name": work.name,
    }
    if last.is_file():
        kept["resume"] = str(last)
    if epochs_done(last) < recipe.epochs:
        prepared(KeptTrainer, examples, classes, recipe, seed, work / "photos", **kept).train()
    done.touch()
    return last


def epochs_done(checkpoint: Path) -> int:
    """How many epochs the checkpoint has seen; 0 where there is none."""
    if not checkpoint.is_file():
        return 0
    # our own file: ultralytics' checkpoints are pickles
    epoch: int = torch.load(checkpoint, map_location="cpu", weights_only=False)["epoch"]
    return epoch + 1
