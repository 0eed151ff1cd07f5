"""Rooms, bedrooms and bathrooms: counted, in one word ("trilocale"), or named one by one.

    read_counts(page)      # [Found("rooms", 3, …, "Trilocale"), Found("bedrooms", 2, …), …]

How a language's lists are used: `bedrooms` holds counts ("three bedrooms"), which stand before all
else; `.part` what is named by its kind ("a double bedroom", "en suite"), which is added up; `.nth`
what is counted through ("a second bathroom"); `.bare` the singular alone, which is one however
often it is named; `.weak` what is believed if there is nothing better. "2 to 4 rooms" are the
developer's, not the home's.
"""

from dataclasses import dataclass, replace

from avm.text.found import COUNTS, Found
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.scope import Status, judge
from avm.text.tokens import Gap

MOST = {"rooms": 30, "bedrooms": 20, "bathrooms": 15}
"""A larger number counts something else: a flat's number, a price."""


@dataclass(frozen=True, slots=True)
class _Count:
    value: float
    start: int
    end: int


def read_counts(page: Page) -> list[Found]:
    """At most one value for each of COUNTS."""
    found = []
    for attribute in COUNTS:
        if best := _read(page, attribute):
            value = int(best.value) if best.value.is_integer() else best.value
            found.append(page.found(attribute, value, best.start, best.end))
    return found + _studio(found)


def _studio(found: list[Found]) -> list[Found]:
    """A home without a bedroom is one room."""
    read = {one.attribute: one for one in found}
    studio = read.get("bedrooms")
    if studio and studio.value == 0 and "rooms" not in read:
        return [replace(studio, attribute="rooms", value=1)]
    return []


def _read(page: Page, attribute: str) -> _Count | None:
    kinds: dict[str, list[_Count]] = {"": [], "bare": [], "part": [], "nth": [], "weak": []}
    for match in page.mentions(attribute):
        if _counts(page, match, attribute):
            value = page.meaning(match)
            amount = float(value) if not isinstance(value, bool) else (*match.numbers, 1.0)[0]
            kind = page.kind(match).partition(".")[2]
            kinds[kind].append(_Count(amount, match.start, match.end))
    total = next((one for one in kinds[""] if one.value != 1), None)
    if total:
        return total
    ones = _ones(page, kinds[""]) or kinds["bare"][:1]
    if kinds[""] and kinds["part"] and _headline(page, ones[0]):
        # "1 bedroom flat. … The double bedroom …" is one bedroom, named again
        first = page.sentence[ones[0].start]
        kinds["part"] = [one for one in kinds["part"] if page.sentence[one.start] == first]
    named = sorted([*ones, *kinds["part"], *kinds["nth"]], key=lambda one: one.start)
    if not named:
        return kinds["weak"][0] if kinds["weak"] else None
    counted = sum(one.value for one in [*ones, *kinds["part"]]) + len(kinds["nth"])
    amount = max([counted, *(one.value for one in kinds["nth"])])
    return _Count(amount, named[0].start, named[-1].end)


def _ones(page: Page, counts: list[_Count]) -> list[_Count]:
    """The first "one bathroom", and what stands beside it: "one with a bath and one with …"."""
    return [one for one in counts if page.sentence[one.start] == page.sentence[counts[0].start]]


def _headline(page: Page, one: _Count) -> bool:
    """Whether a count stands for the whole home: in the first sentence or before a word for it."""
    of_home = one.end < len(page.tokens) and page.is_noun(one.end, "home")
    return page.sentence[one.start] == page.sentence[0] or of_home


def _counts(page: Page, match: Match, attribute: str) -> bool:
    if any(not 0 <= number <= MOST[attribute] for number in match.numbers):
        return False
    if match.numbers and in_range(page, match.start):
        return False
    return judge(page, match).status in (Status.STATED, Status.ASKED)


def in_range(page: Page, at: int) -> bool:
    """Whether the number at a place is the end of "2-4" or "1, 2 and 3"."""
    tokens, book = page.tokens, page.language.book
    if at < 1 or page.gap(at) >= Gap.CLAUSE:
        return False
    previous = tokens[at - 1]
    if book.cardinal(previous) is not None and page.mention_at[at - 1] is None:
        return page.gap(at) in (Gap.HYPHEN, Gap.SLASH) or tokens[at].dash
    between = page.cue_at(at - 1, "range") is not None
    and_or = previous.norm in page.language.and_words | page.language.or_words
    if at < 2 or not (between or and_or):
        return False
    first = at - 2
    return book.cardinal(tokens[first]) is not None and page.mention_at[first] is None
