"""Words and pictures of a valuation: sums that hold, both languages alike, nothing unescaped."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from avm import messages as words_module
from avm.explain import MOST_LINES, explain
from avm.messages import LANGUAGES, messages, rounded
from avm.schema import EXTRAS, NUMBERS
from avm.svg import map_of, waterfall
from avm.valuation import Contribution, Narrow, Valuation
from tests.avm_trained import a_home, valuer


@pytest.fixture(scope="module")
def valuation(tmp_path_factory: pytest.TempPathFactory) -> Valuation:
    return valuer(tmp_path_factory.mktemp("town")).value(a_home())


def files() -> dict[str, Any]:
    folder = Path(words_module.__file__).parent
    return {
        name: yaml.safe_load((folder / f"messages.{name}.yaml").read_text(encoding="utf-8"))
        for name in LANGUAGES
    }


def leaves(tree: Any, path: str = "") -> dict[str, str]:
    if not isinstance(tree, dict):
        return {path: str(tree)}
    return {k: v for name, sub in tree.items() for k, v in leaves(sub, f"{path}/{name}").items()}


def test_both_languages_say_the_same_with_the_same_blanks() -> None:
    en, it = (leaves(found) for found in files().values())
    assert set(en) == set(it)
    for path in en:
        if not path.startswith("/currency"):
            blanks = [set(re.findall(r"\{\w*\}", text[path])) for text in (en, it)]
            assert blanks[0] == blanks[1], path


def test_every_field_has_a_name_in_both_languages() -> None:
    for found in files().values():
        named = set(found["fields"])
        assert set(EXTRAS) <= named
        assert set(NUMBERS) - {"latitude", "longitude"} <= named


def test_contributions_add_up_to_the_value(valuation: Valuation) -> None:
    total = valuation.base + sum(one.amount for one in valuation.contributions)
    assert total == pytest.approx(valuation.value, abs=0.5)
    sizes = [abs(one.log) for one in valuation.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert {one.topic for one in valuation.contributions} >= {"area_m2", "location"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_most_five_lines_all_filled_in(valuation: Valuation, language: Any) -> None:
    said = explain(valuation, language)
    assert 2 <= len(said.lines) <= MOST_LINES
    for text in (said.summary, *said.lines, said.comparable, *said.narrow, said.shown or ""):
        assert "{" not in text
        assert text == "" or text[0].isupper()
    assert ("vale" in said.summary) == (language == "it")


BLANK = "\u00a0"
"""Where no line breaks."""


def made(valuation: Valuation, topic: str, amount: float, **home: float) -> Valuation:
    one = Contribution(topic=topic, label=topic, amount=amount, log=0.1)
    return valuation.model_copy(
        update={"contributions": (one,), "home": home, "value": 200_000.0, "currency": "EUR"}
    )


@pytest.mark.parametrize(
    ("topic", "amount", "home", "en", "it"),
    [
        (
            "bathrooms",
            12_345,
            {"bathrooms": 2.0},
            "Your second bathroom adds about €12,000.",
            "Il secondo bagno aggiunge circa 12.000 €.",
        ),
        (
            "bathrooms",
            -9_876,
            {"bathrooms": 1.0},
            "Having one bathroom only takes off about €9,900.",
            "Avere un solo bagno toglie circa 9.900 €.",
        ),
        (
            "lift",
            -5_000,
            {"lift": 0.0},
            "Having no lift takes off about €5,000.",
            "Non avere l'ascensore toglie circa 5.000 €.",
        ),
        (
            "lift",
            5_000,
            {"lift": 1.0},
            "Having a lift adds about €5,000.",
            "Avere l'ascensore aggiunge circa 5.000 €.",
        ),
        (
            "year_built",
            8_000,
            {"year_built": 1998.0},
            "Having been built in 1998 adds about €8,000.",
            "L'anno di costruzione, 1998, aggiunge circa 8.000 €.",
        ),
        (
            "year_built",
            -8_000,
            {},
            "Year of construction is not known; homes like that get about €8,000 less.",
            "Dato non noto, anno di costruzione: case così valgono circa 8.000 € in meno.",
        ),
        (
            "x_grade",
            30_000,
            {"x_grade": 9.0},
            "Quality of construction (9) adds about €30,000.",
            "Qualità della costruzione (9): circa 30.000 € in più.",
        ),
        (
            "x_never_named",
            4_000,
            {"x_never_named": 2.5},
            "Never named (2.5) adds about €4,000.",
            "Never named (2,5): circa 4.000 € in più.",
        ),
        (
            "comparables",
            -4_000,
            {},
            "Similar homes that were priced lately speak for about €4,000 less.",
            "Le case simili valutate di recente indicano circa 4.000 € in meno.",
        ),
    ],
)
def test_sentences(
    valuation: Valuation, topic: str, amount: float, home: dict[str, float], en: str, it: str
) -> None:
    one = made(valuation, topic, amount, **home)
    assert explain(one, "en").lines[1] == en
    assert explain(one, "it").lines[1] == it.replace(" €", f"{BLANK}€")


def test_small_parts_get_no_line(valuation: Valuation) -> None:
    assert len(explain(made(valuation, "lift", 300, lift=1.0), "en").lines) == 1


def test_what_would_narrow_the_range(valuation: Valuation) -> None:
    narrows = (
        Narrow(field="year_built", label="year built", saves=0.12),
        Narrow(field="location", label="location", saves=0.3),
    )
    said = explain(valuation.model_copy(update={"narrows": narrows}), "en")
    assert said.narrow[0] == (
        "Tell us the year of construction, and the range may get about 12% narrower."
    )
    assert said.narrow[1].startswith("Give the exact address")
    assert explain(valuation.model_copy(update={"narrows": ()}), "en").narrow[0].startswith("All")


@given(st.floats(1, 1e9), st.integers(1, 4))
def test_rounding_keeps_so_many_digits(amount: float, digits: int) -> None:
    found = rounded(amount, digits)
    assert abs(found - amount) <= 0.51 * 10 ** (len(str(int(amount))) - digits)


@pytest.mark.parametrize(
    ("currency", "en", "it"),
    [
        ("EUR", "€1,230,000", "1.230.000_€"),
        ("GBP", "£1,230,000", "1.230.000_£"),
        ("USD", "$1,230,000", "1.230.000_USD"),
        ("PLN", "PLN_1,230,000", "1.230.000_PLN"),
        ("DKK", "DKK_1,230,000", "1.230.000_DKK"),
    ],
)
def test_money(currency: str, en: str, it: str) -> None:
    assert messages("en").money(-1_234_567, currency, 3) == en.replace("_", BLANK)
    assert messages("it").money(1_234_567, currency, 3) == it.replace("_", BLANK)


def test_numbers_of_people() -> None:
    en, it = messages("en"), messages("it")
    assert (en.money(1_234_567, "EUR"), en.money(1_234_567, "EUR", None)) == (
        "€1,200,000",
        "€1,234,567",
    )
    assert (en.area(54.0), en.area(1250.6)) == (f"54{BLANK}m²", f"1,250.6{BLANK}m²")
    assert it.area(1250.6) == f"1.250,6{BLANK}m²"
    assert (en.plain(1998), it.plain(2.5), en.plain(2_345_678)) == ("1998", "2,5", "2345678")


def test_areas_are_written_as_such(valuation: Valuation) -> None:
    for topic, said in (("plot_m2", "The plot of"), ("x_basement_m2", "Basement (")):
        line = explain(made(valuation, topic, 9_000, **{topic: 1250.0}), "en").lines[1]
        assert line.startswith(said)
        assert f"1,250{BLANK}m²" in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_xml_that_loads_nothing(valuation: Valuation, language: Any) -> None:
    for picture in (waterfall(valuation, language), map_of(valuation, language)):
        root = ElementTree.fromstring(picture)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        titles = [one.tag.rpartition("}")[2] for one in root]
        assert titles[:2] == ["title", "desc"]
        assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
        assert "nan" not in picture


def test_pictures_escape_what_they_show(valuation: Valuation) -> None:
    one = made(valuation, "x_<script>alert(1)</script>", 9_000)
    picture = waterfall(one, "en")
    assert "<script>" not in picture
    ElementTree.fromstring(picture)


def test_the_waterfall_ends_at_the_value(valuation: Valuation) -> None:
    many = tuple(
        Contribution(topic=f"x_{k}", label="", amount=1000.0 * (-1) ** k, log=0.01)
        for k in range(12)
    )
    picture = waterfall(valuation.model_copy(update={"contributions": many}), "en")
    assert picture.count("<rect") == 1 + 2 + 7 + 1  # ground, both ends, topics, the rest
    assert "…" in picture


def test_a_map_needs_a_place(valuation: Valuation) -> None:
    assert map_of(valuation.model_copy(update={"latitude": None})) == ""
    alone = valuation.model_copy(update={"comparables": ()})
    ElementTree.fromstring(map_of(alone))
