"""A valuation in words that need no statistics, in English or Italian.

    said = explain(valuation, "en")
    said.lines          # at most five: "Your second bathroom adds about €12,000."
    said.comparable     # what a comparable is
    said.narrow         # what would narrow the range

Each line is a contribution of the valuation, whose amounts add up to it exactly; lines round, and
leave out what is small.
"""

from avm.messages import Language, Messages, messages
from avm.schema import EXTRAS
from avm.valuation import Contribution, Valuation
from vision.findings import Frozen

MOST_LINES = 5

SMALL = 0.005
"""Of the value: a smaller part is not worth a line."""

YES_NO = (
    "x_waterfront",
    "x_new_build",
    "x_duplex",
    "x_studio",
    "x_top_floor",
    "x_wardrobe",
    "x_brick",
    "x_cooperative",
)
"""Details that are yes or no, and that no sentence needs a number for."""


class Explanation(Frozen):
    """The words of one valuation."""

    language: Language
    summary: str
    lines: tuple[str, ...]
    shown: str | None
    comparable: str
    narrow: tuple[str, ...]


def explain(valuation: Valuation, language: Language = "en") -> Explanation:
    """The words of a valuation."""
    words = messages(language)
    money = valuation.currency
    summary = words.text("summary").format(
        value=words.money(valuation.value, money, 3),
        low=words.money(valuation.low, money),
        high=words.money(valuation.high, money),
    )
    return Explanation(
        language=language,
        summary=summary,
        lines=tuple(lines(valuation, words)),
        shown=shown(valuation, words),
        comparable=comparable(valuation, words),
        narrow=tuple(narrow(valuation, words)),
    )


def lines(valuation: Valuation, words: Messages) -> list[str]:
    """Where the count starts, then the largest parts of the difference."""
    found = [words.text("base").format(base=words.money(valuation.base, valuation.currency))]
    for one in valuation.contributions:
        if len(found) == MOST_LINES or abs(one.amount) < SMALL * valuation.value:
            break
        found.append(line(one, valuation, words))
    return found


def line(one: Contribution, valuation: Valuation, words: Messages) -> str:
    """One contribution as a sentence."""
    way = "adds" if one.amount >= 0 else "takes"
    value = valuation.home.get(one.topic)
    field = words.field(one.topic)
    say = words.area if one.topic.endswith("_m2") else words.plain
    blanks = {
        "money": words.money(one.amount, valuation.currency),
        "value": say(value) if value is not None else words.text("unknown"),
        "field": field,
    }
    if one.topic == "comparables":
        form = words.text("comparables", way)
    elif one.topic in EXTRAS and value is not None:
        form = words.text("topics", "flag", f"{'has' if value >= 0.5 else 'lacks'}_{way}")
        if value < 0.5 and words.language == "en":
            blanks["field"] = field.removeprefix("a ")
    elif one.topic == "bathrooms" and value is not None:
        return bathrooms(value, way, blanks, words)
    else:
        form = _form(one.topic, way, value, words)
    return _sentence(form.format(**blanks))


def _form(topic: str, way: str, value: float | None, words: Messages) -> str:
    own = words.topic(topic)
    if own is not None and ("{value}" not in own[way] or value is not None):
        return own[way]
    return words.text("topics", "other" if value is not None else "missing", way)


def bathrooms(value: float, way: str, blanks: dict[str, str], words: Messages) -> str:
    """Bathrooms are counted: "your second bathroom"."""
    own = words.topic("bathrooms") or {}
    nth = words.nth(int(value))
    if way == "adds" and nth is not None and value == int(value):
        return _sentence(own["adds_nth"].format(nth=nth, **blanks))
    if way == "takes" and value < 2:
        return _sentence(own["takes_one"].format(**blanks))
    return _sentence(own[way].format(**blanks))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def shown(valuation: Valuation, words: Messages) -> str | None:
    """How near values of this confidence were."""
    if valuation.tier_shown is None:
        return None
    return words.text("shown").format(
        tier=words.text("tiers", valuation.tier),
        ppe10=words.share(valuation.tier_shown.ppe10),
        n=words.number(valuation.tier_shown.n),
    )


def comparable(valuation: Valuation, words: Messages) -> str:
    """What a comparable is, and whether they count here."""
    text = words.text("what_is_a_comparable")
    return text if valuation.blend > 0 else f"{text} {words.text('no_comparables_weight')}"


def narrow(valuation: Valuation, words: Messages) -> list[str]:
    """What would narrow the range."""
    found = []
    for one in valuation.narrows:
        form = words.text("narrow", "location" if one.field == "location" else "one")
        field = words.field(one.field).removeprefix("a ")
        found.append(_sentence(form.format(field=field, share=words.share(one.saves))))
    return found or [words.text("narrow", "none")]
