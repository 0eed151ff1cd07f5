"""Splits are whole groups, repeatable, and stay as they are when photos are added."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.splits import groups, split, structure_hash

names = st.lists(st.text("abcdefgh", min_size=1, max_size=6), unique=True, min_size=5, max_size=60)


@given(names, st.integers(1, 10), st.integers(1, 10))
def test_every_photo_is_in_one_part(found: list[str], test: int, val: int) -> None:
    alone = [[Path(name)] for name in found]
    parts = split(alone, {"test": test, "val": val})
    assert sorted(p for part in parts.values() for p in part) == sorted(Path(n) for n in found)
    assert len(parts["test"]) == min(test, len(found))


@given(names)
def test_order_does_not_matter(found: list[str]) -> None:
    alone = [[Path(name)] for name in found]
    assert split(alone, {"test": 3}) == split(alone[::-1], {"test": 3})


@given(st.integers(2, 5), st.integers(3, 12))
def test_groups_stay_together(size: int, count: int) -> None:
    found = [[Path(f"{g}-{i}") for i in range(size)] for g in range(count)]
    for part in split(found, {"test": 4}).values():
        for group in found:
            assert len(set(group) & set(part)) in (0, size)


def picture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 255, (6, 8, 3), np.uint8), (320, 240))


def test_near_duplicates_are_found(tmp_path: Path) -> None:
    for seed in range(4):
        cv2.imwrite(str(tmp_path / f"{seed}.jpg"), picture(seed))
    small = cv2.resize(picture(2), (160, 120), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "copy.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 40])
    found = groups(sorted(tmp_path.glob("*.jpg")))
    assert sorted(sorted(p.name for p in group) for group in found) == [
        ["0.jpg"],
        ["1.jpg"],
        ["2.jpg", "copy.jpg"],
        ["3.jpg"],
    ]


def test_not_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no")
    with pytest.raises(ValueError, match="not a picture"):
        structure_hash(tmp_path / "a.jpg")
