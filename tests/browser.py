"""Debian's chromium, driven by Playwright through the seller's page, for the browser tests.

    with chromium() as browser:
        page = open_page(browser, service.url, PHONE, "it-IT")

Where chromium is not installed the tests are skipped, and say so.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
WEB = Path(__file__).resolve().parent.parent / "serving" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"

OPTIONS = [
    "--no-sandbox",  # as root, in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SECONDS = 30_000
"""Milliseconds that a page may take for anything: a guard against hanging, not a timing."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, url: str, viewport: ViewportSize = PHONE, language: str = "en-GB"
) -> Iterator[Page]:
    """A page in a fresh profile; what it reports to the console as an error fails the test."""
    context = browser.new_context(
        viewport=viewport, locale=language, has_touch=viewport is PHONE, reduced_motion="reduce"
    )
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None,
    )
    try:
        page.goto(url)
        yield page
    finally:
        context.close()
    assert errors == [], errors


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page for people who see or move otherwise."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run()")
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]
    ]
