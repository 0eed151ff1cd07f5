"""training/noise.py: the two published definitions, seeded."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.boxes import LabelSet
from labels.formats import read, write
from tests.homelens_command import homelens
from tests.label_views import true_labels
from training.noise import KINDS, LEVELS, corrupt
from vision.errors import DataError

LABELS = true_labels(60)
TOTAL = sum(len(image.boxes) for image in LABELS.images)


@pytest.mark.parametrize("level", LEVELS)
def test_jitter_moves_every_box_within_its_level(level: float) -> None:
    noisy = corrupt(LABELS, "jitter", level, seed=1)
    assert noisy.count() == {"moved": TOTAL, "missing": 0, "relabelled": 0, "bogus": 0}
    shifts, scales = [], []
    for before, after in zip(LABELS.images, noisy.labels.images, strict=True):
        for a, b in zip(before.boxes, after.boxes, strict=True):
            assert a.label == b.label
            inside = min(b.corners) > 0 and max(b.corners) < 1
            if inside:  # a cut box tells nothing of where its centre was
                shifts.append(((b.x1 + b.x2) - (a.x1 + a.x2)) / 2 / (a.x2 - a.x1))
                scales.append((b.x2 - b.x1) / (a.x2 - a.x1) - 1)
    for drawn in (np.array(shifts), np.array(scales)):
        assert np.abs(drawn).max() <= level + 1e-9
        # uniform on (-level, level), of which edges cut away little
        assert drawn.std() == pytest.approx(level / np.sqrt(3), rel=0.2)


@pytest.mark.parametrize("level", LEVELS)
def test_mixed_makes_as_many_errors_of_each_kind_as_published(level: float) -> None:
    noisy = corrupt(LABELS, "mixed", level, seed=1)
    counts, each = noisy.count(), int(TOTAL * level)
    assert counts["missing"] == counts["moved"] == each
    assert counts["bogus"] == round(TOTAL * level / (1 - level))
    # a drawn class is the true one in a third of the draws
    assert each * 0.45 < counts["relabelled"] <= each
    after = sum(len(image.boxes) for image in noisy.labels.images)
    assert after == TOTAL - each + counts["bogus"]


def test_the_truth_about_each_error_is_kept() -> None:
    noisy = corrupt(LABELS, "mixed", 0.3, seed=2)
    true = {image.name: set(image.boxes) for image in LABELS.images}
    for image in noisy.labels.images:
        for place, box in enumerate(image.boxes):
            error = noisy.errors.get((image.name, place))
            if error is None:
                assert box in true[image.name]
            elif error.bogus:
                assert error.was is None
            else:
                assert error.was in true[image.name]
                assert (error.was.label != box.label) == error.relabelled
    for name, box in noisy.missing:
        assert box in true[name]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(KINDS), st.floats(0, 0.9), st.integers(0, 10**6))
def test_noise_depends_on_the_seed_alone(kind: str, level: float, seed: int) -> None:
    one, two = (corrupt(LABELS, kind, level, seed) for _ in range(2))
    assert one == two
    for image in one.labels.images:
        assert all(0 <= v <= 1 for box in image.boxes for v in box.corners)


def test_no_noise_is_the_labels_themselves() -> None:
    assert corrupt(LABELS, "mixed", 0, seed=1).labels is LABELS


@pytest.mark.parametrize(("kind", "level"), [("shaken", 0.1), ("mixed", 1.0), ("jitter", -0.1)])
def test_what_is_not_defined_is_refused(kind: str, level: float) -> None:
    with pytest.raises(DataError, match="noise"):
        corrupt(LABELS, kind, level, 1)


def test_the_command_writes_labels_and_the_truth(tmp_path: Path) -> None:
    write("coco", LABELS, tmp_path / "labels.json")
    done = homelens(
        "labels", "corrupt", str(tmp_path / "labels.json"), "--format", "coco", "--kind", "mixed",
        "--level", "0.2", "--seed", "5", "--out", str(tmp_path / "noisy.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "noisy.errors.json").read_text())
    noisy = read("coco", tmp_path / "noisy.json")
    assert isinstance(noisy, LabelSet)
    assert told["counts"]["missing"] == len(told["missing"]) == int(TOTAL * 0.2)
    assert (
        sum(len(image.boxes) for image in noisy.images)
        == TOTAL - told["counts"]["missing"] + (told["counts"]["bogus"])
    )
