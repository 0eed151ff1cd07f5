"""The rows that a market's models learn from, as arrays.

    data = training_data(market.frame, records="snapshots")
    data.take(mask)                     # some of its homes

A listing that was looked at again and again is one home with one price; rows that the data layer
doubts teach nothing. Old prices count less where a half-life is given.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.features import Table, rows_of, table_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Data:
    """n homes with prices; `frame` holds their rows in the same order."""

    frame: pl.DataFrame
    table: Table
    log_price: Floats
    groups: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.log_price)

    def take(self, rows: NDArray[np.bool_] | Ints) -> "Data":
        """Some homes."""
        index = np.nonzero(rows)[0] if rows.dtype == bool else rows
        return Data(
            frame=self.frame[index],
            table=rows_of(self.table, index),
            log_price=self.log_price[index],
            groups=self.groups[index],
            weight=self.weight[index],
        )


def training_data(
    frame: pl.DataFrame,
    records: str,
    *,
    years: float | None = None,
    half_life_years: float | None = None,
) -> Data:
    """Homes to learn from: one a listing, none that is marked as an outlier."""
    rows = one_a_listing(frame, records).filter(~pl.col("outlier"))
    if years is not None:
        rows = rows.filter(pl.col("date") > pl.col("date").max() - pl.duration(days=365.25 * years))
    data = as_data(rows)
    if half_life_years is None:
        return data
    months = data.table["month"].max() - data.table["month"]
    weight = 0.5 ** (months / (12 * half_life_years))
    return Data(data.frame, data.table, data.log_price, data.groups, weight)


def one_a_listing(frame: pl.DataFrame, records: str) -> pl.DataFrame:
    """Of a listing that is seen in several months, the first look: what was asked then."""
    if records != "snapshots":
        return frame
    ordered = frame.sort("date", "row")
    return ordered.unique("listing_id", keep="first", maintain_order=True)


def as_data(frame: pl.DataFrame) -> Data:
    """All rows of a frame that have a price."""
    return Data(
        frame=frame,
        table=table_of(frame),
        log_price=np.log(frame["price"].to_numpy().astype(np.float64)),
        groups=frame["twin_group"].to_numpy().astype(np.int64),
        weight=np.ones(frame.height),
    )
