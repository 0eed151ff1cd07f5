"""A description laid out for the readers: its tokens, the phrases found and where sentences end.

    page = Page.of("Due camere, senza ascensore", load_language("it"))
    page.mentions("lift")               # phrases that name an attribute, overlaps resolved
    page.cue_at(2)                      # the cue that covers a token: "senza"

Phrases that name an attribute may not overlap: the longest stands, so "box doccia" (garage.not)
keeps "box" from being a garage. Cues are resolved in the same way among themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from avm.text.found import ATTRIBUTES, Found, Value
from avm.text.patterns import Match
from avm.text.spelling import corrected
from avm.text.table import CUES, Language
from avm.text.tokens import Gap, Token, tokenize


@dataclass(frozen=True, slots=True)
class Page:
    """One description in one language. Indices are those of tokens."""

    text: str
    tokens: Sequence[Token]
    language: Language
    named: dict[str, list[Match]]
    mention_at: Sequence[Match | None]
    cues: Sequence[tuple[Match, ...]]
    nouns: Sequence[frozenset[str]]
    sentence: Sequence[int]
    asked: frozenset[int]

    @classmethod
    def of(cls, text: str, language: Language) -> "Page":
        """Tokens, phrases and sentences of the text."""
        tokens = corrected(tokenize(text, language.abbreviations), language)
        found = language.book.find(tokens)
        cues = [match for match in found if match.name in CUES]
        mentions = [match for match in found if _base(match.name) in ATTRIBUTES]
        kept = resolve(mentions, len(tokens))
        named: dict[str, list[Match]] = {}
        for match in _once(kept):
            named.setdefault(_base(match.name), []).append(match)
        nouns: list[set[str]] = [set() for _ in tokens]
        for match in found:
            if match.name not in CUES and _base(match.name) not in ATTRIBUTES:
                for at in range(match.start, match.end):
                    nouns[at].add(match.name)
        sentence = list(accumulate(int(token.gap is Gap.SENTENCE) for token in tokens))
        asked = {sentence[at - 1] for at, token in enumerate(tokens) if at and token.asked}
        if tokens and "?" in text[tokens[-1].end :]:
            asked.add(sentence[-1])
        return cls(
            text,
            tokens,
            language,
            named,
            kept,
            _roles(cues, len(tokens)),
            [frozenset(names) for names in nouns],
            sentence,
            frozenset(asked),
        )

    def mentions(self, attribute: str) -> list[Match]:
        """What names the attribute, by place; phrases that only look like it are left out."""
        matches = self.named.get(attribute, ())
        return [match for match in matches if not match.name.endswith(".not")]

    def meaning(self, match: Match) -> float | str | bool:
        """The value that the name of a match gives: ATTRIBUTE=VALUE."""
        return self.language.fixed[match.name][1]

    def kind(self, match: Match) -> str:
        """The name of a match without its value."""
        return self.language.fixed.get(match.name, (match.name, True))[0]

    def cue_at(self, at: int, *kinds: str) -> Match | None:
        """The cue that covers a token, of one of these kinds if any are named."""
        if not 0 <= at < len(self.cues):
            return None
        return next((cue for cue in self.cues[at] if not kinds or cue.name in kinds), None)

    def is_noun(self, at: int, kind: str) -> bool:
        """Whether the token belongs to a phrase of this list of nouns."""
        return kind in self.nouns[at]

    def has_noun(self, kind: str) -> bool:
        """Whether any token does."""
        return any(kind in names for names in self.nouns)

    def gap(self, at: int) -> Gap:
        """What stands before a token; the end of the text is the end of a sentence."""
        return self.tokens[at].gap if 0 < at < len(self.tokens) else Gap.SENTENCE

    def word(self, at: int) -> str:
        """The token's letters, nothing outside the text."""
        return self.tokens[at].norm if 0 <= at < len(self.tokens) else ""

    def found(self, attribute: str, value: Value, start: int, end: int) -> Found:
        """The attribute, with tokens [start, end) as its evidence."""
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        return Found(attribute, value, first, last, self.text[first:last])


def _base(name: str) -> str:
    """The attribute that a list of phrases is about: "floor" of "floor=0" and "floor.not"."""
    return name.partition("=")[0].partition(".")[0].partition("+")[0]


def resolve(matches: Iterable[Match], tokens: int) -> list[Match | None]:
    """For each token the match that covers it; of overlapping ones the longer, then the earlier."""
    taken: list[Match | None] = [None] * tokens
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.start, m.name)):
        if all(one is None for one in taken[match.start : match.end]):
            taken[match.start : match.end] = [match] * (match.end - match.start)
    return taken


def _roles(cues: Sequence[Match], tokens: int) -> list[tuple[Match, ...]]:
    """For each token the cue that covers it, in all its roles: "optional" stands on both sides."""
    roles: dict[tuple[int, int], list[Match]] = {}
    for cue in cues:
        roles.setdefault((cue.start, cue.end), []).append(cue)
    kept = resolve(cues, tokens)
    return [tuple(roles[cue.start, cue.end]) if cue else () for cue in kept]


def _once(covered: Iterable[Match | None]) -> Iterable[Match]:
    """Each match once, by place."""
    last = None
    for match in covered:
        if match is not None and match is not last:
            yield match
        last = match
