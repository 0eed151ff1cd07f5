"""What a scan has set out to do: the header, and the photos' names shard by shard.

    header = write_plan(dest, source, listed, eyes, …)
    header = read_header(dest)                       # None: nothing was begun here
    Plan(dest).names(17)

The listing is taken once, when the scan begins, so that a shard holds the same photos at each
attempt. What is added to the archive later belongs to the next scan.
"""

import io
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, ValidationError

from serving.scan.dest import Dest
from serving.scan.source import Listed
from vision.errors import DataError
from vision.findings import Frozen
from vision.parts import PartKeys

HEADER = "scan.json"
SHARDS_IN_FILE = 1000
"""Shards in one plan file: of 256 names each, a few megabytes."""


class Header(Frozen):
    """scan.json."""

    version: int = 1
    id: str = Field(description="of this scan; its shards carry it")
    source: str
    since: str | None = Field(description="the scan that this one continues from")
    photos: int
    shard_size: int
    shards: int
    skipped: dict[str, int] = Field(description="files that are no photos by name, and why")
    models: dict[str, str] = Field(description="bundle name to sha256 of its model")
    rules: str = Field(description="name of the rules")
    rules_sha256: str
    keys: dict[str, str] = Field(description="part to the hash of all that it depends on")
    begun: datetime

    def part_keys(self) -> PartKeys:
        """The keys as the parts' module wants them."""
        return PartKeys(**self.keys)


def shard_file(shard: int) -> str:
    """A shard's key in the destination."""
    return f"shards/{shard:08}.parquet"


def plan_file(part: int) -> str:
    """The key of a plan file."""
    return f"plan/{part:05}.parquet"


def write_plan(dest: Dest, listed: Listed, shard_size: int, **header: object) -> Header:
    """Write the plan's files, then the header, with which the scan has begun."""
    count = -(-len(listed.names) // shard_size)
    schema = pa.schema([("name", pa.binary())])
    for part in range(-(-count // SHARDS_IN_FILE)):
        out = io.BytesIO()
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            first = part * SHARDS_IN_FILE
            for shard in range(first, min(first + SHARDS_IN_FILE, count)):
                names = listed.names[shard * shard_size : (shard + 1) * shard_size]
                writer.write_table(pa.table({"name": names}, schema=schema))
        dest.put(plan_file(part), out.getvalue())
    begun = Header.model_validate(
        {
            "id": uuid.uuid4().hex,
            "photos": len(listed.names),
            "shard_size": shard_size,
            "shards": count,
            "skipped": listed.skipped,
            "begun": datetime.now(UTC),
            **header,
        }
    )
    dest.put(HEADER, begun.model_dump_json(indent=1).encode())
    return begun


def read_header(dest: Dest) -> Header | None:
    """The header of the scan that was begun there, if any. Raises DataError."""
    data = dest.get(HEADER)
    if data is None:
        return None
    try:
        return Header.model_validate_json(data)
    except ValidationError as error:
        raise DataError(
            f"{dest.files.address}/{HEADER} is not a scan's: {error}",
            do="name another place with --out",
        ) from error


@dataclass
class Plan:
    """Reads names, one plan file at a time."""

    dest: Dest
    _part: int = -1
    _file: pq.ParquetFile | None = field(default=None, repr=False)

    def names(self, shard: int) -> list[bytes]:
        """The names of a shard's photos. Raises DataError where the plan lacks them."""
        part, row_group = divmod(shard, SHARDS_IN_FILE)
        if part != self._part or self._file is None:
            data = self.dest.get(plan_file(part))
            if data is None:
                raise DataError(
                    f"{plan_file(part)} is missing", do="begin a new scan in another place"
                )
            self._part, self._file = part, pq.ParquetFile(io.BytesIO(data))
        names: list[bytes] = self._file.read_row_group(row_group).column("name").to_pylist()
        return names
