"""`homelens bench noise`: what label noise costs, and what of it is won back.

    homelens bench noise DATA --weights yolo26n.pt --work work/noise --out docs

Human boxes of data/doordetect; noise goes into the training part alone (training/noise.py), and the
test part is looked at once by each arm. Arms: "clean" trains on the labels as drawn, "naive" on the
noisy ones, "ours" on what labels/ makes of the noisy ones. Interrupted, it goes on where it was.
Intervals resample the test photos, the same for every arm (paired); with several seeds the value is
their mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from labels.boxes import LabelSet
from labels.objectlab import objectlab
from labels.views import Found
from training.bench.noise_jobs import Job, folds, judged, run_all, say_size
from training.bench.noise_setup import Setup
from training.evaluate.average_precision import Predicted, average_precision, match
from training.figures import Figure
from training.intervals import percentiles, resamples
from training.noise import KINDS, LEVELS
from training.noisy.kept import read_found
from vision.errors import SettingsError
from vision.findings import Detection

Floats = NDArray[np.float64]
DRAWS = 300
ERROR_LEVEL = 0.2
"""Level of mixed noise at which the ranking of wrong boxes is measured."""


@dataclass(frozen=True)
class Curve:
    """mAP of one arm: (1 + draws,) with the value itself first."""

    map50_95: Floats
    map50: Floats


def conditions(
    seeds: Sequence[int], levels: Sequence[float] = LEVELS
) -> list[tuple[str, float, int]]:
    """Clean, then every kind and level."""
    noisy = [(kind, level) for level in levels for kind in KINDS]
    return [(kind, level, seed) for seed in seeds for kind, level in [("mixed", 0.0), *noisy]]


def jobs(seeds: Sequence[int], levels: Sequence[float] = LEVELS) -> tuple[list[Job], list[Job]]:
    """Those that need nothing, and those that need their condition's out-of-fold models."""
    first, second = [], []
    for kind, level, seed in conditions(seeds, levels):
        first += [Job("naive", kind, level, seed), *folds(kind, level, seed)]
        second.append(Job("ours", kind, level, seed))
    return first, second


def measure(
    setup: Setup, seeds: Sequence[int], levels: Sequence[float] = LEVELS
) -> tuple[dict[tuple[str, str, float], Curve], int]:
    """Curves by (arm, kind, level), and the number of test photos."""
    first, second = jobs(seeds, levels)
    run_all(setup, first, "training on noise, out of fold")
    run_all(setup, second, "training on corrected labels")
    curves = {}
    for kind, level, _ in conditions(seeds[:1], levels):
        for arm in ("naive", "ours"):
            found = [Job(arm, kind, level, seed).file(setup.work) for seed in seeds]
            curves[arm, kind, level] = average([curve_of(setup, path) for path in found])
    return curves, len(setup.parts["test"])


def average(curves: Sequence[Curve]) -> Curve:
    """The mean over seeds; resamples are the same for all."""
    return Curve(
        np.mean([one.map50_95 for one in curves], axis=0),
        np.mean([one.map50 for one in curves], axis=0),
    )


def curve_of(setup: Setup, path: Path, part: str = "test") -> Curve:
    """mAP on a part of what an arm found there, with resamples of its photos."""
    names = setup.parts[part]
    views = read_found(path)
    photos = [setup.photos[name] for name in names]
    predicted = {
        setup.photos[name].path: as_predicted(setup, name, views[name][0]) for name in names
    }
    draws = resamples(len(names), DRAWS)
    weights = np.concatenate([np.ones((1, len(names)), np.int64), draws])
    matches = match(photos, predicted, setup.classes)
    ap = np.stack([average_precision(one, weights) for one in matches])  # classes, draws, IoUs
    return Curve(np.nanmean(ap.mean(2), axis=0), np.nanmean(ap[:, :, 0], axis=0))


def as_predicted(setup: Setup, name: str, found: Found) -> Predicted:
    """What a model found in a photo, in the form of the evaluation."""
    height, width = np.asarray(cv2.imread(str(setup.photos[name].path))).shape[:2]
    boxes = [
        Detection(label=setup.classes[k], score=float(score), x1=x1, y1=y1, x2=x2, y2=y2)
        for (x1, y1, x2, y2), score, k in zip(
            found.corners.tolist(), found.best, found.labels.tolist(), strict=True
        )
    ]
    return Predicted(tuple(boxes), (width, height))


def figures_of(curves: Mapping[tuple[str, str, float], Curve], n: int) -> list[Figure]:
    """noise.map50_95…, noise.map50…, noise.recovered… and the cost of ours on clean labels."""
    clean = curves["naive", "mixed", 0.0]
    made = [
        figure("noise.map50_95.clean", clean.map50_95, n, "AP"),
        figure("noise.map50.clean", clean.map50, n, "AP"),
        figure("noise.map50_95.ours.clean", curves["ours", "mixed", 0.0].map50_95, n, "AP"),
        figure(
            "noise.ours_minus_naive.clean",
            curves["ours", "mixed", 0.0].map50_95 - clean.map50_95,
            n,
            "AP",
        ),
    ]
    for (arm, kind, level), curve in curves.items():
        if not level:
            continue
        name = f"{kind}.{round(level * 100)}"
        made.append(figure(f"noise.map50_95.{arm}.{name}", curve.map50_95, n, "AP"))
        made.append(figure(f"noise.map50.{arm}.{name}", curve.map50, n, "AP"))
        if arm == "ours":
            naive = curves["naive", kind, level].map50_95
            lost = clean.map50_95 - naive
            recovered = (curve.map50_95 - naive) / np.where(np.abs(lost) < 1e-6, np.nan, lost)
            if np.isfinite(recovered[0]) and np.isfinite(recovered[1:]).any():
                made.append(figure(f"noise.recovered.{name}", recovered, n, "share"))
    return made


def figure(name: str, values: Floats, n: int, unit: str) -> Figure:
    """Value and 95% interval of (1 + draws,) values: their middle, moved onto the value, for
    resampling shifts an average precision a little (training/intervals.py)."""
    drawn = values[1:][np.isfinite(values[1:])]
    low, high = percentiles(drawn - drawn.mean() + values[0])
    value = float(values[0])
    return Figure(
        name=name, value=value, low=min(low, value), high=max(high, value), n=n, unit=unit
    )


def error_figures(setup: Setup, seed: int) -> list[Figure]:
    """labels.error_ap, the same by ObjectLab, and the difference, at 20% mixed noise."""
    noisy = setup.noisy("mixed", ERROR_LEVEL, seed)
    quality = judged(setup, "mixed", ERROR_LEVEL, seed, noisy.labels)
    reference = objectlab(noisy.labels, quality.sightings)
    rows = [
        (place, key in noisy.errors, quality.boxes[key].wrong, 1 - reference[key])
        for place, image in enumerate(noisy.labels.images)
        for key in keys_of(noisy.labels, image.name)
    ]
    image, wrong, ours, theirs = (np.array(column) for column in zip(*rows, strict=True))
    count = len(noisy.labels.images)
    weights = np.concatenate([np.ones((1, count), np.int64), resamples(count, DRAWS)])[:, image]
    mine = ranking_ap(wrong, ours, weights)
    reference_ap = ranking_ap(wrong, theirs, weights)
    return [
        figure("labels.error_ap", mine, len(rows), "AP"),
        figure("labels.error_ap.objectlab", reference_ap, len(rows), "AP"),
        figure("labels.error_ap.ahead", mine - reference_ap, len(rows), "AP"),
    ]


def keys_of(labels: LabelSet, name: str) -> list[tuple[str, int]]:
    """The keys of an image's boxes."""
    image = next(image for image in labels.images if image.name == name)
    return [(name, place) for place in range(len(image.boxes))]


def ranking_ap(wrong: NDArray[np.bool_], score: Floats, weights: NDArray[np.int64]) -> Floats:
    """(draws,) average precision of a ranking for weightings (draws, rows) of its rows."""
    from sklearn.metrics import average_precision_score

    return np.array([average_precision_score(wrong, score, sample_weight=w) for w in weights])


def read_levels(text: str) -> tuple[float, ...]:
    """Levels of noise from percents, "20,40". Raises SettingsError."""
    accepted = ", ".join(f"{level:.0%}" for level in LEVELS)
    try:
        found = tuple(sorted({int(part) / 100 for part in text.split(",")}))
    except ValueError:
        raise SettingsError(f"levels {text!r}", accepted=f"numbers of {accepted}") from None
    if not set(found) <= set(LEVELS):
        raise SettingsError(f"levels {text!r}", accepted=f"some of {accepted}")
    if ERROR_LEVEL not in found:
        raise SettingsError(
            f"levels {text!r} without {ERROR_LEVEL:.0%}",
            accepted=f"some of {accepted}, {ERROR_LEVEL:.0%} among them",
            do="wrong boxes and reviews are measured there",
        )
    return found


def all_figures(
    setup: Setup,
    seeds: Sequence[int],
    choice_seeds: Sequence[int],
    out: Path | None,
    levels: Sequence[float] = LEVELS,
) -> list[Figure]:
    """The whole measurement; pictures are drawn where `out` names a folder."""
    from training.bench.noise_curves import REVIEW_LEVEL, choice_figures, review_figures

    say_size(setup)
    curves, n = measure(setup, seeds, levels)
    figures = [*figures_of(curves, n), *error_figures(setup, seeds[0])]
    naive = curve_of(setup, Job("naive", "mixed", REVIEW_LEVEL, seeds[0]).file(setup.work))
    clean = curve_of(setup, Job("naive", "mixed", 0.0, seeds[0]).file(setup.work))
    reviewed, points, left = review_figures(setup, seeds[0], naive, clean)
    chosen, labelled = choice_figures(setup, choice_seeds)
    if out is not None:
        from training.bench import draw_noise

        out.mkdir(parents=True, exist_ok=True)
        photos = len(setup.parts["train"])
        pixels = setup.size.image_size
        said = f"data/doordetect, {photos} training photos, {pixels} px, n {n} test photos"
        seen = f"{said}, {len(seeds)} seed(s), 95% intervals over test photos"
        draw_noise.draw_recovery(curves, out / "noise-recovery.png", seen)
        at = f"mixed noise of {REVIEW_LEVEL:.0%}, {said}"
        draw_noise.draw_review(points, left, clean, out / "noise-review.png", at)
        draw_noise.draw_choice(labelled, out / "noise-choice.png", f"{len(choice_seeds)} seeds")
        draw_findings(setup, seeds[0], out / "label-findings.png")
    return [*figures, *reviewed, *chosen]


def draw_findings(setup: Setup, seed: int, out: Path, most: int = 100) -> None:
    """The most suspicious findings on the labels as they were drawn, to be judged by eye; people
    are hidden, for the picture is to be shown."""
    from labels.gain import ranked
    from labels.sheet import draw_sheet
    from training.safe_photos import safe_photos

    labels = setup.clean
    flags = ranked(labels, judged(setup, "mixed", 0.0, seed, labels))
    surest = sorted(flags, key=lambda flag: -flag.probability)[:most]
    names = {flag.image for flag in surest}
    with safe_photos({name: setup.paths[name] for name in names}) as paths:
        draw_sheet(surest, paths, out)
