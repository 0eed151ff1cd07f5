"""Whether a retrained detector may replace the shipped one, and the exchange itself.

    verdict = judge_challenger(champion, challenger, truth)
    verdict.reasons                        # empty: it may
    exchange(challenger_folder, models / "objects", record)

Both bundles look at the same clean photos; the photos are resampled, the same for both (paired
bootstrap, Efron and Tibshirani 1993), so that a photo that is hard for both does not count as a
difference. A challenger is refused when it is worse, when it may be worse by more than `MARGIN`, or
when it is clearly worse in any class with enough boxes.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluate.average_precision import average_precision, match
from training.evaluate.labelled import Truth
from training.evaluate.objects import predict
from training.figures import Figure
from training.intervals import percentiles, resamples
from training.manifests import fingerprint, write_manifest
from vision.bundle import Manifest, read_manifest, verified_model
from vision.errors import BundleUnsuitable, DataError
from vision.objects import Objects

Floats = NDArray[np.float64]

DRAWS = 500
MARGIN = 0.01
"""mAP50-95 by which the lower end of the difference's interval may lie below zero: fewer photos
than tell one point apart do not block a better model for ever."""
ENOUGH_BOXES = 30
"""Boxes of a class below which its own difference says nothing."""


@dataclass(frozen=True)
class Verdict:
    """The figures of both, and why the challenger is refused; without a reason it may replace."""

    figures: tuple[Figure, ...]
    reasons: tuple[str, ...]

    @property
    def promoted(self) -> bool:
        """Whether it may."""
        return not self.reasons


def comparable(champion: Path, challenger: Path, data: Sequence[Path]) -> tuple[Manifest, Manifest]:
    """Both manifests, files verified. Raises BundleError, DataError for photos that it learned."""
    ours, theirs = read_manifest(champion), read_manifest(challenger)
    for folder, manifest in ((champion, ours), (challenger, theirs)):
        verified_model(folder, manifest)
    for what, mine, other in (
        ("task", ours.task, theirs.task),
        ("classes", ours.classes, theirs.classes),
        ("outputs", ours.outputs, theirs.outputs),
        ("input", ours.input, theirs.input),
    ):
        if mine != other:
            raise BundleUnsuitable(
                f"{challenger} has other {what} than {champion}: {other}", accepted=str(mine)
            )
    if ours.task != "detect":
        raise BundleUnsuitable(f"{champion} is a bundle for {ours.task!r}", accepted="detect")
    if ours.sha256 == theirs.sha256:
        raise DataError(
            f"{challenger} holds the very model of {champion}", do="there is nothing to promote"
        )
    known = {fingerprint(*data), *(fingerprint(place) for place in data)}
    trained = [name for name, digest in theirs.data.items() if digest in known]
    if trained:
        raise DataError(
            f"{challenger} was made with these very photos ({', '.join(trained)})",
            accepted="photos that neither model was trained or tuned on",
        )
    return ours, theirs


def judge_challenger(champion: Path, challenger: Path, truth: Truth) -> Verdict:
    """Look at the photos with both and compare. Raises DataError without a shared class."""
    curves = []
    classes = Objects.load(champion).classes
    present = {box.label for photo in truth.photos for box in photo.boxes if not box.crowd}
    shared = [name for name in truth.classes if name in classes and name in present]
    if not shared:
        raise DataError("the labels hold no class of these models", accepted=", ".join(classes))
    n = len(truth.photos)
    weights = np.concatenate([np.ones((1, n), np.int64), resamples(n, DRAWS)])
    for folder in (champion, challenger):
        matches = match(truth.photos, predict(Objects.load(folder), truth), shared)
        curves.append(np.stack([average_precision(one, weights).mean(1) for one in matches]))
    boxes = [int(one.objects.sum()) for one in matches]
    return verdict_of(curves[0], curves[1], shared, boxes, n)


def verdict_of(
    ours: Floats, theirs: Floats, classes: Sequence[str], boxes: Sequence[int], n: int
) -> Verdict:
    """The verdict on curves (classes, 1 + draws) of both; `boxes` labelled of each class."""
    apart = theirs - ours
    whole = figure("promote.map50_95.difference", np.nanmean(apart, axis=0), n)
    figures = [
        figure("promote.map50_95.champion", np.nanmean(ours, axis=0), n),
        figure("promote.map50_95.challenger", np.nanmean(theirs, axis=0), n),
        whole,
    ]
    reasons = []
    if whole.value < 0:
        reasons.append(
            f"its mAP50-95 is lower by {-whole.value:.4f} [{whole.low:+.4f} to {whole.high:+.4f}]"
        )
    elif whole.low < -MARGIN:
        reasons.append(
            f"it may be worse by {-whole.low:.4f}, more than {MARGIN}: {n} photos do not tell"
        )
    for place, name in enumerate(classes):
        one = figure(f"promote.map50_95.difference.{name}", apart[place], n)
        figures.append(one)
        if boxes[place] >= ENOUGH_BOXES and one.high < 0:
            reasons.append(
                f"{name} is clearly worse: {one.value:+.4f} [{one.low:+.4f} to {one.high:+.4f}]"
            )
    return Verdict(tuple(figures), tuple(reasons))


def figure(name: str, values: Floats, n: int) -> Figure:
    """Value and interval; differences may be negative."""
    drawn = values[1:][np.isfinite(values[1:])]
    value = float(values[0])
    low, high = percentiles(drawn - drawn.mean() + value) if len(drawn) else (value, value)
    return Figure(
        name=name, value=value, low=min(low, value), high=max(high, value), n=n, unit="AP"
    )


def exchange(challenger: Path, champion: Path, record: dict[str, object]) -> Path:
    """Put the challenger in the champion's place; gives the folder where the old one is kept.

    Every step leaves a whole bundle somewhere: copied beside, the old one moved away, the new one
    moved in. A cut between the last two leaves both whole, named in the error at the next start.
    """
    manifest = read_manifest(challenger)
    root = champion.parent
    incoming = root / ".incoming" / champion.name
    shutil.rmtree(incoming, ignore_errors=True)
    shutil.copytree(challenger, incoming)
    promoted = manifest.model_copy(update={"extra": {**manifest.extra, "promotion": record}})
    write_manifest(incoming, promoted)
    verified_model(incoming, promoted)
    old = read_manifest(champion)
    kept = root / ".history" / champion.name / old.sha256[:16]
    kept.parent.mkdir(parents=True, exist_ok=True)
    if kept.exists():
        shutil.rmtree(kept)
    champion.rename(kept)
    incoming.rename(champion)
    incoming.parent.rmdir()
    return kept
