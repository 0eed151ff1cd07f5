"""Pictures of the pages for the documentation, made with photos that packages ship:

python -m tests.screenshots docs
"""

import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from labels.boxes import Box
from tests.browser import DESKTOP, PHONE, chromium, opened
from tests.review_seed import Flagged, seed
from tests.service import Service, running

PHOTOS = {
    "house.jpg": ("sklearn", "datasets/images/china.jpg"),
    "street.jpg": ("ultralytics", "assets/bus.jpg"),
    "garden.jpg": ("sklearn", "datasets/images/flower.jpg"),
}

LABELER: ViewportSize = {"width": 1280, "height": 900}


def shipped(name: str) -> FilePayload:
    """A package's picture under this name."""
    package, path = PHOTOS[name]
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    data = (Path(spec.origin).parent / path).read_bytes()
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def fill(page: Page) -> None:
    """Declare a home and upload, with one file that is no photo."""
    page.get_by_test_id("type-house").click()
    page.get_by_test_id("bathrooms").fill("2")
    page.get_by_test_id("extra-garden").click()
    page.get_by_test_id("home-submit").click()
    page.wait_for_url(re.compile("/listings/lst_"))
    files: list[FilePayload] = [shipped(name) for name in PHOTOS]
    wrong: FilePayload = {"name": "plan.pdf", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    page.get_by_test_id("choose-input").set_input_files([*files, wrong])
    ready = page.locator("[data-testid=card][data-state=ready]")
    expect(ready).to_have_count(len(files), timeout=60_000)
    expect(page.locator("[data-testid=card][data-state=refused]")).to_have_count(1)


DOORS = ((212, 192, 246, 222), (134, 194, 156, 224), (221, 288, 252, 320), (150, 292, 172, 328))
"""Corners in the 640 × 427 pixels of house.jpg."""


def review(browser: Browser, service: Service, path: Path) -> None:
    """The labelers' page, a box just moved."""
    shares = [[x1 / 640, y1 / 427, x2 / 640, y2 / 427] for x1, y1, x2, y2 in DOORS]
    boxes = tuple(Box("door", *place) for place in shares)
    asked = Flagged("badly_located", boxes, 2, "move", Box("door", 218 / 640, 0.67, 0.39, 0.765))
    payload = shipped("house.jpg")
    seed(service, "doors", [asked] * 12, photo=payload["buffer"])
    with opened(browser, f"{service.url}/review?set=doors", LABELER, "en") as page:
        for _ in range(4):
            expect(page.get_by_test_id("stage")).to_have_attribute("data-ready", "true")
            page.wait_for_timeout(500)
            page.keyboard.press("r")
        expect(page.get_by_test_id("stage")).to_have_attribute("data-ready", "true")
        expect(page.get_by_test_id("progress")).to_have_attribute("data-done", "4")
        page.wait_for_timeout(500)
        page.screenshot(path=path)


def value(browser: Browser, service: Service, path: Path) -> None:
    """The valuation page with a shipped market, everything shown."""
    with opened(browser, f"{service.url}/value?explanation=full", DESKTOP, "en") as page:
        page.get_by_test_id("city").select_option("krakow")
        page.get_by_test_id("city-map").click()
        page.get_by_test_id("where-next").click()
        page.get_by_test_id("field-area_m2").fill("64")
        page.get_by_test_id("rooms").fill("3")
        page.get_by_test_id("what-next").click()
        page.get_by_test_id("field-year_built").fill("1985")
        page.get_by_test_id("ask").click()
        expect(page.get_by_test_id("answer")).to_be_visible()
        page.screenshot(path=path, full_page=True)


def main(folder: Path) -> None:
    """Both languages on a phone, a desktop, before and after of a copy, a labeler's desk."""
    with (
        tempfile.TemporaryDirectory() as state,
        running(Path(state)) as service,
        chromium() as browser,
    ):
        for language in ("en", "it"):
            with opened(browser, service.url, PHONE, language) as page:
                fill(page)
                page.screenshot(path=folder / f"page-phone-{language}.png")
                page.locator("[data-name='street.jpg']").scroll_into_view_if_needed()
                page.locator("[data-name='house.jpg']").scroll_into_view_if_needed()
                page.wait_for_timeout(500)  # pictures load when they come into sight
                page.screenshot(path=folder / f"page-cards-{language}.png")
        with opened(browser, service.url, DESKTOP, "en") as page:
            fill(page)
            page.screenshot(path=folder / "page-desktop-en.png")
            page.locator("[data-name='street.jpg']").get_by_test_id("compare").click()
            expect(page.get_by_test_id("compare-dialog")).to_be_visible()
            page.wait_for_timeout(500)
            page.screenshot(path=folder / "page-compare-en.png")
        review(browser, service, folder / "review.png")
        value(browser, service, folder / "value.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
