"""Which language a description is in, by its small words and by the words of homes in it.

    detect("Piso con ascensor y dos baños")        # "es"
    detect("lorem ipsum")                          # None

Every token that only some languages know votes for them; the rarer the word among the tables, the
more its vote counts. Without a vote, or on a tie, the language is not known.
"""

from collections.abc import Sequence

from avm.text.spelling import corrected
from avm.text.table import Language, load_languages
from avm.text.tokens import Token, tokenize

HOME_WORD = 2.0
"""A word of the phrases tells more than a small word: "ascensor" beside "de"."""
FIRST = 400
"""Tokens that are looked at; a longer text does not change its language."""


def detect(text: str) -> str | None:
    """The code of the language, None where no known one is recognised."""
    languages = load_languages()
    tokens = tokenize(text[: FIRST * 20])[:FIRST]
    scores = {code: _score(tokens, code, languages) for code in languages}
    if not any(scores.values()):
        # nothing but typos: "3 habitacones, acensor"
        scores = {
            code: _score(corrected(tokens, language), code, languages)
            for code, language in languages.items()
        }
    best = max(scores.values(), default=0.0)
    winners = [code for code, score in scores.items() if score == best]
    return winners[0] if best > 0 and len(winners) == 1 else None


def _score(tokens: Sequence[Token], code: str, languages: dict[str, Language]) -> float:
    total = 0.0
    for token in tokens:
        if not token.is_word:
            continue
        weights = {other: _weight(token.norm, languages[other]) for other in languages}
        if weights[code]:
            total += weights[code] / sum(1 for weight in weights.values() if weight) ** 2
    return total


def _weight(word: str, language: Language) -> float:
    if word in language.words:
        return 1.0
    if word in language.spellings or word in language.book.words:
        return HOME_WORD
    return HOME_WORD if len(word) > 4 and language.book.known(word) else 0.0
