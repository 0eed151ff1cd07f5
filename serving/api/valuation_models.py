"""What the valuation API takes and gives; the rest is in serving/api/models.py.

    ValuationRequest.model_validate_json(text).home.area_m2

Amounts are in the market's currency. What the public does not see is null.
"""

import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, FiniteFloat, StringConstraints

from avm.messages import Language
from avm.schema import DetailName, Name, Precision, PriceKind, PropertyType
from avm.tiers import Shown, Tier
from avm.valuation import Narrow
from serving.api import valuation_examples as examples
from vision.findings import Frozen

MarketName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

Flag = bool | None


class ValuedHome(Frozen):
    """The home that is to be valued; null is not known. What a market reads: GET /v1/markets."""

    city: Name | None = None
    postcode: Name | None = None
    zone: Name | None = Field(
        None, description="part of the market, where there are no coordinates"
    )
    latitude: FiniteFloat | None = Field(None, ge=-90, le=90, description="degrees, WGS 84")
    longitude: FiniteFloat | None = Field(None, ge=-180, le=180, description="degrees, WGS 84")
    location_precision: Precision = "address"
    area_m2: FiniteFloat | None = Field(None, ge=8, le=2000, description="to live in")
    plot_m2: FiniteFloat | None = Field(None, ge=1, le=1e7)
    rooms: FiniteFloat | None = Field(None, ge=1, le=50, description="to live in, no kitchen")
    bedrooms: FiniteFloat | None = Field(None, ge=0, le=50)
    bathrooms: FiniteFloat | None = Field(None, ge=0.25, le=30)
    floor: FiniteFloat | None = Field(None, ge=-5, le=150, description="0 is the ground floor")
    floors_in_building: FiniteFloat | None = Field(None, ge=1, le=170)
    year_built: FiniteFloat | None = Field(None, ge=1000, le=2100)
    year_renovated: FiniteFloat | None = Field(None, ge=1500, le=2100)
    condition: FiniteFloat | None = Field(
        None, ge=1, le=5, description="1 to be renovated, 3 average, 5 as new"
    )
    property_type: PropertyType | None = None
    lift: Flag = None
    balcony: Flag = None
    terrace: Flag = None
    garage: Flag = None
    garden: Flag = None
    pool: Flag = None
    storage: Flag = None
    air_conditioning: Flag = None
    doorman: Flag = None
    details: dict[DetailName, FiniteFloat] = Field(
        {}, max_length=100, description="the market's own numbers, such as a grade"
    )


class ValuationRequest(Frozen):
    """A home, where it is, and how the answer is wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REQUEST]})

    home: ValuedHome
    market: MarketName | None = Field(None, description="one of GET /v1/markets")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$")] | None = Field(
        None, description="instead: the model of home.city, else that of the country"
    )
    date: datetime.date | None = Field(
        None, description="of the value; by default today or the last date with known prices"
    )
    language: Language = "en"
    comparables: int = Field(6, ge=0, le=10)
    pictures: bool = Field(False, description="waterfall and map as SVG")
    altcha: str | None = Field(
        None, max_length=4000, description="the solved challenge of callers without a key"
    )


class ShownContribution(Frozen):
    """What a topic moves the value by."""

    topic: str
    label: str
    amount: FiniteFloat


class ShownComparable(Frozen):
    """A home that was priced."""

    date: datetime.date
    price: FiniteFloat
    price_today: FiniteFloat
    adjusted_price: FiniteFloat
    weight: FiniteFloat | None
    metres: FiniteFloat | None
    latitude: FiniteFloat | None
    longitude: FiniteFloat | None
    city: str | None
    area_m2: FiniteFloat | None
    rooms: FiniteFloat | None
    bedrooms: FiniteFloat | None
    floor: FiniteFloat | None
    year_built: FiniteFloat | None


class Words(Frozen):
    """The valuation in sentences."""

    language: Language
    summary: str
    lines: tuple[str, ...]
    shown: str | None = Field(description="how near values of this confidence were")
    comparable: str = Field(description="what a comparable is")
    narrow: tuple[str, ...] = Field(description="what would narrow the range")


class ValuationAnswer(Frozen):
    """A value with its range and reasons."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ANSWER]})

    market: str
    version: str = Field(description="of the model")
    date: datetime.date
    currency: str
    price_kind: PriceKind
    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    coverage: FiniteFloat
    tier: Tier
    tier_shown: Shown | None
    exact: bool
    rounded_to: FiniteFloat | None = Field(description="every amount is a multiple of it")
    base: FiniteFloat = Field(description="a mean home of the market; with the parts, the value")
    contributions: tuple[ShownContribution, ...]
    comparables: tuple[ShownComparable, ...]
    narrows: tuple[Narrow, ...]
    missing: tuple[str, ...]
    zone: str | None
    latitude: FiniteFloat | None
    longitude: FiniteFloat | None
    area_m2: FiniteFloat
    words: Words
    waterfall: str | None = Field(description="SVG")
    map: str | None = Field(description="SVG; null where no place is known")


class Market(Frozen):
    """A market that homes can be valued in."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MARKET]})

    name: str
    title: str
    country: str
    city: str | None
    cities: tuple[str, ...]
    currency: str
    price_kind: PriceKind
    through: str = Field(description="month up to which prices are known")
    version: str
    homes: int


class Point(Frozen):
    """A place."""

    latitude: FiniteFloat
    longitude: FiniteFloat


class Bounds(Frozen):
    """Where a market's homes are."""

    south: FiniteFloat
    west: FiniteFloat
    north: FiniteFloat
    east: FiniteFloat


class MarketDetails(Market):
    """A market with what its model reads."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MARKET_DETAILS]})

    located: bool = Field(description="reads coordinates")
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    zones: tuple[str, ...] = Field(description="that may be named instead of coordinates")
    middle: Point | None
    bounds: Bounds | None


class MarketList(Frozen):
    """What can be valued, and what is asked of this caller."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MARKETS]})

    public: bool = Field(description="whether people without a key may ask")
    challenge: bool = Field(description="whether a caller without a key solves a challenge")
    markets: tuple[Market, ...]


class ChallengeParameters(Frozen):
    """As ALTCHA's libraries name them."""

    algorithm: Literal["PBKDF2/SHA-256"]
    nonce: str
    salt: str
    cost: int
    keyLength: int
    keyPrefix: str
    keySignature: str
    expiresAt: int
    data: dict[str, Any]


class Challenge(Frozen):
    """An ALTCHA challenge."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CHALLENGE]})

    parameters: ChallengeParameters
    signature: str
