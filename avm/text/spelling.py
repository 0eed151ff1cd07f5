"""One typo in a long word is forgiven: "blacone" is read as "balcone", "garge" as "garage".

    corrected(tokens, language)      # the same tokens, some with another `norm`

Only words of five letters and more that no phrase has, and only to one of the table's `spellings`:
one letter more, less or other, or two neighbours exchanged. The first letter must stand.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from avm.text.table import Language
from avm.text.tokens import Token

SHORTEST = 5
"""Shorter words are too often one letter away from another word."""
LONGEST = 30


def corrected(tokens: Sequence[Token], language: Language) -> list[Token]:
    """The tokens, unknown words replaced by the spelling that they are one typo away from."""
    near = _near(language.spellings)
    return [_corrected(token, language, near) for token in tokens]


def _corrected(token: Token, language: Language, near: dict[str, set[str]]) -> Token:
    word = token.norm
    if not token.is_word or not SHORTEST <= len(word) <= LONGEST:
        return token
    if word in language.words or word in language.correct or language.book.known(word):
        return token
    candidates = {
        spelling
        for key in _deletions(word)
        for spelling in near.get(key, ())
        if spelling[0] == word[0] and one_typo(word, spelling)
    }
    return replace(token, norm=min(candidates)) if candidates else token


def _deletions(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


@cache
def _near(spellings: frozenset[str]) -> dict[str, set[str]]:
    """Each spelling under itself and under itself less one letter."""
    found: dict[str, set[str]] = {}
    for spelling in spellings:
        for key in _deletions(spelling):
            found.setdefault(key, set()).add(spelling)
    return found


def one_typo(left: str, right: str) -> bool:
    """Whether one letter more, less or other, or one exchange of neighbours, makes them equal."""
    if left == right:
        return True
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left))
    if len(left) < len(right):
        return left[at:] == right[at + 1 :]
    swapped = left[at + 1 : at + 2] + left[at : at + 1] == right[at : at + 2]
    return left[at + 1 :] == right[at + 1 :] or (swapped and left[at + 2 :] == right[at + 2 :])
