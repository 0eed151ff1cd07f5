"""Collages, screens and pages of text against photos."""

import random

import numpy as np
import pytest

from tests.test_quality import room
from training.evaluate import degradations as made
from vision.layout import collage_score, flat_bands, ink_marks, page_scores, shrink
from vision.rules import QualityRules

RULES = QualityRules()


def scores(pixels: np.ndarray) -> tuple[float, float, float]:
    return collage_score(pixels), *page_scores(shrink(pixels, 384))


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_is_nothing_else(seed: int) -> None:
    collage, screenshot, document = scores(room(seed))
    assert collage < RULES.collage_from
    assert screenshot < RULES.screenshot_from
    assert document < RULES.document_from


@pytest.mark.parametrize(("gutter", "axis"), [(0, 0), (6, 0), (6, 1), (20, 0), (20, 1)])
def test_two_photos_side_by_side_are_a_collage(gutter: int, axis: int) -> None:
    shape = list(room().shape)
    shape[axis] = gutter
    gap = np.full(shape, 255, np.uint8)
    joined = np.concatenate([room(1), gap, room(2)], axis=axis)
    assert collage_score(made.recompressed(joined)) >= RULES.collage_from


def test_a_border_is_no_gutter() -> None:
    framed = room()
    framed[:40] = framed[-40:] = 0
    framed[:, :40] = framed[:, -40:] = 0
    assert collage_score(framed) < RULES.collage_from


def test_a_straight_edge_of_one_sign_is_no_collage() -> None:
    door = room().astype(int)
    door[:, 500:] += 60
    assert collage_score(np.clip(door, 0, 255).astype(np.uint8)) < RULES.collage_from


@pytest.mark.parametrize("seed", range(8))
def test_screens(seed: int) -> None:
    _, screenshot, document = scores(made.screenshot(room(seed), random.Random(seed)))
    assert screenshot >= RULES.screenshot_from
    assert document < RULES.document_from


@pytest.mark.parametrize("seed", range(8))
def test_pages(seed: int) -> None:
    _, screenshot, document = scores(made.document(random.Random(seed)))
    assert document >= RULES.document_from
    assert screenshot < RULES.screenshot_from


def test_letterbox_bars_are_two_bands_at_most() -> None:
    film = room()
    film[:90] = film[-90:] = 0
    assert flat_bands(shrink(film, 384)) <= 2


def test_marks_are_counted_on_light_ground() -> None:
    page = np.full((300, 300, 3), 250, np.uint8)
    for x in range(20, 280, 20):
        page[100:106, x : x + 4] = 10
    marks, ground = ink_marks(page)
    assert marks == 13
    assert ground > 0.9


def test_shrink_never_enlarges() -> None:
    assert shrink(room(), 384).shape == (288, 384, 3)
    small = room()[:100, :120]
    assert shrink(small, 384) is small
