"""Where the text and the table disagree, and what the text knows that the table lacks.

    conflicts(reading, {"lift": True, "floor": 2})
    # (Conflict("lift", True, False, Found("lift", False, …, "senza ascensore")),)
    additions(reading, {"lift": None})                   # {"floor": 2, "lift": False, …}

A record is any mapping with the names of `found.ATTRIBUTES`; None and absent are unknown. Its
`condition` may be a word or the canonical grade from 1, to be renovated, to 5, new.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from avm.text.found import Found, Reading, Value

AREA_SHARE, AREA_METRES = 0.03, 1.0
"""Areas are rounded in texts: 72 for 72.5, 100 for 98."""
YEARS = 1
"""Permit, completion and register differ by a year."""

GRADES = {"to_renovate": (1.0, 2.0), "good": (3.0, 4.5), "renovated": (3.5, 5.0), "new": (4.5, 5.0)}
"""The grades of `condition` that agree with each word."""
GRADE = {"to_renovate": 1, "good": 4, "renovated": 4, "new": 5}
"""The grade that each word is given."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One attribute with the two values and the words that the text's was read from."""

    attribute: str
    table: object
    text: Value
    evidence: Found


def conflicts(reading: Reading, record: Mapping[str, object]) -> tuple[Conflict, ...]:
    """The attributes that both know and give different values."""
    return tuple(
        Conflict(one.attribute, record[one.attribute], one.value, one)
        for one in reading.found
        if record.get(one.attribute) is not None and not _agree(one, record[one.attribute])
    )


def additions(reading: Reading, record: Mapping[str, object]) -> dict[str, Value]:
    """What the text states and the record does not know, `condition` as a grade."""
    return {
        one.attribute: GRADE[str(one.value)] if one.attribute == "condition" else one.value
        for one in reading.found
        if record.get(one.attribute) is None
    }


def _agree(one: Found, table: object) -> bool:
    if one.attribute == "condition":
        if not isinstance(table, int | float):
            return table == one.value
        low, high = GRADES[str(one.value)]
        return low <= table <= high
    if isinstance(one.value, bool) or not isinstance(table, int | float):
        return table == one.value
    gap = abs(float(one.value) - float(table)) if not isinstance(one.value, str) else 0.0
    if one.attribute == "area_m2":
        return gap <= max(AREA_METRES, AREA_SHARE * float(table))
    return gap <= (YEARS if one.attribute == "year_built" else 0)
