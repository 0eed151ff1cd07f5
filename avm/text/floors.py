"""The home's floor, whether it is the last one, and how many the building has.

    read_floors(page)     # [Found("floor", 3, …, "3/4 piętro"), Found("floors_in_building", 4, …)]

0 is the ground floor, a raised one and a mezzanine too; -1 is below it. In a house floors say
where its rooms are, so none is read. Of several floors the home's own is wanted, not that of the
shop, the cellar or the neighbour: one beside a word for the home wins, then the first.
`floors_in_building` is the number as it is written: Polish "4 piętra" leaves the ground floor out.
"""

from dataclasses import dataclass, replace

from avm.text.counts import in_range
from avm.text.found import COUNTS, Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import judge
from avm.text.tokens import Gap

HIGHEST = 100
MOST_FLOORS = 170
BESIDE = 8
"""Words between a floor and the word for what is on it."""


@dataclass(frozen=True, slots=True)
class _Floor:
    match: Match
    value: float | None
    floors: float | None
    top: bool
    bare: bool
    own: bool


def read_floors(page: Page) -> list[Found]:
    """floor, top_floor and floors_in_building, each at most once."""
    floors = [floor for match in page.mentions("floor") if (floor := _floor(page, match))]
    if page.has_noun("house") and not page.has_noun("flat"):
        floors = []
    if _levels(page):
        floors = [floor for floor in floors if floor.own]
    several = {floor.value for floor in floors if not floor.bare} - {None}
    if len(several) > 1 and not any(floor.own for floor in floors):
        floors = []  # "ground floor: kitchen; first floor: bedrooms"
    best = _best(floors)
    found = []
    if best and best.value is not None:
        found.append(page.found("floor", int(best.value), best.match.start, best.match.end))
    top = _top(page, best)
    if top:
        found.append(page.found("top_floor", True, top.start, top.end))
    if building := _building(page, best):
        found.append(building)
    return found


def _floor(page: Page, match: Match) -> _Floor | None:
    kind = page.kind(match).partition(".")[2]
    fixed = page.meaning(match)
    numbers = [number for number in match.numbers if float(number).is_integer()]
    if len(numbers) != len(match.numbers):
        return None
    value = None if isinstance(fixed, bool) else float(fixed)
    floors = None
    if value is None and numbers:
        value = numbers[0]
    if kind == "pair":
        floors = numbers[-1]
    if value is not None and not -5 <= value <= HIGHEST:
        return None
    if floors is not None and not (value is not None and max(value, 2) <= floors <= MOST_FLOORS):
        floors = None
    if match.numbers and kind != "pair" and in_range(page, match.start):
        return None
    if not judge(page, match).stated or _of_a_place(page, match):
        return None
    return _Floor(match, value, floors, kind == "top", kind == "bare", _of_the_home(page, match))


def _levels(page: Page) -> bool:
    """Whether the home has floors of its own: "over two floors", "distribuida en dos plantas"."""
    matches = page.named.get("floors_in_building", ())
    return any(match.name == "floors_in_building.not" for match in matches)


def _best(floors: list[_Floor]) -> _Floor | None:
    numbered = [floor for floor in floors if floor.value is not None]
    return min(numbered, key=lambda f: (f.bare, not f.own), default=None)


def _before(page: Page, match: Match, kind: str) -> bool:
    """Whether a noun of this kind stands shortly before, in the same clause."""
    for at in range(match.start - 1, max(match.start - BESIDE, 0) - 1, -1):
        if page.gap(at + 1) >= Gap.COLON:
            return False
        if page.is_noun(at, kind):
            return True
    return False


def _of_a_place(page: Page, match: Match) -> bool:
    """ "A shop on the ground floor", "on the ground floor a shop", "cantina al piano interrato"."""
    for at in range(match.start - 1, max(match.start - BESIDE, 0) - 1, -1):
        if page.gap(at + 1) >= Gap.COLON or page.is_noun(at, "home"):
            break
        mention = page.mention_at[at]
        if mention and page.kind(mention).partition(".")[0] in COUNTS:
            break
        if page.is_noun(at, "place") or (mention and page.kind(mention) in ("storage", "garage")):
            return True
    behind = match.end < len(page.tokens) and page.gap(match.end) <= Gap.COMMA
    if behind and page.is_noun(match.end, "place.behind"):
        return True
    for at in range(match.end, min(match.end + 4, len(page.tokens))):
        mention = page.mention_at[at]
        if page.gap(at) >= Gap.COMMA or page.cue_at(at):
            return False
        if mention and page.kind(mention).partition(".")[0] in COUNTS:
            return False
        if page.is_noun(at, "place"):
            return True
    return False


def _of_the_home(page: Page, match: Match) -> bool:
    after = match.end < len(page.tokens) and page.gap(match.end) <= Gap.DOT
    return _before(page, match, "home") or (after and page.is_noun(match.end, "home"))


def _top(page: Page, best: _Floor | None) -> Match | None:
    if best and best.top:
        return best.match
    for match in page.mentions("top_floor"):
        if judge(page, match).stated and page.meaning(match) is True:
            return match
    return None


def _building(page: Page, best: _Floor | None) -> Found | None:
    """floors_in_building: with the floor ("3/4"), behind it ("… of 6"), or of the building."""
    if best and best.floors is not None:
        return _floors(page, best.match, best.floors)
    for match in page.mentions("floors_in_building"):
        of_floor = page.kind(match).endswith(".of")
        if of_floor and not (best and _follows(page, best, match)):
            continue
        value = page.meaning(match)
        amount = (*match.numbers, 0.0)[0] if isinstance(value, bool) else float(value)
        if not 1 <= amount <= MOST_FLOORS or not float(amount).is_integer():
            continue
        if best and best.value is not None and best.value > amount:
            continue
        if judge(page, match).stated:
            return _floors(page, match, amount)
    return None


def _follows(page: Page, best: _Floor, match: Match) -> bool:
    """Whether "of 6" stands right behind the floor, at most a word or a comma between."""
    near = best.match.end <= match.start <= best.match.end + 1
    return near and page.gap(match.start) < Gap.CLAUSE


def _floors(page: Page, match: Match, amount: float) -> Found:
    return page.found("floors_in_building", int(amount), match.start, match.end)


def american(floors: list[Found]) -> list[Found]:
    """The same where the first floor is the ground floor: one less, the ground floor as it is."""
    return [
        replace(one, value=int(one.value) - 1)
        if one.attribute == "floor" and isinstance(one.value, int) and one.value > 0
        else one
        for one in floors
    ]
