"""Two bundles on the same photos: what they differ by, and how sure that is.

    found = compare_objects(champion, challenger, truth)     # predicts with both
    found = compare_rooms(photos, objects, champion, challenger)
    found.overall.difference                                 # (value, low, high)
    found.figures("yolo")

Both are scored on the same resamples of the photos (paired bootstrap, Efron and Tibshirani 1993):
what makes a photo hard is hard for both and drops out of the difference, whose interval is far
narrower than the two intervals beside one another suggest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluate.average_precision import ClassMatches, Predicted, average_precision, match
from training.evaluate.labelled import LabelledPhoto, TrueBox, Truth
from training.evaluate.objects import predict
from training.evaluate.rooms import look
from training.figures import Figure
from training.intervals import centred, percentiles, resamples
from vision.errors import DataError
from vision.objects import Objects
from vision.rooms import Rooms

Floats = NDArray[np.float64]
Found = Mapping[Path, Predicted]

DRAWS = 500
"""Resamples; the same for both bundles."""

REPORTED = "objects.f1"
"""F1 of the boxes that the bundle reports at its own thresholds, at an overlap of one half."""


@dataclass(frozen=True)
class Paired:
    """One statistic of both bundles; row 0 is the value, the others are resamples of the photos.

    `cases` is what was labelled: objects, or photos of rooms; `n` is the number of photos.
    """

    name: str
    unit: str
    n: int
    cases: int
    champion: Floats
    challenger: Floats

    @property
    def difference(self) -> tuple[float, float, float]:
        """Challenger less champion: (value, low, high) of its 95% interval."""
        apart = self.challenger - self.champion
        value = float(apart[0])
        # as training.intervals.centred: the width is the data's, a shift is the method's
        low, high = percentiles(apart[1:] - np.nanmean(apart[1:]) + value)
        return value, min(low, value), max(high, value)

    def figures(self, source: str) -> list[Figure]:
        """Champion, challenger and difference."""
        made = []
        for who, rows in (("champion", self.champion), ("challenger", self.challenger)):
            low, high = centred(float(rows[0]), rows[1:])
            made.append((who, float(rows[0]), low, high))
        made.append(("difference", *self.difference))
        return [
            Figure(
                name=f"{source}.{who}.{self.name}",
                value=value, low=low, high=high, n=self.n, unit=self.unit,
            )
            for who, value, low, high in made
        ]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Both bundles on one set of photos.

    `overall` decides; `classes` are single classes or room types by the same statistic; `others`
    are further ones. `reported` is what champion and challenger would report of each photo.
    """

    overall: Paired
    others: tuple[Paired, ...]
    classes: Mapping[str, Paired]
    reported: tuple[Found, Found] = ({}, {})

    def figures(self, source: str) -> list[Figure]:
        """All of it in the one form; `source` tells sets of photos apart."""
        every = [self.overall, *self.others, *self.classes.values()]
        return [figure for one in every for figure in one.figures(source)]


def compare_objects(champion: Objects, challenger: Objects, truth: Truth) -> Comparison:
    """mAP of both. Raises DataError where nothing is labelled that they know."""
    pair = (champion, challenger)
    found = [predict(bundle, truth) for bundle in pair]
    seen = [above(one, bundle.thresholds) for one, bundle in zip(found, pair, strict=True)]
    labelled = present(truth)
    classes = [name for name in champion.classes if name in labelled]
    if not classes:
        raise DataError(
            "the labels hold no object of a class that the models have",
            accepted=", ".join(champion.classes),
        )
    n = len(truth.photos)
    weights = np.concatenate([np.ones((1, n), np.int64), resamples(n, DRAWS)])
    matches = [match(truth.photos, one, classes) for one in found]
    ap = [np.stack([average_precision(m, weights) for m in one], 1) for one in matches]
    everything = sum(int(one.objects.sum()) for one in matches[0])
    f1_of = [f1(match(truth.photos, one, classes), weights) for one in seen]
    by_class = {
        one.label: Paired(
            f"objects.map50_95.{one.label}",
            "AP",
            int(np.count_nonzero(one.objects)),
            int(one.objects.sum()),
            averaged(ap[0][:, [place]]),
            averaged(ap[1][:, [place]]),
        )
        for place, one in enumerate(matches[0])
    }
    strict, loose = (averaged(one) for one in ap), (averaged(one[:, :, :1]) for one in ap)
    return Comparison(
        Paired("objects.map50_95", "AP", n, everything, *strict),
        (
            Paired("objects.map50", "AP", n, everything, *loose),
            Paired(REPORTED, "share", n, everything, *f1_of),
        ),
        by_class,
        (seen[0], seen[1]),
    )


def present(truth: Truth) -> set[str]:
    """The classes of which an object is labelled."""
    return {box.label for photo in truth.photos for box in photo.boxes if not box.crowd}


def averaged(ap: Floats) -> Floats:
    """(B,) mean over classes and IoU thresholds of (B, classes, thresholds)."""
    by_class = ap.mean(axis=2)
    held = ~np.isnan(by_class)  # a resample may hold no object of a rare class
    counts = held.sum(axis=1)
    sums = np.where(held, by_class, 0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def above(found: Found, thresholds: Mapping[str, float]) -> Found:
    """The boxes that the product would report."""
    return {
        path: replace(
            one, boxes=tuple(b for b in one.boxes if b.score >= thresholds.get(b.label, 0))
        )
        for path, one in found.items()
    }


def f1(matches: Sequence[ClassMatches], weights: NDArray[np.int64]) -> Floats:
    """(B,) F1 over all classes at the lowest IoU threshold (one half); 1 where nothing is there."""
    photos = weights.shape[1]
    right, found, true = (np.zeros(photos) for _ in range(3))
    for one in matches:
        right += np.bincount(one.photo, one.right[0], photos)
        found += np.bincount(one.photo, one.right[0] | one.wrong[0], photos)
        true += one.objects
    both = weights @ (found + true)
    return np.where(both > 0, 2 * (weights @ right) / np.maximum(both, 1), 1.0)


def alike(before: Found, after: Found, classes: Sequence[str]) -> tuple[float, int]:
    """F1 of `after` with the boxes of `before` taken for the truth, and how many these are."""
    taken = [
        LabelledPhoto(
            path,
            tuple(
                TrueBox(b.label, b.x1, b.y1, b.x2, b.y2) for b in one.boxes if b.label in classes
            ),
            one.size,
        )
        for path, one in before.items()
    ]
    if not taken:
        return 1.0, 0
    matches = match(taken, after, classes)
    score = f1(matches, np.ones((1, len(taken)), np.int64))
    return float(score[0]), sum(int(one.objects.sum()) for one in matches)


def compare_rooms(
    photos: Sequence[tuple[Path, str]], objects: Objects, champion: Rooms, challenger: Rooms
) -> Comparison:
    """Accuracy of both, each beside the detector in use."""
    right = [
        np.array([seen.right for seen in look(photos, objects, rooms)], np.float64)
        for rooms in (champion, challenger)
    ]
    kinds = np.array([kind for _, kind in photos])
    n = len(photos)
    weights = np.concatenate([np.ones((1, n), np.int64), resamples(n, DRAWS)])

    def accuracy(name: str, chosen: NDArray[np.bool_]) -> Paired:
        drawn = weights[:, chosen]
        total = drawn.sum(axis=1)
        known = total > 0  # a resample may hold no photo of a rare room
        rows = [
            np.where(known, drawn @ one[chosen] / np.maximum(total, 1), np.nan) for one in right
        ]
        cases = int(chosen.sum())
        return Paired(name, "share", cases, cases, *rows)

    return Comparison(
        accuracy("rooms.accuracy", np.ones(n, bool)),
        (),
        {
            kind: accuracy(f"rooms.accuracy.{kind}", kinds == kind)
            for kind in sorted(set(kinds.tolist()))
        },
    )
