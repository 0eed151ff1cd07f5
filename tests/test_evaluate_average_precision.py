"""Average precision against pycocotools, on random boxes, plain and with photos drawn twice."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.evaluate.average_precision import (
    Predicted,
    average_precision,
    coco_evaluation,
    match,
)
from training.evaluate.labelled import LabelledPhoto, TrueBox
from vision.findings import Detection

CLASSES = ("bed", "door", "sink")

Case = tuple[list[LabelledPhoto], dict[Path, Predicted]]


def random_case(seed: int, photos: int = 8, ties: bool = False) -> Case:
    """Photos with boxes, and predictions near them, besides, and on crowds."""
    random = np.random.default_rng(seed)
    labelled, predicted = [], {}
    for number in range(photos):
        truths, found = [], []
        for _ in range(random.integers(0, 6)):
            x, y = random.uniform(0, 0.6, 2)
            w, h = random.uniform(0.05, 0.4, 2)
            label = str(random.choice(CLASSES))
            truths.append(TrueBox(label, x, y, x + w, y + h, crowd=bool(random.random() < 0.15)))
            for _ in range(random.integers(0, 3)):
                shift = random.normal(0, 0.03, 2)
                found.append((label, x + shift[0], y + shift[1], w, h))
        for _ in range(random.integers(0, 4)):
            x, y, w, h = random.uniform(0.01, 0.5, 4)
            found.append((str(random.choice(CLASSES)), x, y, w, h))
        path = Path(f"{number}.jpg")
        labelled.append(LabelledPhoto(path, tuple(truths), (640, 480)))
        if random.random() < 0.9:  # a photo may be unreadable
            boxes = [
                Detection(
                    label=label,
                    score=round(random.uniform(), 1) if ties else random.uniform(),
                    x1=x,
                    y1=y,
                    x2=x + w,
                    y2=y + h,
                )
                for label, x, y, w, h in found
            ]
            predicted[path] = Predicted(tuple(boxes), (640, 480))
    return labelled, predicted


def reference(case: Case) -> np.ndarray:
    """(T, K) average precision by COCOeval.accumulate; nan for a class without objects."""
    evaluation = coco_evaluation(*case, CLASSES)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 0]
    return np.where(precision[:, 0] < 0, np.nan, precision.mean(axis=1))


def own(case: Case, weights: Sequence[int] | None = None) -> np.ndarray:
    drawn = np.array([weights or [1] * len(case[0])], np.int64)
    return np.stack([average_precision(m, drawn)[0] for m in match(*case, CLASSES)], axis=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_equals_pycocotools(seed: int, ties: bool) -> None:
    case = random_case(seed, ties=ties)
    np.testing.assert_allclose(own(case), reference(case), rtol=0, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_a_weight_is_the_same_as_listing_the_photo_so_often(seed: int, weights: list[int]) -> None:
    photos, predicted = random_case(seed)
    repeated: list[LabelledPhoto] = []
    answers: dict[Path, Predicted] = {}
    for photo, weight in zip(photos, weights, strict=True):
        for copy in range(weight):
            path = Path(f"{photo.path}-{copy}")
            repeated.append(LabelledPhoto(path, photo.boxes, photo.size))
            if photo.path in predicted:
                answers[path] = predicted[photo.path]
    weighted = own((photos, predicted), weights)
    if not repeated:
        assert np.isnan(weighted).all()
        return
    np.testing.assert_allclose(weighted, reference((repeated, answers)), rtol=0, atol=1e-9)


def test_perfect_and_empty_answers() -> None:
    box = TrueBox("bed", 0.1, 0.1, 0.5, 0.5)
    photo = LabelledPhoto(Path("a.jpg"), (box,), (100, 100))
    seen = Detection(label="bed", score=0.5, x1=0.1, y1=0.1, x2=0.5, y2=0.5)
    perfect = own(([photo], {photo.path: Predicted((seen,), (100, 100))}))
    assert perfect[:, 0] == pytest.approx(np.ones(10))
    assert np.isnan(perfect[:, 1:]).all()
    assert own(([photo], {}))[:, 0] == pytest.approx(np.zeros(10))


def test_a_found_crowd_is_neither_right_nor_wrong() -> None:
    crowd = TrueBox("bed", 0.1, 0.1, 0.9, 0.9, crowd=True)
    single = TrueBox("bed", 0.0, 0.0, 0.05, 0.05)
    photo = LabelledPhoto(Path("a.jpg"), (crowd, single), (100, 100))
    on_crowd = Detection(label="bed", score=0.9, x1=0.1, y1=0.1, x2=0.9, y2=0.9)
    on_single = Detection(label="bed", score=0.5, x1=0.0, y1=0.0, x2=0.05, y2=0.05)
    [bed] = match([photo], {photo.path: Predicted((on_crowd, on_single), (100, 100))}, ["bed"])
    assert bed.objects.tolist() == [1]
    assert not bed.right[:, 0].any()
    assert not bed.wrong[:, 0].any()
    assert bed.right[:, 1].all()


def test_nothing_reaches_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    own(random_case(1))
    assert capsys.readouterr().out == ""


def test_no_class_no_matches() -> None:
    assert match(*random_case(1), []) == []
