"""Readers of labelled photos: what is right is read exactly, what is wrong is named."""

import contextlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.evaluate.labelled import parse_yolo_line, read_coco, read_yolo
from vision.errors import DataError

NAMES = ("door", "handle")


def picture(path: Path, width: int = 80, height: int = 60) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), 120, np.uint8))


def coco(tmp_path: Path, **changes: Any) -> tuple[Path, Path]:
    content = {
        "images": [{"id": 5, "file_name": "a.jpg", "width": 80, "height": 60}],
        "annotations": [
            {"id": 0, "image_id": 5, "category_id": 0, "bbox": [8, 6, 16, 30], "iscrowd": 0},
            {"id": 1, "image_id": 5, "category_id": 3, "bbox": [0, 0, 80, 60], "iscrowd": 1},
        ],
        "categories": [{"id": 0, "name": "bed"}, {"id": 3, "name": "zebra"}],
    } | changes
    picture(tmp_path / "photos" / "a.jpg")
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(content))
    return file, tmp_path / "photos"


def yolo(tmp_path: Path, lines: str = "0 0.5 0.5 0.2 0.4\n") -> Path:
    picture(tmp_path / "images" / "a.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(lines)
    (tmp_path / "names.txt").write_text("door\nhandle\n")
    return tmp_path


def test_coco_boxes_become_shares(tmp_path: Path) -> None:
    truth = read_coco(*coco(tmp_path))
    assert truth.classes == ("bed", "zebra")
    [photo] = truth.photos
    assert photo.size == (80, 60)
    bed, zebra = photo.boxes
    assert (bed.x1, bed.y1, bed.x2, bed.y2) == pytest.approx((0.1, 0.1, 0.3, 0.6))
    assert not bed.crowd
    assert zebra.crowd


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"images": []}, "images"),
        ({"images": [{"id": 1, "file_name": "a.jpg"}]}, r"images\[0\].width"),
        ({"categories": "bed"}, "categories"),
        (
            {"annotations": [{"image_id": 9, "category_id": 0, "bbox": [1, 1, 2, 2]}]},
            r"annotations\[0\] is for image 9",
        ),
        (
            {"annotations": [{"image_id": 5, "category_id": 9, "bbox": [1, 1, 2, 2]}]},
            r"annotations\[0\] has category 9",
        ),
        (
            {"annotations": [{"image_id": 5, "category_id": 0, "bbox": [1, 1, 0, 2]}]},
            "width>0",
        ),
        (
            {"annotations": [{"image_id": 5, "category_id": 0, "bbox": [1, 1, 2]}]},
            r"annotations\[0\].bbox",
        ),
        (
            {"annotations": [{"image_id": 5, "category_id": 0, "bbox": [1, 1, 2, float("nan")]}]},
            "finite",
        ),
        ({"categories": [{"id": 0, "name": "bed"}, {"id": 3, "name": "bed"}]}, "same name"),
        ({"categories": [{"id": 0, "name": "bed"}, {"id": 0, "name": "tv"}]}, "the id 0"),
        (
            {"images": [{"id": 5, "file_name": "../a.jpg", "width": 80, "height": 60}]},
            "leads out",
        ),
        (
            {"images": [{"id": 5, "file_name": "b.jpg", "width": 80, "height": 60}]},
            r"b\.jpg is missing",
        ),
    ],
)
def test_wrong_coco_files_are_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(DataError, match=named):
        read_coco(*coco(tmp_path, **changes))


def test_broken_json_names_file_and_line(tmp_path: Path) -> None:
    file, images = coco(tmp_path)
    file.write_text('{\n"images": [,]}')
    with pytest.raises(DataError, match=r"labels\.json, line 2"):
        read_coco(file, images)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"labels\.json"):
        read_coco(file, images)
    with pytest.raises(DataError, match="not a file"):
        read_coco(tmp_path / "none.json", images)


def test_yolo_boxes_become_corners(tmp_path: Path) -> None:
    truth = read_yolo(yolo(tmp_path, "1 0.5 0.5 0.2 0.4\n\n"))
    assert truth.classes == NAMES
    [box] = truth.photos[0].boxes
    assert box.label == "handle"
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((0.4, 0.3, 0.6, 0.7))


@pytest.mark.parametrize(
    "line",
    [
        "door 0.5 0.5 0.2 0.2",
        "0 0.5 0.5 0.2",
        "0 0.5 0.5 0.2 0.2 0.9",
        "2 0.5 0.5 0.2 0.2",
        "-1 0.5 0.5 0.2 0.2",
        "0 1.5 0.5 0.2 0.2",
        "0 nan 0.5 0.2 0.2",
        "0 0.5 0.5 0 0.2",
    ],
)
def test_wrong_yolo_lines_name_file_and_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"a\.txt, line 2"):
        read_yolo(yolo(tmp_path, f"0 0.5 0.5 0.2 0.2\n{line}\n"))


@settings(deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[0-2]( [0-9e.-]{1,7}){4}", fullmatch=True))
def test_any_yolo_line_is_a_box_or_a_named_error(line: str) -> None:
    read = None
    with contextlib.suppress(DataError):
        read = parse_yolo_line(line, NAMES, "a.txt, line 1")
    if read:
        assert 0 <= read.x1 < read.x2 <= 1
        assert 0 <= read.y1 < read.y2 <= 1
    else:
        with pytest.raises(DataError, match=r"^a\.txt, line 1: "):
            parse_yolo_line(line, NAMES, "a.txt, line 1")


@settings(deadline=None)
@given(st.tuples(*[st.floats(0.001, 1)] * 4), st.integers(0, 1))
def test_every_box_in_the_photo_is_read(numbers: tuple[float, ...], index: int) -> None:
    box = parse_yolo_line(" ".join(map(str, (index, *numbers))), NAMES, "x")
    assert box.label == NAMES[index]
    assert 0 <= box.x1 <= box.x2 <= 1
    assert 0 <= box.y1 <= box.y2 <= 1


def test_wrong_yolo_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="YOLO layout"):
        read_yolo(tmp_path)
    folder = yolo(tmp_path)
    (folder / "labels" / "b.txt").write_text("")
    with pytest.raises(DataError, match=r"b\.txt has no photo"):
        read_yolo(folder)
    picture(folder / "images" / "b.jpg")
    assert read_yolo(folder).photos[1].boxes == ()
    (folder / "labels" / "a.txt").unlink()
    with pytest.raises(DataError, match=r"a\.txt is missing"):
        read_yolo(folder)
    picture(folder / "images" / "b.png")
    with pytest.raises(DataError, match="several photos named b"):
        read_yolo(folder)
    (folder / "names.txt").write_text("door\ndoor\n")
    with pytest.raises(DataError, match="each class once"):
        read_yolo(folder)
