"""The year in which the building was built, not the one of a renovation, a lease or a delivery.

    read_years(page)         # [Found("year_built", 1930, …, "Built in 1930")]

A year counts when the nearest word about years beside it says "built", or names the building ("a
house of 1958"). A decade ("anni '60") is no year and is not read.
"""

from avm.text.found import Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import Status, judge
from avm.text.tokens import Gap

EARLIEST, LATEST = 1200, 2040
BEFORE, BEHIND = 6, 4
"""Words in which the verb or the building stands: "built by Barratt Homes in 2016"."""


def read_years(page: Page) -> list[Found]:
    """year_built, once or not at all."""
    for at, token in enumerate(page.tokens):
        year = token.value
        if year is None or not EARLIEST <= year <= LATEST or not token.norm.isdecimal():
            continue
        evidence = _evidence(page, at)
        if evidence and judge(page, Match("year_built", *evidence)).status in (
            Status.STATED,
            Status.ASKED,
        ):
            return [page.found("year_built", int(year), *evidence)]
    return []


def _evidence(page: Page, at: int) -> tuple[int, int] | None:
    """The tokens from the cue to the year, None where it is another year or none at all."""
    if _is(page, at + 1, "currency") or _is(page, at - 1, "currency"):
        return None
    weak: tuple[int, int] | None = None
    for back in range(at - 1, max(at - BEFORE, 0) - 1, -1):
        gap = page.gap(back + 1)
        bracket = back + 1 == at and page.text[page.tokens[at].start - 1] == "("
        if gap >= Gap.CLAUSE or (
            gap is Gap.COMMA and not page.tokens[back + 1].dash and not bracket
        ):
            break
        if _is(page, back, "built.not"):
            return None
        if _is(page, back, "built"):
            return back, at + 1
        if _is(page, back, "built.weak") and weak is None:
            weak = back, at + 1
    if weak:
        return weak
    for ahead in range(at + 1, min(at + 1 + BEHIND, len(page.tokens))):
        if page.gap(ahead) >= Gap.COMMA:
            break
        if _is(page, ahead, "built.not"):
            return None
        if _is(page, ahead, "built"):
            return at, ahead + 1
    return None


def _is(page: Page, at: int, kind: str) -> bool:
    return 0 <= at < len(page.tokens) and page.is_noun(at, kind)
