"""The review page's texts: both languages complete, alike, and covering what the API says."""

import re

import pytest

from labels.flags import ACTIONS, KINDS
from serving.errors import ServiceError
from tests.test_web_messages import LANGUAGES, WEB, placeholders, subclasses, texts
from vision.bundle import models_folder, read_manifest
from vision.errors import HomelensError

EN, IT = texts("review.en"), texts("review.it")

MADE = {
    "errors": {HomelensError.code, "request.method"}
    | {
        error.code
        for error in subclasses(ServiceError)
        if not error.code.startswith(("valuation.", "limit.day"))
    },
    "network": {"net.offline", "net.failed"},
    "kinds": {f"why.{kind}" for kind in KINDS} | {f"do.reject_{kind}" for kind in KINDS},
    "actions": {f"do.accept_{action}" for action in ACTIONS},
    "groups": {"help.answer", "help.box", "help.view"},
    "classes": {
        f"label.{name.replace(' ', '_')}"
        for name in read_manifest(models_folder() / "objects").classes
    },
}
"""Every key that the page makes of what it is told, by where it comes from."""


def literal_keys() -> set[str]:
    """Keys that the page's sources name in full."""
    families = "|".join(sorted({key.split(".")[0] for key in EN}))
    key = re.compile(rf'"((?:{families})\.[a-z_.]+)"')
    sources = (path.read_text(encoding="utf-8") for path in (WEB / "review").rglob("*.ts*"))
    return {found for source in sources for found in key.findall(source)}


def test_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(EN) == list(IT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_stray_blanks(language: str) -> None:
    for key, text in texts(f"review.{language}").items():
        assert text, key
        assert text == text.strip(), key
        assert "  " not in text, key


@pytest.mark.parametrize("key", sorted(EN))
def test_languages_have_the_same_placeholders(key: str) -> None:
    assert placeholders(EN[key]) == placeholders(IT[key])


@pytest.mark.parametrize("what", MADE)
def test_everything_that_the_api_says_has_a_text(what: str) -> None:
    assert MADE[what]
    assert not MADE[what] - set(EN)


def test_keys_that_the_page_names_exist() -> None:
    assert literal_keys()
    assert not literal_keys() - set(EN)


def test_every_text_is_used() -> None:
    assert not set(EN) - literal_keys() - set().union(*MADE.values())
