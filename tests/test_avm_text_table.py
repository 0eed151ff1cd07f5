"""The tables of the languages: complete, refused when wrong, and enough to add one."""

from pathlib import Path

import pytest

from avm.text.found import ATTRIBUTES, CONDITIONS, EXTRAS
from avm.text.language import detect
from avm.text.page import Page
from avm.text.patterns import Lexicon, Match, PhraseBook
from avm.text.table import CUES, NOUNS, language_codes, load_language, load_languages, make_language
from avm.text.tokens import tokenize
from vision.errors import RuleError

LEXICON = Lexicon({"due": 2, "tre": 3}, {"secondo": 2}, frozenset({"o"}), frozenset({"di"}))

CZECH = {
    "code": "cs",
    "name": "Czech",
    "words": ["byt", "bez", "a", "v"],
    "or_words": ["nebo"],
    "and_words": ["a"],
    "numbers": {"dva": "2", "tři": "3"},
    "ordinals": {"druhém": "2"},
    "number_prefixes": {"dvou": "2", "tří": "3"},
    "phrases": {
        "rooms": ["<n> pokoj*", "<p>pokojov*"],
        "floor": ["<o> patře"],
        "lift": ["výtah*"],
        "without": ["bez"],
    },
}


def test_every_language_knows_every_attribute_and_the_cues() -> None:
    assert language_codes() == ("en", "es", "it", "pl")
    needed = {
        *EXTRAS,
        *(f"condition={value}" for value in CONDITIONS),
        *("rooms", "bedrooms", "bathrooms", "floor", "floor=0", "floor=-1", "top_floor"),
        *("floors_in_building", "area.unit", "built", "currency", "home", "house", "part"),
        *(set(CUES) - {"own"}),
    }
    for code, language in load_languages().items():
        assert needed <= set(language.fixed), code
        assert set(language.fixed) <= {*language.fixed, *CUES, *NOUNS}


def test_spellings_are_words_of_the_language() -> None:
    for code, language in load_languages().items():
        ordinals = language.book.ordinals
        strangers = {word for word in language.spellings if not language.book.known(word)}
        assert strangers <= {*language.words, *ordinals}, code
        assert not language.spellings & language.correct, code


def test_a_language_is_added_by_its_table() -> None:
    czech = make_language(CZECH)
    page = Page.of("Dvoupokojový byt v druhém patře bez výtahu", czech)
    assert [page.meaning(match) for match in page.mentions("rooms")] == [2.0]
    assert [match.numbers for match in page.mentions("floor")] == [(2.0,)]
    assert page.cue_at(5, "without") == Match("without", 5, 6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"phrases": {"swimming": ["bazén"]}}, "no list of phrases called 'swimming'"),
        ({"phrases": {"condition=splendid": ["skvělý"]}}, "splendid.*to_renovate"),
        ({"code": "CZ"}, "not valid"),
        ({"colour": "blue"}, "not valid"),
    ],
)
def test_a_wrong_table_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        make_language({**CZECH, **change})


def test_unknown_languages_are_named() -> None:
    with pytest.raises(RuleError, match="en, es, it, pl"):
        load_language("cs")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("ascensor*", "l'ascensore", (1, 2)),
        ("<n> _? local*", "due ampi locali", (0, 3)),
        ("<n> _? local*", "due di locali", None),
        ("<n> _? local*", "due, locali", None),
        ("<o> piano", "II piano", (0, 2)),
        ("<o> piano", "2o piano", (0, 3)),
        ("<o> piano", "2 o piano", None),
        ("piano : <n>", "piano: 3", (0, 2)),
        ("piano : <n>", "piano - 3", (0, 2)),
        ("piano : <n>", "piano 3", None),
        ("<n> / <n> piano", "3/4 piano", (0, 3)),
        ("no $", "no, ascensore", (0, 1)),
        ("no $", "no ascensore", None),
        ("al <o> >con", "al secondo con box", (0, 2)),
        ("box|garage doccia", "box doccia", (0, 2)),
    ],
)
def test_phrases(phrase: str, text: str, found: tuple[int, int] | None) -> None:
    matches = PhraseBook({"x": [phrase]}, LEXICON).find(tokenize(text))
    places = [(match.start, match.end) for match in matches]
    assert places == ([found] if found else [])


def test_a_tie_is_no_language() -> None:
    assert detect("zzz") is None
    assert detect("garage") is None


def test_the_docs_name_every_attribute_and_condition() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "avm-text.md").read_text("utf-8")
    assert [name for name in (*ATTRIBUTES, *CONDITIONS) if f"`{name}`" not in page] == []
