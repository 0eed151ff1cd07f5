"""Marks inside a shard: the rows of a killed worker are gone on from, and no others are taken."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from serving.scan.dest import Dest
from serving.scan.marks import Marks, clear_marks, mark_file, mark_rows
from serving.scan.plan import Header
from serving.scan.run import begun
from serving.scan.shard import Eyes, Shard, scan_shard
from serving.scan.source import Source
from tests.scan_archive import make_archive, order, photo
from vision.bundle import models_folder
from vision.photo import Limits
from vision.rules import load_rules

PHOTOS = {f"{number}.jpg".encode(): photo(number % 6) for number in range(7)} | {
    b"x.jpg": b"broken"
}
NAMES = list(PHOTOS)
EVERY = 2
TIMES = ["scanned_at", "ms"]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    return Eyes.open(models_folder(), load_rules("default"), Limits())


@pytest.fixture(scope="module")
def whole(eyes: Eyes) -> Shard:
    """The shard without interruption."""
    return scan_shard(NAMES, PHOTOS.__getitem__, eyes)


def header_of(folder: Path, scan_id: str = "a", shard_size: int = 8 * EVERY) -> Header:
    """A header whose shards are marked every EVERY photos."""
    photos = make_archive(folder / "photos", good=1)
    dest = Dest.open(str(folder / "header"))
    planned = order(photos, folder / "header", shard_size=shard_size)
    made = begun(planned, Source.open(planned.source), dest, lambda text: None)
    return made.model_copy(update={"id": scan_id})


def look_until(at: int, eyes: Eyes, marks: Marks) -> None:
    """The shard, killed at a photo."""

    def on_photo(index: int) -> None:
        if index == at:
            marks.settle()
            raise Killed

    with pytest.raises(Killed):
        scan_shard(
            NAMES, PHOTOS.__getitem__, eyes, on_photo=on_photo, mark_every=marks.rows,
            on_mark=lambda first, part: marks.write(5, first, part),
        )  # fmt: skip


def keys(dest: Dest) -> set[str]:
    """The marks that there are."""
    return {f"marks/{name}" for name in dest.names("marks")}


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_a_killed_shard_goes_on_from_its_last_mark(
    place: str, request: pytest.FixtureRequest, tmp_path: Path, eyes: Eyes, whole: Shard
) -> None:
    out = str(tmp_path / "out") if place == "folder" else request.getfixturevalue("s3_url") + "/m"
    dest, header = Dest.open(out), header_of(tmp_path)
    look_until(5, eyes, Marks(dest, header))
    assert keys(dest) == {mark_file(5, 0), mark_file(5, 2)}
    marks, seen = Marks(dest, header), []
    done = marks.read(5, NAMES)
    assert done.table.num_rows == 4
    again = scan_shard(
        NAMES, PHOTOS.__getitem__, eyes, on_photo=seen.append, done=done, mark_every=EVERY,
        on_mark=lambda first, part: marks.write(5, first, part),
    )  # fmt: skip
    assert seen == [4, 5, 6, 7, 8]
    assert again.table.drop_columns(TIMES).equals(whole.table.drop_columns(TIMES))
    assert again.tally == whole.tally  # the photo that is there twice was known both times
    marks.settle()
    assert keys(dest) == {mark_file(5, first) for first in (0, 2, 4)}
    marks.remove(5, len(NAMES))
    marks.settle()
    assert keys(dest) == set()


def test_only_rows_of_this_scan_and_these_photos_are_taken(tmp_path: Path, eyes: Eyes) -> None:
    dest, header = Dest.open(str(tmp_path / "out")), header_of(tmp_path)
    look_until(7, eyes, Marks(dest, header))

    def kept(names: Sequence[bytes] = NAMES, of: Header = header, shard: int = 5) -> int:
        return Marks(dest, of).read(shard, names).table.num_rows

    assert kept() == 6
    assert kept(of=header.model_copy(update={"id": "with other models"})) == 0
    assert kept(names=[*NAMES[:3], b"other.jpg", *NAMES[4:]]) == 2
    assert kept(names=[b"earlier.jpg", *NAMES]) == 0
    assert kept(shard=6) == 0
    second = dest.get(mark_file(5, 2))
    assert second is not None
    dest.put(mark_file(6, 0), second)
    assert kept(shard=6) == 0  # another shard's
    for damaged in (second[:-20], b"", second[:100] + bytes(50) + second[150:]):
        dest.put(mark_file(5, 2), damaged)
        assert kept() == 2
    dest.delete([mark_file(5, 2)])
    assert kept() == 2  # what follows a gap is not taken


def test_a_store_that_fails_is_heard_of(
    tmp_path: Path, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest, header = Dest.open(str(tmp_path / "out")), header_of(tmp_path)

    def full(self: Dest, key: str, data: bytes) -> None:
        raise OSError("no space left on the disk")

    monkeypatch.setattr(Dest, "put", full)
    marks = Marks(dest, header)
    with pytest.raises(OSError, match="no space left"):
        look_until(7, eyes, marks)


def test_marks_of_all_workers_are_less_than_a_shard() -> None:
    assert mark_rows(256) == 32
    assert mark_rows(2000) == 32
    assert all(7 * mark_rows(size) < size for size in range(8, 3000))
    assert mark_rows(1) == 1


def test_clearing_nothing_is_fine(tmp_path: Path) -> None:
    clear_marks(Dest.open(str(tmp_path)))
