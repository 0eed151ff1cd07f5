"""Text against table: what disagrees, with the words, and what the table did not know."""

import pytest

from avm.schema import HomeRecord
from avm.text.conflicts import Conflict, additions, conflicts
from avm.text.found import ATTRIBUTES
from avm.text.reader import read_text

READING = read_text("Trilocale di 85 mq al 2° piano senza ascensore, ristrutturato, anno 1970")


def test_a_conflict_names_both_values_and_the_words() -> None:
    found = conflicts(READING, {"lift": True, "rooms": 3})
    assert found == (Conflict("lift", True, False, READING["lift"]),)
    assert found[0].evidence.text == "senza ascensore"


def test_what_the_table_lacks() -> None:
    added = additions(READING, {"lift": None, "rooms": 4, "area_m2": 90.0})
    assert added == {"floor": 2, "lift": False, "condition": 4, "year_built": 1970}


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ({"area_m2": 84.6}, False),
        ({"area_m2": 87.0}, False),
        ({"area_m2": 95}, True),
        ({"year_built": 1971}, False),
        ({"year_built": 1980}, True),
        ({"floor": 2.0}, False),
        ({"floor": 3}, True),
        ({"condition": 4}, False),
        ({"condition": 1}, True),
        ({"condition": "renovated"}, False),
        ({"condition": "good"}, True),
        ({"rooms": None}, False),
        ({"price": 100_000}, False),
        ({}, False),
    ],
)
def test_tolerances(record: dict[str, object], wrong: bool) -> None:
    assert bool(conflicts(READING, record)) is wrong


def test_nothing_read_nothing_to_compare() -> None:
    assert conflicts(read_text(""), {"lift": True}) == ()
    assert additions(read_text(""), {}) == {}


def test_attributes_have_the_names_of_the_canonical_record() -> None:
    assert set(ATTRIBUTES) - set(HomeRecord.model_fields) == {"top_floor"}
