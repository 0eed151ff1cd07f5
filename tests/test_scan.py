"""`homelens scan`: every photo once, broken ones as rows, known ones not looked at again."""

import json
import os
import shutil
from pathlib import Path

import pytest

from serving.scan.crew import Crew
from serving.scan.dest import Dest
from serving.scan.plan import read_header
from serving.scan.recall import Earlier, read_shard
from serving.scan.run import Order, scan
from serving.scan.schema import SCHEMA
from serving.scan.shard import Eyes, scan_shard
from serving.scan.source import Source
from serving.scan.summary import stability
from serving.scan.worker import Job
from tests.homelens_command import assert_named_error, homelens
from tests.scan_archive import add_broken, make_archive, order, photo, rows_of, table_of_scan
from training.manifests import write_manifest
from vision.bundle import models_folder, read_manifest
from vision.checker import PhotoChecker
from vision.errors import DataError, HomelensError
from vision.photo import Limits
from vision.rules import load_rules

ROOT = Path(__file__).resolve().parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    return Eyes.open(models_folder(), load_rules("default"), Limits())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Order, dict[str, str]]:
    """A scan of good and broken photos, and the errors that it must hold."""
    folder = tmp_path_factory.mktemp("scan")
    expected = add_broken(make_archive(folder / "photos", good=5))
    shutil.copy(folder / "photos" / "001.jpg", folder / "photos" / "twin.jpg")
    done = order(folder / "photos", folder / "first")
    scan(done)
    return done, expected


def test_every_photo_is_one_row_and_broken_ones_say_why(
    first: tuple[Order, dict[str, str]],
) -> None:
    done, expected = first
    rows = rows_of(done.out)
    names = [row["photo"] for row in rows]
    assert names == sorted(set(names))
    good = {f"home/{n:03}.jpg" if n % 3 == 0 else f"{n:03}.jpg" for n in range(5)}
    assert set(names) == good | {"twin.jpg"} | set(expected)
    assert {row["photo"]: row["error"] for row in rows if row["error"]} == expected
    header = read_header(Dest.open(done.out))
    assert header is not None
    assert header.skipped == {"hidden": 2, "not named as a picture": 1}


def test_rows_are_what_the_checker_says(first: tuple[Order, dict[str, str]]) -> None:
    done, _ = first
    checker = PhotoChecker.load(threads=1)
    rows = [row for row in rows_of(done.out) if row["error"] is None]
    for row in rows:
        data = (Path(done.source) / row["photo"]).read_bytes()
        found = checker.look(row["photo"], data, done.rules)
        assert row["sha256"] == found.sha256
        assert row["bytes"] == len(data)
        assert (row["room"], row["confidence"]) == (found.room.type, found.room.probability)
        assert row["rooms"] == [guess.model_dump() for guess in found.rooms]
        assert row["objects"] == [box.model_dump() for box in found.objects]
        assert row["people"] == len(found.people)
        assert [fault["code"] for fault in row["quality"]] == [q.code for q in found.quality]
        assert (row["phash"], row["width"]) == (found.phash, found.width)
        assert row["objects_model"] == checker.objects.sha256
    assert len(rows) == 6


def test_summary_picture_and_manifest(first: tuple[Order, dict[str, str]]) -> None:
    done, expected = first
    out = Path(done.out)
    summary = json.loads((out / "summary.json").read_text())
    manifest = json.loads((out / "manifest.json").read_text())
    assert (out / "summary.png").read_bytes().startswith(PNG)
    assert summary["photos"] == sum(manifest["rows"].values()) == 6 + len(expected)
    assert sum(room["photos"] for room in summary["rooms"].values()) == 6
    assert sum(summary["errors"].values()) == len(expected)
    assert summary["drift"] is None
    assert summary["work"]["pixels"] == summary["work"]["rooms"] <= 6  # a twin may be known


def test_a_complete_scan_is_let_be(first: tuple[Order, dict[str, str]]) -> None:
    done, _ = first
    written = [path for path in Path(done.out).rglob("*") if path.suffix]
    before = {path: path.stat().st_mtime_ns for path in written}
    said: list[str] = []
    scan(done, said.append)
    assert "complete already" in said[0]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_nothing_is_looked_at_again_under_another_name(
    first: tuple[Order, dict[str, str]], tmp_path: Path
) -> None:
    done, expected = first
    moved = tmp_path / "moved"
    shutil.copytree(
        done.source, moved, symlinks=True, ignore=shutil.ignore_patterns("pipe.*", ".*")
    )
    for path in list(moved.glob("0*.jpg")):
        path.rename(path.with_name(f"new-{path.name}"))
    summary = scan(order(moved, tmp_path / "second", since=done.out))
    unread = {"gone.jpg", "circle.jpg", "too-many-bytes.jpg"}
    assert unread < set(expected)
    assert (summary.work["looked"], summary.work["pixels"]) == (len(unread), 0)
    assert summary.drift is not None
    assert (summary.drift.compared, summary.drift.other_room) == (6, 0)
    assert summary.drift.stability == 0
    again, had = rows_of(tmp_path / "second"), rows_of(done.out)
    of_bytes = {row["sha256"]: row for row in had}
    for row in again:
        if row["sha256"] is not None:
            assert row | {"photo": ""} == of_bytes[row["sha256"]] | {"photo": ""}


def changed_models(folder: Path, name: str) -> Path:
    """The shipped bundles, one of them with another manifest, by which its outputs change."""
    for bundle in ("objects", "rooms", "people"):
        shutil.copytree(models_folder() / bundle, folder / bundle)
    manifest = read_manifest(folder / name)
    mean = (0.4, 0.4, 0.4)
    changed = manifest.model_copy(
        update={"input": manifest.input.model_copy(update={"mean": mean})}
        if name == "rooms"
        else {
            "thresholds": {
                label: threshold.model_copy(update={"value": 0.3})
                for label, threshold in manifest.thresholds.items()
            }
        }
    )
    write_manifest(folder / name, changed)
    return folder


@pytest.mark.parametrize(
    ("change", "objects", "rooms"), [("objects", 6, 0), ("rooms", 0, 6), ("rules", 0, 0)]
)
def test_only_what_a_change_affects_is_looked_at(
    first: tuple[Order, dict[str, str]], tmp_path: Path, change: str, objects: int, rooms: int
) -> None:
    done, _ = first
    options = (
        {"rules": load_rules("holiday_let")}
        if change == "rules"
        else {"models": changed_models(tmp_path / "models", change)}
    )
    # one worker, so that the photo that is there twice is known the second time
    partly = scan(order(done.source, tmp_path / "partly", since=done.out, workers=1, **options))
    assert partly.work["pixels"] == 0
    assert objects - 1 <= partly.work["objects"] <= objects
    assert rooms - 1 <= partly.work["rooms"] <= rooms
    scan(order(done.source, tmp_path / "whole", **options))
    assert table_of_scan(tmp_path / "partly").equals(table_of_scan(tmp_path / "whole"))
    assert not table_of_scan(tmp_path / "partly").equals(table_of_scan(done.out))


def test_another_change_needs_another_place(first: tuple[Order, dict[str, str]]) -> None:
    done, _ = first
    with pytest.raises(DataError, match="another rules") as caught:
        scan(order(done.source, done.out, rules=load_rules("mls")))
    assert "--since" in str(caught.value)


def test_s3_is_scanned_as_a_folder_is(
    s3_url: str, first: tuple[Order, dict[str, str]], tmp_path: Path
) -> None:
    from serving.store.files import Files

    done, _ = first
    files = Files.open(f"{s3_url}/archive")
    for path in sorted(Path(done.source).rglob("*")):
        if path.is_file():  # what cannot be uploaded is left out
            files.put(path.relative_to(done.source).as_posix(), path.read_bytes())
    scan(order(f"{s3_url}/archive", f"{s3_url}/scans/a"))
    local = {row["photo"]: row for row in rows_of(done.out)}
    found = rows_of(f"{s3_url}/scans/a")
    assert {row["photo"] for row in found} == local.keys() - {"gone.jpg", "circle.jpg", "pipe.webp"}
    assert all(row == local[row["photo"]] for row in found)
    summary = scan(order(f"{s3_url}/archive", tmp_path / "b", since=f"{s3_url}/scans/a"))
    assert summary.work["pixels"] == 0


def test_a_photo_may_vanish_after_the_listing(eyes: Eyes, tmp_path: Path) -> None:
    source = Source.open(str(make_archive(tmp_path / "photos", good=2)))
    names = source.list().names
    (tmp_path / "photos" / os.fsdecode(names[1])).unlink()
    rows = scan_shard(names, lambda name: source.read(name, 10**7), eyes).table.to_pylist()
    assert [row["error"] for row in rows] == [None, "photo.vanished"]


def test_a_name_need_not_be_text(eyes: Eyes, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(photo(1))
    source = Source.open(str(tmp_path))
    names = source.list().names
    row = scan_shard(names, lambda name: source.read(name, 10**7), eyes).table.to_pylist()[0]
    assert (row["photo"], row["error"]) == ("caf\\xe9.jpg", None)


def test_shards_are_pure(eyes: Eyes) -> None:
    photos = {b"a.jpg": photo(1), b"b.jpg": b"broken", b"c.jpg": photo(2)}
    one = scan_shard(list(photos), photos.__getitem__, eyes).table
    two = scan_shard(list(photos), photos.__getitem__, eyes).table
    assert one.schema.equals(SCHEMA)
    assert one.drop_columns(["scanned_at", "ms"]).equals(two.drop_columns(["scanned_at", "ms"]))


def test_other_errors_stop_the_shard(eyes: Eyes) -> None:
    def read(name: bytes) -> bytes:
        raise HomelensError("the store is away")

    with pytest.raises(HomelensError, match="the store is away"):
        scan_shard([b"a.jpg"], read, eyes)


def test_a_worker_that_has_other_models_says_so(
    first: tuple[Order, dict[str, str]], tmp_path: Path
) -> None:
    done, _ = first
    header = read_header(Dest.open(done.out))
    assert header is not None
    models = changed_models(tmp_path / "models", "rooms")
    job = Job(header, done.out, models, done.rules, done.limits)
    with Crew(job, 1) as crew, pytest.raises(HomelensError, match="not those"):
        list(crew.run([0]))


def test_a_damaged_shard_is_named(first: tuple[Order, dict[str, str]], tmp_path: Path) -> None:
    done, _ = first
    copy = shutil.copytree(done.out, tmp_path / "copy")
    (copy / "manifest.json").unlink()
    (copy / "shards" / "00000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"00000001\.parquet is damaged"):
        scan(order(done.source, copy))
    (copy / "shards" / "00000001.parquet").unlink()
    scan(order(done.source, copy))
    assert table_of_scan(copy).equals(table_of_scan(done.out))


def test_two_scans_do_not_write_to_one_folder(tmp_path: Path) -> None:
    dest = Dest.open(str(tmp_path))
    with dest.alone(), pytest.raises(DataError, match="another scan"), dest.alone():
        pass


def test_index_finds_every_photo(first: tuple[Order, dict[str, str]]) -> None:
    done, _ = first
    earlier = Earlier.open(done.out)
    rows = [row for row in rows_of(done.out) if row["sha256"]]
    assert all((earlier.find(row["sha256"]) or {})["sha256"] == row["sha256"] for row in rows)
    assert earlier.find("0" * 64) is None
    assert read_shard(Dest.open(done.out), 0).num_rows == done.shard_size


def test_stability_of_what_moved() -> None:
    assert stability([10, 20, 30], [1, 2, 3]) == pytest.approx(0, abs=1e-9)
    moved = stability([50, 50], [20, 80])
    assert moved == pytest.approx(0.3 * 0.9163 + 0.3 * 0.47, abs=0.01)
    assert stability([0, 0], [1, 2]) is None


def test_the_columns_are_documented() -> None:
    text = (ROOT / "docs" / "scan.md").read_text(encoding="utf-8")
    assert not [name for name in SCHEMA.names if f"`{name}`" not in text]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("nowhere", "--out", "x"), "does not exist"),
        ((".", "--out", "x"), "no photos"),
        ((".", "--out", "."), "another place"),
        ((".", "--out", "ftp://x"), "--out is"),
        ((".", "--out", "x", "--engine", "spark"), "local, ray"),
        ((".", "--out", "x", "--since", "y"), "no complete scan"),
    ],
)
def test_wrong_words_are_named(arguments: tuple[str, ...], text: str, tmp_path: Path) -> None:
    assert_named_error(homelens("scan", *arguments, folder=tmp_path), text)
