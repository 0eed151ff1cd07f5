"""Trains two models on what is labelled and chooses the photos to label next (labels/choose.py).

names = next_photos(labels, paths, others, recipe, seed=1, count=10)
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from labels.boxes import LabelSet
from labels.choose import choose
from labels.views import Found
from training.console import track
from training.noisy.folds import examples
from training.noisy.predict import find
from training.noisy.trainer import Recipe, fit
from vision.errors import DataError

MODELS = 2
"""What two models see differently is what a label would settle."""


def next_photos(
    labels: LabelSet,
    paths: Mapping[str, Path],
    others: Mapping[str, Path],
    recipe: Recipe,
    seed: int,
    count: int,
) -> list[str]:
    """The names of `count` of the `others`. Raises DataError where nothing is labelled."""
    drawn = LabelSet(labels.classes, tuple(image for image in labels.images if image.boxes))
    if not drawn.images:
        raise DataError("no photo is labelled yet", do="label some photos at random first")
    if not others:
        return []
    views: dict[str, list[Found]] = {name: [] for name in others}
    unseen = list(others.values())
    for number in track(range(MODELS), "training models that choose"):
        scratch = Path(tempfile.mkdtemp(prefix="homelens-choose-"))
        try:
            given = examples(drawn, paths)
            model = fit(given, labels.classes, recipe, seed * 10 + number, scratch)
            for flip in (False, True):
                found = find(model, unseen, recipe.image_size, flip=flip, model_number=number)
                for name, one in zip(others, found, strict=True):
                    views[name].append(one)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    known: dict[int, int] = {}
    for image in drawn.images:
        for box in image.boxes:
            place = labels.classes.index(box.label)
            known[place] = known.get(place, 0) + 1
    return choose(views, known, count)
