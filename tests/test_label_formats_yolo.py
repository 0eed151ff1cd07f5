"""YOLO folders as other tools write them, upright sizes of photos, and files of any content."""

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.boxes import LabelSet
from labels.formats import FORMATS, read, said, write
from labels.formats.photos import upright_size
from tests.format_sets import RICH, picture, pictures
from vision.errors import DataError


def yolo(folder: Path, lines: str = "1 0.5 0.5 0.2 0.4\n", **names: str) -> Path:
    picture(folder / "images" / "train" / "a.jpg", 80, 60)
    (folder / "labels" / "train").mkdir(parents=True, exist_ok=True)
    (folder / "labels" / "train" / "a.txt").write_text(lines)
    for name, content in (names or {"names.txt": "handle\ncabinet door\n"}).items():
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize(
    "names",
    [
        {"names.txt": "handle\ncabinet door\n"},
        {"classes.txt": "\ufeffhandle\r\n cabinet door \r\n\r\n"},
        {"data.yaml": "path: .\ntrain: images\nnames: [handle, cabinet door]\nnc: 2\n"},
        {"data.yaml": "names:\n  1: cabinet door\n  0: handle\n"},
        {"names.txt": "handle\ncabinet door", "data.yaml": "names: ['handle', 'cabinet door']"},
    ],
)
def test_names_of_classes(names: dict[str, str], tmp_path: Path) -> None:
    labels = read("yolo", yolo(tmp_path, **names))
    assert labels.classes == ("handle", "cabinet door")
    [image] = labels.images
    assert (image.name, image.width, image.height) == ("train/a.jpg", 80, 60)
    assert image.boxes[0].corners == pytest.approx((0.4, 0.3, 0.6, 0.7))
    assert said(labels) == []


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ({"names.txt": "a\n\nb\n"}, r"names\.txt, line 2: no name"),
        ({"names.txt": ""}, r"names\.txt must name each class once"),
        ({"names.txt": "a", "data.yaml": "names: [b]"}, r"data\.yaml names other classes"),
        ({"data.yaml": "names: {0: a, 2: b}"}, r"data\.yaml: names"),
        ({"data.yaml": "names: [a, [b]]"}, r"data\.yaml: names"),
        ({"data.yaml": "names: 3"}, r"data\.yaml: names"),
        ({"data.yaml": "a: 1\nnames: [a"}, r"data\.yaml, line 2: not YAML"),
        ({"data.yaml": "names: \x07"}, r"data\.yaml.*not YAML"),
        ({"data.yaml": "[" * 5000}, r"data\.yaml"),
    ],
)
def test_wrong_names_of_classes(names: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=named):
        read("yolo", yolo(tmp_path, **names))


def test_truth_values_of_yaml_are_names(tmp_path: Path) -> None:
    labels = read("yolo", yolo(tmp_path, **{"data.yaml": "names: [yes, no]"}))
    assert labels.classes == ("yes", "no")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("1_0 0.5 0.5 0.2 0.2", "is not a box"),
        ("1.0 0.5 0.5 0.2 0.2", "class 1.0 is not in"),
        ("9" * 5000 + " 0.5 0.5 0.2 0.2", "is not a box"),
        ("0 0.5 0.5 1e-999 0.2", "outside the photo or is empty"),
        ("0 0.5 0.5 1e-320 0.2", "no size"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "is not a box"),
    ],
)
def test_wrong_lines(line: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"a\.txt, line 3: .*{named}"):
        read("yolo", yolo(tmp_path, f"0 0.5 0.5 0.2 0.2\n\n{line}\n"))


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    yolo(tmp_path, "0 0 0.5 1 0.4\n0 0.1 0.5 0.2000001 0.4\n")
    (tmp_path / "images" / "notes.md").write_text("# notes")
    (tmp_path / "labels" / "._a.txt").write_text("")
    labels = read("yolo", tmp_path)
    assert labels.images[0].boxes[0].corners == (0, 0.3, 0.5, 0.7)
    assert said(labels) == [
        "files in images/ that are no photos, passed over: 1",
        "boxes that reached past the edge of their photo, cut there: 1",
    ]


def test_photos_may_lie_elsewhere(tmp_path: Path) -> None:
    write("yolo", RICH, tmp_path / "out")
    with pytest.raises(DataError, match="YOLO layout"):
        read("yolo", tmp_path / "out")
    photos = pictures(tmp_path / "photos", RICH)
    assert len(read("yolo", tmp_path / "out", photos).images) == 2
    (photos / "a photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"a photo\.png: the PNG is damaged"):
        read("yolo", tmp_path / "out", photos)


@pytest.mark.parametrize(
    ("suffix", "orientation", "size"),
    [
        ("JPEG", 1, (80, 60)),
        ("JPEG", 6, (60, 80)),
        ("JPEG", 3, (80, 60)),
        ("PNG", 8, (60, 80)),
        ("WEBP", 5, (60, 80)),
        ("AVIF", 6, (60, 80)),
        ("AVIF", 1, (80, 60)),
    ],
)
def test_sizes_are_of_the_upright_photo(
    suffix: str, orientation: int, size: tuple[int, int], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    Image.new("RGB", (80, 60)).save(data, suffix, exif=exif)
    (tmp_path / "a").write_bytes(data.getvalue())
    assert upright_size(tmp_path / "a") == size


def _mangled(data: st.DataObject, content: bytes) -> bytes:
    """A file in which a part is taken out, doubled or replaced."""
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 12)))
    made = st.sampled_from([b"", b"-", b"9e9", b"null", b"[", b"<", b"../", b"\xff", b"NaN", b'"'])
    return content[:start] + data.draw(made | st.binary(max_size=4)) + content[end:]


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_read_or_named(format: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = pictures(folder / "photos", RICH)
        write(format, RICH, folder / "out")
        files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
        file = data.draw(st.sampled_from(files)) if files else folder / "out"
        file.write_bytes(_mangled(data, file.read_bytes()))
        with contextlib.suppress(DataError):
            labels = read(format, folder / "out", photos if format == "yolo" else None)
            assert isinstance(labels, LabelSet)
            for image in labels.images:
                assert (folder / image.name).resolve().is_relative_to(folder.resolve())


@pytest.mark.parametrize("format", FORMATS)
@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=60))
def test_any_content_is_read_or_named(format: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("a.xml", "names.txt", "data.yaml", "labels/a.txt", "images/a.jpg"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(content)
        single = format in ("coco", "cvat", "label-studio")
        with contextlib.suppress(DataError):
            read(format, folder / "a.xml" if single else folder)
