"""The review page's work lasts: reloads, broken networks, lost leases; and tasks stay apart."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import DESKTOP, SECONDS, chromium, opened, violations
from tests.review_desk import (
    DELETE,
    MOVE,
    all_sent,
    answer,
    at,
    corners,
    enter,
    nothing_left,
    photo,
    press,
    saved,
    selected,
    wait_for_photo_or_end,
)
from tests.review_seed import boxes_of, seed
from tests.service import Service, running

expect.set_options(timeout=SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_draft_survives_a_reload(browser: Browser, service: Service) -> None:
    seed(service, "drafts", [MOVE])
    with opened(browser, at(service, "drafts"), DESKTOP) as page:
        task = photo(page)
        press(page, "Shift+ArrowRight")
        saved(page)
        page.evaluate("() => sessionStorage.clear()")  # only the service has it
        page.reload()
        assert photo(page) == task
        assert selected(page)[1] == [170, 120, 330, 360]
        press(page, "Shift+ArrowRight")
        page.reload()  # before it could be saved
        photo(page)
        assert selected(page)[1] == [180, 120, 340, 360]
        answer(page, "Enter")
        nothing_left(page)
    assert corners(boxes_of(service, "drafts")[0][0]) == [180, 120, 340, 360]


def test_two_browsers_never_see_the_same_task(browser: Browser, tmp_path: Path) -> None:
    seen: list[list[str]] = [[], []]
    with running(tmp_path, SECOND_SHARE="0") as service, ExitStack() as stack:
        seed(service, "shared", [DELETE] * 12)
        keys = [service.make_key("labeler"), service.make_key("labeler")]
        pages = [stack.enter_context(opened(browser, at(service, "shared"), DESKTOP)) for _ in keys]
        for page, key in zip(pages, keys, strict=True):
            expect(page.get_by_test_id("key-form")).to_be_visible()
            assert violations(page) == []
            enter(page, "hlk_wrong")
            expect(page.get_by_test_id("key-wrong")).to_be_visible()
            enter(page, key)
        at_work = [0, 1]
        while at_work:
            at_work = [one for one in at_work if wait_for_photo_or_end(pages[one])]
            shown = [photo(pages[one]) for one in at_work]
            assert not set(shown) & {*seen[0], *seen[1]}
            assert len(set(shown)) == len(shown)
            for one, task in zip(at_work, shown, strict=True):
                seen[one].append(task)
                answer(pages[one], "r")
                all_sent(pages[one])
        for page in pages:
            page.reload()  # the key lasts as long as the tab
            nothing_left(page)
    assert len(seen[0]) + len(seen[1]) == 12
    assert min(len(seen[0]), len(seen[1])) > 1


def test_offline_and_back(browser: Browser, service: Service) -> None:
    seed(service, "away", [DELETE, MOVE, DELETE])
    with opened(browser, at(service, "away"), DESKTOP) as page:
        first = photo(page)
        page.wait_for_load_state("networkidle")  # the next photo is here
        page.context.set_offline(True)
        answer(page, "a")
        second = photo(page)
        expect(page.get_by_test_id("offline")).to_be_visible()
        press(page, "u")  # what has not left is taken back without a network
        assert photo(page) == first
        answer(page, "r")
        assert photo(page) == second
        press(page, "ArrowRight")
        answer(page, "Enter")
        page.context.set_offline(False)
        assert photo(page) not in (first, second)
        all_sent(page)
        expect(page.get_by_test_id("offline")).to_have_count(0)
        answer(page, "a")
        nothing_left(page)
    kept, moved, deleted = boxes_of(service, "away")
    assert (len(kept), len(deleted)) == (2, 1)
    assert corners(moved[0]) == [161, 120, 321, 360]


def test_answers_outlive_the_page(browser: Browser, service: Service) -> None:
    seed(service, "left", [DELETE, MOVE])
    with opened(browser, at(service, "left"), DESKTOP) as page:
        photo(page)
        page.route("**/v1/review/tasks/*", lambda route: route.abort())
        answer(page, "a")
        photo(page)
        page.unroute("**/v1/review/tasks/*")
        page.on("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
        page.reload()
        photo(page)
        all_sent(page)
    assert len(boxes_of(service, "left")[0]) == 1


def test_lost_lease_is_said_and_work_is_kept(browser: Browser, tmp_path: Path) -> None:
    """A labeler away from the network for longer than the lease; another gets the photo."""
    with running(tmp_path, LEASE_MINUTES="0.1", SECOND_SHARE="0") as service, ExitStack() as stack:
        seed(service, "lost", [MOVE])
        keys = [service.make_key("labeler"), service.make_key("labeler")]
        away, other = (
            stack.enter_context(opened(browser, at(service, "lost"), DESKTOP)) for _ in range(2)
        )
        enter(away, keys[0])
        task = photo(away)
        away.context.set_offline(True)
        press(away, "ArrowRight", "ArrowRight")
        enter(other, keys[1])
        other.wait_for_timeout(6_500)
        other.get_by_test_id("look-again").click()
        assert photo(other) == task
        away.context.set_offline(False)
        expect(away.get_by_test_id("lost")).to_be_visible()
        assert violations(away) == []
        assert selected(away)[1] == [162, 120, 322, 360]
        answer(away, "Enter")  # not taken, and not forgotten
        expect(away.get_by_test_id("refused")).to_have_attribute("data-code", "review.lease_lost")
        away.reload()
        expect(away.get_by_test_id("refused")).to_be_visible()
        press(other, "s")
        all_sent(other)
        other.close()
        press(away, "y")
        expect(away.get_by_test_id("refused")).to_have_count(0)
        all_sent(away)
        assert corners(boxes_of(service, "lost")[0][0]) == [162, 120, 322, 360]


def test_hidden_checks_look_like_every_other_task(browser: Browser, tmp_path: Path) -> None:
    """Every second task is one: the same page but for names and ids."""
    pages = []
    with running(tmp_path, CHECK_EVERY="2", SECOND_SHARE="0") as service:
        seed(service, "hidden", [MOVE] * 4, checks=[MOVE] * 4)
        with opened(browser, at(service, "hidden"), DESKTOP) as page:
            photo(page)
            answer(page, "r")  # so that the same was said before each
            while wait_for_photo_or_end(page):
                task = photo(page)
                page.wait_for_load_state("networkidle")
                html = page.locator("main").inner_html()
                assert "check" not in html.replace("checkbox", "")
                names = (task, r"hidden-\d+\.jpg", r"blob:[^\"]+", r"box_[\w-]+", r"rect-mask-\w+")
                html = re.sub("|".join(names), "…", html)
                pages.append(html)
                answer(page, "r")
            nothing_left(page)
    assert len(pages) > 3  # more than there are real ones
    assert len(set(pages)) == 1
