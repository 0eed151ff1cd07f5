"""Words and numbers of a description, each with what separates it from the one before.

    [token.norm for token in tokenize("L'ascensore c'è: 3º piano, 85m²")]
    # ["l", "ascensore", "c", "e", "3", "piano", "85", "m2"]

`norm` is small letters without accents, so that a phrase is written once. Punctuation makes no
token: it is the `gap` before the next one, which says how far a "no" or a "near" can reach.
"""

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from enum import IntEnum


class Gap(IntEnum):
    """What stands between two words; the larger the more it separates."""

    NONE = 0
    HYPHEN = 1
    DOT = 2  # of an abbreviation
    SLASH = 3
    COLON = 4
    COMMA = 5  # also a bracket, a dash, a plus
    CLAUSE = 6  # a semicolon, a bullet
    SENTENCE = 7


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign; `value` is a number's, `ordinal` says that it is written 3º."""

    start: int
    end: int
    norm: str
    gap: Gap
    value: float | None = None
    ordinal: bool = False
    upper: bool = False
    capital: bool = False
    dash: bool = False
    asked: bool = False

    @property
    def is_word(self) -> bool:
        """Letters, neither a number nor a sign."""
        return self.value is None and self.norm.isalpha()


_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)(?P<mark>[ºª°]|\s[º°](?!\w))?"
    r"|(?P<area>[mM]2(?!\w))"
    r"|(?P<word>[^\W\d_ºª]+(?:['’]t(?!\w))?)"
    r"|(?P<sign>[€£$%])"
)
_UNFOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "’": "'", "æ": "ae", "œ": "oe"})
_MANY_DIGITS = 12
"""A longer number is no measure; it is left without a value."""


def fold(text: str) -> str:
    """Small letters without accents: "Baño" and "bano" are one word."""
    small = text.casefold()
    if small.isascii():
        return small
    # letters such as a mathematical bold A are only small ones once they are plain
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", small).casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return kept.translate(_UNFOLDED)


def number(text: str) -> float | None:
    """The value of digits with points and commas: 1.507 and 1,507 are thousands, 72,5 is not."""
    if len(text) > _MANY_DIGITS or not text.replace(".", "").replace(",", "").isdecimal():
        return None
    whole, *groups = re.split("[.,]", text)
    if not groups:
        return float(whole)
    if all(len(group) == 3 for group in groups) and whole.lstrip("0"):
        return float(whole + "".join(groups))
    if len(groups) == 1:
        return float(f"{whole}.{groups[0]}")
    if all(len(group) == 3 for group in groups[:-1]) and whole.lstrip("0"):
        return float(f"{whole}{''.join(groups[:-1])}.{groups[-1]}")
    return None


def tokenize(text: str, abbreviations: Set[str] = frozenset()) -> list[Token]:
    """All tokens of the text. After an abbreviation a full stop ends no sentence."""
    tokens: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        between = text[end : match.start()]
        last = tokens[-1] if tokens else None
        following = text[match.start()]
        gap = _gap(between, last, following, abbreviations) if last else Gap.SENTENCE
        raw = match.group()
        value = number(match["number"]) if match["number"] else None
        if value is not None and between[-1:] == "-" and len(between) > 1:
            # "level -1"; in "60-80" and after a word the hyphen joins
            value, gap = -value, min(gap, Gap.COLON)
        tokens.append(
            Token(
                match.start(),
                match.end(),
                fold(match["number"] or raw),
                gap,
                value,
                ordinal=bool(match["mark"]),
                upper=raw.isupper(),
                capital=raw[0].isupper(),
                dash=_spaced_dash(between),
                asked="?" in between,
            )
        )
        end = match.end()
    return tokens


def _spaced_dash(between: str) -> bool:
    return between.strip() in {"-", "–", "—"} and len(between) > 1


_STRONG = {
    **dict.fromkeys("!?…\n\r\u2028", Gap.SENTENCE),
    **dict.fromkeys(";•*·|►✓✔✅¡¿", Gap.CLAUSE),
    **dict.fromkeys(',+&()[]{}<>"«»“”–—→', Gap.COMMA),
    **dict.fromkeys(":=", Gap.COLON),
    **dict.fromkeys("/\\", Gap.SLASH),
}


def _gap(between: str, last: Token, following: str, abbreviations: Set[str]) -> Gap:
    if not between or between == " ":
        return Gap.NONE
    gap = max((_STRONG.get(c, Gap.NONE) for c in between), default=Gap.NONE)
    if "." in between:
        gap = max(gap, _full_stop(between, last, following, abbreviations))
    if "-" in between:
        gap = max(gap, Gap.HYPHEN if between == "-" else Gap.COMMA)
    return gap


def _full_stop(between: str, last: Token, following: str, abbreviations: Set[str]) -> Gap:
    if between == ".":
        # "p.t.", "P.2", "sq.m"; but "ascensore.Cantina" forgot its space
        joined = len(last.norm) <= 3 or not following.isupper()
        return Gap.DOT if joined else Gap.SENTENCE
    if last.norm in abbreviations:
        return Gap.COMMA if following.isupper() else Gap.DOT
    short = last.value is not None or (last.is_word and len(last.norm) <= 3)
    return Gap.DOT if short and following.islower() else Gap.SENTENCE
