"""Is it stated, denied, only possible, or somebody else's? Read from the words around a mention.

    scope = judge(page, match)
    scope.status        # Status.DENIED for the lift of "senza ascensore"
    scope.start, scope.end                       # the mention with the words that decided

Before the mention the nearest cue counts, if nothing ends its reach: a comma, a "but", a "with".
"No lift, balcony or garage" reaches over commas because of the "or"; "without lift and balcony"
over "and". Behind it come "… : no", "… nearby", "… on request". A question states nothing unless
the next sentence begins with yes or no.
"""

from dataclasses import dataclass, field
from enum import Enum

from avm.text.found import COUNTS, EXTRAS
from avm.text.page import Page
from avm.text.patterns import Match
from avm.text.tokens import Gap

REACH = 7
"""Words between a cue and what it is about: "no dispone de una amplia y soleada terraza"."""
REACH_BEHIND = 8
NEAR_BEHIND = 5
"""… of "nearby", which is said of the word before it."""
LIST = 14
"""Words of a list that one denial can cover."""
HEAD = 4
"""Words of the next clause in which "ours does not" begins."""

SOLD_APART = ("garage", "storage")
"""A price behind them says that they cost extra."""
SEEN_FROM_THE_HOME = ("balcony", "terrace")
"""The home's own where it is looked out on: "the living room overlooks the terrace"."""


class Status(Enum):
    """What a mention says of the home."""

    STATED = "stated"
    DENIED = "denied"
    SUPPOSED = "supposed"
    ELSEWHERE = "elsewhere"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Scope:
    """The status and the tokens [start, end) that show it."""

    status: Status
    start: int
    end: int

    @property
    def stated(self) -> bool:
        """Neither denied nor doubted."""
        return self.status is Status.STATED


_BEFORE = {
    "no": Status.DENIED,
    "without": Status.DENIED,
    "maybe": Status.SUPPOSED,
    "elsewhere": Status.ELSEWHERE,
    "site": Status.ELSEWHERE,
    "view": Status.ELSEWHERE,
    "affirm": Status.STATED,
}
_BEHIND = {
    "no.after": Status.DENIED,
    "maybe.after": Status.SUPPOSED,
    "elsewhere.after": Status.ELSEWHERE,
}


def judge(page: Page, match: Match) -> Scope:
    """What the text says of the mention."""
    start, end = match.start, match.end
    if answer := _answer(page, start, end):
        return answer
    before = _before(page, match)
    if before and before.status is Status.DENIED:
        return Scope(Status.DENIED, before.start, end)
    behind = _behind(page, match)
    if behind and not (before and before.status is Status.ELSEWHERE):
        return Scope(behind.status, start, behind.end)
    if before and before.status is not Status.STATED:
        contrast = _contrast(page, end) if before.status is Status.ELSEWHERE else None
        return contrast or Scope(before.status, before.start, end)
    return Scope(Status.STATED, start, end)


def _answer(page: Page, start: int, end: int) -> Scope | None:
    """What a mention in a question says: what the answer behind it does."""
    sentence = page.sentence[start]
    if sentence not in page.asked:
        return None
    at = end
    while at < len(page.tokens) and at < end + LIST and page.sentence[at] == sentence:
        at += 1
    cue = page.cue_at(at, "no", "no.after", "yes")
    if cue and cue.start == at and page.gap(cue.end) >= Gap.COMMA:
        status = Status.STATED if cue.name == "yes" else Status.DENIED
        return Scope(status, start, cue.end)
    return Scope(Status.ASKED, start, end)


@dataclass(slots=True)
class _Path:
    """What lies between a cue and the mention."""

    commas: int = 0
    others: int = 0
    strangers: int = 0
    joined: set[str] = field(default_factory=set)


def _before(page: Page, match: Match) -> Scope | None:
    """The nearest cue before the mention that reaches it."""
    tokens, language = page.tokens, page.language
    path, at = _Path(), match.start
    while at > 0 and match.start - at < (LIST if path.others else REACH):
        gap = tokens[at].gap
        if gap >= Gap.CLAUSE:
            break
        path.commas += gap in (Gap.COMMA, Gap.COLON)
        at -= 1
        if cue := page.cue_at(at, *_BEFORE):
            return _apply(page, cue, path, match)
        if page.cue_at(at, "but"):
            return None
        word, mention = tokens[at].norm, page.mention_at[at]
        if word in language.or_words:
            path.joined.add("or")
        elif word in language.and_words:
            path.joined.add("and")
        elif mention:
            path.others += 1
            at = mention.start
        elif word not in language.words and path.commas:
            path.strangers += 1
    return _listed(page, at, match.start)


def _apply(page: Page, cue: Match, path: _Path, match: Match) -> Scope | None:
    start, status, kind = match.start, _BEFORE[cue.name], page.kind(match).partition(".")[0]
    if status is Status.DENIED and (path.commas or path.others):
        spread = "or" in path.joined or (path.commas > 0 and _or_follows(page, start))
        spread |= cue.name == "without" and "and" in path.joined and not path.commas
        if not spread or path.strangers:
            return None
    if status is Status.SUPPOSED and path.commas:
        return None
    if status is Status.ELSEWHERE:
        if path.commas and not _and_follows(page, start):
            return _listed(page, cue.start + 1, start)
        if kind in COUNTS and (path.others or path.joined):
            return None
        if (cue.name == "view" and kind in SEEN_FROM_THE_HOME) or (
            cue.name == "site" and kind == "lift"
        ):
            return None
        if any(page.is_noun(at, "home") for at in range(cue.end, start)):
            return None
    return Scope(status, cue.start, start)


def _or_follows(page: Page, start: int) -> bool:
    """Whether the list that goes on behind ends with "or": "no lift, balcony or garage"."""
    for at in range(start, min(start + REACH, len(page.tokens))):
        if at > start and page.gap(at) >= Gap.CLAUSE:
            return False
        if page.word(at) in page.language.or_words:
            return True
    return False


def _and_follows(page: Page, start: int) -> bool:
    """Whether an "and" ends both list and sentence: "near a station, a garage and shops"."""
    seen = False
    for at in range(start, min(start + REACH, len(page.tokens))):
        if at > start and page.gap(at) >= Gap.CLAUSE:
            return seen
        seen |= page.word(at) in page.language.and_words
    return seen


def _listed(page: Page, at: int, start: int) -> Scope | None:
    """A list that a colon opens: "Nearby: school, car park, gardens"."""
    sentence = page.sentence[start]
    for back in range(at, max(at - LIST, -1), -1):
        if page.sentence[back] != sentence:
            return None
        cue = page.cue_at(back, "elsewhere", "elsewhere.after")
        if cue and page.gap(cue.end) is Gap.COLON:
            return Scope(Status.ELSEWHERE, cue.start, start)
    return None


def _behind(page: Page, match: Match) -> Scope | None:
    """The cue behind the mention, or a price of its own."""
    tokens, end = page.tokens, match.end
    joining = page.language.or_words | page.language.and_words
    kind = page.kind(match).partition(".")[0]
    at = last = end
    while at < len(tokens) and at - last < REACH_BEHIND and at - end < LIST:
        gap = tokens[at].gap
        bracket = page.text[tokens[at].start - 1] == "("
        if gap >= Gap.CLAUSE or (gap is Gap.COMMA and not tokens[at].dash and not bracket):
            return None
        for role in page.cues[at]:
            if role.start == at and _reaches_back(role.name, kind, at - last):
                return Scope(_BEHIND[role.name], end, role.end)
        cue = page.cue_at(at, "no")
        if cue and cue.start == at and _denies_backwards(page, cue, end):
            return Scope(Status.DENIED, end, cue.end)
        if page.cue_at(at, "but", "no", "without", "affirm", "yes"):
            return None
        if kind in SOLD_APART and page.is_noun(at, "currency"):
            return Scope(Status.SUPPOSED, end, at + 1)
        mention = page.mention_at[at]
        other = page.kind(mention).partition(".")[0] if mention else ""
        if mention and other in (*EXTRAS, *COUNTS):
            if other != kind and page.word(at - 1) not in joining:
                return None
            at = last = mention.end
        else:
            at += 1
    return None


def _reaches_back(cue: str, kind: str, distance: int) -> bool:
    if cue == "maybe.after":
        return kind in (*EXTRAS, "condition")
    if cue == "elsewhere.after":
        return kind in (*EXTRAS, "area_m2") and distance < NEAR_BEHIND
    return cue == "no.after" and distance < NEAR_BEHIND


def _denies_backwards(page: Page, cue: Match, end: int) -> bool:
    """ "Garage: no" and "garage no, …", but not "balcone no ascensore"."""
    ends = page.gap(cue.end) >= Gap.COMMA
    return cue.start == end and (ends or page.cue_at(cue.end, "but") is not None)


def _contrast(page: Page, end: int) -> Scope | None:
    """ "The neighbours have a lift, ours does not"."""
    at = end
    while at < len(page.tokens) and at - end < REACH and page.gap(at) < Gap.COMMA:
        at += 1
    for head in range(at, min(at + HEAD, len(page.tokens))):
        if cue := page.cue_at(head, "contrast.no"):
            return Scope(Status.DENIED, cue.start, cue.end)
    return None
