"""The checklist's exactness on homes that the tests declare, and the folder layout."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from training.bench.synthetic import write_photos
from training.evaluate.cli import app
from training.evaluate.listings import (
    LABELS,
    Case,
    Listing,
    compare,
    read_listings,
    remarks,
    score,
    subsets,
)
from training.figures import FigureSet
from training.intervals import wilson
from vision.errors import DataError
from vision.findings import ROOM_TYPES, PhotoFindings, RefusedPhoto, RoomGuess
from vision.home import make_home
from vision.rules import load_rules

ROOMS = list(LABELS.values())
RULES = load_rules("default")


def findings(photo: str, room: str, like: str | None = None) -> PhotoFindings:
    """A photo surely taken for `room`; its picture is all but that of the photo `like`."""
    guesses = [RoomGuess(type=room, probability=0.98)]
    guesses += [RoomGuess(type=t, probability=0.0) for t in ROOM_TYPES if t != room]
    digest = hashlib.sha256((like or photo).encode()).hexdigest()
    return PhotoFindings(
        id=photo,
        sha256=hashlib.sha256(photo.encode()).hexdigest(),
        format="jpeg",
        width=1600,
        height=1200,
        rooms=tuple(guesses),
        phash=digest[:16],
    )


def listing(bedrooms: int = 3, bathrooms: float = 2.5) -> Listing:
    home = make_home({"type": "house", "bedrooms": bedrooms, "bathrooms": bathrooms})
    return Listing("7", home, {room: Path(f"7/{name}.jpg") for name, room in LABELS.items()})


def test_right_findings_make_every_case_right() -> None:
    cases = compare(listing(), {room: findings(room, room) for room in ROOMS}, {}, RULES)
    assert len(cases) == 15
    assert not any(case.wrong for case in cases)
    assert [figure.name for figure in score(cases)] == [
        "listings.exact",
        *(f"listings.exact.{size}" for size in (1, 2, 3, 4)),
    ]


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.sampled_from(ROOM_TYPES)] * 4), st.integers(1, 3), st.integers(1, 3))
def test_a_case_is_right_when_the_counts_are_right(
    answers: tuple[str, ...], bedrooms: int, bathrooms: int
) -> None:
    given_home = listing(bedrooms, bathrooms)
    seen = dict(zip(ROOMS, answers, strict=True))
    cases = compare(given_home, {r: findings(r, seen[r]) for r in ROOMS}, {}, RULES)
    need = {"bedroom": bedrooms, "bathroom": bathrooms, "kitchen": 1, "exterior": 1}
    for chosen, case in zip(subsets(ROOMS), cases, strict=True):
        answered = [seen[room] for room in chosen]
        right = all(min(answered.count(room), need[room]) == chosen.count(room) for room in ROOMS)
        assert bool(case.wrong) != right


def test_a_mistake_is_named_by_its_counts() -> None:
    seen = {room: findings(room, room) for room in ROOMS}
    seen["bedroom"] = findings("bedroom", "living_room")
    cases = compare(listing(), seen, {}, RULES)
    wrong = [case for case in cases if case.wrong]
    assert len(wrong) == 8  # the subsets with the bedroom's photo
    assert set(wrong[0].wrong) == {"bedroom 0 of 3 instead of 1"}
    assert remarks(cases)[0] == "8 cases: bedroom 0 of 3 instead of 1"
    assert remarks(cases)[-1] == "homes with a wrong case: 7 (8)"
    assert score(cases)[0].value == pytest.approx(7 / 15)


def test_an_unreadable_photo_counts_for_nothing() -> None:
    seen = {room: findings(room, room) for room in ROOMS if room != "kitchen"}
    refused = {"kitchen": RefusedPhoto(id="kitchen", code="photo.damaged", message="")}
    cases = compare(listing(), seen, refused, RULES)
    assert sum(bool(case.wrong) for case in cases) == 8


def test_near_duplicates_count_once_and_only_where_both_were_sent() -> None:
    seen = {room: findings(room, room) for room in ROOMS}
    seen["bedroom"] = findings("bedroom", "bedroom", like="bathroom")
    cases = compare(listing(), seen, {}, RULES)
    wrong = [case for case in cases if case.wrong]
    assert len(wrong) == 4  # the subsets with both
    assert all(len(case.wrong) == 1 for case in wrong)


def test_the_interval_is_by_home() -> None:
    cases = [Case(str(home), 1, ()) for home in range(20) for _ in range(15)]
    [exact, _] = score(cases)
    assert (exact.value, exact.n) == (1.0, 300)
    assert (exact.low, exact.high) == pytest.approx(wilson(20, 20))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"house": n, "bedrooms": 3, "bathrooms": 2.5, "zipcode": "1"} for n in (1, 2, 10)]
    (tmp_path / "homes.json").write_text(json.dumps(rows))
    for house in ("1", "10"):
        (tmp_path / house).mkdir()
        for name in LABELS:
            (tmp_path / house / f"{name}.jpg").write_bytes(b"")
    return tmp_path


def test_homes_are_those_that_have_a_folder(folder: Path) -> None:
    found = read_listings(folder)
    assert [home.name for home in found] == ["1", "10"]
    assert found[0].home.bathrooms == 2.5
    assert set(found[0].photos) == set(ROOMS)
    assert found[0].photos["exterior"].name == "frontal.jpg"


def test_wrong_layouts_are_named(folder: Path) -> None:
    (folder / "1" / "garden.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"garden\.jpg is not one photo"):
        read_listings(folder)
    (folder / "1" / "garden.jpg").rename(folder / "1" / "kitchen.png")
    with pytest.raises(DataError, match=r"kitchen\.png is not one photo"):
        read_listings(folder)
    (folder / "1" / "kitchen.png").unlink()
    (folder / "3").mkdir()
    with pytest.raises(DataError, match=r"3 is not in homes\.json"):
        read_listings(folder)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", r"homes\.json"),
        ('{"house": 1}', "list"),
        ('[{"house": 1, "bedrooms": -1, "bathrooms": 1}]', "bedrooms"),
        ('[{"house": 1, "bedrooms": 1, "bathrooms": 1.3}]', "house 1.*bathrooms"),
        (
            '[{"house": 1, "bedrooms": 1, "bathrooms": 1},'
            + '{"house": 1, "bedrooms": 1, "bathrooms": 1}]',
            "twice",
        ),
    ],
)
def test_wrong_homes_are_named(folder: Path, text: str, named: str) -> None:
    (folder / "homes.json").write_text(text)
    with pytest.raises(DataError, match=named):
        read_listings(folder)


def test_missing_homes_are_named(folder: Path) -> None:
    (folder / "homes.json").unlink()
    with pytest.raises(DataError, match=r"homes\.json is missing"):
        read_listings(folder)
    (folder / "homes.json").write_text("[]")
    for house in ("1", "10"):
        for file in (folder / house).iterdir():
            file.unlink()
        (folder / house).rmdir()
    with pytest.raises(DataError, match="holds no home"):
        read_listings(folder)


def test_the_command_goes_the_products_own_way(folder: Path) -> None:
    photos = write_photos(folder, 320, 240)
    for house in ("1", "10"):
        for name, photo in zip(LABELS, [*photos, photos[0]], strict=True):
            (folder / house / f"{name}.jpg").write_bytes(photo.read_bytes())
    (folder / "10" / "kitchen.jpg").write_bytes(b"no picture")
    for photo in photos:
        photo.unlink()
    result = CliRunner().invoke(app, ["listings", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    printed = FigureSet.model_validate_json(result.stdout)
    assert {figure.name: figure.n for figure in printed.figures} == {
        "listings.exact": 30,
        "listings.exact.1": 8,
        "listings.exact.2": 12,
        "listings.exact.3": 8,
        "listings.exact.4": 2,
    }
    assert "kitchen.jpg counts for nothing" in result.stderr
    assert set(printed.models) == {"rooms", "objects"}
