"""Repeated dwellings and near-twins, so that every split keeps them on one side.

    frame = mark_twins(frame, adapter.twins)   # adds "id_group" and "twin_group": 0, 1, 2 …

Two rows are of one `id_group` when they have a listing or dwelling id in common; of one
`twin_group` also when one of the adapter's rules holds: they lie within `metres`, differ by at most
`area_m2` and agree in all of `same` (missing in both is agreement). That is the same home under
another id, or its like in the same building, whose price is as near as that of the same. Groups
close over links, so that a copy of a copy belongs to the first. Copies that agree in everything are
found by grouping; only one of each goes into the search of neighbours, by cells of the tolerance,
which takes 200,000 rows.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.adapter import TwinRule
from avm.zones import to_metres

Ints = NDArray[np.int64]

HALF = [(0, 0, 0), (0, 0, 1)] + [
    (a, b, c) for a in (0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1) if (a, b) > (0, 0)
]
"""A cell and half of its 26 neighbours: each pair of cells is looked at once."""


def mark_twins(frame: pl.DataFrame, rules: Sequence[TwinRule]) -> pl.DataFrame:
    """The frame with `id_group` and `twin_group`; needs the fields of the canonical frame."""
    frame = frame.drop("id_group", "twin_group", strict=False)
    links = [same_value(frame[name]) for name in ("listing_id", "dwelling_id")]
    by_id = connected(frame.height, np.concatenate(links))
    for rule in rules:
        links.extend(near_twins(frame, rule))
    group = connected(frame.height, np.concatenate(links))
    return frame.with_columns(
        pl.Series("id_group", by_id, dtype=pl.Int64), pl.Series("twin_group", group, dtype=pl.Int64)
    )


def same_value(values: pl.Series) -> Ints:
    """Links of each row to the first with the same value; None is never the same."""
    rows = pl.DataFrame({"v": values}).with_row_index("i").drop_nulls()
    first = rows.with_columns(pl.col("i").min().over("v").alias("first"))
    found = first.filter(pl.col("i") != pl.col("first")).select("first", "i").to_numpy()
    return found.astype(np.int64)


def near_twins(frame: pl.DataFrame, rule: TwinRule) -> Iterator[Ints]:
    """Links of rows within the tolerances."""
    same = [name for name in rule.same if name in frame.columns]
    at = frame.select("latitude", "longitude", "area_m2", *same).with_row_index("i")
    at = at.drop_nulls(["latitude", "longitude", "area_m2"])
    if not at.height:
        return
    exact = ["latitude", "longitude", "area_m2", *same]
    at = at.with_columns(pl.col("i").min().over(exact).alias("first"))
    copies = at.filter(pl.col("i") != pl.col("first"))
    yield copies.select("first", "i").to_numpy().astype(np.int64)
    if rule.metres > 0:
        yield from _neighbours(at.filter(pl.col("i") == pl.col("first")), same, rule)


def _neighbours(one: pl.DataFrame, same: list[str], rule: TwinRule) -> Iterator[Ints]:
    """Links between rows that differ, cell by cell."""
    degrees = one.select("latitude", "longitude").to_numpy().astype(np.float64)
    points = to_metres(degrees, float(np.median(degrees[:, 0])))
    # 1 mm², so that areas that agree share a cell where no difference is allowed
    step = max(rule.area_m2, 1e-3)
    area = one["area_m2"].to_numpy()
    cells = pl.DataFrame(
        {
            "i": one["i"],
            "north": points[:, 0],
            "east": points[:, 1],
            "area": area,
            "a": np.floor(points[:, 0] / rule.metres).astype(np.int64),
            "b": np.floor(points[:, 1] / rule.metres).astype(np.int64),
            "c": np.floor(area / step + 0.5).astype(np.int64),
            # one number for all that must agree, so that missing agrees with missing
            "key": one.select(pl.struct(same or ["i"]).rank("dense")).to_series() if same else 0,
        }
    )
    for a, b, c in HALF:
        there = cells.with_columns(pl.col("a") - a, pl.col("b") - b, pl.col("c") - c)
        pairs = cells.join(there, on=["a", "b", "c", "key"], suffix="_2")
        if (a, b, c) == (0, 0, 0):
            pairs = pairs.filter(pl.col("i") < pl.col("i_2"))
        away = (pl.col("north") - pl.col("north_2")) ** 2 + (pl.col("east") - pl.col("east_2")) ** 2
        close = pairs.filter(
            (away <= rule.metres**2)
            & ((pl.col("area") - pl.col("area_2")).abs() <= rule.area_m2 + 1e-6)
        )
        yield close.select("i", "i_2").to_numpy().astype(np.int64)


def connected(count: int, links: Ints) -> Ints:
    """For each of `count` rows the number of its group, groups in the order of their first row."""
    label = np.arange(count, dtype=np.int64)
    a, b = links[:, 0], links[:, 1]
    while True:
        low = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, label[a], low)
        np.minimum.at(new, label[b], low)
        while not np.array_equal(new, new[new]):
            new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    _, group = np.unique(label, return_inverse=True)
    return np.asarray(group, dtype=np.int64)
