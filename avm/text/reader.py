"""A description in, what it states of the home out.

    reading = read_text("2-bed flat on the first floor, no lift")
    reading["floor"].value, reading["lift"].text            # 1, "no lift"
    read_text("2-bed flat, second floor", "en-US")["floor"].value     # 1: floors from the street

The language is recognised unless it is given; a text in no known language has nothing read in it.
A region changes one thing: in "en-US" the first floor is the ground floor.
"""

from avm.text.areas import read_areas
from avm.text.condition import read_condition
from avm.text.counts import read_counts
from avm.text.features import read_features
from avm.text.floors import american, read_floors
from avm.text.found import ATTRIBUTES, Found, Reading
from avm.text.language import detect
from avm.text.page import Page
from avm.text.table import load_language
from avm.text.years import read_years

FIRST_IS_GROUND = ("en-US", "en-CA")


def read_text(text: str, language: str | None = None) -> Reading:
    """Everything that the text states. Raises RuleError for a language without a table."""
    code = language or detect(text)
    if code is None:
        return Reading(None, ())
    page = Page.of(text, load_language(code.partition("-")[0].lower()))
    floors = read_floors(page)
    found: list[Found] = [
        *read_counts(page),
        *read_areas(page),
        *(american(floors) if code in FIRST_IS_GROUND else floors),
        *read_features(page),
        *read_condition(page),
        *read_years(page),
    ]
    return Reading(code, tuple(sorted(found, key=lambda one: ATTRIBUTES.index(one.attribute))))
