"""Archives and scans for the tests: made photos, broken ones, and the rows of a scan.

archive = make_archive(tmp_path / "photos", good=6)
rows = rows_of(tmp_path / "scan")
"""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa

from serving.scan.dest import Dest
from serving.scan.plan import read_header
from serving.scan.recall import read_shard
from serving.scan.run import Order
from serving.scan.schema import TIMES
from tests.hostile import hostile_cases, valid
from tests.people_photos import as_jpeg, room
from vision.bundle import models_folder
from vision.photo import Limits
from vision.rules import load_rules

BROKEN = (
    "jpeg-half", "png-half", "jpeg-header-huge", "webp-huge", "jpeg-of-scans", "png-of-chunks",
    "png-1x1", "jpeg-magic-alone", "png-1-bit-bomb", "zip", "too-many-bytes",
)  # fmt: skip
"""Of the hostile photos: cut off, bombs, too small, and what is no photo."""


def photo(seed: int) -> bytes:
    """A small photo; another seed gives other bytes."""
    return as_jpeg(room(seed=seed))


def make_archive(folder: Path, good: int, first: int = 0) -> Path:
    """A folder with photos, some of them in a subfolder, one of them twice."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    for number in range(good):
        place = folder / "home" if number % 3 == 0 else folder
        (place / f"{number:03}.jpg").write_bytes(photo(first + number))
    return folder


def add_broken(folder: Path) -> dict[str, str]:
    """Files that are no good, and files to leave out; gives the error that each must get."""
    expected = {}
    for case in hostile_cases():
        if case.name in BROKEN and case.error is not None:
            (folder / f"{case.name}.jpg").write_bytes(case.data)
            expected[f"{case.name}.jpg"] = case.error.code
    assert len(expected) == len(BROKEN)
    (folder / "empty.png").write_bytes(b"")
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "circle.jpg").symlink_to(folder / "circle.jpg")
    os.mkfifo(folder / "pipe.webp")
    (folder / "notes.txt").write_text("not a photo")
    (folder / ".hidden.jpg").write_bytes(valid("jpeg"))
    (folder / ".trash").mkdir()
    (folder / ".trash" / "old.jpg").write_bytes(valid("jpeg"))
    return expected | {
        "empty.png": "photo.empty",
        "gone.jpg": "photo.vanished",
        "circle.jpg": "photo.unreadable",
        "pipe.webp": "photo.unreadable",
    }


def order(source: Path | str, out: Path | str, **options: Any) -> Order:
    """A scan with the shipped models and rules, two workers and small shards."""
    given: dict[str, Any] = {
        "rules": load_rules("default"),
        "models": models_folder(),
        "limits": Limits(),
        "workers": 2,
        "shard_size": 3,
        **options,
    }
    return Order(source=str(source), out=str(out), **given)


def table_of_scan(out: Path | str) -> pa.Table:
    """All rows in order, without the time columns."""
    dest = Dest.open(str(out))
    header = read_header(dest)
    assert header is not None
    shards = [read_shard(dest, shard) for shard in range(header.shards)]
    table = pa.concat_tables([shard.replace_schema_metadata(None) for shard in shards])
    return table.drop_columns(list(TIMES))


def rows_of(out: Path | str) -> list[dict[str, Any]]:
    """The same as dictionaries."""
    found: list[dict[str, Any]] = table_of_scan(out).to_pylist()
    return found
