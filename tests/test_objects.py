"""The detector: geometry, thinning, calibration, and real photos that a package ships."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.bundle import models_folder
from vision.findings import Detection
from vision.letterbox import letterbox
from vision.objects import SAME_OBJECT_IOU, Branch, Objects, calibrated, thin, unlikely

ultralytics = pytest.importorskip("ultralytics")
ASSETS = Path(ultralytics.__file__).parent / "assets"


@pytest.fixture(scope="module")
def objects() -> Objects:
    return Objects.load(models_folder() / "objects")


def photo(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(ASSETS / name)), cv2.COLOR_BGR2RGB)


def test_people_in_real_photos(objects: Objects) -> None:
    street = [d for d in objects.detect(photo("bus.jpg")) if d.label == "person"]
    assert len(street) >= 3
    pair = [d for d in objects.detect(photo("zidane.jpg")) if d.label == "person"]
    assert len(pair) == 2
    # The man in front fills the right half.
    assert max(d.x2 for d in pair) > 0.85


def test_the_same_boxes_at_half_size(objects: Objects) -> None:
    whole = photo("bus.jpg")
    half = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    a, b = objects.detect(whole), objects.detect(np.asarray(half, np.uint8))
    first, second = (next(d for d in found if d.label == "person") for found in (a, b))
    assert first.x1 == pytest.approx(second.x1, abs=0.02)
    assert first.y2 == pytest.approx(second.y2, abs=0.02)


def test_a_lower_floor_only_adds(objects: Objects) -> None:
    usual = objects.detect(photo("bus.jpg"))
    more = objects.detect(photo("bus.jpg"), floor=dict.fromkeys(objects.classes, 0.02))
    assert len(more) > len(usual)
    assert all(d.score >= 0.02 for d in more)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (33, 700)])
def test_odd_shapes(objects: Objects, size: tuple[int, int]) -> None:
    for found in objects.detect(np.zeros((*size, 3), np.uint8)):
        assert 0 <= found.x1 < found.x2 <= 1


@given(st.integers(1, 2000), st.integers(1, 2000))
@settings(max_examples=40, deadline=None)
def test_letterbox_maps_corners_back(width: int, height: int) -> None:
    fed, scale, (left, top) = letterbox(np.zeros((height, width, 3), np.uint8), 640, 640)
    assert fed.shape == (1, 3, 640, 640)
    assert left >= 0
    assert top >= 0
    # the far corner lies inside the input, at most a pixel from where the scale puts it
    assert left + width * scale <= 641
    assert top + height * scale <= 641
    inside = fed[0, 0] == 0
    assert inside[top, left]


def test_letterbox_keeps_what_is_where() -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[150:, 200:] = 255
    fed, scale, (left, top) = letterbox(pixels, 640, 640)
    x, y = round(300 * scale + left), round(225 * scale + top)
    assert fed[0, 0, y, x] == 1.0
    assert fed[0, 0, y, round(100 * scale + left)] == 0.0
    assert fed[0, 0, 0, 0] == pytest.approx(114 / 255)


branches = st.builds(Branch, st.just(("a",)), st.floats(0.6, 2), st.floats(-2, 2))


@given(branches, st.floats(0.05, 0.95))
def test_calibration_can_be_undone(branch: Branch, probability: float) -> None:
    score = unlikely(np.array([probability], np.float32), branch)
    assert calibrated(score, branch)[0] == pytest.approx(probability, abs=2e-3)


@given(branches, st.lists(st.floats(0.001, 0.999), min_size=2, max_size=20))
def test_calibration_keeps_the_order(branch: Branch, scores: list[float]) -> None:
    ordered = calibrated(np.array(sorted(scores), np.float32), branch)
    assert (np.diff(ordered) >= 0).all()


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    def detection(box: np.ndarray) -> Detection:
        x1, y1, x2, y2 = (float(v) for v in box)
        return Detection(label="", score=1, x1=x1, y1=y1, x2=x2, y2=y2)

    from training.calibrate import iou

    return iou(detection(a), detection(b))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_thinning_equals_the_definition(seed: int, anchors: int) -> None:
    rng = np.random.default_rng(seed)
    corner, size = rng.uniform(0, 100, (2, anchors)), rng.uniform(20, 80, (2, anchors))
    scores = rng.uniform(0, 1, (3, anchors))
    raw = np.concatenate([corner, corner + size, scores]).astype(np.float32)
    boxes, kept, labels = thin(raw, np.full(3, 0.3, np.float32))
    expected: list[tuple[int, float]] = []
    for label in range(3):
        left = [i for i in np.argsort(-raw[4 + label]) if raw[4 + label, i] >= 0.3]
        taken: list[int] = []
        for i in left:
            if all(overlap(raw[:4, i], raw[:4, j]) <= SAME_OBJECT_IOU for j in taken):
                taken.append(int(i))
        expected += [(label, float(raw[4 + label, i])) for i in taken]
    found = [(int(a), float(b)) for a, b in zip(labels, kept, strict=True)]
    assert sorted(found) == sorted(expected)
    assert len(boxes) == len(found)
