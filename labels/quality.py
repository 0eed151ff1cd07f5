"""How likely each box is badly located, of the wrong class or bogus, and what was overlooked.

    quality = judge(labels, views, seed=1)      # views: image name -> what unseen models found
    quality.boxes[("a.jpg", 3)].badly_located   # a probability
    quality.overlooked                          # sightings that nobody labelled, with probability

The out-of-fold sightings alone do not say how often a model disagrees with a *right* box of this
class and size. So a classifier learns that from the labels themselves: copies of them are spoiled
on purpose, in every way that labelers err, and gradient boosting learns to tell the spoiled boxes
from those left as they are. These are an unknown mixture of right and wrong boxes; `mixture` says
how probabilities follow all the same. No image is judged by a classifier that learned from it.

Needs scikit-learn (the extra `train`). Pure: neither reads files nor draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labels.boxes import Box, LabelSet
from labels.evidence import box_evidence, sighting_evidence
from labels.spoil import BADLY_LOCATED, BOGUS, KINDS, OK, WRONG_CLASS, spoiled, without_some
from labels.views import Floats, Found, Sightings, iou, join

Ints = NDArray[np.int64]

COPIES = 3
"""Spoiled copies of the labels that the classifier learns from."""
FOLDS = 4
SEPARABLE = 0.8
"""Quantile of the made rows' ratios at which they are taken to lie apart from right boxes."""

EXPLAINED_IOU = 0.5
"""A sighting that overlaps a label this much is that label's object."""
WORTH_ASKING = 0.05
"""Mean score below which a sighting without a label is taken for nothing."""


@dataclass(frozen=True)
class BoxQuality:
    """Probabilities of one labelled box; the four sum to 1.

    `sighting` is the place of the sighting that it means, None where nothing was seen there;
    `suggestion` is the box as the models see it, with their class.
    """

    ok: float
    badly_located: float
    wrong_class: float
    bogus: float
    sighting: int | None
    suggestion: Box | None

    @property
    def wrong(self) -> float:
        """That the box is wrong in any way."""
        return min(max(1 - self.ok, 0.0), 1.0)  # sums of floats end beside 1


@dataclass(frozen=True)
class Overlooked:
    """A sighting without a label: the object it would be, and how likely it was overlooked."""

    image: str
    sighting: int
    suggestion: Box
    probability: float


@dataclass(frozen=True)
class Quality:
    """All that was found out about a set of labels.

    `boxes` by image name and place; `rates` the share of boxes estimated for each kind;
    `sightings` by image name.
    """

    boxes: Mapping[tuple[str, int], BoxQuality]
    overlooked: tuple[Overlooked, ...]
    rates: Mapping[str, float]
    sightings: Mapping[str, Sightings]


@dataclass(frozen=True)
class _Image:
    name: str
    corners: Floats
    classes: Ints
    seen: Sightings


def judge(labels: LabelSet, views: Mapping[str, Sequence[Found]], seed: int = 0) -> Quality:
    """Judge every box by the views of models that never saw its image.

    Raises ValueError where an image has no view.
    """
    number = {name: place for place, name in enumerate(labels.classes)}
    images = []
    for image in labels.images:
        corners = np.array([box.corners for box in image.boxes], np.float64).reshape(-1, 4)
        classes = np.array([number[box.label] for box in image.boxes], np.int64)
        images.append(_Image(image.name, corners, classes, join(views.get(image.name, ()))))
    random = np.random.default_rng(seed)
    fold = random.permutation(np.arange(len(images)) % FOLDS)
    chances, rates = _boxes(images, fold, len(labels.classes), random)
    missed = _overlooked(images, fold, random)
    boxes = {}
    for drawn, chance in zip(images, chances, strict=True):
        for place in range(len(drawn.classes)):
            boxes[drawn.name, place] = _quality(drawn, place, chance[place], labels.classes)
    found = [
        Overlooked(image.name, place, as_box(image.seen, place, labels.classes), float(chance))
        for image, row in zip(images, missed, strict=True)
        for place, chance in row
    ]
    return Quality(
        boxes,
        tuple(sorted(found, key=lambda one: -one.probability)),
        dict(zip(KINDS, rates.tolist(), strict=True)),
        {image.name: image.seen for image in images},
    )


def _boxes(
    images: Sequence[_Image], fold: Ints, classes: int, random: np.random.Generator
) -> tuple[list[Floats], Floats]:
    """Probabilities (boxes, kinds) of each image, and the estimated share of each kind."""
    every = np.concatenate([image.corners for image in images])
    examples = []
    for image in images:
        rows, kinds = [], []
        for _ in range(COPIES):
            copy = spoiled(image.corners, image.classes, every, classes, random)
            clear = copy.kinds >= 0
            rows.append(box_evidence(copy.corners, copy.classes, image.seen)[clear])
            kinds.append(copy.kinds[clear])
        examples.append((np.concatenate(rows), np.concatenate(kinds)))
    given = [box_evidence(image.corners, image.classes, image.seen) for image in images]
    chances, rates = mixture(examples, given, fold, len(KINDS))
    return chances, rates


def _overlooked(
    images: Sequence[_Image], fold: Ints, random: np.random.Generator
) -> list[list[tuple[int, float]]]:
    """(sighting, probability) of the sightings that no label explains, for each image."""
    examples, given, places = [], [], []
    for image in images:
        seen = image.seen
        asked = (seen.best >= WORTH_ASKING) & ~repeated(seen)
        free = asked & (iou(seen.corners, image.corners).max(1, initial=0) < EXPLAINED_IOU)
        rows, kinds = [], []
        for _ in range(COPIES):
            kept, gone = without_some(image.corners, random)
            shown = iou(seen.corners, image.corners[kept]).max(1, initial=0) >= EXPLAINED_IOU
            hidden = iou(seen.corners, image.corners[gone]).max(1, initial=0) >= EXPLAINED_IOU
            chosen = asked & ~shown & (hidden | free)
            found = sighting_evidence(image.corners[kept], image.classes[kept], seen)
            rows.append(found[chosen])
            kinds.append(hidden[chosen].astype(np.int64))
        examples.append((np.concatenate(rows), np.concatenate(kinds)))
        places.append(np.nonzero(free)[0])
        given.append(sighting_evidence(image.corners, image.classes, seen)[free])
    chances, _ = mixture(examples, given, fold, 2)
    return [
        list(zip(place.tolist(), chance[:, 1].tolist(), strict=True))
        for place, chance in zip(places, chances, strict=True)
    ]


def mixture(
    examples: Sequence[tuple[Floats, Ints]], given: Sequence[Floats], fold: Ints, kinds: int
) -> tuple[list[Floats], Floats]:
    """Probabilities (rows, kinds) of each image's `given` rows, and the share of each kind.

    `examples` are (rows, kind) of each image: kind 0 rows are as the labelers left them, an unknown
    mixture of right and wrong ones, the others were made. A classifier between them estimates the
    ratio of densities r = made / as left, and share * r is the probability that a row as left is of
    that kind: no row has to be known to be right. The largest share that keeps it at 1 where made
    rows lie is 1 / r there (Elkan and Noto 2008; Blanchard et al. 2010).
    """
    ratios: list[Floats] = [np.zeros((len(rows), kinds)) for rows in given]
    made: list[list[Floats]] = [[] for _ in range(kinds)]
    for number in range(FOLDS):
        learn = [place for place in range(len(given)) if fold[place] != number]
        asked = [place for place in range(len(given)) if fold[place] == number]
        x = np.concatenate([examples[place][0] for place in learn])
        y = np.concatenate([examples[place][1] for place in learn])
        known = np.bincount(y, minlength=kinds)
        if not known[0] or not known[1:].any():
            continue
        x[:, np.isnan(x).all(0)] = 0  # no box of these images meets any sighting
        model = classifier(number).fit(x, y)
        ends = np.cumsum([len(given[place]) for place in asked])[:-1]
        for place, part in zip(
            asked,
            np.split(density_ratios(model, np.concatenate([given[p] for p in asked]), known), ends),
            strict=True,
        ):
            ratios[place] = part
        held = np.concatenate([examples[place][0] for place in asked])
        kind = np.concatenate([examples[place][1] for place in asked])
        found = density_ratios(model, held, known)
        for k in range(1, kinds):
            made[k].append(found[kind == k, k])
    shares = np.zeros(kinds)
    for k in range(1, kinds):
        there = np.concatenate([*made[k], np.zeros(0)])
        shares[k] = 1 / max(np.quantile(there, SEPARABLE), 1) if len(there) else 0
    chances = []
    for part in ratios:
        wrong = part * shares
        total = wrong.sum(1, keepdims=True)
        wrong = wrong / np.maximum(total, 1)  # errors of the ratios must not sum to more than 1
        wrong[:, 0] = 1 - wrong[:, 1:].sum(1)
        chances.append(wrong)
    joined = np.concatenate([np.zeros((0, kinds)), *chances])
    return chances, joined.mean(0) if len(joined) else shares


def density_ratios(model: Any, rows: Floats, known: Ints) -> Floats:
    """(rows, kinds) density of made rows over density of rows as left, 0 for kind 0."""
    result = np.zeros((len(rows), len(known)))
    if not len(rows):
        return result
    chance = np.zeros_like(result)
    chance[:, model.classes_] = model.predict_proba(rows)
    of_kind = chance / np.maximum(known, 1)
    result[:, 1:] = of_kind[:, 1:] / np.maximum(of_kind[:, :1], 1e-9)
    return result


def classifier(seed: int) -> Any:
    """Gradient boosting, small enough to learn from some thousand boxes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=25,
        l2_regularization=1.0, early_stopping=False, random_state=seed,
    )  # fmt: skip


def repeated(seen: Sightings) -> NDArray[np.bool_]:
    """(n,) sightings that overlap a surer one so much that they are the same object."""
    overlap = np.tril(iou(seen.corners, seen.corners), -1)  # surer ones come first
    found: NDArray[np.bool_] = overlap.max(1, initial=0) >= EXPLAINED_IOU
    return found


def _quality(image: _Image, place: int, chance: Floats, classes: Sequence[str]) -> BoxQuality:
    """The probabilities with what the models would say instead."""
    overlap = iou(image.corners[place : place + 1], image.seen.corners)[0]
    own = image.seen.scores[:, image.classes[place]]
    mislabelled = chance[WRONG_CLASS] > chance[BADLY_LOCATED]
    worth = overlap * (image.seen.best if mislabelled else own + 0.05 * image.seen.best)
    sighting = int(worth.argmax()) if len(worth) and worth.max() > 0 else None
    suggestion = None if sighting is None else as_box(image.seen, sighting, classes)
    if suggestion is not None and not mislabelled:
        suggestion = replace(suggestion, label=classes[int(image.classes[place])])
    return BoxQuality(
        ok=float(chance[OK]),
        badly_located=float(chance[BADLY_LOCATED]),
        wrong_class=float(chance[WRONG_CLASS]),
        bogus=float(chance[BOGUS]),
        sighting=sighting,
        suggestion=suggestion,
    )


def as_box(seen: Sightings, place: int, classes: Sequence[str]) -> Box:
    """A sighting as a box of its best class."""
    x1, y1, x2, y2 = seen.corners[place].clip(0, 1).tolist()
    label = classes[int(seen.labels[place])]
    return Box(label, x1, y1, x2, y2, score=float(seen.best[place]))
