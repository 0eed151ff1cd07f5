"""What redaction leaves of a person: a handful of averages, from which no face comes back."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.people_photos import room, shipped
from vision.people import Pixels
from vision.policy import Policy
from vision.redact import (
    CELLS,
    Region,
    averages,
    enlarged,
    redact,
    regions_of,
)

SIZE = 160
AT = (slice(100, 100 + SIZE), slice(200, 200 + SIZE))
FINE = SIZE / CELLS / 8
"""Blur in pixels that separates detail (edges of eyes, nose, mouth) from light and colour."""


def face(number: int) -> Pixels:
    """One of two real faces, SIZE × SIZE."""
    x, y = ((735, 45), (365, 215))[number]
    part = shipped("zidane.jpg")[y : y + 260, x : x + 260]
    return np.asarray(cv2.resize(part, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)


def scene(patch: Pixels) -> tuple[Pixels, np.ndarray]:
    pixels = room()
    pixels[AT] = patch
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[AT] = True
    return pixels, mask


def redacted(patch: Pixels, policy: Policy) -> Pixels:
    pixels, mask = scene(patch)
    redact(pixels, mask, pixels.copy(), policy)
    return pixels


def detail(patch: np.ndarray) -> np.ndarray:
    """The luma without its low frequencies."""
    luma = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return luma - cv2.GaussianBlur(luma, (0, 0), FINE)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum() + 1e-12))


def wiener(luma: np.ndarray, sigma: float, noise: float) -> np.ndarray:
    """The best linear undoing of a Gaussian blur."""
    kernel = cv2.getGaussianKernel(SIZE, sigma)
    spectrum = np.fft.fft2(np.fft.ifftshift(kernel @ kernel.T))
    restored = np.fft.fft2(luma) * spectrum.conj() / (np.abs(spectrum) ** 2 + noise)
    return np.real(np.fft.ifft2(restored))


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.PIXELATE, Policy.REMOVE])
@pytest.mark.parametrize("number", [0, 1])
def test_fine_detail_has_nothing_to_do_with_the_face(policy: Policy, number: int) -> None:
    original = face(number)
    result = redacted(original, policy)[AT]
    assert abs(correlation(detail(original), detail(result))) < 0.15
    assert np.std(detail(original)) > 8, "the face had detail to lose"


@pytest.mark.parametrize("number", [0, 1])
def test_deconvolution_does_not_bring_it_back(number: int) -> None:
    original = face(number)
    blurred = cv2.cvtColor(redacted(original, Policy.BLUR)[AT], cv2.COLOR_RGB2GRAY)
    fine = detail(original)
    inner = slice(20, -20)  # near the border the filter rings
    weak = cv2.GaussianBlur(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), (0, 0), 3)

    def recovered(picture: np.ndarray, sigma: float, noise: float) -> float:
        restored = wiener(picture.astype(np.float64), sigma, noise)
        sharp = restored - cv2.GaussianBlur(restored, (0, 0), FINE)
        return abs(correlation(fine[inner, inner], sharp[inner, inner]))

    assert recovered(weak, 3, 1e-3) > 0.8, "a merely softened face does come back"
    for sigma in (3, 6, 12, 20, 40):
        for noise in (1e-4, 1e-3, 1e-2):
            assert recovered(blurred, sigma, noise) < 0.2, (sigma, noise)


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.PIXELATE])
def test_only_averages_are_kept(policy: Policy) -> None:
    """Any other picture with the same averages gives the same result."""
    original = face(0)
    other = original.copy()
    rng = np.random.default_rng(5)
    cell = SIZE // CELLS
    for y in range(0, SIZE, cell):
        for x in range(0, SIZE, cell):
            block = other[y : y + cell, x : x + cell].reshape(-1, 3)
            other[y : y + cell, x : x + cell] = rng.permutation(block).reshape(cell, cell, 3)
    assert np.abs(original.astype(int) - other).mean() > 10
    difference = redacted(original, policy).astype(int) - redacted(other, policy)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.PIXELATE, Policy.REMOVE])
def test_two_faces_become_alike(policy: Policy) -> None:
    def level(patch: np.ndarray) -> np.ndarray:
        """Luma with mean and contrast taken out of the picture's own scale."""
        luma = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float64)
        return luma - luma.mean()

    first, second = face(0), face(1)
    before = np.abs(detail(first) - detail(second)).mean()
    results = [redacted(f, policy)[AT] for f in (first, second)]
    after = np.abs(detail(results[0]) - detail(results[1])).mean()
    assert before > 8
    if policy is Policy.REMOVE:
        assert np.array_equal(results[0], results[1]), "nothing of the person is kept"
    elif policy is Policy.BLUR:
        assert after < before / 4
    assert np.abs(level(results[0]) - level(results[1])).mean() < 45


@given(st.integers(4, 300), st.integers(4, 300), st.floats(1, 30))
@settings(max_examples=60, deadline=None)
def test_the_number_of_averages_is_bounded(height: int, width: int, smallest: float) -> None:
    kept = averages(np.zeros((height, width, 3), np.uint8), smallest)
    assert min(kept.shape[:2]) <= CELLS
    assert kept.shape[0] * kept.shape[1] <= CELLS**2 * max(height, width) / min(height, width)
    assert kept.shape[0] <= max(1, height / smallest)


@given(
    st.integers(3, 9),
    st.integers(3, 9),
    st.floats(1, 4),
    st.floats(1, 4),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_masks_are_enlarged_outward(h: int, w: int, sy: float, sx: float, seed: int) -> None:
    """Every full pixel that shares area with a masked small pixel is hidden, and no other."""
    full = round(h * sy), round(w * sx)
    mask = np.random.default_rng(seed).random((h, w)) < 0.15
    found = np.zeros(full, np.bool_)
    for region in regions_of(mask):
        rows, columns, inside = enlarged(region, mask.shape, full)
        found[rows, columns] |= inside
    fine = np.kron(mask, np.ones(full, np.bool_))  # the common multiple of both grids
    blocks = fine.reshape(full[0], h, full[1], w).any(axis=(1, 3))
    assert np.array_equal(found, blocks)


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.PIXELATE, Policy.REMOVE])
def test_pixels_outside_the_mask_stay(policy: Policy) -> None:
    pixels, mask = scene(face(0))
    before = pixels.copy()
    redact(pixels, mask, before, policy)
    assert np.array_equal(pixels[~mask], before[~mask])
    assert not np.array_equal(pixels[mask], before[mask])


def test_a_mask_over_everything_is_bounded() -> None:
    pixels = room(240, 180)
    mask = np.ones((180, 240), np.bool_)
    redact(pixels, mask, pixels.copy(), Policy.PIXELATE)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) <= CELLS * (CELLS + 2)


def test_regions_do_not_show_each_other() -> None:
    """Two people apart are two regions, each with its own mask only."""
    mask = np.zeros((60, 60), np.bool_)
    mask[5:20, 5:20] = mask[40:50, 30:55] = True
    found = sorted(regions_of(mask), key=lambda r: r.top)
    assert [(r.left, r.top, r.right, r.bottom) for r in found] == [(5, 5, 20, 20), (30, 40, 55, 50)]
    assert all(isinstance(r, Region) and r.mask.all() for r in found)


def test_withhold_has_no_pixels() -> None:
    pixels, mask = scene(face(0))
    with pytest.raises(ValueError, match="withhold"):
        redact(pixels, mask, pixels.copy(), Policy.WITHHOLD)
