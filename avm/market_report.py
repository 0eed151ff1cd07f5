"""What became of a market file's rows: counted by reason, nothing in silence.

    report = load_market(path, "denmark").report
    report.kept, report.count("dropped", "not_at_arms_length")
    print(report.model_dump_json(indent=2))

A finding has a code that stays, the field where it is about one, how many rows, a sentence, and up
to five examples. Dropped rows are counted once, by the first reason in the order of the list.
"""

import datetime

from pydantic import Field

from vision.findings import Frozen


class Finding(Frozen):
    """One thing that was found in a number of rows."""

    code: str
    field: str | None = None
    n: int = Field(ge=1)
    says: str
    examples: tuple[str, ...] = ()


class MarketReport(Frozen):
    """What a file holds after cleaning, and what was done to get there."""

    market: str
    title: str
    file: str
    sha256: str = Field(description="of the file")
    adapter: str = Field(description="name of the adapter's file")
    adapter_sha256: str
    rows: int = Field(description="in the file")
    kept: int
    dropped: tuple[Finding, ...] = Field(description="rows that are not kept, by first reason")
    cleared: tuple[Finding, ...] = Field(description="values of kept rows that were set to missing")
    unreadable: tuple[Finding, ...] = Field(
        description="values of the file that were not understood"
    )
    remarks: tuple[Finding, ...] = Field(description="contradictions that were left as they are")
    missing: dict[str, float] = Field(description="field to share of kept rows without it")
    outliers: int = Field(description="kept rows far from the price per m² of their group")
    listings: int
    dwellings: int = Field(description="groups of twins: what is on one side of every split")
    repeats: int = Field(description="kept rows whose dwelling has another listing")
    zones: int
    first: datetime.date
    last: datetime.date

    def count(self, part: str, code: str, field: str | None = None) -> int:
        """Rows with this finding in `dropped`, `cleared`, `unreadable` or `remarks`."""
        found: tuple[Finding, ...] = getattr(self, part)
        return sum(
            one.n for one in found if one.code == code and (field is None or one.field == field)
        )
