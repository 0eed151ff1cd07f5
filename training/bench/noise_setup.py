"""What the noise measurement works on: data, parts, noise, recipe; the same for every arm.

    setup = prepare(data, weights, work, Size())
    labels = setup.noisy("mixed", 0.2, seed=1).labels     # of the training part alone

The test part is touched by nothing but the last look of each arm. Method constants were chosen on
the development part (docs/experiments.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from labels.boxes import Box, LabelledImage, LabelSet
from training.evaluate.labelled import LabelledPhoto, read_yolo
from training.noise import Corrupted, corrupt
from training.noisy.trainer import Recipe
from training.splits import groups, split
from vision.errors import DataError

TEST, DEVELOPMENT = 333, 200
"""Photos of data/doordetect that are kept apart; near-duplicates stay together."""


@dataclass(frozen=True)
class Size:
    """How big the measurement is: pixels, epochs, photos; reduced to fit two cores."""

    train: int = 400
    image_size: int = 256
    epochs: int = 10
    fold_epochs: int = 8
    few_epochs: int = 25

    @classmethod
    def read(cls, text: str) -> "Size":
        """The size of "400,256,10,8,25". Raises DataError."""
        try:
            train, pixels, epochs, folds, few = (int(part) for part in text.split(","))
        except ValueError as error:
            raise DataError(
                f"the size {text!r} is not five numbers", accepted="400,256,10,8,25"
            ) from error
        return cls(train, pixels, epochs, folds, few)


@dataclass(frozen=True)
class Setup:
    """Parts, recipe and where results are kept."""

    data: Path
    weights: Path
    work: Path
    size: Size
    classes: tuple[str, ...]
    photos: Mapping[str, LabelledPhoto]
    parts: Mapping[str, tuple[str, ...]]

    @property
    def paths(self) -> dict[str, Path]:
        """Where each photo is, by its name."""
        return {name: photo.path for name, photo in self.photos.items()}

    @cached_property
    def clean(self) -> LabelSet:
        """The training part as its labelers drew it."""
        return self.labels_of(self.parts["train"])

    def labels_of(self, names: tuple[str, ...]) -> LabelSet:
        """The labels of some photos."""
        return LabelSet(self.classes, tuple(labelled(self.photos[name]) for name in names))

    def noisy(self, kind: str, level: float, seed: int) -> Corrupted:
        """The training part with noise."""
        return corrupt(self.clean, kind, level, seed)

    def recipe(self, *, folds: bool = False, few: bool = False) -> Recipe:
        """How every arm trains; models that only judge labels train a little shorter, and those
        that have `few` photos longer."""
        size = self.size
        epochs = size.fold_epochs if folds else size.few_epochs if few else size.epochs
        return Recipe(self.weights, image_size=size.image_size, epochs=epochs)


def prepare(data: Path, weights: Path, work: Path, size: Size) -> Setup:
    """Read data/doordetect and divide it. Raises DataError."""
    if not weights.is_file():
        raise DataError(f"{weights} does not exist", do="give yolo26n.pt with --weights")
    truth = read_yolo(data / "doordetect")
    wanted = {"test": TEST, "development": DEVELOPMENT}
    if len(truth.photos) <= TEST + DEVELOPMENT:
        wanted = {part: len(truth.photos) // 4 for part in wanted}
    parts = split(groups([photo.path for photo in truth.photos]), wanted)
    parts["train"] = parts["train"][: size.train]
    return Setup(
        data=data,
        weights=weights,
        work=work,
        size=size,
        classes=truth.classes,
        photos={photo.path.name: photo for photo in truth.photos},
        parts={part: tuple(path.name for path in paths) for part, paths in parts.items()},
    )


def labelled(photo: LabelledPhoto) -> LabelledImage:
    """A photo with its labels as the label tools take them."""
    height, width = np.asarray(cv2.imread(str(photo.path))).shape[:2]
    boxes = tuple(Box(b.label, b.x1, b.y1, b.x2, b.y2) for b in photo.boxes)
    return LabelledImage(photo.path.name, width, height, boxes)
