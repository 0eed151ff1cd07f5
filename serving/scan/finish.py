"""The end of a scan: every shard is read once, and index, summary and manifest are written.

summary = finish(dest, header, rules)

Repeating it gives the same, so it may be killed as well. The manifest comes last.
"""

from collections import Counter
from datetime import UTC, datetime

from pydantic import Field

from serving.scan.dest import Dest
from serving.scan.marks import clear_marks
from serving.scan.picture import draw
from serving.scan.plan import Header, shard_file
from serving.scan.recall import prefix, read_shard, shard_note, write_index
from serving.scan.shard import Tally
from serving.scan.summary import Counts, Summary, summarise
from vision.errors import DataError
from vision.findings import Frozen
from vision.rules import Rules

MANIFEST, SUMMARY, PICTURE = "manifest.json", "summary.json", "summary.png"


class Manifest(Frozen):
    """manifest.json: the scan is complete, and these are its shards."""

    scan: Header
    finished: datetime
    rows: dict[str, int] = Field(description="shard's file to its rows, in the photos' order")
    work: dict[str, int] = Field(description="sums of the shards' tallies")


def finish(dest: Dest, header: Header, rules: Rules) -> Summary:
    """Close the scan. Raises DataError where a shard is damaged or of another scan."""
    counts, work, rows = Counts(rules.ask_below), Counter(vars(Tally())), {}
    hashes: list[int] = []
    places: list[int] = []
    for shard in range(header.shards):
        table = read_shard(dest, shard)
        note, size = shard_note(table), header.shard_size
        expected = min(size, header.photos - shard * size)
        if note.get("scan") != header.id or table.num_rows != expected:
            raise DataError(
                f"{dest.files.address}/{shard_file(shard)} is not of this scan",
                do="delete it and run the scan again",
            )
        rows[shard_file(shard)] = table.num_rows
        work.update(note["tally"])
        counts.add(table)
        for row, sha256 in enumerate(table["sha256"].to_pylist()):
            if sha256 is not None:
                hashes.append(prefix(sha256))
                places.append((shard << 32) + row)
    clear_marks(dest)  # of a run that was killed between a shard's file and its marks
    write_index(dest, hashes, places)
    finished, sums = datetime.now(UTC), dict(work)
    summary = summarise(header, counts, sums, finished, summary_of(header.since))
    dest.put(SUMMARY, summary.model_dump_json(indent=1).encode())
    dest.put(PICTURE, draw(summary, summary_of(header.since)))
    manifest = Manifest(scan=header, finished=finished, rows=rows, work=sums)
    dest.put(MANIFEST, manifest.model_dump_json(indent=1).encode())
    return summary


def summary_of(address: str | None) -> Summary | None:
    """The summary of the scan at an address; None without address. Raises DataError."""
    if address is None:
        return None
    dest = Dest.open(address)
    data = dest.get(SUMMARY)
    if data is None or dest.get(MANIFEST) is None:
        raise DataError(f"{address} holds no complete scan")
    return Summary.model_validate_json(data)


def is_complete(dest: Dest) -> bool:
    """Whether the manifest is there."""
    return dest.get(MANIFEST) is not None
