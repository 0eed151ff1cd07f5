"""Bodies of the routes that count visits of the valuation page (serving/api/visits.py)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from vision.findings import Frozen

Token = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    Field(description="of POST /v1/visits"),
]

TOKEN = f"2026-11-24.words.1795305600.{'A' * 22}.{'0' * 64}"


class NextStep(Frozen):
    """Where the next step after a value leads."""

    url: str | None = Field(
        description="https:, mailto: or tel: address (HOMELENS_VISIT_URL); null: none is set, and "
        "the page asks for interest alone"
    )


class NewVisit(Frozen):
    """A visit that has begun."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "token": TOKEN,
                    "variant": "words",
                    "expires_at": "2026-11-24T22:00:00Z",
                    "next": {"url": "https://agency.example/visit"},
                }
            ]
        }
    )

    token: str = Field(description="random and signed; says nothing of who has it")
    variant: Literal["none", "words", "full"] = Field(description="the explanation that it sees")
    expires_at: datetime
    next: NextStep


class VisitSeen(Frozen):
    """A visit saw a value."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": TOKEN, "market": "krakow", "language": "it"}]}
    )

    token: Token
    market: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    language: Literal["en", "it"]


class VisitNext(Frozen):
    """A visit took the next step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": TOKEN}]})

    token: Token


class Counted(Frozen):
    """Whether it was counted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"counted": True}]})

    counted: bool = Field(description="false: this visit was counted before, or saw no value")
