"""CVAT and Pascal VOC files as other tools write them, and wrong ones, which are named."""

from pathlib import Path

import pytest

from labels.boxes import Box, LabelledImage, LabelSet
from labels.formats import read, said, write
from tests.format_sets import picture
from vision.errors import DataError

CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <job>
      <labels>
        <label>
          <name>handle</name>
        </label>
        <label><name>door</name></label>
      </labels>
    </job>
    <dumped>2026-01-01</dumped>
  </meta>
  <image id="0" name="hall/a.jpg" width="80" height="60">
    <box label="door" source="manual" occluded="1" xtl="8.00" ytl="6.00" xbr="24.00" ybr="36.00">
      <attribute name="truncated">true</attribute>
      <attribute name="colour">red</attribute>
    </box>
    <polygon label="door" points="1,1;2,2;3,1"></polygon>
  </image>
</annotations>
"""


def cvat(folder: Path, *changes: tuple[str, str]) -> Path:
    content = CVAT
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    file = folder / "annotations.xml"
    file.write_text(content)
    return file


def test_a_cvat_export(tmp_path: Path) -> None:
    labels = read("cvat", cvat(tmp_path))
    assert labels.classes == ("handle", "door")
    box = Box("door", 0.1, 0.1, 0.3, 0.6, occluded=True, truncated=True)
    assert labels.images == (LabelledImage("hall/a.jpg", 80, 60, (box,)),)
    assert said(labels) == [
        "<polygon>, not read: 1",
        "attribute 'colour', not read: 1",
    ]
    bare = read("cvat", cvat(tmp_path, ("<label>", "<x>"), ("</label>", "</x>")))
    assert bare.classes == ("door",)
    assert "the file lists no labels: the classes are those that occur, sorted" in said(bare)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("<version>1.1", "<version>2.0", "line 2: <annotations>, version '2.0'"),
        ("annotations>", "other>", "line 2: <other>"),
        ("  <image", "<track id='0'/>\n  <image", "line 15: a track of a video"),
        ("<name>door", "<name>handle", "line 10: label 'handle'"),
        ("<name>door", "<name>", "line 10: label ''"),
        ('name="hall/a.jpg"', "", "line 15: <image> has no name"),
        ("hall/a.jpg", "../a.jpg", "line 15: .*leads out"),
        ('width="80"', 'width="0"', "line 15: width is 0"),
        ('width="80"', 'width="80.5"', "line 15: width is 80.5"),
        ('width="80"', 'width="1e9"', "line 15: width is 1e"),
        ('width="80"', f'width="{"9" * 5000}"', "line 15: width is '999"),
        ('label="door" source', 'label="x" source', "line 16: label 'x' is not in <labels>"),
        ('xtl="8.00"', 'xtl="nan"', "line 16: xtl is 'nan'"),
        ('xtl="8.00"', 'xtl="1_0"', "line 16: xtl"),
        ('xtl="8.00"', 'xtl="1e999"', "line 16: xtl"),
        ('xtl="8.00"', "", "line 16: <box> has no xtl"),
        ('xtl="8.00"', 'xtl="30"', "line 16: .*no size"),
        ('xbr="24.00"', 'xbr="82"', "line 16: .*leaves the photo by 2 pixels"),
        ('occluded="1"', 'occluded="2"', "line 16: occluded is '2'"),
        ('occluded="1"', 'occluded="1" rotation="45.0"', "line 16: .*turned by '45.0'"),
        ('occluded="1"', 'occluded="1" rotation="x"', "line 16: .*turned by 'x'"),
        (">true<", ">perhaps<", "line 16: the attribute 'truncated' is 'perhaps'"),
        ("</box>", "", "line 21: not XML"),
        ("<annotations>", "<!DOCTYPE a><annotations>", "line 2: it declares a document type"),
        ("  <image", "<image name='hall/a.jpg' width='1' height='1'/>\n<image", "line 16: two im"),
    ],
)
def test_wrong_cvat_files(old: str, new: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"annotations\\.xml, {named}"):
        read("cvat", cvat(tmp_path, (old, new)))


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "x">'
    + "".join(f'<!ENTITY c{n} "&b;&b;&b;&b;">' for n in range(9))
    + "]>\n<annotations>&c8;</annotations>"
)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "line 1: not XML"),
        (b"\n\n{}", "line 3: not XML"),
        (b"<annotations>\n<a></annotations>", "line 2: not XML"),
        (b"<a>" * 100_000, "line 1: not XML: elements are nested more than 64 deep"),
        (b'<?xml version="1.0" encoding="none"?><a/>', "line 1: not XML"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "line 1: (not XML|<a>)"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "line 1: not XML"),
        (b"<annotations>\n\xff</annotations>", "line 2: not XML"),
        (BOMB.encode(), "line 1: it declares a document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "line 1: it declares a document type"),
        (b"<annotations>&unknown;</annotations>", "line 1: not XML"),
    ],
)
@pytest.mark.parametrize("format", ["cvat", "voc"])
def test_what_is_no_such_xml(format: str, content: bytes, named: str, tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"^{file}, {named}"):
        read(format, file if format == "cvat" else tmp_path)


VOC = """<annotation>
  <folder>JPEGImages</folder>
  <filename>a.jpg</filename>
  <size><width>80</width><height>60</height><depth>3</depth></size>
  <object>
    <name> door </name>
    <pose>Left</pose>
    <truncated>Unspecified</truncated>
    <difficult>1</difficult>
    <bndbox><xmin>9</xmin><ymin>7</ymin><xmax>24</xmax><ymax>36</ymax></bndbox>
    <part><name>knob</name></part>
  </object>
</annotation>
"""


def voc(folder: Path, *changes: tuple[str, str], name: str = "Annotations/a.xml") -> Path:
    content = VOC
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)
    return folder


def test_voc_counts_pixels_from_1_and_means_them_inclusive(tmp_path: Path) -> None:
    labels = read("voc", voc(tmp_path))
    assert labels.classes == ("door",)
    box = Box("door", 0.1, 0.1, 0.3, 0.6, difficult=True)
    assert labels.images == (LabelledImage("a.jpg", 80, 60, (box,)),)
    assert said(labels) == [
        "there is no names.txt: the classes are those that occur, sorted",
        "poses, not read: 1",
        "<part>, not read: 1",
    ]
    (tmp_path / "names.txt").write_text("handle\r\ndoor\n\n")
    assert read("voc", tmp_path).classes == ("handle", "door")
    write("voc", labels, tmp_path / "out")
    written = (tmp_path / "out" / "Annotations" / "a.xml").read_text()
    assert "<xmin>9</xmin><ymin>7</ymin><xmax>24</xmax><ymax>36</ymax>" in written


def test_a_corner_at_0_tells_that_pixels_are_counted_from_0(tmp_path: Path) -> None:
    voc(tmp_path)
    voc(tmp_path, ("a.jpg", "b.jpg"), ("<xmin>9", "<xmin>0"), name="Annotations/b.xml")
    labels = read("voc", tmp_path)
    first, second = (image.boxes[0] for image in labels.images)
    assert first.corners == pytest.approx((9 / 80, 7 / 60, 0.3, 0.6))
    assert second.x1 == 0
    assert "counted from 0, not 1" in " ".join(said(labels))


def test_a_folder_that_cvat_wrote(tmp_path: Path) -> None:
    voc(tmp_path)
    listed = "# label:color_rgb:parts:actions\nbackground:0,0,0::\na: b:1,2,3::\ndoor:4,5,6::\n"
    (tmp_path / "labelmap.txt").write_text(listed)
    labels = read("voc", tmp_path)
    assert labels.classes == ("a: b", "door")
    assert labels.images[0].boxes[0].x1 == pytest.approx(9 / 80)
    assert "labelmap.txt" in " ".join(said(labels))
    (tmp_path / "labelmap.txt").write_text("door:4,5,6::\ndoor:4,5,6::\n")
    with pytest.raises(DataError, match=r"labelmap\.txt, line 2: 'door:4,5,6::'"):
        read("voc", tmp_path)


def test_folders_of_voc_files(tmp_path: Path) -> None:
    voc(tmp_path, name="hall/a.xml")
    voc(tmp_path, ("a.jpg", "yard/b.jpg"), name="b.xml")
    (tmp_path / "._b.xml").write_bytes(b"\0\5\x16\7")  # what macOS leaves beside a file
    assert [image.name for image in read("voc", tmp_path).images] == ["hall/a.jpg", "yard/b.jpg"]
    voc(tmp_path, ("a.jpg", "hall/a.jpg"), name="c.xml")
    with pytest.raises(DataError, match=r"a\.xml: another file is for 'hall/a\.jpg' as well"):
        read("voc", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("annotation>", "annotations>", "line 1: <annotations>"),
        ("<filename>a.jpg", "<filename>", "line 3: <annotation> has no filename"),
        ("a.jpg", "../a.jpg", "line 3: .*leads out"),
        ("a.jpg", "x\\a.jpg", "line 3: .*backslashes"),
        ("<width>80", "<width>0", "line 4: no size"),
        ("<width>80", "<width>-5", "line 4: width is -5"),
        ("<width>80</width>", "", "line 4: <size> has no width"),
        ("<name> door ", "<name> ", "line 6: <object> has no name"),
        ("bndbox", "robndbox", "line 5: <object> has no bndbox"),
        ("<xmax>24", "<xmax>x", "line 10: xmax is 'x'"),
        ("<xmax>24", "<xmax>8", "line 5: .*no size"),
        ("<ymax>36", "<ymax>62", "line 5: .*leaves the photo by 2 pixels"),
        ("<difficult>1", "<difficult>x", "line 9: difficult is 'x'"),
    ],
)
def test_wrong_voc_files(old: str, new: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"a\\.xml, {named}"):
        read("voc", voc(tmp_path, (old, new)))


def test_voc_asks_photos_for_sizes_and_names_for_classes(tmp_path: Path) -> None:
    voc(tmp_path, ("<width>80", "<width>0"))
    picture(tmp_path / "JPEGImages" / "a.jpg", 80, 60)
    [image] = read("voc", tmp_path, tmp_path / "JPEGImages").images
    assert (image.width, image.boxes[0].x1) == (80, 0.1)
    (tmp_path / "names.txt").write_text("handle\n")
    with pytest.raises(DataError, match=r"a\.xml, line 5: class 'door' is not listed"):
        read("voc", tmp_path, tmp_path / "JPEGImages")
    with pytest.raises(DataError, match="holds no XML file"):
        read("voc", tmp_path / "JPEGImages")
    with pytest.raises(DataError, match="holds no XML file"):
        read("voc", tmp_path / "none")


def test_xml_keeps_what_it_would_take_for_blanks(tmp_path: Path) -> None:
    box = Box("a\tb\nc", 0, 0, 1, 1, by=" x\r\n")
    labels = LabelSet((box.label,), (LabelledImage("a.jpg", 8, 6, (box,)),), {" k\n": "\tv "})
    write("cvat", labels, tmp_path / "a.xml")
    assert read("cvat", tmp_path / "a.xml") == labels
