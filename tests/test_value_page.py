"""A visitor at the valuation page with a real browser: from the first step to the next one."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from avm.messages import LANGUAGES, Language, messages
from tests.avm_trained import bundle
from tests.browser import DESKTOP, SECONDS, chromium, opened, violations
from tests.service import Service, running
from tests.valued import models

expect.set_options(timeout=SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a key, so that visitors solve challenges; all of them see everything."""
    folder = models(tmp_path_factory.mktemp("models"))
    settings = {"MODELS": str(folder), "EXPLANATIONS": "full", "VALUATION_WORK": "8"}
    more = {"VALUATION_ADDRESS_PER_MINUTE": "1000"}
    with running(tmp_path_factory.mktemp("public"), **settings, **more) as service:
        service.make_key()
        yield service


@pytest.fixture(scope="module")
def krone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this machine alone, whose market has a currency without a sign of its own."""
    folder = models(tmp_path_factory.mktemp("krone-models"))
    bundle(folder / "avm" / "town", currency="DKK")
    with running(tmp_path_factory.mktemp("krone"), MODELS=str(folder)) as service:
        yield service


def first_steps(page: Page, area: str = "95") -> None:
    """Where and what: a point of the town's map, the area, three rooms."""
    page.get_by_test_id("city").select_option("town|Town")
    page.get_by_test_id("city-map").click()
    expect(page.get_by_test_id("pin")).to_be_visible()
    page.get_by_test_id("where-next").click()
    page.get_by_test_id("field-area_m2").fill(area)
    page.get_by_test_id("rooms").fill("3")
    page.get_by_test_id("what-next").click()


def counts(service: Service) -> dict[str, tuple[float, int]]:
    """Share and number of visits of each figure of the report."""
    done = service.command("avm", "report", "--json")
    assert done.returncode == 0, done.stderr
    figures: list[dict[str, Any]] = json.loads(done.stdout)["figures"]
    return {one["name"]: (one["value"], one["n"]) for one in figures}


def test_visitor_comes_from_the_place_to_the_next_step(browser: Browser, public: Service) -> None:
    asked: list[str] = []
    with opened(browser, f"{public.url}/value", DESKTOP) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.get_by_test_id("where-next").click()
        expect(page.get_by_test_id("where-missing")).to_be_visible()
        first_steps(page)
        page.get_by_test_id("field-year_built").fill("1985")
        page.get_by_test_id("field-lift-true").check(force=True)
        page.get_by_test_id("ask").click()
        expect(page.get_by_test_id("answer")).to_have_attribute("data-variant", "full")
        expect(page.get_by_test_id("value")).to_contain_text("€")
        expect(page.get_by_test_id("range")).to_contain_text("about 90")
        expect(page.get_by_test_id("tier")).to_contain_text("within 10%")
        assert 1 <= page.get_by_test_id("reasons").locator("li").count() <= 5
        assert page.get_by_test_id("comparables").locator("tbody tr").count() == 3
        expect(page.get_by_test_id("near-map")).to_be_visible()
        assert violations(page) == []
        page.get_by_test_id("next").click()
        expect(page.get_by_test_id("thanks")).to_be_visible()
        # the visit goes on after a reload, and counts once
        page.reload()
        first_steps(page)
        page.get_by_test_id("ask").click()
        with page.expect_response("**/v1/visits/next") as answered:
            page.get_by_test_id("next").click()
        assert answered.value.status == 200
    assert {url.partition("/v1/")[0].partition("/assets/")[0] for url in asked} <= {
        public.url,
        f"{public.url}/value",
    }
    assert counts(public)["avm.next_step.full"] == (1.0, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_are_written_as_in_sentences(
    browser: Browser, krone: Service, language: Language
) -> None:
    words = messages(language)
    with opened(browser, f"{krone.url}/value?explanation=full", DESKTOP, language) as page:
        first_steps(page, "95.5")
        with page.expect_response("**/v1/valuations") as answered:
            page.get_by_test_id("ask").click()
        found = answered.value.json()
        expect(page.get_by_test_id("value")).to_have_text(words.money(found["value"], "DKK", 3))
        answer = page.get_by_test_id("answer")
        shown = str(answer.text_content())
        assert words.money(found["low"], "DKK", 3) in shown
        assert words.money(found["base"], "DKK") in shown  # by the service
        for one in found["comparables"]:
            assert words.money(one["price"], "DKK", None) in shown
            assert words.area(math.floor(one["area_m2"] + 0.5)) in shown
        part = max(found["contributions"], key=lambda one: abs(float(one["amount"])))
        sign = "−" if part["amount"] < 0 else "+"
        assert sign + words.money(part["amount"], "DKK") in shown
        assert words.area(95.5) in shown


def test_italian_phone_by_keyboard(browser: Browser, public: Service) -> None:
    with opened(browser, f"{public.url}/value", language="it-IT") as page:
        expect(page.locator("html")).to_have_attribute("lang", "it")
        page.get_by_test_id("city").select_option("town|Town")
        chart = page.get_by_test_id("city-map")
        chart.focus()
        page.keyboard.press("ArrowUp")
        expect(page.get_by_test_id("pin")).to_be_visible()
        assert violations(page) == []
        page.get_by_test_id("where-next").press("Enter")
        expect(page.locator("h1")).to_be_focused()
        page.get_by_test_id("what-next").press("Enter")
        expect(page.get_by_test_id("what-missing")).to_be_visible()
        page.get_by_test_id("field-area_m2").fill("95")
        assert violations(page) == []
        page.get_by_test_id("field-area_m2").press("Enter")
        assert violations(page) == []
        page.get_by_test_id("ask").press("Enter")
        reasons = page.get_by_test_id("reasons")
        expect(reasons).to_contain_text("Una casa media")
        page.emulate_media(color_scheme="dark")
        assert violations(page) == []
        page.get_by_test_id("language").select_option("en")
        expect(reasons).to_contain_text("An average home")
        # what would narrow the range leads to its field
        page.get_by_test_id("narrow-bathrooms").click()
        expect(page.get_by_test_id("field-bathrooms")).to_be_focused()
        page.go_back()
        expect(page.get_by_test_id("answer")).to_be_visible()


def test_home_that_nobody_knows_is_told_so(browser: Browser, public: Service) -> None:
    with opened(browser, f"{public.url}/value?explanation=none", DESKTOP) as page:
        first_steps(page, "1900")
        page.get_by_test_id("ask").click()
        error = page.get_by_test_id("value-error")
        expect(error).to_have_attribute("data-code", "valuation.outside")
        expect(error).to_contain_text("honest value")
        assert violations(page) == []
        page.go_back()
        page.get_by_test_id("field-area_m2").fill("90")
        page.get_by_test_id("what-next").click()
        page.get_by_test_id("ask").click()
        expect(page.get_by_test_id("answer")).to_have_attribute("data-variant", "none")
        expect(page.get_by_test_id("reasons")).to_have_count(0)
        expect(page.get_by_test_id("comparables")).to_have_count(0)
        # a variant that was asked for in the address is not counted
        page.get_by_test_id("next").click()
        expect(page.get_by_test_id("thanks")).to_be_visible()
    assert "avm.next_step.none" not in counts(public)


def test_next_step_leads_where_it_is_set(browser: Browser, tmp_path: Path) -> None:
    """And a service without any key serves this machine without a challenge."""
    folder = tmp_path / "models"
    folder.mkdir()
    booking = "https://agency.example/book?from=value"
    settings = {"MODELS": str(models(folder)), "VISIT_URL": booking, "EXPLANATIONS": "words"}
    with (
        running(tmp_path / "state", **settings) as service,
        opened(browser, f"{service.url}/value", DESKTOP) as page,
    ):
        first_steps(page)
        page.get_by_test_id("ask").click()
        expect(page.get_by_test_id("answer")).to_have_attribute("data-variant", "words")
        expect(page.get_by_test_id("reasons")).to_be_visible()
        expect(page.get_by_test_id("comparables")).to_have_count(0)
        assert page.get_by_test_id("next").get_attribute("href") == booking


def test_page_says_where_there_are_no_markets(browser: Browser, service: Service) -> None:
    """Whatever markets are shipped, another folder has none."""
    with opened(browser, f"{service.url}/value") as page:
        page.route("**/v1/markets", lambda route: route.fulfill(json=NOTHING))
        page.reload()
        expect(page.get_by_test_id("closed")).to_be_visible()
        assert violations(page) == []


NOTHING = {"public": True, "challenge": True, "markets": []}
