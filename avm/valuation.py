"""The answer to "what is this home worth?": frozen, JSON-able, with everything that explains it.

    valuation.value, valuation.low, valuation.high      # in `currency`
    valuation.tier                                       # "high", "medium" or "low" confidence
    valuation.base + sum(c.amount for c in valuation.contributions)      # is the value

Words are made elsewhere (`avm.explain`), in the reader's language.
"""

import datetime

from pydantic import Field, FiniteFloat

from avm.schema import PriceKind
from avm.tiers import Shown, Tier
from vision.findings import Frozen


class Contribution(Frozen):
    """What one topic moves the value by, from that of a mean home of the market."""

    topic: str = Field(description='"location", a field, a detail, or "comparables"')
    label: str
    amount: FiniteFloat = Field(description="in the currency; all add up to value - base")
    log: FiniteFloat = Field(description="the exact part in log prices")


class ComparableHome(Frozen):
    """A home that was priced, and what its price says of the one that is valued."""

    date: datetime.date
    price: FiniteFloat = Field(description="as it was, on its date")
    price_today: FiniteFloat = Field(description="brought to the valuation's date by the index")
    adjusted_price: FiniteFloat = Field(description="and adjusted to the home's features and place")
    weight: FiniteFloat = Field(description="share of what all comparables say")
    likeness: FiniteFloat = Field(
        description="share of decisions in which the model takes it alike"
    )
    metres: FiniteFloat | None
    latitude: FiniteFloat | None = Field(description="to about 100 m")
    longitude: FiniteFloat | None
    city: str | None
    area_m2: FiniteFloat | None
    rooms: FiniteFloat | None
    bedrooms: FiniteFloat | None
    floor: FiniteFloat | None
    year_built: FiniteFloat | None


class Narrow(Frozen):
    """A field that is not known and would narrow the range."""

    field: str
    label: str
    saves: FiniteFloat = Field(description="share of the range's width that is saved, about")


class Valuation(Frozen):
    """A value with its range and its reasons."""

    market: str
    version: str = Field(description="of the model")
    date: datetime.date
    currency: str
    price_kind: PriceKind = Field(description="what the value is of: asked prices, or paid ones")
    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    coverage: FiniteFloat = Field(description="share of homes whose price lies within their range")
    tier: Tier
    tier_shown: Shown | None = Field(description="how near values of this tier were")
    without_comparables: FiniteFloat
    blend: FiniteFloat = Field(description="share of the comparables in the value")
    base: FiniteFloat = Field(description="what a mean home of the market would be worth then")
    contributions: tuple[Contribution, ...] = Field(description="the largest first")
    comparables: tuple[ComparableHome, ...] = Field(description="the weightiest first")
    narrows: tuple[Narrow, ...] = Field((), description="the most helpful first")
    missing: tuple[str, ...] = Field(
        (), description="fields that the model reads and are not known"
    )
    zone: str | None = None
    latitude: FiniteFloat | None = Field(None, description="of the home, as given or its zone's")
    longitude: FiniteFloat | None = None
    area_m2: FiniteFloat
    home: dict[str, float] = Field(
        default_factory=dict, description="the fields that were read, for the words"
    )
