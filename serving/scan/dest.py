"""Where a scan writes: a folder or a prefix on S3. A file is there whole or not at all.

dest = Dest.open("s3://bucket/scans/2026-11")
with dest.alone():                              # on a local disk, one scan at a time
    dest.put("shards/00000000.parquet", data)

scan.json                   what is scanned, with which models and rules
plan/00000.parquet          the photos' names, one row group a shard
shards/00000000.parquet     the rows of a finished shard: its being there is the check mark
marks/00000001-000032.parquet       rows of a shard under way, gone when it is finished
index/hashes.npy, places.npy        where each photo's bytes are, for the next scan
summary.json, summary.png
manifest.json               written last: with it the scan is complete
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from serving.errors import NotFound
from serving.store.files import Files, sync
from vision.errors import DataError

PART = ".part"


@dataclass(frozen=True)
class Dest:
    """An open destination."""

    files: Files

    @classmethod
    def open(cls, address: str) -> "Dest":
        """Make the folder, if it is one. Raises StorageError."""
        return cls(Files.open(address, "--out"))

    @property
    def folder(self) -> Path | None:
        """Its place on the local disk; None on S3."""
        return self.files.folder

    def put(self, key: str, data: bytes) -> None:
        """Write a file in one step, onto the disk. Raises StorageError or OSError."""
        if self.folder is None:
            self.files.put(key, data)
            return
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=PART)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
        sync(path)

    def get(self, key: str) -> bytes | None:
        """The content, or None where there is no such file. Raises StorageError."""
        try:
            return self.files.get(key)
        except NotFound:
            return None

    def delete(self, keys: list[str]) -> None:
        """Delete files, if they are there; folders stay. Raises StorageError or OSError."""
        if self.folder is None:
            self.files.delete(keys)
            return
        for key in keys:  # a folder that goes while another worker writes to it would be missed
            (self.folder / key).unlink(missing_ok=True)

    def names(self, prefix: str) -> set[str]:
        """Names of the files in the folder `prefix`, without it. Raises StorageError."""
        return {stored.key.rpartition("/")[2] for stored in self.files.below(prefix)}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the folder for this process, and clears it of half-written files.

        Raises DataError where another scan is at work. On S3 nothing is held: two scans at once
        there write the same shards twice, which costs time and changes nothing.
        """
        if self.folder is None:
            yield
            return
        with (self.folder / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DataError(
                    f"another scan is writing to {self.folder}", do="wait for it, or end it"
                ) from error
            for left in self.folder.rglob(f"*{PART}"):
                left.unlink(missing_ok=True)
            yield
