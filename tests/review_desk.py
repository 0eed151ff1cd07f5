"""A labeler's hands and eyes at the review page, for the browser tests; all but the mouse.

    with opened(browser, at(service, "doors"), DESKTOP) as page:
        photo(page)
        answer(page, "a")

Photos are 640 × 480 pixels.
"""

from dataclasses import replace

from playwright.sync_api import Page, expect

from labels.boxes import Box
from tests.review_seed import Flagged
from tests.service import Service

DOOR = Box("door", 0.25, 0.25, 0.5, 0.75)
"""160–320 by 120–360 pixels."""
HANDLE = Box("handle", 0.625, 0.5, 0.65, 0.55)


def shifted(dx: float) -> Box:
    """The door, by a share of the width."""
    return DOOR.at(DOOR.x1 + dx, DOOR.y1, DOOR.x2 + dx, DOOR.y2)


MOVE = Flagged("badly_located", (DOOR, HANDLE), 0, "move", shifted(0.05))
RELABEL = Flagged("wrong_class", (HANDLE, DOOR), 0, "relabel", replace(HANDLE, label="door"))
DELETE = Flagged("bogus", (DOOR, HANDLE), 0, "delete")
ADD = Flagged("overlooked", (DOOR,), None, "add", HANDLE)


def at(service: Service, set_name: str) -> str:
    """The page's address for one set."""
    return f"{service.url}/review?set={set_name}"


def photo(page: Page) -> str:
    """Wait until a photo is there; the task's id."""
    stage = page.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-ready", "true")
    return str(stage.get_attribute("data-task"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def wait_for_photo_or_end(page: Page) -> bool:
    """Whether there is another photo."""
    found = page.locator("[data-ready=true], [data-testid=nothing-left]")
    expect(found).to_have_count(1)
    return found.get_attribute("data-ready") == "true"


def answer(page: Page, key: str) -> None:
    """Answer with a key; the photo is gone."""
    before = photo(page)
    press(page, key)
    expect(page.locator(f"[data-testid=stage][data-task='{before}']")).to_have_count(0)


def nothing_left(page: Page) -> None:
    """Until there is no photo, and the service has every answer."""
    expect(page.get_by_test_id("nothing-left")).to_be_visible()
    all_sent(page)


def all_sent(page: Page) -> None:
    """Until the service has every answer."""
    page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.includes(':unsent:'))"
    )


def saved(page: Page) -> None:
    """Until the service has the draft."""
    expect(page.get_by_test_id("draft")).to_have_attribute("data-saved", "true")


def selected(page: Page) -> tuple[str, list[int]]:
    """The selected box's class and corners in pixels."""
    box = page.get_by_test_id("selected")
    place = box.get_attribute("data-place") or ""
    return box.get_attribute("data-label") or "", [int(part) for part in place.split()]


def corners(box: Box) -> list[float]:
    return [round(640 * box.x1), round(480 * box.y1), round(640 * box.x2), round(480 * box.y2)]


def enter(page: Page, key: str) -> None:
    """Enter a labeler's key."""
    expect(page.get_by_test_id("key")).to_be_focused()
    press(page, "Control+a")
    page.keyboard.type(key)
    press(page, "Enter")
