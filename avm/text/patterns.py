"""Phrases as they stand in a language's table, found in a text in one pass.

    book = PhraseBook({"lift": ["ascensor*"], "rooms": ["<n> _? local*|vani"]}, lexicon)
    book.find(tokenize("3 ampi locali, ascensore"))
    # [Match("rooms", 0, 3, (3.0,)), Match("lift", 3, 4, ())]

A phrase is elements with spaces between: `word`, `stem*`, `this|that`, `element?` for one that may
lack, `>word` for one that must follow and is no part of it; `<n>` a number or number word, `<o>`
an ordinal (3º, third, III), `_` any word that is an adjective for all that is known; `: / ,` what
must stand between two words, `$` that the item ends here. No phrase is longer than a few words and
nothing repeats, so a text costs its length.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from avm.text.tokens import Gap, Token, fold

ROMAN = {
    tens + ones: 10 * ten + one
    for ten, tens in enumerate(("", "X", "XX"))
    for one, ones in enumerate(("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"))
    if tens or ones
}
"""Ordinals of floors; written large, or "i" would be the Polish "and"."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What `<n>`, `<o>` and `_` stand for in a language."""

    numbers: Mapping[str, float]
    ordinals: Mapping[str, float]
    ordinal_suffixes: Set[str]
    no_adjectives: Set[str]


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of the list `name` at tokens [start, end), with the numbers in it."""

    name: str
    start: int
    end: int
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Element:
    kind: str  # word, number, ordinal, any, end
    exact: Set[str] = frozenset()
    stems: tuple[str, ...] = ()
    gap: Gap | None = None  # what must stand before it; None is nothing or a hyphen
    ahead: bool = False  # looked at, not taken


_GAPS = {":": Gap.COLON, "/": Gap.SLASH, ",": Gap.COMMA}


def _variants(phrase: str) -> Iterable[list[str]]:
    """The phrase with and without each of its optional elements."""
    parts = phrase.split()
    choices = [((part[:-1],), ()) if part.endswith("?") else ((part,),) for part in parts]
    for chosen in itertools.product(*choices):
        yield [part for parts in chosen for part in parts]


def _compile(parts: Sequence[str]) -> tuple[_Element, ...]:
    elements: list[_Element] = []
    gap: Gap | None = None
    for part in parts:
        if part in _GAPS:
            gap = _GAPS[part]
            continue
        ahead, part = part.startswith(">"), part.removeprefix(">")
        kind = {"<n>": "number", "<o>": "ordinal", "_": "any", "$": "end"}.get(part, "word")
        if kind == "word":
            words = [fold(word) for word in part.split("|")]
            exact = frozenset(word for word in words if not word.endswith("*"))
            stems = tuple(word[:-1] for word in words if word.endswith("*"))
            elements.append(_Element(kind, exact, stems, gap, ahead))
        else:
            elements.append(_Element(kind, gap=gap))
        gap = None
    return tuple(elements)


@dataclass(slots=True)
class _Index:
    """Phrases by how their first element is recognised."""

    exact: dict[str, list[tuple[str, tuple[_Element, ...]]]] = field(default_factory=dict)
    stems: dict[str, list[tuple[str, tuple[_Element, ...]]]] = field(default_factory=dict)
    numbers: list[tuple[str, tuple[_Element, ...]]] = field(default_factory=list)
    ordinals: list[tuple[str, tuple[_Element, ...]]] = field(default_factory=list)


class PhraseBook:
    """All phrases of a language, by how their first element is recognised."""

    def __init__(self, phrases: Mapping[str, Sequence[str]], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._index = _Index()
        self.words: set[str] = set()
        self.stems: set[str] = set()
        for name, several in phrases.items():
            for phrase in several:
                for parts in _variants(phrase):
                    if elements := _compile(parts):
                        self._add(name, elements)
        self._longest_stem = max(map(len, self.stems), default=0)

    def _add(self, name: str, elements: tuple[_Element, ...]) -> None:
        first, entry = elements[0], (name, elements)
        if first.kind == "word":
            for word in first.exact:
                self._index.exact.setdefault(word, []).append(entry)
            for stem in first.stems:
                self._index.stems.setdefault(stem, []).append(entry)
        elif first.kind == "number":
            self._index.numbers.append(entry)
        elif first.kind == "ordinal":
            self._index.ordinals.append(entry)
        else:
            return  # "<n>? _? word" without its number: "word" alone is another variant
        for element in elements:
            self.words |= element.exact
            self.stems |= set(element.stems)

    @property
    def ordinals(self) -> Set[str]:
        """Words that are an ordinal."""
        return self._lexicon.ordinals.keys()

    def known(self, word: str) -> bool:
        """Whether any phrase has this word, or a stem of it."""
        longest = min(len(word), self._longest_stem)
        return word in self.words or any(word[:n] in self.stems for n in range(4, longest + 1))

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """Every match, by start; of the same list and start only the longest."""
        found: list[Match] = []
        for start, token in enumerate(tokens):
            best: dict[str, Match] = {}
            for name, elements in self._candidates(token):
                match = self._match(name, elements, tokens, start)
                if match and (name not in best or match.end > best[name].end):
                    best[name] = match
            found.extend(best.values())
        return found

    def _candidates(self, token: Token) -> Iterable[tuple[str, tuple[_Element, ...]]]:
        index, word = self._index, token.norm
        yield from index.exact.get(word, ())
        for length in range(1, min(len(word), self._longest_stem) + 1):
            yield from index.stems.get(word[:length], ())
        if token.value is not None or word in self._lexicon.numbers:
            yield from index.numbers
        if token.value is not None or word in self._lexicon.ordinals or word.upper() in ROMAN:
            yield from index.ordinals

    def _match(
        self, name: str, elements: Sequence[_Element], tokens: Sequence[Token], start: int
    ) -> Match | None:
        at, numbers = start, []
        for position, element in enumerate(elements):
            if element.kind == "end":
                if at < len(tokens) and tokens[at].gap < Gap.COMMA:
                    return None
                continue
            if at >= len(tokens) or not _gap_fits(element, tokens[at], position == 0):
                return None
            if element.kind == "word":
                if not _word_fits(element, tokens[at].norm):
                    return None
                at += not element.ahead
            elif element.kind == "any":
                if not self._adjective(tokens[at]):
                    return None
                at += 1
            elif element.kind == "number":
                value = self.cardinal(tokens[at])
                if value is None:
                    return None
                numbers.append(value)
                at += 1
            else:
                value, used = self.ordinal(tokens, at)
                if value is None:
                    return None
                numbers.append(value)
                at += used
        return Match(name, start, at, tuple(numbers))

    def cardinal(self, token: Token) -> float | None:
        """The number that a token is, if it is no ordinal."""
        if token.value is not None:
            return None if token.ordinal else token.value
        return self._lexicon.numbers.get(token.norm)

    def ordinal(self, tokens: Sequence[Token], at: int) -> tuple[float | None, int]:
        """The ordinal at a place and how many tokens it takes; (None, 0) where there is none."""
        token = tokens[at]
        if token.value is None:
            if token.norm in self._lexicon.ordinals:
                return self._lexicon.ordinals[token.norm], 1
            return (float(ROMAN[token.norm.upper()]), 1) if _roman(token) else (None, 0)
        if token.ordinal:
            return token.value, 1
        if at + 1 < len(tokens):
            after = tokens[at + 1]
            glued = after.start - token.end <= 1 and after.gap in (Gap.NONE, Gap.HYPHEN)
            spaced = after.start > token.end and after.gap == Gap.NONE
            if glued and not spaced and after.norm in self._lexicon.ordinal_suffixes:
                return token.value, 2
        return None, 0

    def _adjective(self, token: Token) -> bool:
        lexicon = self._lexicon
        return (
            token.is_word
            and token.norm not in lexicon.no_adjectives
            and token.norm not in lexicon.numbers
            and token.norm not in lexicon.ordinals
        )


def _roman(token: Token) -> bool:
    return token.upper and token.norm.upper() in ROMAN


def _gap_fits(element: _Element, token: Token, first: bool) -> bool:
    if element.gap is None:
        return first or token.gap <= Gap.DOT
    if element.gap is Gap.COLON:
        return token.gap is Gap.COLON or token.dash
    return token.gap is element.gap


def _word_fits(element: _Element, word: str) -> bool:
    return word in element.exact or any(word.startswith(stem) for stem in element.stems)
