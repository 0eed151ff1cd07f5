"""Twins: the same home under another id, found whatever the cell it falls in."""

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.adapter import TwinRule
from avm.twins import connected, mark_twins
from avm.zones import to_metres
from tests.avm_town import development_set, town, town_rows
from vision.components import components

RULE = TwinRule(metres=40, area_m2=0.5, same=("rooms", "floor"))


def homes(*rows: tuple[str | None, float, float, float, int, int | None]) -> pl.DataFrame:
    """listing, metres north, metres east, area, rooms, floor."""
    return pl.DataFrame(
        {
            "listing_id": [row[0] for row in rows],
            "dwelling_id": pl.Series([None] * len(rows), dtype=pl.String),
            "latitude": [45.0 + row[1] / 111_320 for row in rows],
            "longitude": [9.0 + row[2] / (111_320 * np.cos(np.radians(45))) for row in rows],
            "area_m2": [row[3] for row in rows],
            "rooms": [row[4] for row in rows],
            "floor": [row[5] for row in rows],
        }
    )


def groups(frame: pl.DataFrame, *rules: TwinRule) -> list[int]:
    return mark_twins(frame, rules or (RULE,))["twin_group"].to_list()


def test_near_and_alike_is_a_twin() -> None:
    found = groups(
        homes(
            ("a", 0, 0, 60.0, 2, 1),
            ("b", 30, 20, 60.4, 2, 1),  # 36 m
            ("c", 60, 0, 60.0, 2, 1),  # of b, and so of a
            ("d", 0, 0, 60.0, 3, 1),  # other rooms
            ("e", 0, 0, 60.0, 2, 2),  # other floor
            ("f", 0, 0, 61.0, 2, 1),  # other area: 0.6 from b
            ("g", 0, 200, 60.0, 2, 1),  # too far
            ("h", 0, 0, 60.0, 2, None),
            ("i", 1, 1, 60.0, 2, None),  # missing in both agrees
        )
    )
    assert found == [0, 0, 0, 1, 2, 3, 4, 5, 5]


def test_an_id_in_common_is_enough() -> None:
    frame = homes(("a", 0, 0, 60.0, 2, 1), ("a", 900, 0, 75.0, 3, 4), ("b", 5000, 0, 60.0, 2, 1))
    marked = mark_twins(frame, (RULE,))
    assert marked["twin_group"].to_list() == marked["id_group"].to_list() == [0, 0, 1]
    assert mark_twins(marked, (RULE,)).columns == marked.columns  # marked again, not twice


def test_ids_that_are_missing_have_nothing_in_common() -> None:
    frame = homes((None, 0, 0, 60.0, 2, 1), (None, 900, 0, 60.0, 2, 1))
    assert groups(frame) == [0, 1]


def test_homes_without_a_place_have_only_their_ids() -> None:
    frame = homes(("a", 0, 0, 60.0, 2, 1), ("b", 0, 0, 60.0, 2, 1)).with_columns(
        pl.lit(None, dtype=pl.Float64).alias("latitude")
    )
    assert groups(frame) == [0, 1]


def test_any_rule_makes_twins() -> None:
    frame = homes(("a", 0, 0, 60.0, 2, 1), ("b", 900, 0, 60.0, 2, 1), ("c", 20, 0, 60.3, 2, 1))
    wide = TwinRule(metres=1000, area_m2=0, same=("rooms",))
    assert groups(frame) == [0, 1, 0]
    assert groups(frame, wide) == [0, 0, 1]
    assert groups(frame, RULE, wide) == [0, 0, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 200),
            st.floats(0, 200),
            st.sampled_from([50.0, 50.3, 50.6, 52.0]),
            st.integers(1, 2),
            st.none() | st.integers(0, 1),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_cells_find_what_comparing_all_pairs_finds(
    rows: list[tuple[float, float, float, int, int | None]],
) -> None:
    frame = homes(*((f"l{i}", *row) for i, row in enumerate(rows)))
    at = to_metres(frame.select("latitude", "longitude").to_numpy(), frame["latitude"].median())  # type: ignore[arg-type]
    links = [
        (i, j)
        for i, a in enumerate(rows)
        for j, b in enumerate(rows[:i])
        if a[3:] == b[3:]
        and abs(a[2] - b[2]) <= RULE.area_m2 + 1e-6
        and ((at[i] - at[j]) ** 2).sum() <= RULE.metres**2
    ]
    expected = components(len(rows), links)
    found = pl.DataFrame({"g": groups(frame)}).with_row_index("i")
    got = found.group_by("g", maintain_order=True).agg("i")["i"].to_list()
    assert got == expected


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_groups_close_over_links(count: int, links: list[tuple[int, int]]) -> None:
    kept = [(a, b) for a, b in links if a < count and b < count]
    found = connected(count, np.array(kept, dtype=np.int64).reshape(-1, 2))
    for number, group in enumerate(components(count, kept)):
        assert {int(found[index]) for index in group} == {number}


def test_the_report_counts_dwellings() -> None:
    rows = town_rows(200)
    again = rows.head(5).with_columns(
        ("again" + pl.col("id")).alias("id"), pl.lit(datetime.date(2021, 12, 30)).alias("sold")
    )
    report = town(pl.concat([rows, again])).report
    assert (report.listings, report.dwellings, report.repeats) == (205, 200, 10)


def test_development_sets(homelens_data: Path) -> None:
    poland = development_set(homelens_data, "poland_asking")
    first = poland.frame.filter(pl.col("first_seen") == datetime.date(2024, 5, 1))
    seen = poland.frame.group_by("twin_group").agg(pl.col("date").min().alias("earliest"))
    new = first.join(seen, on="twin_group")
    # same coordinates, area, rooms and floor alone make 16%
    assert (new["earliest"] < datetime.date(2024, 5, 1)).mean() == pytest.approx(0.31, abs=0.02)
    assert poland.frame.group_by("twin_group").len()["len"].max() < 120
    king = development_set(homelens_data, "king_county")
    assert king.report.repeats == 794
