"""A labeler at the review page with a real browser, by keyboard alone: looking and answering."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from labels.boxes import Box
from tests.browser import DESKTOP, SECONDS, WEB, chromium, opened, violations
from tests.review_desk import (
    ADD,
    DELETE,
    DOOR,
    HANDLE,
    MOVE,
    RELABEL,
    all_sent,
    answer,
    at,
    corners,
    nothing_left,
    photo,
    press,
    selected,
)
from tests.review_seed import Flagged, boxes_of, grid, seed
from tests.service import Service

expect.set_options(timeout=SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_accept_and_reject(browser: Browser, service: Service) -> None:
    seed(service, "answers", [MOVE, RELABEL, DELETE, ADD, DELETE])
    kinds = []
    with opened(browser, at(service, "answers"), DESKTOP) as page:
        for key in "aaaar":
            photo(page)
            kinds.append(page.get_by_test_id("reason").get_attribute("data-kind"))
            answer(page, key)
        nothing_left(page)
        expect(page.get_by_test_id("progress")).to_have_attribute("data-open", "0")
    assert kinds == ["badly_located", "wrong_class", "bogus", "overlooked", "bogus"]
    moved, relabelled, deleted, added, kept = boxes_of(service, "answers")
    assert corners(moved[0]) == [192, 120, 352, 360]
    assert [box.label for box in relabelled] == ["door", "door"]
    assert [box.label for box in deleted] == ["handle"]
    assert [box.label for box in added] == ["door", "handle"]
    assert [box.label for box in kept] == ["door", "handle"]


def test_move_and_resize(browser: Browser, service: Service) -> None:
    seed(service, "edges", [MOVE])
    with opened(browser, at(service, "edges"), DESKTOP) as page:
        photo(page)
        assert selected(page) == ("door", [160, 120, 320, 360])
        press(page, "ArrowRight", "Shift+ArrowDown")
        assert selected(page)[1] == [161, 130, 321, 370]
        press(page, "Alt+ArrowRight", "Alt+Shift+ArrowUp")
        assert selected(page)[1] == [161, 130, 322, 360]
        press(page, "Control+ArrowLeft", "Control+Shift+ArrowDown")
        assert selected(page)[1] == [160, 140, 322, 360]
        # Accepting is for the photo as it came.
        press(page, "a")
        expect(page.get_by_test_id("said")).to_contain_text("Enter")
        answer(page, "Enter")
        nothing_left(page)
    (boxes,) = boxes_of(service, "edges")
    assert corners(boxes[0]) == [160, 140, 322, 360]


def test_suggestion_is_taken_over_and_corrected(browser: Browser, service: Service) -> None:
    seed(service, "over", [MOVE])
    with opened(browser, at(service, "over"), DESKTOP) as page:
        photo(page)
        press(page, "e")
        assert selected(page)[1] == [192, 120, 352, 360]
        press(page, "ArrowUp")
        answer(page, "Enter")
        nothing_left(page)
    assert corners(boxes_of(service, "over")[0][0]) == [192, 119, 352, 359]


def test_relabel_by_digit_and_by_name(browser: Browser, service: Service) -> None:
    seed(service, "classes", [RELABEL, RELABEL])
    with opened(browser, at(service, "classes"), DESKTOP) as page:
        photo(page)
        press(page, "3")
        assert selected(page)[0] == "cabinet door"
        answer(page, "Enter")
        photo(page)
        press(page, "c")
        page.keyboard.type("refr")
        press(page, "Enter")
        assert selected(page)[0] == "refrigerator door"
        answer(page, "Enter")
        nothing_left(page)
    first, second = boxes_of(service, "classes")
    assert [first[0].label, second[0].label] == ["cabinet door", "refrigerator door"]


def test_delete_another_box_and_add_one(browser: Browser, service: Service) -> None:
    seed(service, "more", [MOVE])
    with opened(browser, at(service, "more"), DESKTOP) as page:
        photo(page)
        press(page, "Tab")
        assert selected(page)[0] == "handle"
        press(page, "Delete", "f", "b", "2", "Shift+ArrowRight", "Alt+ArrowDown")
        assert selected(page)[0] == "handle"
        drawn = selected(page)[1]
        answer(page, "Enter")
        nothing_left(page)
    (boxes,) = boxes_of(service, "more")
    assert [box.label for box in boxes] == ["door", "handle"]
    assert corners(boxes[1]) == drawn
    assert boxes[1].id != HANDLE.id


def test_skip_leaves_the_photo_to_others(browser: Browser, service: Service) -> None:
    seed(service, "skipped", [MOVE, DELETE])
    with opened(browser, at(service, "skipped"), DESKTOP) as page:
        first = photo(page)
        answer(page, "s")
        assert photo(page) != first
        answer(page, "r")
        all_sent(page)
    assert corners(boxes_of(service, "skipped")[0][0]) == corners(DOOR)


def test_undo_change_by_change_then_the_answer(browser: Browser, service: Service) -> None:
    seed(service, "undone", [DELETE, MOVE])
    with opened(browser, at(service, "undone"), DESKTOP) as page:
        first = photo(page)
        answer(page, "a")
        all_sent(page)
        photo(page)
        assert len(boxes_of(service, "undone")[0]) == 1
        press(page, "ArrowRight", "4")
        press(page, "u")
        assert selected(page) == ("door", [161, 120, 321, 360])
        press(page, "Control+z")
        assert selected(page)[1] == [160, 120, 320, 360]
        press(page, "u")
        expect(page.locator(f"[data-testid=stage][data-task='{first}']")).to_have_count(1)
        assert len(boxes_of(service, "undone")[0]) == 2
        answer(page, "r")
        answer(page, "a")
        nothing_left(page)
    kept, moved = boxes_of(service, "undone")
    assert len(kept) == 2
    assert corners(moved[0]) == [192, 120, 352, 360]


def test_small_box_is_shown_large(browser: Browser, service: Service) -> None:
    """A handle of five pixels can be judged; Z shows the whole photo."""
    tiny = Box("handle", 0.5, 0.5, 0.5 + 5 / 640, 0.5 + 5 / 480)
    seed(service, "tiny", [Flagged("bogus", (DOOR, tiny), 1, "delete")])
    with opened(browser, at(service, "tiny"), DESKTOP) as page:
        photo(page)
        sheet = page.get_by_test_id("sheet")
        close = sheet.bounding_box()
        press(page, "z")
        whole = sheet.bounding_box()
        stage = page.get_by_test_id("stage").bounding_box()
        assert close is not None
        assert whole is not None
        assert stage is not None
        assert close["width"] / 640 * 5 >= 40
        assert whole["width"] <= stage["width"]
        assert whole["height"] <= stage["height"]
        answer(page, "r")


def test_a_thousand_boxes(browser: Browser, service: Service) -> None:
    """The page does not grow with the boxes, and every one of them is reached."""
    many = grid(1000)
    at_flag = many[500]
    to = at_flag.at(at_flag.x1, at_flag.y1, at_flag.x2, at_flag.y2 - 0.005)
    few = Flagged("badly_located", many[:2], 0, "move", to)
    seed(service, "many", [few, Flagged("badly_located", many, 500, "move", to)])
    with opened(browser, at(service, "many"), DESKTOP) as page:
        photo(page)
        press(page, "z")
        elements = page.locator("*").count()
        answer(page, "r")
        photo(page)
        press(page, "z")
        assert page.locator("*").count() < elements + 60
        outlines = page.get_by_test_id("others").get_attribute("d") or ""
        assert outlines.count("M") == 999
        seen = {page.get_by_test_id("selected").get_attribute("data-box")}
        near = page.get_by_test_id("selected").get_attribute("data-place") or ""
        for _ in range(8):
            press(page, "n")
            seen.add(page.get_by_test_id("selected").get_attribute("data-box"))
            x1, y1, *_ = selected(page)[1]
            flagged = [int(part) for part in near.split()]
            assert abs(x1 - flagged[0]) < 40
            assert abs(y1 - flagged[1]) < 40
        assert len(seen) == 9
        press(page, "h")
        assert page.get_by_test_id("others").get_attribute("d") in (None, "")
        press(page, "f", *["ArrowRight"] * 30)
        place = selected(page)[1]
        assert place[0] == int(near.split()[0]) + 30
        answer(page, "Enter")
        nothing_left(page)
    assert corners(boxes_of(service, "many")[1][500])[0] == place[0]


def test_italian_and_accessible(browser: Browser, service: Service) -> None:
    seed(service, "italian", [ADD, MOVE])
    with opened(browser, at(service, "italian"), DESKTOP, "it-IT") as page:
        photo(page)
        expect(page.locator("html")).to_have_attribute("lang", "it")
        expect(page.get_by_test_id("reason")).to_contain_text("maniglia")
        expect(page.get_by_test_id("announcer")).to_contain_text("maniglia")
        assert violations(page) == []
        press(page, "?")
        expect(page.get_by_test_id("help")).to_be_visible()
        assert violations(page) == []
        press(page, "Escape")
        expect(page.get_by_test_id("help")).not_to_be_visible()
        page.emulate_media(color_scheme="dark")
        assert violations(page) == []
        answer(page, "r")
        photo(page)
        press(page, "ArrowLeft")
        assert violations(page) == []
        # Escape leaves the photo, and Tab goes through the page.
        press(page, "Escape", "Tab")
        assert page.evaluate("() => document.activeElement.dataset.testid") == "do-reject"
        page.get_by_test_id("language").select_option("en")
        expect(page.get_by_test_id("reason")).to_contain_text("door")


def test_mouse_drags_resizes_and_draws(browser: Browser, service: Service) -> None:
    seed(service, "mouse", [MOVE])
    with opened(browser, at(service, "mouse"), DESKTOP) as page:
        photo(page)
        sheet = page.get_by_test_id("sheet").bounding_box()
        assert sheet is not None

        def drag(x1: int, y1: int, x2: int, y2: int) -> None:
            """From one pixel of the photo to another."""
            points = [(x1, y1), ((x1 + x2) // 2, (y1 + y2) // 2), (x2, y2)]
            for number, (x, y) in enumerate(points):
                page.mouse.move(
                    sheet["x"] + x * sheet["width"] / 640, sheet["y"] + y * sheet["height"] / 480
                )
                if number == 0:
                    page.mouse.down()
            page.mouse.up()

        drag(240, 240, 250, 260)
        assert selected(page)[1] == [170, 140, 330, 380]
        drag(330, 380, 340, 400)
        assert selected(page)[1] == [170, 140, 340, 400]
        press(page, "b")
        drag(400, 100, 450, 150)
        # the library tells of a new box a moment after the button is let go
        expect(page.get_by_test_id("selected")).to_have_attribute("data-place", "400 100 450 150")
        answer(page, "Enter")
        nothing_left(page)
    (boxes,) = boxes_of(service, "mouse")
    assert [corners(box) for box in boxes][::2] == [[170, 140, 340, 400], [400, 100, 450, 150]]


def test_letters_can_be_switched_off(browser: Browser, service: Service) -> None:
    seed(service, "letters", [DELETE])
    with opened(browser, at(service, "letters"), DESKTOP) as page:
        task = photo(page)
        press(page, "?")
        page.get_by_test_id("letters").focus()
        press(page, "Space", "Escape", "a", "r", "s")
        assert photo(page) == task
        page.get_by_test_id("do-reject").focus()
        answer(page, "Enter")
        nothing_left(page)


def test_every_key_is_on_the_screen(browser: Browser, service: Service) -> None:
    seed(service, "keys", [MOVE])
    with opened(browser, at(service, "keys"), DESKTOP) as page:
        photo(page)
        shown = page.locator("kbd:visible").all_inner_texts()
        keymap = (WEB / "src" / "review" / "keys" / "keymap.ts").read_text(encoding="utf-8")
        table = keymap.split("bindings: readonly Binding[] = [")[1].split("\n];")[0]
        keys = re.findall(r'shown: "([^"]+)"', table)
        assert len(keys) > 15
        assert set(keys) | {"Enter", "Space", "Esc", "Shift"} <= set(shown)
        outlines = page.get_by_test_id("others")
        expect(outlines).to_have_count(1)
        page.keyboard.down(" ")  # held
        expect(outlines).to_have_count(0)
        page.keyboard.up(" ")
        expect(outlines).to_have_count(1)
        answer(page, "r")


def test_sellers_page_loads_nothing_of_it() -> None:
    scripts = re.findall(r'/assets/([\w.-]+)"', (WEB / "dist" / "index.html").read_text())
    assert scripts
    for name in scripts:
        assert "a9s-" not in (WEB / "dist" / "assets" / name).read_text(encoding="utf-8")
