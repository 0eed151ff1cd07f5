"""The table of a scan: one row a photo, with the columns' types; and rows back to parts.

    table = table_of([row(…), refused_row(…)])
    parts_of(known_row, keys)

The columns are explained in docs/scan.md, which a test holds to this list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pyarrow as pa

from vision.errors import PhotoError
from vision.findings import Detection, PhotoFindings
from vision.parts import PartKeys, Parts, PixelPart, RoomPart
from vision.quality import Measures

BOX = pa.struct(
    [
        ("label", pa.string()),
        ("score", pa.float64()),
        *((side, pa.float64()) for side in ("x1", "y1", "x2", "y2")),
    ]
)
GUESS = pa.struct([("type", pa.string()), ("probability", pa.float64())])
FAULT = pa.struct([("code", pa.string()), ("value", pa.float64()), ("threshold", pa.float64())])
MEASURES = pa.struct([(name, pa.float64()) for name in Measures.__dataclass_fields__])

SCHEMA = pa.schema(
    [
        pa.field("photo", pa.string(), nullable=False),
        pa.field("sha256", pa.string()),
        pa.field("bytes", pa.int64()),
        pa.field("format", pa.string()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("room", pa.string()),
        pa.field("confidence", pa.float64()),
        pa.field("rooms", pa.list_(GUESS)),
        pa.field("objects", pa.list_(BOX)),
        pa.field("people", pa.int32()),
        pa.field("quality", pa.list_(FAULT)),
        pa.field("phash", pa.string()),
        pa.field("error", pa.string()),
        pa.field("error_text", pa.string()),
        pa.field("objects_model", pa.string(), nullable=False),
        pa.field("rooms_model", pa.string(), nullable=False),
        pa.field("rules", pa.string(), nullable=False),
        pa.field("scanned_at", pa.timestamp("ms", "UTC"), nullable=False),
        pa.field("ms", pa.float32(), nullable=False),
        pa.field("pixels_key", pa.string(), nullable=False),
        pa.field("objects_key", pa.string(), nullable=False),
        pa.field("rooms_key", pa.string(), nullable=False),
        pa.field("seen_measures", MEASURES),
        pa.field("seen_objects", pa.list_(BOX)),
        pa.field("seen_rooms", pa.list_(pa.float32())),
        pa.field("seen_turns", pa.list_(pa.float32())),
    ]
)

TIMES = ("scanned_at", "ms")
"""Columns in which two scans of the same photos may differ."""

Row = dict[str, Any]


def found_row(findings: PhotoFindings, parts: Parts) -> Row:
    """The columns of a photo that was looked at, but who looked and when."""
    assert parts.pixels is not None
    assert parts.objects is not None
    assert parts.rooms is not None
    return {
        "sha256": findings.sha256,
        "format": findings.format,
        "width": findings.width,
        "height": findings.height,
        "room": findings.room.type,
        "confidence": findings.room.probability,
        "rooms": [guess.model_dump() for guess in findings.rooms],
        "objects": [box.model_dump() for box in findings.objects],
        "people": len(findings.people),
        "quality": [
            {"code": fault.code, "value": fault.value, "threshold": fault.threshold}
            for fault in findings.quality
        ],
        "phash": findings.phash,
        "seen_measures": asdict(parts.pixels.measures),
        "seen_objects": [box.model_dump() for box in parts.objects],
        "seen_rooms": list(parts.rooms.logits),
        "seen_turns": list(parts.rooms.turns),
    }


def refused_row(error: PhotoError, sha256: str | None) -> Row:
    """The columns of a photo that cannot be looked at; the hash where its bytes could be read."""
    return {"sha256": sha256, "error": error.code, "error_text": str(error)}


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table; columns that a row does not name are null."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)


def who(versions: Mapping[str, str], rules: str, keys: PartKeys, at: datetime) -> Row:
    """The columns that say with what a row was made, and when."""
    return {
        "objects_model": versions["objects"],
        "rooms_model": versions["rooms"],
        "rules": rules,
        "scanned_at": at,
        "pixels_key": keys.pixels,
        "objects_key": keys.objects,
        "rooms_key": keys.rooms,
    }


def parts_of(row: Mapping[str, Any], keys: PartKeys) -> Parts:
    """What an earlier row tells of its photo that still holds under these keys."""
    if row["error"] is not None:
        return Parts()
    pixels = PixelPart(
        row["format"], row["width"], row["height"], row["phash"], Measures(**row["seen_measures"])
    )
    rooms = RoomPart(tuple(row["seen_rooms"]), tuple(row["seen_turns"]))
    boxes = tuple(Detection.model_construct(**box) for box in row["seen_objects"])
    return Parts(
        pixels if row["pixels_key"] == keys.pixels else None,
        boxes if row["objects_key"] == keys.objects else None,
        rooms if row["rooms_key"] == keys.rooms else None,
    )


def refusal_of(row: Mapping[str, Any], keys: PartKeys) -> Row | None:
    """An earlier row's refusal of the bytes themselves, which still holds; else None."""
    if row["error"] is None or row["sha256"] is None or row["pixels_key"] != keys.pixels:
        return None
    if row["error"] == "photo.deadly":  # perhaps there was too little memory: it gets its chance
        return None
    return {name: row[name] for name in ("sha256", "error", "error_text")}
