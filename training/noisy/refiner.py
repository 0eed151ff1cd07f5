"""Pulls the edges of a roughly drawn box to the object, learned from clean boxes of another set.

    sight = Sight(weights)                           # the frozen layers of the detector
    refiner = train_refiner(sight, clean_photos, seed=1)
    better = refiner.refine(sight.look(path), corners)   # (n, 4) -> (n, 4)

What the edge of an object looks like does not depend on its class. So a small network learns it
once on boxes known to be good (COCO's), spoiled by a known amount: it looks at the features
around the spoiled box (RoI align, He et al. 2017, on twice the box's extent) and says where the
edges were. It never sees a label of the set that it corrects. labels/locate.py takes its answer
as one measurement beside the drawn box and the detector's votes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import nn

from labels.locate import Refine
from labels.views import Floats, sizes
from training.console import track
from training.evaluate.labelled import read_coco
from training.noisy.predict import squared
from vision.errors import DataError

SIDE = 448
"""Pixels of the longer side; the photos of data/doordetect have 448."""
LAYERS = (4, 16, 19)
STRIDES = (8, 8, 16)
"""Outputs of yolo26n that are looked at: early edges at stride 8, the neck at strides 8 and 16."""
GRID = 7
EXTENT = 2.0
"""The box is looked at with half its size around it on each side."""
LARGEST_SHIFT = 0.5
"""Clean boxes are spoiled by up to this share of their size."""
SMALLEST = 0.02
"""Share of the photo on each side below which a box has no edge to learn from."""
EPOCHS, BATCH, RATE = 10, 64, 0.001


@dataclass(frozen=True)
class Look:
    """Feature maps of one photo and its size in the pixels that they were computed at."""

    maps: tuple[torch.Tensor, ...]
    width: float
    height: float


class Sight:
    """The detector's layers as they came; nothing of them is trained."""

    def __init__(self, weights: Path) -> None:
        from ultralytics.models import YOLO

        network: Any = YOLO(str(weights)).model
        self.network = network.float().eval()
        self._seen: dict[int, torch.Tensor] = {}
        for layer in LAYERS:
            self.network.model[layer].register_forward_hook(self._keep(layer))

    def _keep(self, layer: int) -> Any:
        def hook(module: Any, given: Any, output: torch.Tensor) -> None:
            self._seen[layer] = output

        return hook

    def look(self, path: Path) -> Look:
        """The photo's features."""
        picture = np.asarray(cv2.imread(str(path)))
        height, width = picture.shape[:2]
        scale = SIDE / max(height, width)
        given = torch.from_numpy(squared(picture, SIDE, False)[None]).permute(0, 3, 1, 2)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            self.network(given.float() / 255)
        maps = tuple(self._seen[layer][0].float().clone() for layer in LAYERS)
        return Look(maps, width * scale, height * scale)


class Refiner(nn.Module):
    """Features around a box to the shifts of its four edges, in box sizes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, 64, 1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(64 * GRID * GRID, 128),
            nn.ReLU(),
            nn.Linear(128, 4),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(n, channels, 7, 7) to (n, 4)."""
        result: torch.Tensor = self.layers(features)
        return result

    def refine(self, look: Look, corners: Floats) -> Floats:
        """Corners (n, 4) with their edges where the object's seem to be."""
        if not len(corners):
            return corners
        self.eval()
        with torch.inference_mode():
            shifts = self(around(look, corners)).numpy().astype(np.float64)
        moved = (corners + shifts * sizes(corners)).clip(0, 1)
        sound = (moved[:, 2:] - moved[:, :2]).min(1) > 1e-4
        return np.where(sound[:, None], moved, corners)


def around(look: Look, corners: Floats) -> torch.Tensor:
    """(n, channels, 7, 7) features around boxes."""
    pixels = torch.from_numpy(corners * np.array([look.width, look.height] * 2)).float()
    centre, half = (pixels[:, :2] + pixels[:, 2:]) / 2, (pixels[:, 2:] - pixels[:, :2]) * EXTENT / 2
    boxes = torch.cat([centre - half, centre + half], 1)
    return torch.cat(
        [
            torchvision.ops.roi_align(map_[None], [boxes], GRID, 1 / stride, 2, True)
            for map_, stride in zip(look.maps, STRIDES, strict=True)
        ],
        1,
    )


def train_refiner(
    sight: Sight, photos: Sequence[tuple[Path, NDArray[np.float64]]], seed: int
) -> Refiner:
    """Learn from photos with clean corners (n, 4)."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    looks = [sight.look(path) for path, _ in track(photos, "looking at clean boxes")]
    total = sum(len(corners) for _, corners in photos)
    refiner: Refiner | None = None
    for _ in range(EPOCHS):
        features, targets = [], []
        for look, (_, corners) in zip(looks, photos, strict=True):
            rough = shaken(corners, random)
            features.append(around(look, rough))
            targets.append(torch.from_numpy((corners - rough) / sizes(rough)).float())
        x, y = torch.cat(features), torch.cat(targets)
        if refiner is None:
            refiner = Refiner(x.shape[1])
            optimiser = torch.optim.AdamW(refiner.parameters(), RATE, weight_decay=0.001)
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimiser, 2 * RATE, total_steps=EPOCHS * (total // BATCH + 1)
            )
        refiner.train()
        for chosen in torch.randperm(total).split(BATCH):
            loss = nn.functional.smooth_l1_loss(refiner(x[chosen]), y[chosen], beta=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    assert refiner is not None
    return refiner.eval()


def refine_by(refiner: Refiner, sight: Sight, paths: Mapping[str, Path]) -> Refine:
    """The refiner for images by name; the last image's features are kept."""
    looks: dict[str, Look] = {}

    def refine(image: str, corners: Floats) -> Floats:
        if image not in looks:
            looks.clear()  # images come one after another
            looks[image] = sight.look(paths[image])
        return refiner.refine(looks[image], corners)

    return refine


def clean_boxes(coco_json: Path, images: Path) -> list[tuple[Path, NDArray[np.float64]]]:
    """Photos of a COCO file with the corners (n, 4) of their objects. Raises DataError."""
    truth = read_coco(coco_json, images)
    found = []
    for photo in truth.photos:
        boxes = [b for b in photo.boxes if not b.crowd and min(b.x2 - b.x1, b.y2 - b.y1) > SMALLEST]
        if boxes:
            found.append((photo.path, np.array([(b.x1, b.y1, b.x2, b.y2) for b in boxes])))
    if not found:
        raise DataError(f"{coco_json} holds no box to learn edges from")
    return found


def shaken(corners: Floats, random: np.random.Generator) -> Floats:
    """Corners moved and resized by up to `LARGEST_SHIFT`, each box by its own amount."""
    count = len(corners)
    reach = random.uniform(0.02, LARGEST_SHIFT, (count, 1))
    size = sizes(corners)[:, :2]
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    centre = centre + size * reach * random.uniform(-1, 1, (count, 2))
    half = size * (1 + reach * random.uniform(-1, 1, (count, 2))) / 2
    moved = np.concatenate([centre - half, centre + half], 1).clip(0, 1)
    sound = (moved[:, 2:] - moved[:, :2]).min(1) > 1e-3
    return np.where(sound[:, None], moved, corners)
