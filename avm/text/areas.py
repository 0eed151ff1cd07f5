"""The home's own square metres, not the terrace's, the plot's, a distance or a price per m².

    read_areas(page)       # [Found("area_m2", 85, …, "85 mq commerciali")]

The total or built area stands before any other ("90 m² construidos, 80 útiles" is 90); else it is
the first area that belongs to no part. Square feet are converted, to one decimal. A bare "m" is
metres of length, unless the item is nothing but the number ("46 m, balkon").
"""

from dataclasses import dataclass

from avm.text.counts import in_range
from avm.text.found import Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import Status, judge
from avm.text.tokens import Gap

SQUARE_FOOT = 0.09290304
SMALLEST, LARGEST = 8, 2000
BARE_SMALLEST, BARE_LARGEST = 15, 400
"""Narrower where the unit is a bare "m": 3.4 m is a height, 500 m a walk."""
OWNER, OWNER_OF = 4, 10
"""Words between the owner of an area and the number, and where the number follows an "of": "garage
con serranda elettrica di circa 15 mq"."""


@dataclass(frozen=True, slots=True)
class _Area:
    value: float
    start: int
    end: int
    total: bool


def read_areas(page: Page) -> list[Found]:
    """area_m2, once or not at all."""
    areas = [area for at in range(len(page.tokens)) if (area := _area(page, at))]
    if not areas:
        return []
    best = min(areas, key=lambda area: not area.total)
    value = int(best.value) if best.value.is_integer() else best.value
    return [page.found("area_m2", value, best.start, best.end)]


def _area(page: Page, at: int) -> _Area | None:
    """The area whose number is the token at `at`."""
    number = page.tokens[at].value
    if number is None or page.tokens[at].ordinal:
        return None
    start, end, value, bare = at, at + 1, number, False
    if page.gap(end) <= Gap.DOT and _is(page, end, "area.unit"):
        end = _end(page, end, "area.unit")
    elif page.gap(end) <= Gap.DOT and _is(page, end, "area.feet"):
        end, value = _end(page, end, "area.feet"), round(number * SQUARE_FOOT, 1)
    elif at and page.gap(at) in (Gap.NONE, Gap.DOT, Gap.COLON) and _is(page, at - 1, "area.unit"):
        start = at - 1
        if _unit_of_another(page, start) or page.mention_at[at]:
            return None
    elif page.gap(end) <= Gap.DOT and _is(page, end, "area.metre"):
        end, bare = _end(page, end, "area.metre"), True
    else:
        return None
    start, value = _thousands(page, start, value) if start == at else (start, value)
    low, high = (BARE_SMALLEST, BARE_LARGEST) if bare else (SMALLEST, LARGEST)
    if not low <= value <= high or in_range(page, at) or _price(page, start, end):
        return None
    if _owned(page, start, end) or (bare and not _alone(page, start, end)):
        return None
    if judge(page, Match("area_m2", start, end)).status in (Status.ELSEWHERE, Status.DENIED):
        return None
    return _Area(value, start, end, _total(page, start, end))


def _is(page: Page, at: int, kind: str) -> bool:
    return 0 <= at < len(page.tokens) and page.is_noun(at, kind)


def _end(page: Page, at: int, kind: str) -> int:
    """Behind the phrase of this kind that begins at `at`."""
    end = at + 1
    while end < at + 3 and _is(page, end, kind) and page.gap(end) <= Gap.DOT:
        end += 1
    return end


def _unit_of_another(page: Page, unit: int) -> bool:
    """In "85 mq 3 locali" the unit belongs to the number before it."""
    before = unit - 1
    return before >= 0 and page.tokens[before].value is not None and page.gap(unit) <= Gap.DOT


def _thousands(page: Page, start: int, value: float) -> tuple[int, float]:
    """ "1 200 m2": a group of three digits belongs to the digits before it."""
    tokens = page.tokens
    if start and len(tokens[start].norm) == 3 and tokens[start].gap is Gap.NONE:
        before = tokens[start - 1]
        if before.value is not None and before.norm.isdecimal() and len(before.norm) <= 2:
            joined = tokens[start].start - before.end == 1 and not before.ordinal
            if joined and page.mention_at[start - 1] is None and before.value > 0:
                return start - 1, before.value * 1000 + value
    return start, value


def _price(page: Page, start: int, end: int) -> bool:
    """ "2.500 €/mq", "al mq 2.500 €"."""
    per = _is(page, start - 1, "area.per") or _is(page, start - 1, "currency")
    slash = page.gap(start) is Gap.SLASH
    behind = _is(page, end, "currency") and page.gap(end) <= Gap.SLASH
    return (per and page.gap(start) <= Gap.SLASH) or slash or behind


def _owned(page: Page, start: int, end: int) -> bool:
    """Whether a part's name stands before it or behind: "terrazza di 20 mq", "20 m² terrace"."""
    of = any(_is(page, at, "area.of") for at in (start - 1, start - 2))
    for at in range(start - 1, max(start - (OWNER_OF if of else OWNER), 0) - 1, -1):
        gap = page.gap(at + 1)
        if gap >= Gap.COMMA and not page.tokens[at + 1].dash:
            break
        if _is(page, at, "area.gross") or _is(page, at, "home"):
            return False
        if _is(page, at, "area.owner"):
            return True
        if page.tokens[at].value is not None:
            break
    behind = end + 1 if page.gap(end) <= Gap.DOT and _is(page, end, "area.of") else end
    return page.gap(behind) <= Gap.DOT and _is(page, behind, "area.owner")


def _alone(page: Page, start: int, end: int) -> bool:
    """Whether the item is nothing but the area, or another mention stands beside it."""
    begins = page.gap(start) >= Gap.COMMA or page.mention_at[start - 1] is not None
    before = begins or _is(page, start - 1, "area.total") or _is(page, start - 1, "home")
    ends = page.gap(end) >= Gap.COMMA or _is(page, end, "area.total")
    return before and (ends or page.mention_at[end] is not None)


def _total(page: Page, start: int, end: int) -> bool:
    around = [*range(max(0, start - 2), start), *range(end, min(end + 2, len(page.tokens)))]
    near = [at for at in around if page.gap(max(at, start) if at < start else at) < Gap.COMMA]
    return any(_is(page, at, "area.gross") for at in near)
