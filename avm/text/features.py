"""Lift, balcony, terrace, garage, garden, storage: there, explicitly not there, or not said.

    read_features(page)      # [Found("lift", False, …, "senza ascensore"), …]

What all neighbours share is not the home's, except the lift, which always is shared. Where a text
both states and denies, a denial is believed for what there is one of; "no garage but a parking
space" is a parking space all the same.
"""

from avm.text.found import EXTRAS, Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import Status, judge
from avm.text.tokens import Gap

SEVERAL_KINDS = ("garage", "storage", "garden", "terrace")
"""One kind can be denied and another stated."""

BESIDE = 3
"""Words beside the mention in which "communal" or "private" stands."""


def read_features(page: Page) -> list[Found]:
    """At most one value for each of EXTRAS."""
    found = []
    for attribute in EXTRAS:
        if best := _read(page, attribute):
            found.append(best)
    return found


def _read(page: Page, attribute: str) -> Found | None:
    stated: list[Found] = []
    denied: list[Found] = []
    for match in page.mentions(attribute):
        scope = judge(page, match)
        positive = page.meaning(match) is True
        if attribute != "lift" and (_shared(page, match) or _name_of_a_place(page, match)):
            continue
        if scope.stated and positive and _one_of_two(page, match):
            continue
        if scope.stated and positive:
            stated.append(page.found(attribute, True, scope.start, scope.end))
        elif scope.stated or (scope.status is Status.DENIED and positive):
            denied.append(page.found(attribute, False, scope.start, scope.end))
    first, second = (stated, denied) if attribute in SEVERAL_KINDS else (denied, stated)
    return next(iter(first or second), None)


def _one_of_two(page: Page, match: Match) -> bool:
    """ "Terrace or garden": which of the two it is remains open."""
    for word, other in ((match.end, match.end + 1), (match.start - 1, match.start - 2)):
        if page.word(word) in page.language.or_words and 0 <= other < len(page.tokens):
            beside = page.mention_at[other]
            kind = page.kind(beside) if beside else match.name
            if kind in EXTRAS and kind != page.kind(match):
                return True
    return False


def _shared(page: Page, match: Match) -> bool:
    """Whether "communal" or "public" stands beside it, and no "assigned" or "own"."""
    around = [*_until_gap(page, match.end, 1), *_until_gap(page, match.start - 1, -1)]
    shared, own = (any(page.cue_at(at, kind) for at in around) for kind in ("shared", "own"))
    return shared and not own


def _until_gap(page: Page, at: int, step: int) -> list[int]:
    """Up to BESIDE tokens in one direction; punctuation, cues and other mentions end it."""
    seen: list[int] = []
    while 0 <= at < len(page.tokens) and len(seen) < BESIDE:
        if page.gap(at if step > 0 else at + 1) >= Gap.COLON or page.mention_at[at]:
            break
        if page.cue_at(at, "but", "view", "elsewhere", "elsewhere.after"):
            break
        seen.append(at)
        at += step
    return seen


def _name_of_a_place(page: Page, match: Match) -> bool:
    """Covent Garden, Giardini Margherita: large letters side by side inside a sentence."""
    tokens, first, last = page.tokens, match.start, match.end - 1
    if not tokens[first].capital or tokens[first].upper or tokens[first].gap is Gap.SENTENCE:
        return False
    before = first > 0 and page.gap(first) is Gap.NONE and tokens[first - 1].capital
    behind = last + 1
    if behind < len(tokens) and tokens[behind].norm in page.language.words:
        behind += 1
    after = behind < len(tokens) and page.gap(behind) is Gap.NONE and tokens[behind].capital
    return (before or after) and _mostly_small(page, first)


def _mostly_small(page: Page, at: int) -> bool:
    """Whether the words around are written small, so that a large letter means a name."""
    near = page.tokens[max(0, at - 8) : at + 9]
    long = [token for token in near if token.is_word and len(token.norm) > 3]
    return sum(token.capital for token in long) * 2 <= len(long) + 2
