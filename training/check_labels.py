"""Judges a whole set of labels: trains out of fold, finds what is wrong, ranks it.

    checked = check_labels(labels, paths, recipe, seed=1, work=Path("work/labels"))
    checked.quality, checked.views, checked.flags

An interrupted run goes on: what each model saw is kept in `work` under the labels' own hash.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labels.boxes import LabelSet
from labels.gain import Flag, ranked
from labels.quality import Quality, judge
from labels.views import Found
from training.console import track
from training.noisy.folds import MODELS, fold_views
from training.noisy.kept import joined_views, read_found, write_found
from training.noisy.trainer import Recipe
from vision.errors import DataError

LEAST_IMAGES = 16
"""Photos below which there is nothing to learn from."""


@dataclass(frozen=True)
class Checked:
    """What was found out about a set of labels."""

    quality: Quality
    views: Mapping[str, Sequence[Found]]
    flags: tuple[Flag, ...]


def check_labels(
    labels: LabelSet, paths: Mapping[str, Path], recipe: Recipe, seed: int, work: Path
) -> Checked:
    """Judge every box. Raises DataError for too few photos."""
    if len(labels.images) < LEAST_IMAGES or not any(image.boxes for image in labels.images):
        raise DataError(
            f"there are {len(labels.images)} photos to learn from",
            accepted=f"at least {LEAST_IMAGES} photos, with boxes",
        )
    views = out_of_fold(labels, paths, recipe, seed, work)
    quality = judge(labels, views, seed)
    return Checked(quality, views, tuple(ranked(labels, quality)))


def out_of_fold(
    labels: LabelSet, paths: Mapping[str, Path], recipe: Recipe, seed: int, work: Path
) -> dict[str, list[Found]]:
    """What models that never trained on an image see in it."""
    content = repr((labels.classes, labels.images, recipe, seed)).encode()
    kept = work / hashlib.sha256(content).hexdigest()[:16]
    parts = []
    for number in track(range(MODELS), "training models that judge the labels"):
        file = kept / f"{number}.npz"
        if not file.is_file():
            scratch = Path(tempfile.mkdtemp(prefix="homelens-check-"))
            try:
                write_found(file, fold_views(labels, paths, recipe, seed, number, scratch))
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        parts.append(read_found(file))
    return joined_views(parts)
