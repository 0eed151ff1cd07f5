"""A market in one call: a file read as its adapter says, cleaned, with zones, twins and outliers.

    market = load_market(Path("denmark.parquet"), "denmark")
    market.frame            # kept rows: the canonical fields, x_DETAIL and the columns below
    market.report           # what was dropped, cleared and doubted, with counts
    market.zones.of(home)   # the zone of a home that is not in the file

Beside the fields of the record a frame has `row` (in the file), `first_seen` and `last_seen` (of
the listing), `twin_group` (rows that belong on one side of a split), `id_group` (of these, what
ids alone tell) and `outlier` (a doubt).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from avm.adapter import Adapter, CsvRule, adapter_path, load_adapter
from avm.canonical import to_canonical
from avm.clean import clean, missing_shares
from avm.market_report import Finding, MarketReport
from avm.outliers import mark_outliers
from avm.twins import mark_twins
from avm.zones import Zones, fit_zones
from vision.errors import MarketError

TABLES = (".parquet", ".csv", ".tsv", ".csv.gz")

NO_LISTING = "row "
"""Rows without a listing's id count as one listing each, by their number."""


@dataclass(frozen=True)
class Market:
    """A cleaned market file; `frame` is ordered by date, then as in the file."""

    adapter: Adapter
    frame: pl.DataFrame
    zones: Zones
    report: MarketReport


def load_market(path: Path, schema: str | Path) -> Market:
    """Read and clean a market file. Raises MarketError, AdapterError or ExpressionError."""
    adapter = load_adapter(schema)
    rows = read_rows(path, adapter.csv)
    return make_market(rows, adapter, names=(path, adapter_path(schema)))


def make_market(
    rows: pl.DataFrame, adapter: Adapter, names: tuple[Path, Path] | None = None
) -> Market:
    """A market from rows; `names` are the file and the adapter's file, for the report."""
    canonical, unreadable = to_canonical(rows, adapter)
    frame, parts = clean(canonical, adapter)
    if not frame.height:
        most = max(parts.dropped, key=lambda finding: finding.n, default=None)
        raise MarketError(
            f"none of {rows.height} rows can be used"
            + (f": {most.says} in {most.n}" if most else ""),
            do="compare the adapter's columns and units with the file",
        )
    frame = seen(frame)
    zones = fit_zones(adapter.zone, frame)
    if zones.kind != "named":
        where = [
            frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            for name in ("latitude", "longitude")
        ]
        found = zones.assign(where[0], where[1], frame["city"].to_list())
        frame = frame.with_columns(pl.Series("zone", found, dtype=pl.String))
    frame = mark_outliers(mark_twins(frame, adapter.twins)).sort("date", "row")
    report = make_report(frame, adapter, names).model_copy(
        update={
            "rows": rows.height,
            "dropped": tuple(parts.dropped),
            "cleared": tuple(parts.cleared),
            "remarks": tuple(parts.remarks),
            "unreadable": tuple(unreadable),
        }
    )
    return Market(adapter, frame, zones, report)


def listing_of() -> pl.Expr:
    """The listing's id, or one that the row has for itself."""
    return pl.coalesce("listing_id", pl.concat_str(pl.lit(NO_LISTING), pl.col("row")))


def seen(frame: pl.DataFrame) -> pl.DataFrame:
    """With the first and last date of each row's listing."""
    return frame.with_columns(
        pl.col("date").min().over(listing_of()).alias("first_seen"),
        pl.col("date").max().over(listing_of()).alias("last_seen"),
    )


def make_report(
    frame: pl.DataFrame, adapter: Adapter, names: tuple[Path, Path] | None
) -> MarketReport:
    """The report on kept rows, without what was done to get them."""
    file, described = names if names else (Path("rows"), Path("adapter"))
    listings = frame.select(listing_of().alias("listing"), "twin_group").unique()
    alone = listings.group_by("twin_group").len().filter(pl.col("len") == 1)["twin_group"]
    none: tuple[Finding, ...] = ()
    return MarketReport(
        market=adapter.market,
        title=adapter.title,
        file=file.name,
        sha256=sha256(file) if names else "",
        adapter=described.name,
        adapter_sha256=sha256(described) if names else "",
        rows=frame.height,
        kept=frame.height,
        dropped=none,
        cleared=none,
        unreadable=none,
        remarks=none,
        missing=missing_shares(frame, adapter),
        outliers=int(frame["outlier"].sum()),
        listings=listings["listing"].n_unique(),
        dwellings=frame["twin_group"].n_unique(),
        repeats=int((~frame["twin_group"].is_in(alone.implode())).sum()),
        zones=frame["zone"].drop_nulls().n_unique(),
        first=frame["date"].min(),
        last=frame["date"].max(),
    )


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_rows(path: Path, csv: CsvRule | None = None) -> pl.DataFrame:
    """The rows of a parquet, CSV or TSV file. Raises MarketError."""
    rule = csv or CsvRule()
    name = path.name.lower()
    if not name.endswith(TABLES):
        raise MarketError(f"{path} is no table by its name", accepted=", ".join(TABLES))
    try:
        if name.endswith(".parquet"):
            rows = pl.read_parquet(path)
        else:
            rows = pl.read_csv(
                path,
                separator="\t" if name.endswith(".tsv") else rule.separator,
                decimal_comma=rule.decimal_comma,
                encoding=rule.encoding,
                null_values=list(rule.null_values),
                infer_schema_length=None,
            )
    except OSError as error:
        raise MarketError(f"{path} cannot be read: {error.strerror or error}") from error
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise MarketError(f"{path} is no table that can be read: {reason}") from error
    if not rows.height:
        raise MarketError(f"{path} has no rows")
    return rows
