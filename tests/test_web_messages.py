"""The seller page's texts: both languages complete, alike, and covering every code of the API."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import pytest

import serving
import vision
from serving.api.models import Progress
from serving.errors import ServiceError
from vision.errors import HomeError, HomelensError, PhotoError, RedactionError, RuleError
from vision.findings import ROOM_TYPES, QualityCode
from vision.home import HOME_TYPES
from vision.messages import room_name
from vision.policy import Policy
from vision.receipt import MESSAGES
from vision.report import LineCode, LineStatus, Question
from vision.rules import load_rules, rule_names

WEB = Path(serving.__file__).parent / "web" / "src"
LANGUAGES = ("en", "it")


def texts(language: str) -> dict[str, str]:
    """A language's messages; a key that stands twice is an error, which json would swallow."""
    path = WEB / "messages" / f"{language}.json"

    def unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
        return dict(pairs)

    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)
    return found


EN, IT = texts("en"), texts("it")


ARGUMENT = re.compile(r"\{(\w+)(\}|, plural,)")
FORM = re.compile(r"\s*(?:=\d+|zero|one|two|few|many|other) \{|\s*\}")


def placeholders(text: str) -> set[str]:
    """Names of the arguments of an ICU message: `{name}`, and `{name, plural, one {…} other {…}}`.

    Raises AssertionError where a brace opens neither.
    """
    found: set[str] = set()

    def message(at: int, end: str) -> int:
        """Read from `at` to the brace that ends this part; the index after it."""
        while at < len(text):
            if text[at] == "}":
                assert end == "}", text
                return at + 1
            if text[at] != "{":
                at += 1
                continue
            argument = ARGUMENT.match(text, at)
            assert argument, text[at:]
            found.add(argument[1])
            at = argument.end()
            if argument[2] == "}":
                continue
            names = []
            while not (form := FORM.match(text, at)) or form[0].strip() != "}":
                assert form, text[at:]
                names.append(form[0].strip(" {"))
                at = message(form.end(), "}")
            assert "other" in names, text
            at = form.end()
        assert not end, text
        return at

    message(0, "")
    return found


def subclasses(base: type[HomelensError]) -> Iterator[type[HomelensError]]:
    yield base
    for sub in base.__subclasses__():
        yield from subclasses(sub)


def error_codes() -> set[str]:
    """Codes of all errors that an answer to a seller may carry, modules yet unloaded included."""
    for package in (vision, serving):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("errors"):
                importlib.import_module(module.name)
    seller = (PhotoError, RedactionError, HomeError, RuleError, ServiceError)
    found = {HomelensError.code} | {sub.code for base in seller for sub in subclasses(base)}
    # labelers and owners meet those, on pages with texts of their own
    elsewhere = ("labels.", "review.", "valuation.", "limit.day")
    elsewhere += ("photo.vanished", "photo.unreadable", "photo.deadly")  # rows of scans
    return {code for code in found if not code.startswith(elsewhere)}


def rule_keys() -> set[str]:
    """Keys of what the shipped rule files say in words of their own."""
    keys = set()
    for name in rule_names():
        keys.add(f"rules.{name}")
        for need in load_rules(name).rooms:
            if need.title:
                keys |= {f"rules.{name}.{need.room}", f"rules.{name}.{need.room}.of"}
            if need.note:
                keys.add(f"rules.{name}.{need.room}.note")
    return keys


def extras() -> set[str]:
    """The extras that the form offers."""
    source = (WEB / "ui" / "extras.ts").read_text(encoding="utf-8")
    return set(re.findall(r'"([a-z_]+)"', source))


def named(things: Iterable[str]) -> set[str]:
    """Keys of the three forms in which a room or an extra is named."""
    return {f"{form}.{thing}" for thing in things for form in ("name", "the", "of")}


QUALITY = get_args(QualityCode)

CODES = {
    "errors": error_codes() | {"request.method"},
    "lines": set(get_args(LineCode)),
    "states": {f"status.{status}" for status in get_args(LineStatus)},
    "quality": set(QUALITY) | {f"{code}.do" for code in QUALITY},
    "questions": set(get_args(Question.model_fields["code"].annotation)),
    "receipts": set(MESSAGES),
    "policies": {f"card.hidden_{policy}" for policy in Policy if policy is not Policy.WITHHOLD},
    "stages": {f"stage.{stage}" for stage in get_args(Progress.model_fields["stage"].annotation)},
    "home types": {f"type.{home_type}" for home_type in HOME_TYPES},
    "rooms": named(ROOM_TYPES),
    "extras": named(extras()),
    "rules": rule_keys(),
}
"""Every key that the page makes from what the API says, by where it comes from."""


def literal_keys() -> set[str]:
    """Keys that the sources name in full; the name of an event looks like one."""
    families = "|".join(sorted({key.split(".")[0] for key in EN}))
    key = re.compile(rf'"((?:{families})\.[a-z_.]+)"')
    sources = (path.read_text(encoding="utf-8") for path in WEB.rglob("*.ts*"))
    return {found for source in sources for found in key.findall(source)} - {"photo.deleted"}


def test_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(EN) == list(IT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_stray_blanks(language: str) -> None:
    for key, text in texts(language).items():
        assert text == text.strip(), key
        assert text, key
        assert "  " not in text, key


@pytest.mark.parametrize("key", sorted(EN))
def test_languages_have_the_same_placeholders(key: str) -> None:
    assert placeholders(EN[key]) == placeholders(IT[key])


def test_placeholders_are_found() -> None:
    assert placeholders("{have, plural, =0 {none} one {a {of}} other {# of {need}}}") == {
        "have",
        "of",
        "need",
    }
    assert placeholders("{need, plural, one {Done} other {{have} of {need}}}") == {"need", "have"}
    for wrong in ("{", "a {b", "{n, plural, one {a}}", "a}", "{n, plural, some {a} other {b}}"):
        with pytest.raises(AssertionError):
            placeholders(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", CODES)
def test_every_code_has_a_text(language: str, what: str) -> None:
    assert CODES[what]
    assert not CODES[what] - set(texts(language))


def test_english_names_are_the_reports_own() -> None:
    for room in set(ROOM_TYPES) - {"other"}:
        assert EN[f"name.{room}"].lower() == room_name(room)


def test_keys_that_the_page_names_exist() -> None:
    assert literal_keys()
    assert not literal_keys() - set(EN)


def test_every_text_is_used() -> None:
    assert not set(EN) - literal_keys() - set().union(*CODES.values())
