"""Rule files: the shipped ones are sound and explained, and a wrong one is refused by field."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from vision.errors import RuleError
from vision.findings import ROOM_TYPES, QualityCode
from vision.rules import SHIPPED, QualityRules, RoomNeed, Rules, load_rules, parse_rules, rule_names

DOCS = Path(__file__).resolve().parent.parent / "docs" / "rules.md"
LEAST = "name: mine\ntitle: Mine\nrooms: [{room: kitchen}]\n"


def test_shipped_names() -> None:
    assert rule_names() == ("default", "holiday_let", "mls")


@pytest.mark.parametrize("name", rule_names())
def test_shipped_file_is_sound(name: str) -> None:
    rules = load_rules(name)
    assert rules.name == name
    for need in rules.rooms:
        assert {need.room, *need.also} <= set(ROOM_TYPES)
    assert set(rules.open_plan) == set(rules.evidence)
    assert not set(rules.refuse) & set(rules.retake)
    assert "quality.not_a_room" in rules.refuse


@pytest.mark.parametrize("name", rule_names())
def test_every_field_of_a_shipped_file_is_explained_in_it(name: str) -> None:
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    for field in yaml.safe_load(text):
        (line,) = [number for number, line in enumerate(lines) if line.startswith(f"{field}:")]
        # A comment behind it, above it, or behind the field that it continues.
        assert any("#" in near for near in lines[max(0, line - 1) : line + 1]), field
    if name != "default":
        assert load_rules(name).source.startswith("https://")


def test_default_asks_for_the_declared_rooms() -> None:
    needs = {need.room: need for need in load_rules("default").rooms}
    assert needs["bedroom"].count == "bedrooms"
    assert needs["bathroom"].count == "bathrooms"
    assert {room for room, need in needs.items() if not need.required} == {
        "dining_room",
        "entrance_hall",
    }


def test_holiday_let_follows_its_source() -> None:
    rules = load_rules("holiday_let")
    assert rules.photos_min == 6
    assert (rules.quality.min_width, rules.quality.min_height) == (1024, 683)
    assert {
        "quality.too_dark",
        "quality.blurred",
        "quality.sideways",
        "quality.upside_down",
        "quality.duplicate",
        "quality.collage",
        "quality.document",
    } <= set(rules.refuse)


def test_file_of_a_users_own(tmp_path: Path) -> None:
    path = tmp_path / "portal.yaml"
    path.write_text(LEAST + "quality: {min_width: 2000}\n", encoding="utf-8")
    rules = load_rules(str(path))
    assert rules.quality.min_width == 2000
    assert rules.quality.min_height == QualityRules().min_height


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (LEAST + "photo_min: 3\n", "photo_min"),
        (LEAST + "count_from: 1.5\n", "count_from"),
        (LEAST + "count_from: .nan\n", "count_from"),
        (LEAST + "refuse: [quality.ugly]\n", "refuse.0"),
        (LEAST + "quality: {dark_below: very}\n", "quality.dark_below"),
        ("name: x\ntitle: X\nrooms: [{room: bath, count: 0}]\n", "rooms.0.count"),
        ("name: x\ntitle: X\nrooms: [{room: bath, count: balconies}]\n", "rooms.0.count"),
        ("name: x\ntitle: X\nrooms: [{room: bath}, {room: bath}]\n", "another title"),
        (LEAST + "count_from: 0.9\n", "ask_below is less"),
        ("name: x\ntitle: X\n", "rooms"),
        ("", "file"),
        ("- a\n- b\n", "file"),
        ("name: [", "not YAML"),
        ("!!python/object/apply:os.system [ls]", "not YAML"),
    ],
)
def test_wrong_file_is_refused_by_field(text: str, place: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rules(text, "mine.yaml")
    assert place in str(caught.value)
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere", "../default", "a\0b", "", "."])
def test_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(RuleError) as caught:
        load_rules(name)
    assert "default, holiday_let, mls" in caught.value.accepted


def test_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(RuleError):
        load_rules(str(path))


@pytest.mark.parametrize("model", [Rules, RoomNeed, QualityRules])
def test_every_field_is_documented(model: type[Rules]) -> None:
    text = DOCS.read_text(encoding="utf-8")
    missing = [name for name in model.model_fields if f"`{name}`" not in text]
    assert not missing


def test_every_finding_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert not [code for code in get_args(QualityCode) if f"`{code}`" not in text]
    assert not [name for name in rule_names() if f"`{name}`" not in text]
