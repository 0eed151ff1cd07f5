"""The people bundle finds and outlines real people, at any size and place."""

from pathlib import Path

import numpy as np
import pytest

from tests.people_photos import room, shipped
from vision.bundle import models_folder
from vision.errors import BundleMissing, BundleUnsuitable
from vision.finders import boxed
from vision.people import MOST_PEOPLE, People, surest


@pytest.fixture(scope="module")
def people() -> People:
    return People.load(models_folder() / "people", threads=1)


def test_people_in_a_photo_are_found_with_their_outlines(people: People) -> None:
    pixels = shipped("bus.jpg")
    found = people.find(pixels, 0.5)
    assert len(found) >= 3
    scores = [person.box.score for person in found]
    assert scores == sorted(scores, reverse=True)
    for person in found:
        height, width = person.mask.shape
        box = boxed(person.box, pixels.shape[1], pixels.shape[0])
        assert (person.left, person.top) == (box.left, box.top)
        assert (height, width) == box.mask.shape
        assert 0.3 < person.mask.mean() < 0.95, "a person fills a part of the box"


def test_outlines_follow_the_picture_when_it_is_padded(people: People) -> None:
    """The way back from the letterbox: the same person elsewhere is outlined elsewhere."""
    pixels = shipped("bus.jpg")[::2, ::2]
    canvas = np.full((540, 960, 3), 114, np.uint8)
    canvas[:, 200 : 200 + pixels.shape[1]] = pixels[:540]
    one = people.find(np.ascontiguousarray(pixels[:540]), 0.6)[0]
    two = max(
        people.find(canvas, 0.5),
        key=lambda p: -abs(p.left - 200 - one.left) - abs(p.top - one.top),
    )
    whole = [np.zeros((540, 960), np.bool_) for _ in range(2)]
    for mask, person, shift in zip(whole, (one, two), (200, 0), strict=True):
        height, width = person.mask.shape
        left = person.left + shift
        mask[person.top : person.top + height, left : left + width] = person.mask
    assert (whole[0] & whole[1]).sum() / (whole[0] | whole[1]).sum() > 0.8


def test_nobody_in_an_empty_room(people: People) -> None:
    assert people.find(room(), 0.25) == ()


def test_thin_pictures_are_no_trouble(people: People) -> None:
    for size in ((32, 640), (640, 32), (1, 1)):
        for person in people.find(np.zeros((*size, 3), np.uint8), 0.0001):
            assert person.mask.size > 0


def test_another_bundle_is_refused() -> None:
    with pytest.raises(BundleUnsuitable):
        People.load(models_folder() / "objects", threads=1)
    with pytest.raises(BundleMissing):
        People.load(Path("no-such-folder"))


def predictions(boxes: list[tuple[float, float, float, float, float]]) -> np.ndarray:
    """(4 + 1 + 2, N) from centre x, y, width, height, score."""
    rows = np.array([[*box, index, 0] for index, box in enumerate(boxes)], np.float32)
    return rows.reshape(-1, 7).T


def test_one_person_is_kept_once_and_the_surest() -> None:
    raw = predictions([(100, 100, 50, 80, 0.5), (101, 100, 50, 80, 0.9), (300, 300, 50, 80, 0.3)])
    boxes, scores, coefficients = surest(raw, 0.25)
    np.testing.assert_allclose(scores, [0.9, 0.3])
    np.testing.assert_allclose(boxes[0], [76, 60, 126, 140])
    assert coefficients[:, 0].tolist() == [1, 2]


def test_no_more_than_the_limit_are_kept() -> None:
    grid = [(40 * x, 40 * y, 20, 20, 0.5) for x in range(1, 25) for y in range(1, 25)]
    assert len(surest(predictions(grid), 0.1)[0]) == MOST_PEOPLE
    assert len(surest(predictions(grid), 0.6)[0]) == 0
