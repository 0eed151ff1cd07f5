"""The active choice of photos, measured: some are labelled, more are chosen, both ways.

    labels = chosen_labels(setup, "active", 40, seed=1)     # or "random"

`FIRST` photos of the training part are labelled; two models trained on them look at the rest, and
`labels.choose` takes the next ones, ten a day, looking anew after each `ROUND`. "random" adds as
many at random.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from labels.boxes import LabelSet
from labels.choose import choose
from labels.views import Found
from training.bench.noise_setup import Setup
from training.noisy.folds import examples

FIRST = 60
ROUND = 40
"""Photos between two trainings: four days of a labeler."""


def chosen_labels(setup: Setup, way: str, added: int, seed: int) -> LabelSet:
    """The labels of the first photos and `added` more."""
    names = setup.parts["train"]
    order = np.random.default_rng([seed, 10]).permutation(len(names))
    known = [names[place] for place in order[:FIRST]]
    rest = [names[place] for place in order[FIRST:]]
    if way == "random":
        return setup.labels_of(tuple(known + rest[:added]))
    while added > 0:
        count = min(ROUND, added)
        taken = choose(seen_by_two(setup, known, rest, seed), counts(setup, known), count)
        known += taken
        rest = [name for name in rest if name not in set(taken)]
        added -= count
    return setup.labels_of(tuple(known))


def counts(setup: Setup, names: list[str]) -> dict[int, int]:
    """Labelled boxes by class number."""
    found: dict[int, int] = {}
    for image in setup.labels_of(tuple(names)).images:
        for box in image.boxes:
            number = setup.classes.index(box.label)
            found[number] = found.get(number, 0) + 1
    return found


def seen_by_two(
    setup: Setup, known: list[str], rest: list[str], seed: int
) -> dict[str, list[Found]]:
    """What two models trained on the known photos find in the rest, also mirrored."""
    from training.noisy.predict import find
    from training.noisy.trainer import fit

    paths = setup.paths
    views: dict[str, list[Found]] = {name: [] for name in rest}
    given = examples(setup.labels_of(tuple(known)), paths)
    for number in range(2):
        scratch = Path(tempfile.mkdtemp(prefix="homelens-choice-"))
        try:
            recipe = setup.recipe(few=True)
            model = fit(given, setup.classes, recipe, seed * 10 + number, scratch)
            unseen = [paths[name] for name in rest]
            for flip in (False, True):
                found = find(model, unseen, recipe.image_size, flip=flip, model_number=number)
                for name, one in zip(rest, found, strict=True):
                    views[name].append(one)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return views
