"""How far a worker is inside a shard, for the run that goes on after a kill.

    marks = Marks(dest, header)
    done = marks.read(shard, names)               # the rows that are kept, perhaps none
    marks.write(shard, first, rows)               # returns at once, it is written beside the looks
    marks.remove(shard, len(names))               # when the shard's own file is there

Every few photos the rows since the last mark go to `marks/SHARD-FIRST.parquet`. A mark that is
missing, damaged, of another scan or of other photos ends what is read: from there on photos are
looked at, and the mark is written anew.
"""

import contextlib
import io
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

from serving.scan.dest import Dest
from serving.scan.plan import Header
from serving.scan.recall import shard_note
from serving.scan.schema import SCHEMA
from serving.scan.shard import Shard, Tally, as_parquet
from serving.scan.source import shown
from serving.store.files import prune

FOLDER = "marks"
MOST_ROWS = 32
"""Photos between two marks: some seconds of looking, beside milliseconds of writing."""
IN_SHARD = 8
"""Parts of a small shard, so that the workers' last parts together are less than a shard."""


def mark_rows(shard_size: int) -> int:
    """Photos between two marks of a shard."""
    return min(MOST_ROWS, max(1, shard_size // IN_SHARD))


def mark_file(shard: int, first: int) -> str:
    """A mark's key in the destination; `first` is the place of its first row in the shard."""
    return f"{FOLDER}/{shard:08}-{first:06}.parquet"


class Marks:
    """The marks of one worker, which writes them one after the other."""

    def __init__(self, dest: Dest, header: Header) -> None:
        self._dest, self._scan = dest, header.id
        self.rows = mark_rows(header.shard_size)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="marks")
        self._last: Future[None] | None = None

    def read(self, shard: int, names: Sequence[bytes]) -> Shard:
        """The shard's first rows, as far as they are kept. Raises StorageError."""
        self.settle()
        done = Shard.empty()
        while (mark := self._one(shard, done.table.num_rows, names)) is not None:
            done = Shard(pa.concat_tables([done.table, mark.table]), mark.tally)
        return done

    def _one(self, shard: int, first: int, names: Sequence[bytes]) -> Shard | None:
        data = self._dest.get(mark_file(shard, first))
        if data is None:
            return None
        table = None
        with contextlib.suppress(pa.ArrowException, OSError):
            table = pq.ParquetFile(io.BytesIO(data)).read()
        if table is None:
            return None
        note, table = shard_note(table), table.replace_schema_metadata(None)
        if (note.get("scan"), note.get("shard")) != (self._scan, shard):
            return None
        expected = [shown(name) for name in names[first : first + self.rows]]
        if not table.schema.equals(SCHEMA) or table["photo"].to_pylist() != expected:
            return None
        return Shard(table, Tally(**note["tally"]))

    def write(self, shard: int, first: int, part: Shard) -> None:
        """Keep the rows since the last mark. Raises StorageError or OSError of the mark before."""
        self.settle()
        self._last = self._pool.submit(self._put, shard, first, part)

    def _put(self, shard: int, first: int, part: Shard) -> None:
        self._dest.put(mark_file(shard, first), as_parquet(part, self._scan, shard))

    def remove(self, shard: int, photos: int) -> None:
        """Delete the marks of a shard of so many photos."""
        self.settle()
        keys = [mark_file(shard, first) for first in range(0, photos - self.rows, self.rows)]
        self._last = self._pool.submit(self._dest.delete, keys)

    def settle(self) -> None:
        """Wait for what is being written. Raises StorageError or OSError."""
        last, self._last = self._last, None
        if last is not None:
            last.result()


def clear_marks(dest: Dest) -> None:
    """Delete all marks: every shard is there. Raises StorageError."""
    dest.delete([f"{FOLDER}/{name}" for name in dest.names(FOLDER)])
    if dest.folder is not None:
        prune(dest.folder / FOLDER, dest.folder)
