"""A language's table: its words, numbers and phrases, from languages/CODE.yaml.

    italian = load_language("it")
    load_languages()                  # all of them, by code

A phrase list is named by what it says:

    ATTRIBUTE            with the value in it, or True: rooms: ["<n> local*"], lift: ["ascensor*"]
    ATTRIBUTE=VALUE      floor=0: ["piano terra"], lift=no: ["walk up"], condition=new: [...]
    ATTRIBUTE.not        swallows what only looks like it: garage.not: ["box doccia"]
    KIND                 of `scope` and the readers: no, without, maybe, elsewhere, building, …

To add a language, write its table; nothing else knows which languages there are. `patterns` says
how a phrase is written. In a phrase "<p>" stands for each of `number_prefixes`: "<p>pokojow*".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import Field, ValidationError

from avm.text.found import ATTRIBUTES, CONDITIONS, EXTRAS
from avm.text.patterns import Lexicon, PhraseBook
from avm.text.tokens import fold
from vision.errors import RuleError
from vision.findings import Frozen

CUES = (
    "affirm",  # "not only": what looks like a denial is none
    "no",  # before what is denied
    "without",  # the same, and reaches over "and"
    "no.after",
    "maybe",  # before what may come one day, or can be bought
    "maybe.after",
    "elsewhere",  # before what is not the home's: near, overlooking, the neighbour's
    "elsewhere.after",
    "site",  # before what the estate has for all: a garden, but its lift is the home's
    "view",  # before what is seen from the home; its own terrace can be
    "shared",  # beside a garden or terrace of all neighbours
    "own",  # … but the home's own after all
    "but",  # ends the reach of all of these
    "contrast.no",  # "ours does not", after somebody else's
    "yes",
    "range",  # between the two ends of "2 to 4 bedrooms"
)
NOUNS = (
    "home",
    "flat",  # a home that has a floor
    "house",
    "building",
    "part",  # what can be new or renovated by itself: kitchen, roof, lobby
    "place.behind",  # "on the ground floor we find": a floor of the home's own
    "place",  # of a shop, a cellar, a bedroom: "on the ground floor there is a shop"
    "area.owner",  # what has square metres of its own
    "area.total",  # the home's, but it may be a terrace's
    "area.gross",  # stands before any other
    "area.unit",
    "area.feet",
    "area.metre",
    "area.per",
    "area.of",  # "20 m² of terrace"
    "currency",
    "built",
    "built.weak",
    "built.not",
)


class LanguageFile(Frozen):
    """The file as it is written."""

    code: str = Field(pattern=r"^[a-z]{2}$")
    name: str
    words: tuple[str, ...] = Field(description="frequent small words: they tell the language")
    or_words: tuple[str, ...]
    and_words: tuple[str, ...]
    abbreviations: tuple[str, ...] = ()
    numbers: dict[str, float]
    ordinals: dict[str, float]
    ordinal_suffixes: tuple[str, ...] = ()
    number_prefixes: dict[str, float] = Field({}, description='"<p>" in phrases: bi, dwu')
    spellings: tuple[str, ...] = Field((), description="words to which one typo is corrected")
    correct: tuple[str, ...] = Field((), description="words that look like a typo of those")
    phrases: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Language:
    """A table that is ready to be used."""

    code: str
    words: frozenset[str]
    or_words: frozenset[str]
    and_words: frozenset[str]
    abbreviations: frozenset[str]
    spellings: frozenset[str]
    correct: frozenset[str]
    fixed: Mapping[str, tuple[str, float | str | bool]]
    book: PhraseBook


def load_language(code: str) -> Language:
    """The table of a language. Raises RuleError that names those there are."""
    if code not in language_codes():
        raise RuleError(
            f"there is no table for the language {code!r}", accepted=", ".join(language_codes())
        )
    return _load(code)


def load_languages() -> dict[str, Language]:
    """Every table, by code."""
    return {code: _load(code) for code in language_codes()}


@cache
def language_codes() -> tuple[str, ...]:
    """The languages that there is a table for."""
    names = (entry.name for entry in files("avm.text").joinpath("languages").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def _load(code: str) -> Language:
    file = files("avm.text").joinpath("languages", f"{code}.yaml")
    # everything is text: a list of words may have "no" and "on" in it
    return make_language(yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader))


def make_language(content: Any) -> Language:
    """A language from a table's content. Raises RuleError for a list of an unknown name."""
    try:
        read = LanguageFile.model_validate(content)
    except ValidationError as error:
        raise RuleError(f"the table of a language is not valid: {error}") from error
    fixed: dict[str, tuple[str, float | str | bool]] = {}
    phrases: dict[str, list[str]] = {}
    for name, several in read.phrases.items():
        plain = [phrase for phrase in several if "<p>" not in phrase]
        phrases.setdefault(name, []).extend(plain)
        fixed[name] = _meaning(name)
        for phrase in several:
            if "<p>" in phrase:
                for prefix, value in read.number_prefixes.items():
                    key = f"{name}={value:g}"
                    fixed[key] = (name, value)
                    phrases.setdefault(key, []).append(phrase.replace("<p>", prefix))
    words = frozenset(map(fold, read.words))
    lexicon = Lexicon(
        numbers={fold(word): value for word, value in read.numbers.items()},
        ordinals={fold(word): value for word, value in read.ordinals.items()},
        ordinal_suffixes=frozenset(map(fold, read.ordinal_suffixes)),
        no_adjectives=words | _nouns(phrases),
    )
    return Language(
        code=read.code,
        words=words,
        or_words=frozenset(map(fold, read.or_words)),
        and_words=frozenset(map(fold, read.and_words)),
        abbreviations=frozenset(map(fold, read.abbreviations)),
        spellings=frozenset(map(fold, read.spellings)),
        correct=frozenset(map(fold, read.correct)),
        fixed=fixed,
        book=PhraseBook(phrases, lexicon),
    )


def _nouns(phrases: Mapping[str, list[str]]) -> frozenset[str]:
    """Whole words that are a phrase by themselves: never the adjective of another noun."""
    return frozenset(
        fold(word)
        for several in phrases.values()
        for phrase in several
        if " " not in phrase and "<" not in phrase
        for word in phrase.split("|")
        if not word.endswith("*")
    )


def _meaning(name: str) -> tuple[str, float | str | bool]:
    """ATTRIBUTE=VALUE taken apart; other names stand for themselves."""
    attribute, _, value = name.partition("=")
    base = attribute.partition(".")[0]
    known = attribute in CUES or attribute in NOUNS or base in ATTRIBUTES
    if not known:
        raise RuleError(
            f"there is no list of phrases called {name!r}",
            accepted=", ".join((*ATTRIBUTES, *CUES, *NOUNS)),
        )
    if not value:
        return attribute, True
    if attribute == "condition":
        if value not in CONDITIONS:
            raise RuleError(f"{value!r} is no condition", accepted=", ".join(CONDITIONS))
        return attribute, value
    if attribute in EXTRAS:
        return attribute, value != "no"
    return attribute, float(value)
