"""Finders: geometry of tiles and margins, unions, and the shipped one on a real photo."""

import itertools
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.people_photos import Magenta, as_jpeg, room, shipped, with_figures
from vision.bundle import models_folder
from vision.finders import (
    PeopleMask,
    PersonFinder,
    Tiled,
    Union,
    WhenFound,
    boxed,
    hidden,
    shipped_finder,
    spans,
)
from vision.findings import Detection
from vision.people import Pixels
from vision.policy import Policy
from vision.privacy import safe_copy

SHARE = st.floats(0, 1)


@dataclass
class Counted:
    """Counts the looks of another finder."""

    inner: PersonFinder
    looks: list[tuple[int, ...]] = field(default_factory=list)
    name: str = "counted"
    models: dict[str, str] = field(default_factory=lambda: {"counted": "1" * 64})

    def find(self, pixels: Pixels) -> PeopleMask:
        self.looks.append(pixels.shape)
        return self.inner.find(pixels)


@given(st.integers(1, 3000), st.integers(1, 5), st.floats(0, 0.5))
@settings(deadline=None)
def test_tiles_cover_everything(length: int, parts: int, overlap: float) -> None:
    found = spans(length, parts, overlap)
    assert len(found) == parts
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(b[0] <= a[1] for a, b in itertools.pairwise(found))
    assert len({stop - start for start, stop in found}) == 1


def test_tiles_find_what_lies_in_them_where_it_is() -> None:
    pixels = with_figures((30, 40, 60, 100), (560, 400, 600, 460))
    whole, tiled = Magenta().find(pixels), Tiled(Magenta()).find(pixels)
    assert np.array_equal(whole.mask, tiled.mask)
    places = {(p.left, p.top, *p.mask.shape) for p in whole.people}
    assert {(p.left, p.top, *p.mask.shape) for p in tiled.people} == places
    for person in tiled.people:
        assert abs(person.box.x1 * 640 - person.left) < 1e-6
        assert abs(person.box.y1 * 480 - person.top) < 1e-6


@given(SHARE, SHARE, SHARE, SHARE, st.integers(1, 300), st.integers(1, 300))
@settings(deadline=None)
def test_boxes_round_outward(a: float, b: float, c: float, d: float, w: int, h: int) -> None:
    x1, x2, y1, y2 = min(a, b), max(a, b), min(c, d), max(c, d)
    box = Detection(label="person", score=1, x1=x1, x2=x2, y1=y1, y2=y2)
    found = boxed(box, w, h)
    tall, wide = found.mask.shape
    assert 0 <= found.left <= x1 * w + 1
    assert found.left + wide <= w or found.left == w
    assert found.left + wide >= min(w, x2 * w)
    assert found.top + tall >= min(h, y2 * h)


@given(st.floats(0, 0.3), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_margin_only_adds(margin: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x1, y1 = rng.random(2) * 0.7
    box = Detection(label="person", score=1, x1=x1, y1=y1, x2=x1 + 0.3, y2=y1 + 0.3)
    person = boxed(box, 60, 40)
    plain, wide = hidden((person,), 0.0, (40, 60)), hidden((person,), margin, (40, 60))
    assert plain.sum() == person.mask.sum()
    assert not (plain & ~wide).any()
    assert margin == 0 or wide.sum() > plain.sum() or plain.all()


def test_a_union_keeps_everything() -> None:
    pixels = with_figures((100, 100, 180, 340))
    both = Union((Magenta(grow=0), Counted(Magenta(grow=9))))
    found = both.find(pixels)
    assert np.array_equal(found.mask, Magenta(grow=9).find(pixels).mask)
    assert len(found.people) == len(found.boxes) == 2
    assert set(both.models) == {"magenta", "counted"}
    assert both.name == "magenta + counted"


def test_the_dear_look_is_taken_only_where_somebody_was_seen() -> None:
    dear = Counted(Magenta())
    finder = WhenFound(Magenta(), dear)
    assert finder.find(room()).people == ()
    assert dear.looks == []
    assert len(finder.find(with_figures((100, 100, 180, 340))).people) == 2
    assert len(dear.looks) == 1


def test_the_shipped_finder_hides_real_people() -> None:
    """Four people in front of a bus: a copy exists, and their faces' places are redacted."""
    photo = shipped("bus.jpg")
    finder = shipped_finder(models_folder(), threads=1)
    copy = safe_copy(as_jpeg(photo), Policy.BLUR, finder)
    assert copy.receipt.code == "privacy.hidden", copy.receipt
    assert set(copy.receipt.models) == {"objects", "people"}
    mask = finder.find(photo).mask
    for x, y in ((145, 420), (280, 430), (740, 420)):
        assert mask[y - 8 : y + 8, x - 8 : x + 8].all()
    assert 0.1 < copy.receipt.mask_share < 0.6


def test_the_shipped_finder_leaves_an_empty_room_alone() -> None:
    copy = safe_copy(as_jpeg(room()), Policy.BLUR, shipped_finder(models_folder(), threads=1))
    assert copy.receipt.code == "privacy.nobody"
