"""What is known of photos that were looked at before: in this process, and in the last scan.

    recall = Recall(Earlier.open("scans/last"))
    row = recall.find(sha256, "new-name.jpg")

Photos are known by the hash of their bytes, so a photo under another name is found, too. Within a
scan a process remembers its own last photos; what other processes look at meanwhile it cannot know.
"""

import json
import pickle
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from serving.scan.dest import Dest
from serving.scan.plan import shard_file
from serving.scan.schema import Row
from vision.errors import DataError

REMEMBERED = 10_000
"""Photos that a process remembers; about 4 KB each."""
TABLES = 4
"""Shards of the last scan that a process holds; an unchanged archive needs one after the other."""
HASHES, PLACES = "index/hashes.npy", "index/places.npy"

Words = npt.NDArray[np.uint64]


def prefix(sha256: str) -> int:
    """The first 64 bits of a hash, by which the index is sorted."""
    return int(sha256[:16], 16)


def write_index(dest: Dest, hashes: Sequence[int], places: Sequence[int]) -> None:
    """Write where each photo's row is; a place is the shard times 2^32 plus the row in it."""
    words, where = np.array(hashes, np.uint64), np.array(places, np.uint64)
    order = np.argsort(words, kind="stable")
    for key, values in ((HASHES, words[order]), (PLACES, where[order])):
        out = BytesIO()
        np.save(out, values)
        dest.put(key, out.getvalue())


@dataclass
class Earlier:
    """A complete scan, for looking up its rows."""

    dest: Dest
    hashes: Words
    places: Words
    _tables: "OrderedDict[int, pa.Table]" = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def open(cls, address: str) -> "Earlier":
        """Raises DataError where there is no complete scan."""
        dest = Dest.open(address) if "://" in address or Path(address).is_dir() else None
        if dest is None or dest.get("manifest.json") is None:
            raise DataError(
                f"--since {address} holds no complete scan",
                accepted="the --out of a scan that came to its end",
            )
        return cls(dest, load(dest, HASHES), load(dest, PLACES))

    def find(self, sha256: str) -> Row | None:
        """The row of a photo with these bytes."""
        at = int(np.searchsorted(self.hashes, np.uint64(prefix(sha256))))
        while at < len(self.hashes) and int(self.hashes[at]) == prefix(sha256):
            shard, row = divmod(int(self.places[at]), 1 << 32)
            found: Row = self._table(shard).slice(row, 1).to_pylist()[0]
            if found["sha256"] == sha256:
                return found
            at += 1
        return None

    def _table(self, shard: int) -> pa.Table:
        if shard not in self._tables:
            self._tables[shard] = read_shard(self.dest, shard)
            if len(self._tables) > TABLES:
                self._tables.popitem(last=False)
        self._tables.move_to_end(shard)
        return self._tables[shard]


def load(dest: Dest, key: str) -> Words:
    """An array of the index; from a disk it is mapped, so that all processes share it."""
    if dest.folder is not None:
        words: Words = np.load(dest.folder / key, mmap_mode="r")
        return words
    with tempfile.TemporaryFile() as file:
        file.write(dest.get(key) or b"")
        file.seek(0)
        loaded: Words = np.load(file)
        return loaded


def read_shard(dest: Dest, shard: int) -> pa.Table:
    """A finished shard's table, with its metadata. Raises DataError where it is damaged."""
    data = dest.get(shard_file(shard))
    try:
        return pq.ParquetFile(BytesIO(data or b"")).read()
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{dest.files.address}/{shard_file(shard)} is damaged: {error}",
            do="delete it and run the scan again",
        ) from error


def shard_note(table: pa.Table) -> dict[str, Any]:
    """What a shard's file says beside its rows: the scan's id and the tally."""
    note: dict[str, Any] = json.loads((table.schema.metadata or {}).get(b"homelens", b"{}"))
    return note


@dataclass
class Recall:
    """Known rows, those of this process first."""

    earlier: Earlier | None = None
    _own: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict, repr=False)

    def find(self, sha256: str, name: str) -> Mapping[str, Any] | None:
        """The newest row of a photo with these bytes."""
        own = self._own.get(sha256)
        if own is not None:
            row: Row = pickle.loads(own)  # written by this very process
            return row
        return self.earlier.find(sha256) if self.earlier else None

    def keep(self, row: Row) -> None:
        """Remember a row whose photo could be read."""
        sha256 = row.get("sha256")
        if sha256 is None or sha256 in self._own:
            return
        self._own[sha256] = pickle.dumps({"error": None, **row})
        if len(self._own) > REMEMBERED:
            self._own.popitem(last=False)
