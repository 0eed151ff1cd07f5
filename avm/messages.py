"""The words of valuations, from one file a language: messages.en.yaml and messages.it.yaml.

words = messages("it")
words.money(12_345, "EUR")        # "12.000 €"
words.area(1250)                  # "1.250 m²"
words.field("x_grade")            # "qualità della costruzione"

Amounts and areas are written as the language does, and as the valuation page writes them
(serving/web/src/value/texts.ts): a test of the page compares the two.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from avm.schema import label

Language = Literal["en", "it"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

DIGITS = 2
"""Significant digits of an amount in a sentence: more would claim what nobody knows."""


@dataclass(frozen=True)
class Messages:
    """One language's file."""

    language: Language
    words: dict[str, Any]

    def number(self, value: float, digits: int = 0) -> str:
        """A number as the language writes it."""
        text = f"{value:,.{digits}f}"
        marks = str.maketrans({",": self.words["thousands"], ".": self.words["decimal"]})
        return text.translate(marks)

    def plain(self, value: float) -> str:
        """A number without separators or needless decimals: 1998, 2.5."""
        text = f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}"
        return text.replace(".", str(self.words["decimal"]))

    def money(self, amount: float, currency: str, digits: int | None = DIGITS) -> str:
        """An amount without its sign, rounded to so many significant digits; None: whole units."""
        forms = self.words["currency"]
        size = abs(amount) if digits is None else rounded(abs(amount), digits)
        form = str(forms.get(currency) or forms["other"])
        return form.format(self.number(size), code=currency)

    def area(self, value: float) -> str:
        """An area to a tenth of a square metre: 54 m², 1,250.5 m²."""
        tenths = round(value, 1)
        text = self.number(tenths, 0 if tenths == int(tenths) else 1)
        return self.text("area").format(text)

    def share(self, value: float) -> str:
        """A share in percent."""
        return f"{value * 100:.0f}%"

    def field(self, name: str) -> str:
        """What a field or topic is called."""
        return str(self.words["fields"].get(name) or label(name))

    def nth(self, count: int) -> str | None:
        """The ordinal of a small count; None where there is no word for it."""
        found = self.words["ordinals"].get(count)
        return str(found) if found is not None else None

    def topic(self, name: str) -> dict[str, str] | None:
        """The sentences of a topic."""
        found = self.words["topics"].get(name)
        return dict(found) if found is not None else None

    def text(self, *path: str) -> str:
        """The text at a path."""
        found: Any = self.words
        for part in path:
            found = found[part]
        return str(found).strip()


def rounded(amount: float, digits: int) -> float:
    """An amount with so many significant digits."""
    if amount == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(amount))) - digits + 1)
    return round(amount / step) * step


@cache
def messages(language: Language) -> Messages:
    """The messages of a language; the files come with homelens."""
    path = Path(__file__).parent / f"messages.{language}.yaml"
    return Messages(language, yaml.safe_load(path.read_text(encoding="utf-8")))
