"""Out-of-fold models: every image is seen by models that never trained on it.

    for number in range(MODELS):
        views = fold_views(labels, paths, recipe, seed, number, work)   # image name -> two Found

The images fall into four quarters; each of the four models trains on two of them (0+1, 2+3, 0+2,
1+3) and looks at the other two, also mirrored. So every image is seen by two models, each twice,
and no two models share more than half of their photos: what two of them agree on is not what one
of them learned by heart.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from labels.boxes import LabelSet
from labels.views import Found
from training.noisy.predict import find
from training.noisy.trainer import Example, Recipe, fit

PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3))
"""Quarters that each model trains on."""
MODELS = len(PAIRS)


def quarters(labels: LabelSet, seed: int) -> list[set[str]]:
    """The names of the images of each quarter."""
    order = np.random.default_rng([seed, 4]).permutation(len(labels.images))
    return [{labels.images[i].name for i in part} for part in np.array_split(order, 4)]


def fold_views(
    labels: LabelSet,
    paths: Mapping[str, Path],
    recipe: Recipe,
    seed: int,
    number: int,
    work: Path,
) -> dict[str, list[Found]]:
    """What model `number` finds in the images that it never saw."""
    parts = quarters(labels, seed)
    own = parts[PAIRS[number][0]] | parts[PAIRS[number][1]]
    learned = replace(labels, images=tuple(i for i in labels.images if i.name in own))
    others = [image.name for image in labels.images if image.name not in own]
    model = fit(examples(learned, paths), labels.classes, recipe, seed * 100 + number + 1, work)
    unseen = [paths[name] for name in others]
    views: dict[str, list[Found]] = {name: [] for name in others}
    for flip in (False, True):
        found = find(model, unseen, recipe.image_size, flip=flip, model_number=number)
        for name, one in zip(others, found, strict=True):
            views[name].append(one)
    return views


def examples(
    labels: LabelSet,
    paths: Mapping[str, Path],
    weights: Mapping[str, tuple[float, ...]] | None = None,
) -> list[Example]:
    """The images as the trainer takes them; every box weighs 1 where no weights are given."""
    number = {name: place for place, name in enumerate(labels.classes)}
    made = []
    for image in labels.images:
        count = len(image.boxes)
        given = (1.0,) * count if weights is None else weights[image.name]
        made.append(
            Example(
                paths[image.name],
                np.array([number[box.label] for box in image.boxes], np.int64).reshape(count),
                np.array([box.corners for box in image.boxes], np.float64).reshape(count, 4),
                np.array(given, np.float64).reshape(count),
            )
        )
    return made
