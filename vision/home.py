"""The declared home: what the seller says there is, against which photos are checked.

    home = parse_home("bedrooms=3,bathrooms=2.5,type=house,extras=balcony+garage")
    home.rooms("bathrooms")          # 3: two full bathrooms and a half one are three rooms

Bathrooms are counted as listings in the United States count them: a room with a bath or shower
that lacks a fixture, or with a toilet alone, is a quarter, half or three quarters. Each of them is
a room with a door of its own, so every begun bathroom needs a photo.
"""

import math
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, ValidationError

from vision.errors import HomeError
from vision.findings import Frozen

HomeType = Literal["house", "townhouse", "apartment", "condo", "studio", "cabin", "other"]
HOME_TYPES: tuple[str, ...] = get_args(HomeType)

MOST_ROOMS = 100
"""More bedrooms or bathrooms than this is a slip of the keyboard, not a home."""

MOST_EXTRAS = 50

Extra = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

ACCEPTED = {
    "bedrooms": f"a whole number from 0 to {MOST_ROOMS}",
    "bathrooms": f"a number from 0 to {MOST_ROOMS} in steps of 0.25, such as 2 or 2.5",
    "type": ", ".join(HOME_TYPES),
    "extras": "names of small letters joined by '+', such as balcony+garage",
}
"""What each key takes, in words; the keys of `parse_home` and the fields of `Home`."""

EXAMPLE = "bedrooms=3,bathrooms=2,type=house"


class Home(Frozen):
    """A declared home. `extras` is open: rule files may name any (`when: balcony`)."""

    type: HomeType
    bedrooms: int = Field(ge=0, le=MOST_ROOMS)
    bathrooms: float = Field(ge=0, le=MOST_ROOMS, multiple_of=0.25)
    extras: frozenset[Extra] = Field(frozenset(), max_length=MOST_EXTRAS)

    def rooms(self, field: Literal["bedrooms", "bathrooms"]) -> int:
        """How many rooms the number stands for: 2.5 bathrooms are 3 rooms."""
        return self.bedrooms if field == "bedrooms" else math.ceil(self.bathrooms)

    def has(self, condition: str) -> bool:
        """Whether the home is of this type or has this extra."""
        return condition == self.type or condition in self.extras

    def __str__(self) -> str:
        """The text that `parse_home` reads."""
        text = f"bedrooms={self.bedrooms},bathrooms={self.bathrooms:g},type={self.type}"
        return f"{text},extras={'+'.join(sorted(self.extras))}" if self.extras else text


def parse_home(text: str) -> Home:
    """A home from `key=value` pairs separated by commas. Raises HomeError naming the key."""
    given: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or key not in ACCEPTED:
            raise HomeError(
                f"the home has {pair!r}",
                accepted=f"key=value with the keys {', '.join(ACCEPTED)}",
                do=f"write it like {EXAMPLE}",
            )
        if key in given:
            raise HomeError(f"the home has {key!r} twice", do=f"write it like {EXAMPLE}")
        given[key] = value
    values: dict[str, object] = dict(given)
    if "extras" in given:
        values["extras"] = [name.strip() for name in given["extras"].split("+") if name.strip()]
    return make_home(values)


def make_home(values: dict[str, object]) -> Home:
    """A validated home. Raises HomeError that names the first wrong key and what it takes."""
    try:
        return Home.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        wrong = (
            f"the home lacks {key!r}"
            if first["type"] == "missing"
            else f"the home has {key}={values.get(key)!r}"
        )
        raise HomeError(
            wrong, accepted=ACCEPTED.get(key, ""), do=f"write it like {EXAMPLE}"
        ) from error
