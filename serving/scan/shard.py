"""One shard of a scan: some photos to a table. Pure but for what it is given to read with.

    eyes = Eyes.open(settings.models, load_rules("default"), settings.limits)
    result = scan_shard(names, read, eyes)
    result.table, result.tally.looked

The same bytes, models and rules give the same table, but for the time columns; so a shard may be
repeated at any time, anywhere. A photo that cannot be read or looked at is a row with its error.
"""

import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from serving.scan.ahead import ahead
from serving.scan.schema import (
    Row,
    found_row,
    parts_of,
    refusal_of,
    refused_row,
    table_of,
    who,
)
from serving.scan.source import shown
from vision.checker import PhotoChecker
from vision.errors import DeadlyPhoto, PhotoError
from vision.parts import PartKeys, Parts, complete, digest, findings_of, part_keys
from vision.photo import Limits
from vision.rules import Rules


@dataclass(frozen=True)
class Eyes:
    """Models and rules, with the hashes of what they are."""

    checker: PhotoChecker
    rules: Rules
    keys: PartKeys
    rules_sha256: str

    @classmethod
    def open(cls, models: Path, rules: Rules, limits: Limits) -> "Eyes":
        """Load the bundles, for one thread. Raises BundleError."""
        checker = PhotoChecker.load(models, 1, limits)
        return cls(checker, rules, part_keys(checker), rules_hash(rules))

    @property
    def versions(self) -> dict[str, str]:
        """Bundle name to the sha256 of its model, of the bundles that a scan uses."""
        return {"objects": self.checker.objects.sha256, "rooms": self.checker.rooms.sha256}


def rules_hash(rules: Rules) -> str:
    """Hash of what the rules say, however their file is laid out."""
    return digest(rules.model_dump(mode="json"))


class Known(Protocol):
    """Rows of earlier looks at photos, by the sha256 of their bytes."""

    def find(self, sha256: str, name: str) -> Mapping[str, Any] | None:
        """The newest row, or None; `name` is where the photo lies now."""

    def keep(self, row: Row) -> None:
        """Remember a row for photos that come later."""


class Nothing:
    """Nothing is known."""

    def find(self, sha256: str, name: str) -> None:
        """None."""

    def keep(self, row: Row) -> None:
        """Forgets it."""


@dataclass
class Tally:
    """How often what was done in a shard; summed up in the manifest.

    `pixels`, `objects` and `rooms` count the parts that were looked at, `reused` the photos of
    which everything was known; `compared` those known from before, `other_room` those of them that
    are another room now.
    """

    photos: int = 0
    errors: int = 0
    looked: int = 0
    reused: int = 0
    pixels: int = 0
    objects: int = 0
    rooms: int = 0
    compared: int = 0
    other_room: int = 0


@dataclass(frozen=True)
class Shard:
    """A shard's rows, or the first or some of them, in the order of its names."""

    table: pa.Table
    tally: Tally = field(compare=False)

    @classmethod
    def empty(cls) -> "Shard":
        """No rows."""
        return cls(table_of([]), Tally())


def as_parquet(rows: Shard, scan: str, shard: int) -> bytes:
    """The content of a shard's file, or of a mark's; it says of which scan and shard it is."""
    note = json.dumps({"scan": scan, "shard": shard, "tally": asdict(rows.tally)})
    out = io.BytesIO()
    table: pa.Table = rows.table.replace_schema_metadata({"homelens": note})
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def scan_shard(
    names: Sequence[bytes],
    read: Callable[[bytes], bytes],
    eyes: Eyes,
    *,
    known: Known | None = None,
    deadly: Mapping[bytes, str] | None = None,
    on_photo: Callable[[int], None] = lambda index: None,
    done: Shard | None = None,
    mark_every: int | None = None,
    on_mark: Callable[[int, Shard], None] = lambda first, part: None,
) -> Shard:
    """Look at the photos; raises what `read` raises besides PhotoError.

    `deadly` photos are not touched, for the reason given; `on_photo` hears of each index before
    the photo is looked at, and of the number of names at the end. The first rows may be `done`
    already; `on_mark` gets every `mark_every` rows that are followed by others, with the place of
    the first of them and the tally from the shard's beginning.
    """
    done, deadly, known = done or Shard.empty(), deadly or {}, known or Nothing()
    for row in done.table.to_pylist():
        known.keep(row)
    tables, tally, first = [done.table], replace(done.tally), done.table.num_rows
    rows: list[Row] = []
    answers = ahead([name for name in names[first:] if name not in deadly], read)
    for index, name in enumerate(names[first:], first):
        on_photo(index)
        start = time.perf_counter()
        if name in deadly:
            row = refused_row(DeadlyPhoto(deadly[name], do="look at it by hand"), None)
        else:
            row = look(shown(name), next(answers)[1], eyes, known, tally)
        row |= who(eyes.versions, eyes.rules_sha256, eyes.keys, datetime.now(UTC))
        row |= {"photo": shown(name), "ms": (time.perf_counter() - start) * 1e3}
        tally.photos += 1
        tally.errors += row.get("error") is not None
        known.keep(row)
        rows.append(row)
        if len(rows) == mark_every and index + 1 < len(names):
            tables.append(table_of(rows))
            on_mark(index + 1 - len(rows), Shard(tables[-1], replace(tally)))
            rows = []
    on_photo(len(names))
    return Shard(pa.concat_tables([*tables, table_of(rows)]), tally)


def look(name: str, answer: Callable[[], bytes], eyes: Eyes, known: Known, tally: Tally) -> Row:
    """One photo's findings or refusal, from what is known of its bytes as far as that holds."""
    sha256 = None
    try:
        data = answer()
        sha256 = hashlib.sha256(data).hexdigest()
        before = known.find(sha256, name)
        if before is not None and (refusal := refusal_of(before, eyes.keys)) is not None:
            tally.reused += 1
            return {**refusal, "bytes": len(data)}
        had = Parts() if before is None else parts_of(before, eyes.keys)
        parts = complete(eyes.checker, data, had)
    except PhotoError as error:
        tally.looked += 1
        return refused_row(error, sha256) | ({"bytes": len(data)} if sha256 else {})
    tally.looked += bool(had.missing)
    tally.reused += not had.missing
    for part in had.missing:
        setattr(tally, part, getattr(tally, part) + 1)
    findings = findings_of(name, sha256, parts, eyes.checker, eyes.rules)
    if before is not None and before["room"] is not None:
        tally.compared += 1
        tally.other_room += before["room"] != findings.room.type
    return found_row(findings, parts) | {"bytes": len(data)}
