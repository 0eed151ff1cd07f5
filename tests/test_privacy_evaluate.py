"""The privacy figures against cases that can be counted by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.people_photos import Magenta, as_jpeg, room, with_figures
from training.evaluate.people_masks import read_people
from training.evaluate.privacy import evaluate_privacy
from vision.errors import DataError

SQUARE = [[100.0, 100.0, 180.0, 100.0, 180.0, 340.0, 100.0, 340.0]]


def note(image: int, box: list[int], outline: object, crowd: int = 0) -> dict[str, object]:
    return {
        "image_id": image, "category_id": 5, "bbox": box, "segmentation": outline,
        "iscrowd": crowd, "area": 1,
    }  # fmt: skip


@pytest.fixture
def coco(tmp_path: Path) -> tuple[Path, Path]:
    """Photo 1: a figure found. 2: one found, one never (grey). 3: nobody, nothing. 4: nobody, but
    a magenta cushion. 5: a crowd."""
    hidden = room(seed=9)
    hidden[100:340, 100:180] = (255, 0, 255)
    photos = {
        1: with_figures((100, 100, 180, 340)),
        2: hidden,
        3: room(),
        4: with_figures((0, 0, 64, 48)),
        5: with_figures((100, 100, 180, 340)),
    }
    images = tmp_path / "photos"
    images.mkdir()
    for number, pixels in photos.items():
        (images / f"{number}.jpg").write_bytes(as_jpeg(pixels))
    start = 100 * 480 + 100  # run lengths go down the columns
    counts = [start, 240, 640 * 480 - start - 240]
    content = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 640, "height": 480} for n in photos],
        "categories": [{"id": 5, "name": "person"}, {"id": 9, "name": "dog"}],
        "annotations": [
            note(1, [100, 100, 80, 240], SQUARE),
            note(1, [600, 400, 3, 3], []),  # too small to count
            note(2, [100, 100, 80, 240], []),  # without an outline: the box
            note(2, [400, 100, 100, 240], [[400, 100, 500, 100, 500, 340, 400, 340]]),
            note(5, [100, 100, 1, 240], {"size": [480, 640], "counts": counts}, crowd=1),
        ],
    }
    file = tmp_path / "people.json"
    file.write_text(json.dumps(content))
    return file, images


def test_the_figures_are_the_counted_ones(coco: tuple[Path, Path]) -> None:
    figures = {f.name: f for f in evaluate_privacy(*coco, Magenta(grow=0))}
    assert (figures["privacy.hidden"].value, figures["privacy.hidden"].n) == (2 / 3, 3)
    assert (figures["privacy.hidden.medium"].value, figures["privacy.hidden.medium"].n) == (
        2 / 3,
        3,
    )
    assert "privacy.hidden.small" not in figures
    assert (figures["privacy.leaky_images"].value, figures["privacy.leaky_images"].n) == (0.5, 2)
    false = figures["privacy.false_area"]
    assert false.n == 2
    assert false.value == pytest.approx(64 * 48 / (640 * 480) / 2, rel=0.1)
    assert figures["privacy.crowd_area"].n == 1
    assert figures["privacy.crowd_area"].value > 0.9
    assert figures["privacy.no_copy"].value == 0
    assert all(0 <= f.low <= f.value <= f.high <= 1 for f in figures.values())


def test_run_lengths_and_polygons_are_drawn_alike(coco: tuple[Path, Path]) -> None:
    photos = read_people(*coco)
    polygon = photos[0].people[0].mask(640, 480)
    box = photos[1].people[0].mask(640, 480)
    assert (polygon & box).sum() / (polygon | box).sum() > 0.97
    column = photos[4].people[0].mask(640, 480)
    assert np.argwhere(column).min(axis=0).tolist() == [100, 100]
    assert column.sum() == 240


def test_what_is_no_coco_file_is_named(tmp_path: Path, coco: tuple[Path, Path]) -> None:
    wrong = tmp_path / "wrong.json"
    for text in ("", "[]", "{}", '{"images": [], "annotations": [], "categories": []}'):
        wrong.write_text(text)
        with pytest.raises(DataError):
            read_people(wrong, tmp_path)
    with pytest.raises(DataError, match="photos are not in"):
        read_people(coco[0], tmp_path / "elsewhere")


def test_real_people_on_the_development_photos(homelens_data: Path) -> None:
    """Outlines of real annotations have the area that the file states, within drawing."""
    photos = read_people(homelens_data / "coco" / "val.json", homelens_data / "coco" / "val")
    people = [(p, photo) for photo in photos for p in photo.people if not p.crowd]
    assert len(people) > 250
    for person, photo in people[:40]:
        x, y, w, h = person.box
        mask = person.mask(photo.width, photo.height)
        assert 0 < mask.sum() <= (w + 2) * (h + 2)
        assert mask[: max(0, int(y) - 1)].sum() == 0
        assert mask[:, : max(0, int(x) - 1)].sum() == 0
