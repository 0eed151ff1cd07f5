"""The canonical record: what it takes, what it refuses, how it comes from a row."""

import contextlib
import datetime
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avm.schema import (
    EXTRAS,
    FIELDS,
    NUMBERS,
    PRICES,
    TEXTS,
    WORDS,
    HomeRecord,
    accepted,
    from_row,
    label,
    limits,
    make_record,
)
from tests.avm_town import town
from vision.errors import HomeError

HOME: dict[str, Any] = {"market": "town", "date": "2024-05-01", "area_m2": 54, "rooms": 2}


def test_every_field_has_one_kind() -> None:
    kinds = [*TEXTS, *PRICES, *NUMBERS, *EXTRAS, "date"]
    assert sorted(kinds) == sorted(FIELDS)
    assert set(WORDS) <= set(TEXTS)


def test_a_home_to_be_valued_needs_no_price() -> None:
    home = make_record(HOME)
    assert home.price is None
    assert home.lift is None
    assert home.date == datetime.date(2024, 5, 1)


@pytest.mark.parametrize(
    ("field", "value", "takes"),
    [
        ("area_m2", 2, "a number from 8 to 2000"),
        ("floor", 1000, "a number from -5 to 150"),
        ("property_type", "castle", "apartment, house"),
        ("lift", "perhaps", "true, false"),
        ("date", "yesterday", "a date such as"),
        ("details", {"Grade!": 3}, "names of small letters"),
        ("area_m2", float("nan"), "a number from"),
        ("bed_rooms", 3, "the fields market, listing_id"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_accepted(
    field: str, value: object, takes: str
) -> None:
    with pytest.raises(HomeError) as caught:
        make_record({**HOME, field: value})
    assert field in caught.value.wrong
    assert takes in caught.value.accepted


def test_what_is_missing_is_named() -> None:
    with pytest.raises(HomeError, match="lacks 'date'"):
        make_record({"market": "town"})


def test_limits_are_those_of_the_record() -> None:
    assert limits("bedrooms") == (0, 50)
    assert limits("x_grade") == (float("-inf"), float("inf"))
    for name in (*NUMBERS, *PRICES):
        low, high = limits(name)
        assert low < high
        for value in (low, high):
            make_record({**HOME, name: value})
        for value in (low - 1, high * 2 + 1):
            with pytest.raises(HomeError):
                make_record({**HOME, name: value})
        assert accepted(name).startswith("a number")


def test_labels_are_words() -> None:
    assert label("year_built") == "year built"
    assert label("x_sea_view") == "sea view"
    assert label("area_m2") == "area"


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.none() | st.text() | st.floats() | st.booleans())
)
def test_anything_is_a_record_or_a_named_error(values: dict[str, object]) -> None:
    with contextlib.suppress(HomeError):
        record = make_record(values)
        assert HomeRecord.model_validate_json(record.model_dump_json()) == record


def test_rows_of_a_frame_are_records() -> None:
    market = town()
    for row in market.frame.head(20).iter_rows(named=True):
        home = from_row(row)
        assert home.area_m2 == row["area_m2"]
        assert home.zone == row["zone"]
        assert market.zones.of(home.model_copy(update={"zone": None})) == row["zone"]


def test_serving_a_value_loads_no_library_of_tables() -> None:
    code = (
        "import avm.schema, avm.adapter, avm.zones, avm.impute, sys; print('polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
