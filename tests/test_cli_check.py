"""`homelens check` as a user runs it: a folder in, a report and safe copies out."""

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from serving.cli.inputs import photo_files
from serving.names import unique
from tests.homelens_command import HOME, assert_named_error, homelens
from tests.people_photos import as_jpeg, room, shipped
from tests.test_cli_main import run
from vision.errors import DataError
from vision.receipt import RedactionReceipt
from vision.report import Report

ODD = "odd <b>&[red] \x1b[1m.jpg"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """People, a wall with EXIF, a twin of its name, a broken file, an odd name, and no photo."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / "people.jpg").write_bytes(as_jpeg(shipped("bus.jpg")))
    wall = Image.fromarray(room())
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    wall.save(folder / "wall.jpg", exif=exif)
    wall.save(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(as_jpeg(room())[:2000])
    (folder / ODD).write_bytes(as_jpeg(room(seed=5)))
    (folder / "notes.txt").write_text("no photo", encoding="utf-8")
    (folder / ".hidden.jpg").write_bytes(b"")
    (folder / "more" / "deeper.jpg").write_bytes(as_jpeg(room(seed=6)))
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def receipts(out: Path) -> dict[str, RedactionReceipt]:
    return {
        path.name.removesuffix(".receipt.json"): RedactionReceipt.model_validate_json(
            path.read_text(encoding="utf-8")
        )
        for path in (out / "copies").glob("*.receipt.json")
    }


def test_report_copies_and_receipts(photos: Path, tmp_path: Path) -> None:
    before, out = digests(photos), tmp_path / "out"
    done = homelens("check", photos, "--home", HOME, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "notes.txt" in done.stderr
    assert "\x1b" not in done.stdout
    for text in ("Kitchen", "Not complete yet.", "broken.jpg", "report.html"):
        assert text in done.stdout
    assert digests(photos) == before

    report = Report.model_validate_json((out / "report.json").read_text(encoding="utf-8"))
    odd = ODD.replace("\x1b", "_")
    assert {card.id for card in report.photos} == {"people.jpg", "wall.jpg", "wall.png", odd}
    assert [file.id for file in report.refused] == ["broken.jpg"]
    assert {card.duplicate_of for card in report.photos} == {None, "wall.jpg"}

    found = receipts(out)
    assert {r.code for r in found.values()} == {"privacy.hidden", "privacy.nobody", "photo.damaged"}
    assert found["people"].code == "privacy.hidden"
    for name, receipt in found.items():
        copy = out / "copies" / f"{name}.jpg"
        assert copy.exists() == (receipt.status == "copied")
        if receipt.output_sha256:
            data = copy.read_bytes()
            assert hashlib.sha256(data).hexdigest() == receipt.output_sha256
            assert b"secret" not in data
            assert b"Exif" not in data
    assert not list(out.rglob(".homelens-*"))

    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<article") == len(report.photos)
    assert "<b>" not in page
    assert "odd &lt;b&gt;&amp;[red]" in page


def test_second_run_leaves_no_copy_that_is_now_withheld(photos: Path, tmp_path: Path) -> None:
    out, both = tmp_path / "out", (photos / "people.jpg", photos / "wall.jpg")
    assert homelens("check", *both, "--home", HOME, "--out", out).returncode == 0
    assert (out / "copies" / "people.jpg").exists()
    (out / "copies" / "mine.jpg").write_bytes(b"not from homelens")
    done = homelens("check", *both, "--home", HOME, "--out", out, "--policy", "withhold")
    assert done.returncode == 0
    assert receipts(out)["people"].status == "withheld"
    assert sorted(path.name for path in (out / "copies").glob("*.jpg")) == ["mine.jpg", "wall.jpg"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "No picture here, because there is no copy." in page


def test_json_is_the_report_and_nothing_is_written(photos: Path, tmp_path: Path) -> None:
    before = digests(tmp_path)
    done = homelens(
        "check", photos / "wall.jpg", "--home", HOME, "--json", "--room", "wall.jpg=kitchen",
        "--rules", "mls", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == ""
    report = Report.model_validate(json.loads(done.stdout))
    assert report.rules == "mls"
    assert [line.title for line in report.lines if line.status == "ok"] == ["Kitchen"]
    assert digests(tmp_path) == before


def test_strict_tells_incomplete_by_exit_code(photos: Path, tmp_path: Path) -> None:
    least = tmp_path / "least.yaml"
    least.write_text("name: least\ntitle: Least\nrooms: [{room: kitchen}]\n", encoding="utf-8")
    asked = ("check", photos / "wall.jpg", "--home", HOME, "--rules", least, "--strict")
    assert homelens(*asked).returncode == 1
    done = homelens(*asked, "--room", "wall.jpg=kitchen")
    assert done.returncode == 0
    assert "Complete." in done.stdout


def test_files_too_large_are_refused_photos(photos: Path) -> None:
    done = homelens("check", photos / "wall.jpg", "--home", HOME, "--json", MAX_BYTES="1000")
    assert done.returncode == 0
    assert [photo["code"] for photo in json.loads(done.stdout)["refused"]] == ["photo.too_large"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("photos",), "--home"),
        (("--home", HOME), "PHOTOS"),
        (("photos", "--home", "bedrooms=1"), "bathrooms"),
        (("photos", "--home", HOME, "--rules", "none"), "default, holiday_let, mls"),
        (("photos", "--home", HOME, "--policy", "smudge"), "blur, pixelate, remove, withhold"),
        (("photos", "--home", HOME, "--room", "x.jpg=kitchen"), "wall.jpg"),
        (("photos", "--home", HOME, "--room", "wall.jpg=attic"), "living_room"),
        (("photos", "--home", HOME, "--room", "wall.jpg="), "living_room"),
        (("photos", "--home", HOME, "--out", "photos/notes.txt"), "not a folder"),
        (("nowhere", "--home", HOME), "nowhere does not exist"),
        ((os.devnull, "--home", HOME), "neither a file nor a folder"),
        (("empty", "--home", HOME), "no photos in empty"),
        (("out/copies/a.jpg", "--home", HOME, "--out", "out"), "where the copies are written"),
    ],
)
def test_wrong_input_is_a_named_error(
    photos: Path, tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "out" / "copies").mkdir(parents=True)
    (tmp_path / "out" / "copies" / "a.jpg").write_bytes(as_jpeg(room()))
    (tmp_path / "out" / "copies" / "a.receipt.json").write_text("{}", encoding="utf-8")
    before = digests(tmp_path)
    assert_named_error(homelens("check", *arguments, folder=tmp_path), text)
    assert digests(tmp_path) == before


def test_missing_models_and_wrong_settings_are_named(photos: Path, tmp_path: Path) -> None:
    asked = ("check", photos, "--home", HOME, "--json")
    done = homelens(*asked, MODELS=str(tmp_path))
    assert done.returncode == 2
    assert "bundle.missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert_named_error(homelens(*asked, THREADS="many"), "HOMELENS_THREADS", "settings.invalid")


def test_nothing_is_loaded_that_the_check_does_not_need(photos: Path) -> None:
    done = run(
        "import sys\n"
        f"sys.argv = ['homelens', 'check', {str(photos / 'wall.jpg')!r}, '--home', {HOME!r}, "
        "'--json']\n"
        "from serving.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    loaded = set(done.stderr.split())
    assert "vision.checker" in loaded
    unwanted = {"torch", "ultralytics", "training", "jinja2", "rich", "pillow_heif", "matplotlib"}
    assert not loaded & unwanted


def test_each_file_counts_once_however_it_is_named(photos: Path) -> None:
    given = photo_files([photos, photos / "wall.jpg", photos / "more" / ".." / "wall.png"])
    assert len(given.files) == 5
    assert [path.name for path in given.skipped] == ["notes.txt"]
    more = photo_files([photos / "notes.txt", photos / "more"])
    assert set(more.files) == {"notes.txt", "deeper.jpg"}


def test_ids_are_unique_in_any_spelling() -> None:
    names = ["a.jpg", "A.JPG", "a.jpg", "a-2.jpg", "new\nline.jpg"]
    assert unique(names) == ["a.jpg", "A-2.JPG", "a-3.jpg", "a-2-2.jpg", "new_line.jpg"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text on other systems")
def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(file, "wb") as target:  # noqa: PTH123
        target.write(as_jpeg(room()))
    done = homelens("check", tmp_path, "--home", HOME, "--json", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["photos"][0]["id"] == "caf_.jpg"
    assert (tmp_path / "out" / "copies" / "caf_.jpg").exists()


def test_folder_without_photos_names_what_is_taken(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        photo_files([tmp_path])
    assert ".heic" in caught.value.accepted
