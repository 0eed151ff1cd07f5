"""What was read: one attribute with its value and the slice of the text that says so.

    Found("lift", False, 24, 39, "senza ascensore")
    reading["lift"].value, reading.values()

`condition` is one of CONDITIONS, extras are True or False, all else is a number. An attribute that
the text does not state is not there: silence about a lift is no missing lift.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Value = bool | int | float | str

COUNTS = ("rooms", "bedrooms", "bathrooms")
EXTRAS = ("lift", "balcony", "terrace", "garage", "garden", "storage")
CONDITIONS = ("to_renovate", "good", "renovated", "new")

ATTRIBUTES = (
    *COUNTS,
    "area_m2",
    "floor",
    "top_floor",
    "floors_in_building",
    *EXTRAS,
    "condition",
    "year_built",
)
"""Everything that is read, in the order in which it is given back."""


@dataclass(frozen=True, slots=True)
class Found:
    """One attribute; `text` is always the description's [start:end]."""

    attribute: str
    value: Value
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one description states, at most one value an attribute.

    `language` is the one that it was read in, None where no known one was recognised.
    """

    language: str | None
    found: tuple[Found, ...]

    def __getitem__(self, attribute: str) -> Found:
        for one in self.found:
            if one.attribute == attribute:
                return one
        raise KeyError(f"{attribute} was not read; what was: {[f.attribute for f in self.found]}")

    def values(self) -> Mapping[str, Value]:
        """Attribute to value."""
        return {one.attribute: one.value for one in self.found}
