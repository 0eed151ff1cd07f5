"""The one record of a home that every market file is turned into, and that every model reads.

    home = make_record({"market": "warsaw", "date": "2024-05-01", "area_m2": 54, "rooms": 2})
    limits("area_m2")                                  # (8.0, 2000.0)

Nothing here needs a library of tables: a request is validated by the same class. In a table each
field is a column of the same name and each detail a column "x_NAME" (see `columns`).

`rooms` counts rooms to live in, the living room with them, kitchen and bathrooms not; `bedrooms`
counts bedrooms alone. Countries count one or the other; a home needs one of the two.
"""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, FiniteFloat, StringConstraints, ValidationError

from vision.errors import HomeError
from vision.findings import Frozen

PriceKind = Literal["asking", "closing"]

PropertyType = Literal["apartment", "house", "townhouse", "cabin", "farm", "other"]
PROPERTY_TYPES: tuple[str, ...] = get_args(PropertyType)

Precision = Literal["address", "street", "area", "city"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
"""How well a location is known, best first: the door; within about 100 m; a postcode or
neighbourhood; the town alone."""

CONDITIONS = {
    1: "to be renovated",
    2: "worn",
    3: "average",
    4: "good",
    5: "new or as new",
}
"""What the grades of `condition` mean."""

EXTRAS = (
    "lift",
    "balcony",
    "terrace",
    "garage",
    "garden",
    "pool",
    "storage",
    "air_conditioning",
    "doorman",
)
"""What a home may have, yes or no; `garage` is any parking space of its own."""

DETAIL = "x_"
"""Prefix of columns that hold a market's own numbers."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
DetailName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class HomeRecord(Frozen):
    """A home on one date: as it was advertised, sold, or is to be valued (`price` is None).

    None means that it is not known. The limits are what no home exceeds; an adapter's `bounds` are
    the narrower ones of its market.
    """

    market: Name = Field(description="name of the adapter or model that it belongs to")
    listing_id: Name | None = Field(None, description="the advertisement or sale")
    dwelling_id: Name | None = Field(None, description="the home itself, over all its listings")
    date: datetime.date = Field(
        description="of the price; the first day where only a month is known"
    )

    price: FiniteFloat | None = Field(None, ge=100, le=1e10, description="in the market's currency")
    price_kind: PriceKind = "asking"
    asking_price: FiniteFloat | None = Field(
        None, ge=100, le=1e10, description="of a closing: the last price asked before it"
    )
    first_asking_price: FiniteFloat | None = Field(
        None, ge=100, le=1e10, description="the first price asked"
    )

    city: Name | None = None
    postcode: Name | None = None
    zone: Name | None = Field(None, description="the part of the market that errors are shown by")
    latitude: FiniteFloat | None = Field(None, ge=-90, le=90, description="degrees, WGS 84")
    longitude: FiniteFloat | None = Field(None, ge=-180, le=180, description="degrees, WGS 84")
    location_precision: Precision = "address"

    area_m2: FiniteFloat | None = Field(None, ge=8, le=2000, description="to live in")
    plot_m2: FiniteFloat | None = Field(None, ge=1, le=1e7)
    rooms: FiniteFloat | None = Field(None, ge=1, le=50)
    bedrooms: FiniteFloat | None = Field(None, ge=0, le=50)
    bathrooms: FiniteFloat | None = Field(None, ge=0.25, le=30)
    floor: FiniteFloat | None = Field(None, ge=-5, le=150, description="0 is the ground floor")
    floors_in_building: FiniteFloat | None = Field(None, ge=1, le=170)
    year_built: FiniteFloat | None = Field(None, ge=1000, le=2100)
    year_renovated: FiniteFloat | None = Field(None, ge=1500, le=2100)
    condition: FiniteFloat | None = Field(None, ge=1, le=5, description="see CONDITIONS")
    property_type: PropertyType | None = None

    lift: bool | None = None
    balcony: bool | None = None
    terrace: bool | None = None
    garage: bool | None = None
    garden: bool | None = None
    pool: bool | None = None
    storage: bool | None = None
    air_conditioning: bool | None = None
    doorman: bool | None = None

    details: dict[DetailName, FiniteFloat] = Field(
        {}, max_length=100, description="the market's own numbers, such as a grade"
    )


TEXTS = (
    "market",
    "listing_id",
    "dwelling_id",
    "price_kind",
    "city",
    "postcode",
    "zone",
    "location_precision",
    "property_type",
)
PRICES = ("price", "asking_price", "first_asking_price")
NUMBERS = (
    "latitude",
    "longitude",
    "area_m2",
    "plot_m2",
    "rooms",
    "bedrooms",
    "bathrooms",
    "floor",
    "floors_in_building",
    "year_built",
    "year_renovated",
    "condition",
)
"""Fields that hold a number and are no price."""

WORDS: dict[str, tuple[str, ...]] = {
    "property_type": PROPERTY_TYPES,
    "location_precision": PRECISIONS,
    "price_kind": get_args(PriceKind),
}
"""Text fields that take one of a few words."""

FIELDS = tuple(name for name in HomeRecord.model_fields if name != "details")

LABELS = {
    "area_m2": "area",
    "plot_m2": "plot",
    "floors_in_building": "floors in the building",
    "location_precision": "precision of the location",
}
"""Names for people of the fields whose own name does not do."""


def label(field: str) -> str:
    """A field's name for people: "year built", "grade"."""
    return LABELS.get(field, field.removeprefix(DETAIL).replace("_", " "))


def limits(field: str) -> tuple[float, float]:
    """The least and the greatest value that a number may have; infinite where there is none."""
    low, high = float("-inf"), float("inf")
    for rule in HomeRecord.model_fields[field].metadata if field in FIELDS else ():
        low = float(rule.ge) if hasattr(rule, "ge") else low
        high = float(rule.le) if hasattr(rule, "le") else high
    return low, high


def make_record(values: Mapping[str, Any]) -> HomeRecord:
    """A validated record. Raises HomeError that names the first wrong field and what it takes."""
    try:
        return HomeRecord.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        name = str(first["loc"][0]) if first["loc"] else ""
        raise HomeError(
            f"the home lacks {path!r}"
            if first["type"] == "missing"
            else f"the home has {path}={first['input']!r}",
            accepted=accepted(name),
        ) from error


def accepted(field: str) -> str:
    """What a field takes, in words."""
    if field in WORDS:
        return ", ".join(WORDS[field])
    if field in NUMBERS or field in PRICES:
        low, high = limits(field)
        return f"a number from {low:g} to {high:g}"
    if field in EXTRAS:
        return "true, false or nothing"
    if field == "date":
        return "a date such as 2024-05-31"
    if field == "details":
        return "names of small letters, each with a number"
    return (
        "a text of at most 200 characters" if field in TEXTS else f"the fields {', '.join(FIELDS)}"
    )


def from_row(row: Mapping[str, Any]) -> HomeRecord:
    """A record from a row of a market's frame; columns that are no field are left out."""
    values = {name: row[name] for name in FIELDS if row.get(name) is not None}
    details = {
        name.removeprefix(DETAIL): value
        for name, value in row.items()
        if name.startswith(DETAIL) and value is not None
    }
    return make_record({**values, "details": details})
