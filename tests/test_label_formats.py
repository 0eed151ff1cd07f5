"""Label files of every format: what is written is read again, what is lost was said before."""

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats import FORMATS, losses, read, said, write
from labels.formats.losses import differences
from tests.format_sets import RICH, TEXTS, label_sets, picture, pictures
from vision.errors import DataError


def again(format: str, labels: LabelSet, folder: Path) -> LabelSet:
    """The labels after they were written and read."""
    photos = pictures(folder / "photos", labels)
    write(format, labels, folder / "out")
    return read(format, folder / "out", photos)


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(labels=label_sets())
def test_what_a_round_trip_loses_was_said_before(format: str, labels: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = again(format, labels, Path(folder))
    assert differences(labels, found) == losses(format, labels)
    for image in found.images:
        first = next(i for i in labels.images if i.name == image.name)
        for a, b in zip(first.boxes, image.boxes, strict=True):
            assert b.corners == pytest.approx(a.corners, abs=1e-8)


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(labels=label_sets())
def test_a_second_round_trip_loses_nothing(format: str, labels: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = again(format, labels, Path(folder) / "1")
        second = again(format, first, Path(folder) / "2")
    assert differences(first, second) == []
    assert said(second) == []


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        (
            "yolo",
            [
                "notes are lost: revision",
                "the order of images is lost: they are read sorted by name",
                "2 boxes lose their id",
                "1 box loses its score",
                "1 box loses its labeler",
                "1 box loses the mark crowd: a group becomes one object",
                "1 box loses the mark difficult",
                "1 box loses the mark occluded",
                "1 box loses the mark truncated",
                "2 predictions are left out",
            ],
        ),
        ("coco", ["1 box without an id gets one", "1 box loses its score"]),
        ("cvat", ["1 box loses its score", "2 predictions are left out"]),
        ("label-studio", ["1 box loses its score"]),
        (
            "voc",
            [
                "notes are lost: revision",
                "the order of images is lost: they are read sorted by name",
                "1 box loses its score",
                "2 predictions are left out",
            ],
        ),
    ],
)
def test_losses_of_a_rich_set(format: str, expected: list[str], tmp_path: Path) -> None:
    assert losses(format, RICH) == expected
    assert differences(RICH, again(format, RICH, tmp_path)) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_a_plain_set_loses_nothing(format: str, tmp_path: Path) -> None:
    box = Box("door", 0.1, 0.2, 0.3, 0.4, id="3" if format == "coco" else None)
    plain = LabelSet(("handle", "door"), (LabelledImage("a.jpg", 64, 48, (box,)),))
    assert losses(format, plain) == []
    assert differences(plain, again(format, plain, tmp_path)) == []


def test_every_difference_has_its_sentence() -> None:
    a = LabelSet(("x", "y"), (LabelledImage("a", 2, 2, (Box("x", 0, 0, 1, 1),)),))
    [image] = a.images
    moved = replace(image, boxes=(Box("y", 0, 0, 0.9, 1),))
    assert differences(a, replace(a, images=(moved,))) == ["1 box changes class", "1 box moves"]
    assert differences(a, replace(a, images=())) == ["1 image is left out"]
    resized = replace(a, classes=("y", "x"), images=(replace(image, width=3),))
    assert differences(a, resized) == ["the order of classes is lost", "1 image changes its size"]
    assert differences(a, replace(a, classes=("x",))) == ["classes are lost: y"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "corners", [(0.5, 0.1, 0.5 + 1e-16, 0.9), (0, 0, 5e-324, 1), (0.1, 0.5, 0.9, 0.5 + 1e-13)]
)
def test_a_box_is_kept_or_refused(
    format: str, corners: tuple[float, float, float, float], tmp_path: Path
) -> None:
    with contextlib.suppress(DataError):
        box = Box("x", *corners)
        with pytest.raises(DataError, match="too thin"):
            again(format, LabelSet(("x",), (LabelledImage("a.jpg", 64, 48, (box,)),)), tmp_path)
        assert not (tmp_path / "out").exists()


@settings(deadline=None, max_examples=200)
@given(
    format=st.sampled_from(FORMATS),
    name=st.text(min_size=1, max_size=5),
    by=st.none() | st.text(max_size=5),
    file=st.text(min_size=1, max_size=8) | TEXTS,
)
def test_any_text_is_kept_or_refused(format: str, name: str, by: str | None, file: str) -> None:
    box = Box(name, 0, 0, 1, 1, by=by, id=by)
    labels = LabelSet((name,), (LabelledImage(file, 64, 48, (box,)),))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        try:
            write(format, labels, out)
        except DataError:
            assert list(Path(folder).iterdir()) == []
            return
        picture(Path(folder) / "photos" / file, 64, 48)
        found = read(format, out, Path(folder) / "photos")
        assert differences(labels, found) == losses(format, labels)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (LabelSet(("a", "a"), ()), "twice"),
        (LabelSet(("",), ()), "twice or not at all"),
        (LabelSet(("a",), (LabelledImage("x", 1, 1, (Box("b", 0, 0, 1, 1),)),)), "class 'b'"),
        (LabelSet(("a",), (LabelledImage("x", 1, 1),) * 2), "two images 'x'"),
        (LabelSet(("a",), (LabelledImage("x", 0, 1),)), "0 × 1 pixels"),
        (LabelSet(("a",), (LabelledImage("x", 1, 10**9),)), "pixels"),
        (LabelSet(("a",), (LabelledImage("../x", 1, 1),)), "leads out"),
        (LabelSet(("a",), (LabelledImage("/x", 1, 1),)), "leads out"),
        (LabelSet(("a",), (LabelledImage("C:/x", 1, 1),)), "leads out"),
        (LabelSet(("a",), (LabelledImage("b\\x", 1, 1),)), "backslashes"),
        (LabelSet(("a",), (LabelledImage("./x", 1, 1),)), "plain path"),
        (LabelSet(("a\ud800",), (LabelledImage("x", 1, 1),)), "UTF-8"),
        (LabelSet(("a",), (LabelledImage("x", 1, 1, (Box("a", 0, 0, 1, 1, id=""),)),)), "empty"),
        (LabelSet(("a",), (LabelledImage("x", 1, 1, (Box("a", 0, 0, 1, 1, score=2),)),)), "score"),
    ],
)
def test_a_set_that_makes_no_sense_is_not_written(
    format: str, labels: LabelSet, named: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=named):
        write(format, labels, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("format", "name", "named"),
    [
        ("yolo", "two\nlines", "one line"),
        ("yolo", " door", "no blanks at the ends"),
        ("yolo", "\ufeffdoor", "one line"),
        ("voc", "bell\a", "XML"),
        ("voc", "two\nlines", "one line"),
        ("cvat", "\ufffe", "XML"),
        ("cvat", "door ", "no blanks at the ends"),
    ],
)
def test_a_class_that_a_format_cannot_hold(
    format: str, name: str, named: str, tmp_path: Path
) -> None:
    labels = LabelSet((name,), (LabelledImage("a.jpg", 4, 4),))
    with pytest.raises(DataError, match=named) as caught:
        write(format, labels, tmp_path / "out")
    assert repr(name) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["yolo", "voc"])
def test_folders_are_new_or_empty(format: str, tmp_path: Path) -> None:
    labels = LabelSet(("door",), (LabelledImage("a.jpg", 4, 4),))
    out = tmp_path / "out"
    out.mkdir()
    write(format, labels, out)
    before = sorted(out.rglob("*"))
    with pytest.raises(DataError, match="not empty"):
        write(format, labels, out)
    assert sorted(out.rglob("*")) == before
    for clash in ("a.png", ".a.jpg"):
        images = (LabelledImage("a.jpg", 4, 4), LabelledImage(clash, 4, 4))
        with pytest.raises(DataError, match=r"share|hidden"):
            write(format, LabelSet(("door",), images), tmp_path / "other")
    with pytest.raises(DataError, match="needs a photo"):
        write(format, LabelSet(("door",), ()), tmp_path / "other")
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("format", FORMATS)
def test_what_cannot_be_written_leaves_nothing(format: str, tmp_path: Path) -> None:
    labels = LabelSet(("door",), (LabelledImage("a.jpg", 4, 4),))
    (tmp_path / "file").write_text("kept")
    with pytest.raises(DataError, match="cannot be written"):
        write(format, labels, tmp_path / "file" / "out")
    long = LabelSet(("door",), (LabelledImage(f"{'x' * 300}.jpg", 4, 4),))
    if format in ("yolo", "voc"):
        with pytest.raises(DataError, match="cannot be written"):
            write(format, long, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("format", ["coco", "cvat", "label-studio"])
def test_a_file_takes_the_place_of_an_older_one(format: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "labels"
    write(format, LabelSet(("a",), ()), out)
    write(format, LabelSet(("b",), (LabelledImage("x", 1, 1),)), out)
    assert read(format, out).classes == ("b",)
    assert [path.name for path in out.parent.iterdir()] == ["labels"]
    with pytest.raises(DataError, match="is a folder"):
        write(format, LabelSet(("a",), ()), out.parent)


def test_formats_are_named() -> None:
    with pytest.raises(DataError, match="yolo, coco, cvat, label-studio, voc"):
        read("tfrecord", Path())
    with pytest.raises(DataError, match="no label format"):
        losses("tfrecord", RICH)


def test_the_documentation_names_every_format() -> None:
    page = (Path(__file__).parent.parent / "docs" / "labels-formats.md").read_text()
    assert all(f"`{format}`" in page for format in FORMATS)
