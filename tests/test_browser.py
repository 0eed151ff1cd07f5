"""A seller with a real browser: from the declared home to a complete listing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from serving.client import Client
from tests.browser import DESKTOP, SECONDS, chromium, opened, violations
from tests.people_photos import as_jpeg, shipped
from tests.service import HOME, Service, picture, running
from vision.home import Home

expect.set_options(timeout=SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def jpeg(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def declare(page: Page, *, bedrooms: int, bathrooms: int) -> None:
    """Fill the form for the home and send it."""
    page.get_by_test_id("type-house").click()
    page.get_by_test_id("bedrooms").fill(str(bedrooms))
    page.get_by_test_id("bathrooms").fill(str(bathrooms))
    page.get_by_test_id("home-submit").click()
    page.wait_for_url(re.compile("/listings/lst_"))


def line(page: Page, room: str) -> Locator:
    """A line of the checklist."""
    return page.locator(f"[data-testid=line][data-room={room}]")


def card(page: Page, name: str) -> Locator:
    """A photo's card."""
    return page.locator(f"[data-testid=card][data-name='{name}']")


def choose(page: Page, *files: FilePayload) -> None:
    """Give files to the page as its file dialog does."""
    page.get_by_test_id("choose-input").set_input_files(list(files))


def house_with(data: Path, *rooms: str) -> dict[str, bytes]:
    """One photo of each room, from the first home whose photos are certain."""
    listings = sorted((data / "listings").glob("*/kitchen.jpg"))
    return {room: (listings[0].parent / f"{room}.jpg").read_bytes() for room in rooms}


def test_seller_completes_a_listing(
    browser: Browser, service: Service, homelens_data: Path
) -> None:
    photos = house_with(homelens_data, "kitchen", "bathroom", "bedroom", "frontal")
    living = sorted((homelens_data / "rooms" / "places" / "living_room").iterdir())
    with opened(browser, service.url) as page:
        declare(page, bedrooms=1, bathrooms=1)
        expect(line(page, "kitchen")).to_have_attribute("data-status", "missing")
        choose(page, *(jpeg(f"{room}.jpg", photos[room]) for room in ("kitchen", "bedroom")))
        expect(line(page, "kitchen")).to_have_attribute("data-status", "ok")
        expect(line(page, "bedroom")).to_have_attribute("data-status", "ok")
        expect(line(page, "bathroom")).to_have_attribute("data-status", "missing")
        expect(line(page, "bathroom")).to_contain_text("Missing")
        expect(page.get_by_test_id("complete")).to_have_count(0)
        choose(page, jpeg("bathroom.jpg", photos["bathroom"]))
        expect(line(page, "bathroom")).to_have_attribute("data-status", "ok")
        choose(page, jpeg("front.jpg", photos["frontal"]))
        expect(line(page, "exterior")).to_have_attribute("data-status", "ok")
        choose(page, jpeg("living.jpg", living[0].read_bytes()))
        expect(card(page, "living.jpg")).to_have_attribute("data-state", "ready")
        if line(page, "living_room").get_attribute("data-status") != "ok":
            say(card(page, "living.jpg"), "living_room")
        expect(page.get_by_test_id("complete")).to_be_visible()
        assert violations(page) == []
        page.reload()
        expect(page.get_by_test_id("complete")).to_be_visible()
        expect(page.get_by_test_id("card")).to_have_count(5)


def say(photo: Locator, room: str) -> None:
    """Correct the room by hand."""
    photo.get_by_test_id("change-room").click()
    photo.page.get_by_test_id(f"room-{room}").click()
    photo.page.get_by_test_id("room-save").click()
    expect(photo).to_have_attribute("data-answered", "true")


def test_person_shows_blurred(browser: Browser, service: Service) -> None:
    with opened(browser, service.url) as page:
        declare(page, bedrooms=1, bathrooms=1)
        choose(page, jpeg("bus.jpg", as_jpeg(shipped("bus.jpg"))))
        photo = card(page, "bus.jpg")
        expect(photo).to_have_attribute("data-state", "ready")
        expect(photo.get_by_test_id("people")).to_have_attribute("data-code", "privacy.hidden")
        photo.get_by_test_id("compare").click()
        dialog = page.get_by_test_id("compare-dialog")
        expect(dialog).to_be_visible()
        assert dialog.locator("img").count() == 2
        slider = page.get_by_test_id("compare-slider")
        slider.focus()
        before = slider.input_value()
        page.keyboard.press("ArrowLeft")
        assert slider.input_value() != before
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
        expect(photo.get_by_test_id("compare")).to_be_focused()


def test_wrong_file_shows_the_error(browser: Browser, service: Service) -> None:
    with opened(browser, service.url, language="it-IT") as page:
        declare(page, bedrooms=1, bathrooms=1)
        choose(page, jpeg("contract.jpg", b"%PDF-1.7 no photo"), jpeg("cut.jpg", picture(1)[:900]))
        wrong = card(page, "contract.jpg")
        expect(wrong).to_have_attribute("data-state", "refused")
        expect(wrong.get_by_test_id("error")).to_have_attribute("data-code", "photo.unsupported")
        expect(wrong.get_by_test_id("error")).to_contain_text("JPEG")
        broken = card(page, "cut.jpg").get_by_test_id("error")
        expect(broken).to_have_attribute("data-code", "photo.damaged")
        assert violations(page) == []
        wrong.get_by_test_id("dismiss").click()
        expect(wrong).to_have_count(0)


def test_correction_can_be_taken_back(browser: Browser, service: Service) -> None:
    with opened(browser, service.url) as page:
        declare(page, bedrooms=1, bathrooms=1)
        choose(page, jpeg("wall.jpg", picture(2)))
        photo = card(page, "wall.jpg")
        expect(photo).to_have_attribute("data-state", "ready")
        say(photo, "kitchen")
        expect(photo).to_have_attribute("data-room", "kitchen")
        expect(line(page, "kitchen")).to_have_attribute("data-status", "ok")
        photo.get_by_test_id("undo").click()
        expect(line(page, "kitchen")).to_have_attribute("data-status", "missing")


def test_retake_and_remove(browser: Browser, service: Service) -> None:
    with opened(browser, service.url) as page:
        declare(page, bedrooms=1, bathrooms=1)
        choose(page, jpeg("wall.jpg", picture(3)))
        expect(card(page, "wall.jpg")).to_have_attribute("data-state", "ready")
        retake = card(page, "wall.jpg").get_by_test_id("retake-input")
        retake.set_input_files([jpeg("better.jpg", picture(4))])
        expect(card(page, "better.jpg")).to_have_attribute("data-state", "ready")
        expect(card(page, "wall.jpg")).to_have_count(0)
        card(page, "better.jpg").get_by_test_id("remove").click()
        card(page, "better.jpg").get_by_test_id("remove-confirm").click()
        expect(page.get_by_test_id("card")).to_have_count(0)


def test_keyboard_alone_is_enough(browser: Browser, service: Service) -> None:
    with opened(browser, service.url, viewport=DESKTOP) as page:
        seen: list[str] = []
        for _ in range(60):
            page.keyboard.press("Tab")
            name = page.evaluate("() => document.activeElement?.dataset?.testid ?? ''")
            seen.append(str(name))
            if name == "home-submit":
                break
        assert "home-submit" in seen
        assert "language" in seen
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/listings/lst_"))
        choose(page, jpeg("wall.jpg", picture(5)))
        expect(card(page, "wall.jpg")).to_have_attribute("data-state", "ready")
        card(page, "wall.jpg").get_by_test_id("remove").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        for _ in range(4):
            if page.evaluate("() => document.activeElement.dataset.testid") == "remove-confirm":
                break
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("card")).to_have_count(0)


def test_language_follows_the_browser_and_the_choice(browser: Browser, service: Service) -> None:
    with opened(browser, service.url, language="it-IT") as page:
        expect(page.locator("html")).to_have_attribute("lang", "it")
        expect(page.get_by_test_id("home-submit")).to_be_visible()
        italian = page.get_by_test_id("home-form").inner_text()
        assert violations(page) == []
        page.get_by_test_id("language").select_option("en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert page.get_by_test_id("home-form").inner_text() != italian
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_token_opens_one_listing_and_leaves_the_address(browser: Browser, keyed: Service) -> None:
    with Client(keyed.url, keyed.make_key()) as client:
        listing = client.create_listing(Home.model_validate(HOME))
        client.upload(listing.id, [("agency.jpg", picture(6))])
        link = client.token(listing.id).page
    with opened(browser, keyed.url + link) as page:
        expect(card(page, "agency.jpg")).to_have_attribute("data-state", "ready")
        assert "#" not in page.url
        choose(page, jpeg("seller.jpg", picture(7)))
        expect(card(page, "seller.jpg")).to_have_attribute("data-state", "ready")
        page.reload()
        expect(page.get_by_test_id("card")).to_have_count(2)
    with opened(browser, keyed.url) as page:
        expect(page.get_by_test_id("link-needed")).to_be_visible()
        assert violations(page) == []


def test_many_photos_get_through_a_small_queue(browser: Browser, tmp_path: Path) -> None:
    """What is shed is sent again by the page, until all are there."""
    with (
        running(tmp_path, WORKERS="1", QUEUE="0") as service,
        opened(browser, service.url, viewport=DESKTOP) as page,
    ):
        declare(page, bedrooms=1, bathrooms=1)
        choose(page, *(jpeg(f"{number}.jpg", picture(20 + number)) for number in range(6)))
        ready = page.locator("[data-testid=card][data-state=ready]")
        expect(ready).to_have_count(6, timeout=60_000)


def test_api_page_works_by_itself(browser: Browser, service: Service) -> None:
    with opened(browser, f"{service.url}/docs", viewport=DESKTOP) as page:
        expect(page.get_by_text("/v1/check").first).to_be_visible()
