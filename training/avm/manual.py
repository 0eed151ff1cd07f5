"""Values that people gave, beside the model's, on the homes that were priced afterwards.

    rows = compare_manual(package, market, read_manual(Path("values.csv")))

The file has listing_id or dwelling_id, date and value. A value is compared with the home's first
price on or after its date; the model values the home as of that price's date.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from avm.bundle import Package
from avm.market import Market
from avm.metrics import mdape, paired
from training.avm.promote import valued_with
from vision.errors import DataError

IDS = ("listing_id", "dwelling_id")


def read_manual(path: Path) -> pl.DataFrame:
    """The file's columns in their kinds. Raises DataError naming what it lacks."""
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    key = next((name for name in IDS if name in rows.columns), None)
    lacking = [name for name in ("date", "value") if name not in rows.columns]
    if key is None or lacking:
        raise DataError(
            f"{path} lacks {', '.join([*lacking, *([] if key else ['listing_id'])])}",
            accepted="listing_id (or dwelling_id), date such as 2024-05-31, value",
        )
    read = rows.select(
        pl.col(key),
        pl.col("date").str.to_date("%Y-%m-%d", strict=False).alias("given"),
        pl.col("value").cast(pl.Float64, strict=False).alias("manual"),
    ).drop_nulls()
    read = read.filter(pl.col("manual") > 0)
    if not read.height:
        raise DataError(f"{path} has no row with an id, a date and a value")
    return read


def compare_manual(package: Package, market: Market, given: pl.DataFrame) -> list[dict[str, Any]]:
    """A row a month, then one of all: errors of people and model on the same homes."""
    key = given.columns[0]
    joined = market.frame.with_columns(pl.col(key).cast(pl.String)).join(given, on=key)
    later = joined.filter(pl.col("date") >= pl.col("given")).sort("date", "row")
    rows = later.unique([key, "given"], keep="first", maintain_order=True)
    if not rows.height:
        raise DataError(
            "none of the values is of a home that is priced later in the market file",
            accepted=f"values of {key}s that the file holds, given before their price",
        )
    valued = valued_with(package, rows)
    manual = rows["manual"].to_numpy().astype(np.float64)
    months = np.array([f"{day:%Y-%m}" for day in rows["given"].to_list()])
    found = []
    for month in [*sorted(set(months)), "all"]:
        own = np.ones(len(months), dtype=bool) if month == "all" else months == month
        beside = paired(valued.value[own], manual[own], valued.price[own], valued.groups[own])
        found.append(
            {
                "month": month,
                "n": int(own.sum()),
                "manual_mdape": mdape(manual[own], valued.price[own]),
                "model_mdape": mdape(valued.value[own], valued.price[own]),
                "difference": beside.difference,
                "low": beside.low,
                "high": beside.high,
            }
        )
    return found
