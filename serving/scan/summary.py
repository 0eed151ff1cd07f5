"""What a scan found, in numbers: rooms, findings, errors, and what drifted since the last scan.

    counts = Counts(ask_below=0.7)
    counts.add(table)
    summary = summarise(header, counts, tally, before)

Drift is told by histograms of the confidence, so the last scan's rows are not needed for it. The
measure is the population stability index, the sum of (p - q) ln(p / q) over 20 bins: by custom
below 0.1 nothing moved, above 0.25 look into it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from serving.scan.plan import Header
from vision.findings import Frozen

BINS = 20
"""Bins of a confidence histogram over 0 to 1."""

Ints = npt.NDArray[np.int64]


class RoomCount(Frozen):
    """Photos of one room, and how sure they are."""

    photos: int
    share: float
    confidence: float = Field(description="mean")
    histogram: tuple[int, ...] = Field(description="photos by confidence, 20 bins from 0 to 1")


class RoomDrift(Frozen):
    """One room, then and now."""

    share_before: float
    share_now: float
    confidence_before: float
    confidence_now: float
    stability: float | None = Field(description="population stability index; None without photos")


class Drift(Frozen):
    """What moved since the last scan."""

    since: str
    stability: float | None = Field(description="of all photos' confidence")
    rooms: dict[str, RoomDrift]
    findings: dict[str, tuple[float, float]] = Field(description="code to share then and now")
    compared: int = Field(description="photos of this scan whose bytes the last scan had")
    other_room: int = Field(description="of those, photos that are another room now")


class Summary(Frozen):
    """summary.json."""

    scan: Header
    finished: datetime
    photos: int
    rooms: dict[str, RoomCount]
    findings: dict[str, int] = Field(description="quality code to photos")
    errors: dict[str, int] = Field(description="error code to photos")
    with_people: int
    unsure: int = Field(description="photos whose room is less sure than the rules' ask_below")
    work: dict[str, int] = Field(description="what was looked at, and what was known")
    drift: Drift | None


@dataclass
class Counts:
    """Running counts over shards."""

    ask_below: float
    photos: int = 0
    with_people: int = 0
    unsure: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    histograms: dict[str, Ints] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, table: pa.Table) -> None:
        """Count a shard's rows."""
        self.photos += table.num_rows
        self.errors.update(code for code in table["error"].to_pylist() if code)
        self.with_people += sum(bool(people) for people in table["people"].to_pylist())
        for faults in table["quality"].to_pylist():
            self.findings.update(fault["code"] for fault in faults or ())
        rooms = np.array(table["room"].to_pylist(), object)
        sure = np.array(table["confidence"].to_pylist(), float)  # None becomes nan
        self.unsure += int((sure < self.ask_below).sum())
        for room in sorted({room for room in rooms if room is not None}):
            own = sure[rooms == room]
            found = np.histogram(own, BINS, (0, 1))[0].astype(np.int64)
            self.histograms[room] = self.histograms.get(room, np.zeros(BINS, np.int64)) + found
            self.sums[room] = self.sums.get(room, 0.0) + float(own.sum())

    def rooms(self) -> dict[str, RoomCount]:
        """Rooms in the order of their names."""
        total = sum(int(found.sum()) for found in self.histograms.values())
        return {
            room: RoomCount(
                photos=int(found.sum()),
                share=int(found.sum()) / total,
                confidence=self.sums[room] / int(found.sum()),
                histogram=tuple(map(int, found)),
            )
            for room, found in sorted(self.histograms.items())
        }


def summarise(
    header: Header,
    counts: Counts,
    work: dict[str, int],
    finished: datetime,
    before: Summary | None,
) -> Summary:
    """The summary, with drift where there is a last scan."""
    summary = Summary(
        scan=header,
        finished=finished,
        photos=counts.photos,
        rooms=counts.rooms(),
        findings=dict(sorted(counts.findings.items())),
        errors=dict(sorted(counts.errors.items())),
        with_people=counts.with_people,
        unsure=counts.unsure,
        work=work,
        drift=None,
    )
    if before is None or header.since is None:
        return summary
    return summary.model_copy(update={"drift": drift(before, summary, header.since, work)})


def drift(before: Summary, now: Summary, since: str, work: dict[str, int]) -> Drift:
    """What moved between two summaries."""
    rooms = {}
    for room in sorted(before.rooms.keys() | now.rooms.keys()):
        then, here = before.rooms.get(room), now.rooms.get(room)
        rooms[room] = RoomDrift(
            share_before=then.share if then else 0.0,
            share_now=here.share if here else 0.0,
            confidence_before=then.confidence if then else 0.0,
            confidence_now=here.confidence if here else 0.0,
            stability=stability(then.histogram, here.histogram) if then and here else None,
        )
    codes = sorted(before.findings.keys() | now.findings.keys())
    return Drift(
        since=since,
        stability=stability(everything(before), everything(now)),
        rooms=rooms,
        findings={
            code: (
                before.findings.get(code, 0) / max(1, before.photos),
                now.findings.get(code, 0) / max(1, now.photos),
            )
            for code in codes
        },
        compared=work["compared"],
        other_room=work["other_room"],
    )


def everything(summary: Summary) -> Any:
    """All rooms' histograms together."""
    return np.sum([room.histogram for room in summary.rooms.values()], axis=0)


def stability(before: Any, now: Any) -> float | None:
    """The population stability index of two histograms; half a photo stands in each empty bin."""
    p, q = np.asarray(before, float), np.asarray(now, float)
    if p.ndim == 0 or q.ndim == 0 or not p.sum() or not q.sum():
        return None
    p, q = np.maximum(p, 0.5), np.maximum(q, 0.5)
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())
