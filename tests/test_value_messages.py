"""The valuation page's texts: both languages complete, alike, and covering what the page makes."""

import re
from typing import get_args

import pytest

from avm.schema import PriceKind
from avm.tiers import TIERS
from serving.errors import ServiceError
from tests.test_web_messages import LANGUAGES, WEB, placeholders, subclasses, texts

EN, IT = texts("value.en"), texts("value.it")

FIELDS = (WEB / "value" / "fields.ts").read_text(encoding="utf-8")


def fields() -> set[str]:
    """Every field that the form knows."""
    listed = FIELDS.partition('...["lift"')[2].partition("].map")[0]
    flags = re.findall(r'"([a-z_]+)"', '"lift"' + listed)
    named = re.findall(r'(?:number\(|name: )"([a-z_0-9]+)"', FIELDS)
    return {*flags, *named, "rooms", "bedrooms"}


def options() -> set[str]:
    """Every choice of a field with choices."""
    found = set()
    for name, listed in re.findall(
        r'name: "([a-z_0-9]+)", kind: "choice", options: \[([^\]]+)\]', FIELDS.replace("\n", "")
    ):
        found |= {f"option.{name}.{one}" for one in re.findall(r"[a-z]+|\d", listed)}
    return found


MADE = {
    "fields": {f"field.{name}" for name in fields()},
    "topics": {"field.location", "field.comparables", "field.time", "field.building_height"},
    "choices": options(),
    "steps": {f"{step}.{part}" for step in ("where", "what", "more") for part in ("title", "lead")},
    "tiers": {f"tier.{tier}" for tier in TIERS},
    "kinds": {f"answer.kind_{kind}" for kind in get_args(PriceKind)},
    "errors": {error.code for error in subclasses(ServiceError)}
    & {"auth.required", "service.starting", "storage.failed", "limit.load", "request.invalid"}
    | {
        code
        for error in subclasses(ServiceError)
        if (code := error.code).startswith(("valuation.", "limit."))
    }
    | {"valuation.thin", "valuation.outside", "valuation.market", "home.invalid"},
    "network": {"net.offline", "net.failed"},
}
"""Every key that the page makes of what it is told, by where it comes from."""


def literal_keys() -> set[str]:
    """Keys that the page's sources name in full."""
    families = "|".join(sorted({key.split(".")[0] for key in EN}))
    key = re.compile(rf'"((?:{families})\.[a-z_.]+)"')
    sources = (path.read_text(encoding="utf-8") for path in (WEB / "value").rglob("*.ts*"))
    return {found for source in sources for found in key.findall(source)}


def test_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(EN) == list(IT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_stray_blanks(language: str) -> None:
    for key, text in texts(f"value.{language}").items():
        assert text, key
        assert text == text.strip(), key
        assert "  " not in text, key


@pytest.mark.parametrize("key", sorted(EN))
def test_languages_have_the_same_placeholders(key: str) -> None:
    assert placeholders(EN[key]) == placeholders(IT[key])


@pytest.mark.parametrize("what", MADE)
def test_everything_that_the_page_makes_has_a_text(what: str) -> None:
    assert MADE[what]
    assert not MADE[what] - set(EN)


def test_keys_that_the_page_names_exist() -> None:
    assert literal_keys()
    assert not literal_keys() - set(EN)


def test_every_text_is_used() -> None:
    assert not set(EN) - literal_keys() - set().union(*MADE.values())
