"""The state of the home: to be renovated, good, renovated or new.

    read_condition(page)        # [Found("condition", "renovated", …, "recién reformado")]

A renovated kitchen, roof or lobby is not a renovated home. Of several states the one that tells
most is given: to be renovated, then new, renovated, good ("renovated, in good condition").
"""

from avm.text.found import Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import judge
from avm.text.tokens import Gap

ORDER = ("to_renovate", "new", "renovated", "good")
SUBJECT = 4
"""Words in which the part stands that was renovated: "ristrutturato nel 2019 il bagno"."""


def read_condition(page: Page) -> list[Found]:
    """condition, once or not at all."""
    found: list[Found] = []
    for match in page.mentions("condition"):
        if judge(page, match).stated and not _of_a_part(page, match):
            value = str(page.meaning(match))
            found.append(page.found("condition", value, match.start, match.end))
    return sorted(found, key=lambda one: ORDER.index(str(one.value)))[:1]


def _of_a_part(page: Page, match: Match) -> bool:
    """Whether a kitchen, a window or the building is what is in this state."""
    for at in range(match.start - 1, max(match.start - SUBJECT, 0) - 1, -1):
        if page.gap(at + 1) >= Gap.COLON:
            break
        if page.is_noun(at, "home") or page.is_noun(at, "house"):
            return False
        beside = page.mention_at[at]
        if page.is_noun(at, "part") and not (beside and beside.name.startswith("condition")):
            return True
        if page.word(at) in page.language.and_words:
            break
    for at in range(match.end, min(match.end + SUBJECT, len(page.tokens))):
        if page.gap(at) >= Gap.COLON or page.cue_at(at):
            return False
        if page.is_noun(at, "home") or page.is_noun(at, "house"):
            return False
        if page.is_noun(at, "part"):
            return True
        if page.mention_at[at] or page.word(at) in page.language.and_words:
            return False
    return False
