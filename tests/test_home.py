"""The declared home: what is read, and what is refused in which words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.errors import HomeError
from vision.home import ACCEPTED, HOME_TYPES, Home, make_home, parse_home

homes = st.builds(
    Home,
    type=st.sampled_from(HOME_TYPES),
    bedrooms=st.integers(0, 100),
    bathrooms=st.integers(0, 400).map(lambda quarters: quarters / 4),
    extras=st.frozensets(st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True), max_size=5),
)


def test_reads_the_documented_form() -> None:
    home = parse_home(" bedrooms=3, bathrooms=2.5 ,type=house,extras=balcony+garage,")
    assert home == Home(
        type="house", bedrooms=3, bathrooms=2.5, extras=frozenset({"balcony", "garage"})
    )
    assert home.has("house")
    assert home.has("garage")
    assert not home.has("studio")


@pytest.mark.parametrize(
    ("bathrooms", "rooms"), [(0, 0), (1, 1), (1.5, 2), (1.75, 2), (2, 2), (2.5, 3), (3.25, 4)]
)
def test_every_begun_bathroom_is_a_room(bathrooms: float, rooms: int) -> None:
    home = Home(type="house", bedrooms=2, bathrooms=bathrooms)
    assert home.rooms("bathrooms") == rooms
    assert home.rooms("bedrooms") == 2


@given(homes)
def test_text_form_round_trips(home: Home) -> None:
    assert parse_home(str(home)) == home
    assert Home.model_validate_json(home.model_dump_json()) == home


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("bedrooms=three,bathrooms=2,type=house", "bedrooms"),
        ("bedrooms=-1,bathrooms=2,type=house", "bedrooms"),
        ("bedrooms=2.5,bathrooms=2,type=house", "bedrooms"),
        ("bedrooms=999,bathrooms=2,type=house", "bedrooms"),
        ("bedrooms=3,bathrooms=2.3,type=house", "bathrooms"),
        ("bedrooms=3,bathrooms=nan,type=house", "bathrooms"),
        ("bedrooms=3,bathrooms=inf,type=house", "bathrooms"),
        ("bedrooms=3,bathrooms=,type=house", "bathrooms"),
        ("bedrooms=3,bathrooms=2,type=castle", "type"),
        ("bedrooms=3,bathrooms=2", "type"),
        ("bathrooms=2,type=house", "bedrooms"),
        ("bedrooms=3,bathrooms=2,type=house,extras=Ball Room", "extras"),
        ("", "type"),
    ],
)
def test_error_names_key_and_accepted_values(text: str, key: str) -> None:
    with pytest.raises(HomeError) as caught:
        parse_home(text)
    assert key in caught.value.wrong
    assert caught.value.accepted == ACCEPTED[key]
    assert "bedrooms=3,bathrooms=2,type=house" in caught.value.do


@pytest.mark.parametrize(
    "text", ["rooms=3", "3,2,house", "bedrooms:3", "bedrooms=1,bedrooms=2,bathrooms=1,type=house"]
)
def test_unknown_and_repeated_keys_are_refused(text: str) -> None:
    with pytest.raises(HomeError, match="bedrooms"):
        parse_home(text)


def test_unknown_fields_from_elsewhere_are_refused() -> None:
    with pytest.raises(HomeError, match="colour"):
        make_home({"type": "house", "bedrooms": 1, "bathrooms": 1, "colour": "red"})


@given(st.text(max_size=60))
def test_any_text_is_a_home_or_a_home_error(text: str) -> None:
    with contextlib.suppress(HomeError):
        assert isinstance(parse_home(text), Home)
