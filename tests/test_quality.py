"""Each finding fires on its own fault and on nothing else."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from training.evaluate import degradations as made
from training.evaluate.quality import evaluate_quality, held_out
from vision.findings import RoomGuess
from vision.quality import MESSAGES, findings, sharpness
from vision.rules import QualityRules

RULES = QualityRules()
KITCHEN = (RoomGuess(type="kitchen", probability=0.9), RoomGuess(type="other", probability=0.1))
UPRIGHT = (0.97, 0.01, 0.01, 0.01)


def room(seed: int = 3) -> np.ndarray:
    """A picture with a listing photo's spread of levels: surfaces, objects, grain of all sizes."""
    rng = np.random.default_rng(seed)
    picture = np.full((756, 1008, 3), 120.0)
    for cells, spread in ((4, 75), (16, 30), (64, 12), (250, 9)):
        grain = rng.normal(0, spread, (cells * 3 // 4, cells)).astype(np.float32)
        picture += cv2.resize(grain, (1008, 756), interpolation=cv2.INTER_CUBIC)[:, :, None]
    for _ in range(60):
        x, y, w, h = rng.integers(0, 900), rng.integers(0, 650), *rng.integers(10, 140, 2)
        picture[y : y + h, x : x + w] += rng.normal(0, 70) + rng.normal(0, 15, 3)
    return np.clip(picture, 5, 245).astype(np.uint8)


def codes(
    pixels: np.ndarray,
    *,
    size: tuple[int, int] = (4032, 3024),
    rooms: tuple[RoomGuess, ...] = KITCHEN,
    orientation: tuple[float, ...] = UPRIGHT,
) -> list[str]:
    found = findings(pixels, *size, rooms, orientation, RULES)
    return [finding.code.removeprefix("quality.") for finding in found]


def test_a_sound_photo_has_no_finding() -> None:
    assert codes(room()) == []


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        ("too_dark", made.exposed(room(), -4)),
        ("too_bright", made.exposed(room(), 3.5)),
        ("blurred", made.defocused(room(), 0.01)),
        ("blurred", made.shaken(room(), 0.03, 0)),
        ("blurred", made.shaken(room(), 0.03, 90)),
        ("blurred", made.shaken(room(), 0.03, 45)),
    ],
    ids=["dark", "bright", "defocus", "shake-0", "shake-90", "shake-45"],
)
def test_faults_are_found(code: str, bad: np.ndarray) -> None:
    assert code in codes(bad)


def test_one_sharp_area_is_enough() -> None:
    bokeh = made.defocused(room(), 0.02)
    bokeh[:, 300:700] = room()[:, 300:700]
    assert "blurred" not in codes(bokeh)


def test_an_even_surface_is_not_blurred() -> None:
    assert "blurred" not in codes(np.full((300, 400, 3), 140, np.uint8))


def test_sharpness_falls_with_blur_and_ignores_contrast() -> None:
    gray = cv2.cvtColor(room(), cv2.COLOR_RGB2GRAY)
    gray = cv2.resize(gray, (384, 288), interpolation=cv2.INTER_AREA)
    values = [sharpness(cv2.GaussianBlur(gray, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    faint = (gray * 0.5 + 60).astype(np.uint8)
    assert sharpness(faint) == pytest.approx(sharpness(gray), abs=0.06)


@pytest.mark.parametrize(
    ("size", "small"),
    [((640, 480), False), ((480, 640), False), ((639, 480), True), ((479, 2000), True)],
)
def test_size_counts_either_way_round(size: tuple[int, int], small: bool) -> None:
    assert ("too_small" in codes(room(), size=size)) is small


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        ((0.1, 0.85, 0.02, 0.03), ["sideways"]),
        ((0.1, 0.03, 0.02, 0.85), ["sideways"]),
        ((0.1, 0.03, 0.85, 0.02), ["upside_down"]),
        ((0.4, 0.3, 0.2, 0.1), []),
        ((), []),
    ],
)
def test_orientation(orientation: tuple[float, ...], expected: list[str]) -> None:
    assert codes(room(), orientation=orientation) == expected


def test_not_a_room() -> None:
    other = (RoomGuess(type="other", probability=0.8), RoomGuess(type="kitchen", probability=0.2))
    assert codes(room(), rooms=other) == ["not_a_room"]


def test_findings_tell_value_threshold_and_what_to_do() -> None:
    found = findings(made.exposed(room(), -4), 300, 200, KITCHEN, UPRIGHT, RULES)
    by_code = {finding.code: finding for finding in found}
    dark, small = by_code["quality.too_dark"], by_code["quality.too_small"]
    assert dark.value < dark.threshold == RULES.dark_below
    assert (small.value, small.threshold) == (300, RULES.min_width)
    assert dark.message == MESSAGES["quality.too_dark"]


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(32, 120), st.integers(32, 120), st.just(3)), fill=st.just(0)
    )
)
def test_any_picture_gets_an_answer(pixels: np.ndarray) -> None:
    for finding in findings(pixels, 4000, 3000, KITCHEN, UPRIGHT, RULES):
        assert finding.message
        assert np.isfinite(finding.value)


def test_evaluation_measures_only_the_held_out_half(tmp_path: Path) -> None:
    for number in range(24):
        path = tmp_path / "listings" / str(number) / "kitchen.jpg"
        path.parent.mkdir(parents=True)
        assert cv2.imwrite(str(path), room(number)[:, :, ::-1])
    figures = {figure["name"]: figure for figure in evaluate_quality(tmp_path)}
    held = sum(held_out(path) for path in tmp_path.glob("listings/*/*.jpg"))
    alarm = figures["quality.false_alarm.too_dark"]
    assert (alarm["n"], alarm["value"], alarm["unit"]) == (held, 0.0, "share")
    assert figures["quality.detected.too_dark"]["value"] == 1.0
    assert figures["quality.detected.document"]["n"] == held // 4
