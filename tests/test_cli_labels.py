"""`homelens labels`: in and out of the store by the command line."""

import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from labels.formats import FORMATS
from serving.store.database import Database
from tests.homelens_command import assert_named_error, homelens
from tests.label_sets import checks, flag_all

BOXES = {
    "a.jpg": "0 0.25 0.5 0.25 0.5\n1 0.75 0.5 0.125 0.25\n",
    "b.jpg": "",
    "c.jpg": "1 0.5 0.5 0.25 0.25\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A YOLO folder of three photos."""
    found = tmp_path / "yolo"
    for name in ("images", "labels"):
        (found / name).mkdir(parents=True)
    for number, (name, lines) in enumerate(BOXES.items()):
        Image.new("RGB", (96, 64), (40 * number, 90, 90)).save(found / "images" / name)
        (found / "labels" / name).with_suffix(".txt").write_text(lines)
    (found / "names.txt").write_text("door\nhandle\n")
    return found


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command on a state beside the folder."""
    return homelens("labels", *arguments, STATE=str(folder.parent / "state"))


def done(folder: Path, *arguments: str | Path) -> str:
    """What a command that works prints."""
    found = run(folder, *arguments)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_every_format_goes_round(folder: Path) -> None:
    """Out and in again, in each format: the same digest."""
    take = ("--set", "doors", "--format", "yolo", "--by", "ana", "--note", "first")
    assert done(folder, "import", folder, *take) == "doors@1"
    assert done(folder, "import", folder, *take) == "doors@1"  # nothing new
    (logged,) = json.loads(done(folder, "log", "doors", "--json"))["revisions"]
    assert (logged["by"], logged["source"], logged["note"]) == ("ana", "import", "first")
    assert logged["boxes"] == 3
    for name in FORMATS:
        out = folder.parent / f"out-{name}" / "labels"
        made = run(folder, "export", "doors@1", "--format", name, "--out", out, "--images")
        assert made.returncode == 0, made.stderr
        assert f"exported doors@1, sha256 {logged['digest']}" in made.stderr
        written = [path for path in out.parent.rglob("*") if path.is_file()]
        texts = [path.read_text() for path in written if path.suffix != ".jpg"]
        assert any("doors@1" in text for text in texts)  # the file says which revision it is
        photos = sorted(out.parent.rglob("a.jpg"))
        assert len(photos) == 1
        assert photos[0].read_bytes() == (folder / "images" / "a.jpg").read_bytes()
        back = ("--set", f"back-{name}", "--format", name)
        images = ("--images", photos[0].parent)
        assert done(folder, "import", out, *back, *images) == f"back-{name}@1"
        (again,) = json.loads(done(folder, "log", f"back-{name}", "--json"))["revisions"]
        assert again["digest"] == logged["digest"], name
    lost = run(folder, "export", "doors", "--format", "yolo", "--out", folder.parent / "new")
    assert "yolo cannot carry all of it: 3 boxes lose their id" in lost.stderr


def test_corrected_export_keeps_histories(folder: Path) -> None:
    done(folder, "import", folder, "--set", "doors", "--format", "yolo", "--by", "ana")
    out = folder.parent / "doors.json"
    done(folder, "export", "doors", "--format", "coco", "--out", out)
    content = json.loads(out.read_text())
    box = content["annotations"][0]
    box["bbox"][0] += 3
    out.write_text(json.dumps(content))
    assert done(folder, "import", out, "--set", "doors", "--format", "coco", "--by", "ben") == (
        "doors@2"
    )
    events = json.loads(done(folder, "history", box["attributes"]["box_id"], "--json"))["events"]
    assert [(event["op"], event["by"]) for event in events] == [("add", "ana"), ("move", "ben")]
    assert "ben" in done(folder, "history", box["attributes"]["box_id"])
    assert done(folder, "revert", "doors@2", "--by", "eve") == "doors@3"
    revisions = json.loads(done(folder, "log", "doors", "--json"))["revisions"]
    assert revisions[0]["digest"] == revisions[2]["digest"]
    assert revisions[0]["note"] == "reverts doors@2"


def test_stats_count_and_draw(folder: Path) -> None:
    done(folder, "import", folder, "--set", "doors", "--format", "yolo", "--by", "ana")
    database = Database.open(f"sqlite:///{folder.parent / 'state' / 'homelens.db'}")
    with database.write() as session:
        flag_all(session)
        checks(session, 1)
    database.close()
    out = folder.parent / "pictures"
    found = json.loads(done(folder, "stats", "doors@1", "--json", "--out", out))
    assert (found["revision"], found["images"], found["empty"], found["boxes"]) == (
        "doors@1",
        3,
        1,
        3,
    )
    assert [(one["name"], one["boxes"], one["images"]) for one in found["classes"]] == [
        ("door", 1, 1),
        ("handle", 2, 2),
    ]
    assert found["labelers"] == {"ana": 3}
    assert sorted(path.name for path in out.iterdir()) == [
        "classes.png",
        "sizes.png",
        "stats.json",
    ]
    with Image.open(out / "classes.png") as picture:
        assert picture.size[0] == 900
    assert json.loads((out / "stats.json").read_text()) == found
    assert "3 boxes in 3 photos, 1 of them" in done(folder, "stats", "doors")


def test_labels_without_photos_are_said(folder: Path) -> None:
    done(folder, "import", folder, "--set", "doors", "--format", "yolo")
    out = folder.parent / "doors.json"
    done(folder, "export", "doors", "--format", "coco", "--out", out)
    bare = run(folder, "import", out, "--set", "bare", "--format", "coco")
    assert "without photos" in bare.stderr
    target = folder.parent / "more.json"
    got = run(folder, "export", "bare", "--format", "coco", "--out", target, "--images")
    assert_named_error(got, "3 photos were never imported", "data.invalid")
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "{}", "--set", "doors", "--format", "word"), "yolo, coco, cvat"),
        (("import", "{}/none", "--set", "doors", "--format", "yolo"), "YOLO layout"),
        (("import", "{}", "--set", "a b", "--format", "yolo"), "request.invalid"),
        (("import", "{}", "--set", "doors@1", "--format", "yolo"), "a set's name"),
        (("import", "{}", "--set", "doors", "--format", "yolo", "--images", "{}/none"), "layout"),
        (("export", "none", "--format", "yolo", "--out", "{}/out"), "no set 'none'"),
        (("stats", "none"), "no set 'none'"),
        (("log", "none"), "no set 'none'"),
        (("history", "box_none"), "no box"),
        (("revert", "none"), "SET@N"),
        (("add-photos", "none"), "no set 'none'"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    assert_named_error(run(folder, *(one.format(folder) for one in arguments)), said)


def test_failed_import_leaves_nothing(folder: Path) -> None:
    done(folder, "import", folder, "--set", "doors", "--format", "yolo")
    (folder / "labels" / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    (folder / "labels" / "c.txt").write_text("7 0.5 0.5 0.1 0.1\n")
    assert_named_error(
        run(folder, "import", folder, "--set", "doors", "--format", "yolo"), "c.txt, line 1"
    )
    assert len(json.loads(done(folder, "log", "doors", "--json"))["revisions"]) == 1
    (folder / "labels" / "c.txt").write_text("")
    (folder / "images" / "a.jpg").write_bytes((folder / "images" / "b.jpg").read_bytes())
    assert_named_error(
        run(folder, "import", folder, "--set", "doors", "--format", "yolo"), "another photo"
    )
    assert len(json.loads(done(folder, "log", "doors", "--json"))["revisions"]) == 1
