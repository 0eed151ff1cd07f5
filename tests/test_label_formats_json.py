"""COCO and Label Studio files as other tools write them, and wrong ones, which are named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from labels.formats import read, said
from tests.format_sets import picture
from vision.errors import DataError


def coco(folder: Path, **changes: Any) -> Path:
    content = {
        "info": {"year": 2017, "description": "doors", "ignored": "old", "urls": ["x"]},
        "images": [{"id": 5, "file_name": "a.jpg", "width": 80, "height": 60, "license": 1}],
        "annotations": [
            {
                "id": 7,
                "image_id": 5,
                "category_id": 3,
                "bbox": [8, 6, 16, 30],
                "segmentation": [[8, 6, 24, 6, 24, 36]],
                "attributes": {"occluded": True, "rotation": 0.0, "colour": "red", "is_crowd": 0},
            },
            {"image_id": 5, "category_id": 9, "bbox": [0, 0, 80.6, 60], "iscrowd": 1},
            {"image_id": 5, "category_id": 9, "bbox": [0, 0, 8, 6], "score": 0.5},
        ],
        "categories": [{"id": 9, "name": "zebra"}, {"id": 3, "name": "bed"}],
    }
    file = folder / "labels.json"
    file.write_text(json.dumps(content | changes))
    return file


def test_a_coco_file_of_others(tmp_path: Path) -> None:
    labels = read("coco", coco(tmp_path))
    assert labels.classes == ("zebra", "bed")
    [image] = labels.images
    bed, zebra = image.boxes
    assert bed.corners == pytest.approx((0.1, 0.1, 0.3, 0.6))
    assert (bed.id, bed.occluded, bed.crowd) == ("7", True, False)
    assert (zebra.corners, zebra.id, zebra.crowd) == ((0, 0, 1, 1), None, True)
    assert [box.score for box in image.predictions] == [0.5]
    assert labels.notes["year"] == "2017"
    assert labels.notes.keys() == {"year", "description", "ignored"}
    assert sorted(said(labels)) == [
        "attribute 'colour', not read: 1",
        "boxes that reached past the edge of their photo, cut there: 1",
        "outlines (segmentation), not read: 1",
    ]


TWICE = [{"id": n, "file_name": "a.jpg", "width": 80, "height": 60} for n in (5, 6)]


def mark(**changes: Any) -> list[dict[str, Any]]:
    return [{"id": 1, "image_id": 5, "category_id": 3, "bbox": [1, 1, 2, 2]} | changes]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"annotations": mark(bbox=[79, 1, 3, 2])}, r"annotations\[0\].*leaves the photo by 2 "),
        ({"annotations": mark(bbox=[1, 1, 1e308, 2])}, r"annotations\[0\].*leaves the photo"),
        ({"annotations": mark(bbox=[1, 1, 10**400, 2])}, r"annotations\[0\]\.bbox\[2\]"),
        ({"annotations": mark(bbox=[1, 1, 1e-320, 2])}, "no size"),
        ({"annotations": mark() * 2}, "two annotations have the id 1"),
        ({"annotations": mark(score=2)}, r"annotations\[0\]\.score"),
        ({"annotations": mark(attributes={"rotation": 30})}, "turned by 30"),
        ({"annotations": mark(attributes={"occluded": "x"})}, "'occluded' is 'x'"),
        ({"annotations": mark(attributes={"labeler": []})}, r"'labeler' is \[\]"),
        ({"images": [{"id": 5, "file_name": "a.jpg", "width": 10**400, "height": 6}]}, "width"),
        ({"predictions": mark(image_id=6)}, r"predictions\[0\] is for image 6"),
        ({"images": TWICE}, r"images\[1\].*two images are named"),
    ],
)
def test_wrong_coco_files(changes: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"labels\\.json: .*{named}"):
        read("coco", coco(tmp_path, **changes))


@pytest.mark.parametrize("format", ["coco", "label-studio"])
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "line 1"),
        (b"[" * 100_000, "line 1: not JSON: recursion"),
        (b'{"a":' * 100_000, "line 1: not JSON: recursion"),
        (b"[1,\n" + b"9" * 5000 + b"]", "line 2: not JSON: number"),
        (b'[\n\n"\xff"]', "line 3"),
        (b"\xff\xfe[\0]\0", "line 1"),
        (b'[{"data": {}}]\n]', "line 2: not JSON: trailing"),
        (b"{}", "file|images"),
        (b"3", "file"),
    ],
)
def test_what_is_no_such_json(format: str, content: bytes, named: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=named) as caught:
        read(format, file)
    assert str(caught.value).startswith(str(file))
    with pytest.raises(DataError, match="not a file"):
        read(format, tmp_path)


def region(kind: str = "rectanglelabels", **changes: Any) -> dict[str, Any]:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, kind: ["door"]}
    return {
        "type": kind,
        "id": "r1",
        "from_name": "label",
        "to_name": "image",
        "original_width": 80,
        "original_height": 60,
        "image_rotation": 0,
        "value": value | changes.pop("value", {}),
    } | changes


def tasks(folder: Path, *given: dict[str, Any]) -> Path:
    file = folder / "tasks.json"
    file.write_text(json.dumps(given), encoding="utf-8-sig")  # as Windows saves it
    return file


def task(image: str, *annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": list(annotations)} | more


def test_a_label_studio_export(tmp_path: Path) -> None:
    old = {"result": [], "completed_by": 1, "updated_at": "2026-01-01T08:00:00.5Z"}
    new = {
        "result": [region(score=0.9, meta={"text": ["look"]}), region("choices")],
        "completed_by": {"id": 2, "email": "anna@example.com"},
        "created_at": "2025-01-01T08:00:00Z",
        "updated_at": "2026-01-01T09:30:00+01:00",
    }
    cancelled = {"result": [region()], "was_cancelled": True, "updated_at": "2026-02-01T08:00:00Z"}
    models = [
        {"model_version": "m1", "result": [region(score=0.25)]},
        12,
        {"model_version": "m2", "result": [region(score=0.5), region()]},
    ]
    file = tasks(
        tmp_path,
        task("/data/local-files/?d=hall/a%20b.jpg", new, old, cancelled, predictions=models),
        task("s3://bucket/deep/c.jpg"),
        task("/data/upload/3/d.jpg", cancelled),
    )
    labels = read("label-studio", file)
    [image] = labels.images
    assert (image.name, image.width, image.height) == ("hall/a b.jpg", 80, 60)
    [box] = image.boxes
    assert box.corners == pytest.approx((0.1, 0.2, 0.4, 0.6))
    assert (box.id, box.by, box.score) == ("r1", "anna@example.com", None)
    assert [(b.score, b.by) for b in image.predictions] == [(0.25, "m1"), (0.5, "m2"), (None, "m2")]
    assert labels.classes == ("door",)
    assert sorted(said(labels)) == [
        "annotations that are not the newest of their task, not read: 1",
        "attribute 'text', not read: 1",
        "cancelled annotations, not read: 2",
        "predictions that were not exported, not read: 1",
        "results of type 'choices', not read: 1",
        "tasks without an annotation, left out: 2",
        "the file does not list the classes 'door': they come last, sorted",
    ]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a b%20.jpg", "a b%20.jpg"),
        ("hall/a.jpg", "hall/a.jpg"),
        ("https://example.com/x/a%20b.jpg?sign=1#z", "a b.jpg"),
        ("/data/upload/3/1f2e-a.jpg", "1f2e-a.jpg"),
        ("/data/local-files/?d=x/a&b?.jpg", "x/a&b?.jpg"),
    ],
)
def test_addresses_of_photos(address: str, name: str, tmp_path: Path) -> None:
    file = tasks(tmp_path, task(address, {"result": [region()], "completed_by": 3}))
    [image] = read("label-studio", file).images
    assert (image.name, image.boxes[0].by) == (name, "3")


def done(*result: dict[str, Any]) -> dict[str, Any]:
    return task("a.jpg", {"result": list(result)})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([{"image": "a.jpg", "label": []}], r"\[0\]: data: .*not JSON-MIN"),
        ([done(), 3], r"\[1\]: file"),
        ([done(region(value={"rotation": 12}))], r"result\[0\]\.value: the box is turned by 12"),
        ([done(region(image_rotation=90))], r"image_rotation.*turned by 90"),
        ([done(region(value={"rectanglelabels": ["a", "b"]}))], r"value: rectanglelabels"),
        ([done(region(value={"rectanglelabels": []}))], r"value: rectanglelabels"),
        ([done(region(value={"rectanglelabels": [""]}))], "no class"),
        ([done(region(), region(value={"width": 0}))], r"\[0\]\.annotations\[0\]\.result\[1\]"),
        ([done(region(value={"width": 95}))], "leaves the photo by 4 pixels"),
        ([done(region(), region(original_width=81))], "photos of the sizes"),
        ([done()], "no box says the photo's size"),
        ([done(region()), done(region())], r"\[1\]: two tasks show 'a\.jpg'"),
        ([task("../a.jpg", {"result": [region()]})], r"data\.image: .*leads out"),
        ([task("/etc/a.jpg", {"result": [region()]})], "leads out"),
        ([task("/data/local-files/?d=%2Fetc", {"result": [region()]})], "leads out"),
        ([task("/data/local-files/?d=x/..%2F..%2Fa", {"result": [region()]})], "leads out"),
        ([done(region()) | {"predictions": ["x"]}], r"predictions\[0\]: file"),
        ([task("https://[x/a.jpg", {"result": [region()]})], "no address"),
        ([{"data": {"a": "x", "b": "y"}, "annotations": [{}]}], r"data: no image"),
        ([task("a.jpg", {"result": [region()], "updated_at": "x"})], "updated_at"),
    ],
)
def test_wrong_label_studio_files(given: list[Any], named: str, tmp_path: Path) -> None:
    file = tasks(tmp_path, *given)
    with pytest.raises(DataError, match=f"^{re.escape(str(file))}: .*{named}"):
        read("label-studio", file)


def test_photos_are_asked_for_sizes_and_must_agree(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    picture(photos / "a.jpg", 160, 120)
    [image] = read("label-studio", tasks(tmp_path, done()), photos).images
    assert (image.width, image.height) == (160, 120)
    # a copy of another size is the same photo
    [image] = read("coco", coco(tmp_path), photos).images
    assert (image.width, image.height) == (80, 60)
    picture(photos / "a.jpg", 120, 160)
    for format, file in (
        ("coco", coco(tmp_path)),
        ("label-studio", tasks(tmp_path, done(region()))),
    ):
        with pytest.raises(DataError, match="is 120×160 pixels upright, its labels are for 80"):
            read(format, file, photos)
        (photos / "a.jpg").rename(photos / "b.jpg")
        with pytest.raises(DataError, match=r"a\.jpg is missing"):
            read(format, file, photos)
        (photos / "b.jpg").rename(photos / "a.jpg")
