"""The report page: complete, escaped, self-contained, readable without its pictures."""

from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.report_html import ICON, THUMBNAIL, CopyCard, render, thumbnail
from tests.people_photos import as_jpeg, room
from tests.test_completeness import photo
from vision.completeness import assess
from vision.errors import RedactionError
from vision.findings import RefusedPhoto
from vision.home import parse_home
from vision.policy import Policy
from vision.receipt import MESSAGES, RedactionReceipt, Status
from vision.report import Report
from vision.rules import load_rules

HOSTILE = "<script>alert('&')</script>\".jpg"
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Tags in order with a check that they close, their attributes, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += " ".join(data.split()) + " "

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def receipt(code: str, status: Status, policy: Policy = Policy.BLUR) -> RedactionReceipt:
    copied = status == "copied"
    return RedactionReceipt(
        homelens="1",
        input_sha256="a" * 64,
        output_sha256="b" * 64 if copied else None,
        policy=policy,
        status=status,
        code=code,
        message=MESSAGES[code],
        mask_share=0.123,
        finder="boxes",
        models={},
        width=640 if copied else None,
        height=480 if copied else None,
    )


def report() -> Report:
    photos = [
        photo("kitchen.jpg", ("kitchen", 0.98)),
        photo("again.jpg", ("kitchen", 0.97), twin="kitchen.jpg"),
        photo("which.jpg", ("dining_room", 0.5), ("living_room", 0.45)),
        photo("dark.jpg", ("bathroom", 0.9), quality=("quality.too_dark",)),
        photo(HOSTILE, ("bedroom", 0.95)),
    ]
    refused = [RefusedPhoto(id="<i>.jpg", code="photo.damaged", message="it ends <early>")]
    home = parse_home("bedrooms=1,bathrooms=2.5,type=house,extras=roof_terrace")
    return assess(photos, refused, home, load_rules("default"))


def copies() -> dict[str, CopyCard]:
    small = as_jpeg(room(480, 360))
    return {
        "kitchen.jpg": CopyCard("kitchen.jpg", receipt("privacy.nobody", "copied"), small),
        "which.jpg": CopyCard("which.jpg", receipt("privacy.hidden", "copied"), small),
        "dark.jpg": CopyCard("dark.jpg", receipt("privacy.still_visible", "failed"), None),
    }


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(report(), copies()))


def test_every_line_question_photo_and_refusal_is_there(page: Page) -> None:
    made = report()
    for text in (
        *(line.sentence for line in made.lines),
        *(line.next_step for line in made.lines if line.next_step),
        *(question.sentence for question in made.questions),
        *(finding.message for card in made.photos for finding in card.quality),
        *(card.id for card in made.photos),
        *(file.id for file in made.refused),
        *(file.message for file in made.refused),
        "House · 1 bedroom · 2.5 bathrooms · roof terrace",
        "perhaps 1 of 1",
    ):
        assert " ".join(text.split()) in page.text
    assert len(page.named("article")) == len(made.photos)


def test_nothing_is_loaded_from_outside_and_nothing_runs(page: Page) -> None:
    html = render(report(), copies())
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    assert not [tag for tag, _ in page.tags if tag in {"script", "link", "iframe", "object"}]
    assert all((image["src"] or "").startswith("data:image/jpeg") for image in page.named("img"))
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]
    (policy,) = [m["content"] for m in page.named("meta") if "http-equiv" in m]
    assert "default-src 'none'" in (policy or "")


def test_links_lead_to_photos_and_ids_are_unique(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in page.named("a")]
    assert links
    assert {(link or "")[1:] for link in links} <= set(ids)
    labels = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert set(labels) <= set(ids)


def test_readable_without_pictures_and_on_a_phone(page: Page) -> None:
    assert all(image.get("alt") is not None for image in page.named("img"))
    assert page.named("html")[0]["lang"] == "en"
    assert [m for m in page.named("meta") if m.get("name") == "viewport"]
    for mark in page.tags:
        if mark[1].get("class") == "mark":
            assert mark[1]["aria-hidden"] == "true"
    for word in ("Done", "Missing", "Incomplete", "Not certain", "Optional"):
        assert word in page.text


def test_placeholder_says_why_there_is_no_picture(page: Page) -> None:
    assert MESSAGES["privacy.still_visible"] in page.text
    assert "No copy was asked for" in page.text


def test_how_people_were_hidden_is_said(page: Page) -> None:
    assert "People were found and blurred beyond recovery (12% of the picture)." in page.text


def test_complete_report_says_so() -> None:
    rooms = ("kitchen", "living_room", "bathroom", "bedroom", "exterior")
    photos = [photo(f"{name}.jpg", (name, 0.99)) for name in rooms]
    home = parse_home("bedrooms=1,bathrooms=1,type=house")
    page = Page(render(assess(photos, (), home, load_rules("default")), {}))
    assert "Complete: everything that is needed is shown." in page.text
    assert "Not complete" not in page.text


def test_empty_listing_has_a_page() -> None:
    home = parse_home("bedrooms=1,bathrooms=1,type=house")
    page = Page(render(assess([], (), home, load_rules("mls")), {}))
    assert "cannot tell front from back" in page.text


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([THUMBNAIL, ICON]))
def test_thumbnail_fits_and_keeps_its_shape(width: int, height: int, side: int) -> None:
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))
    assert done
    small = cv2.imdecode(
        np.frombuffer(thumbnail(data.tobytes(), max(width, height), side), np.uint8),
        cv2.IMREAD_COLOR,
    )
    assert small is not None
    tall, wide = small.shape[:2]
    assert max(tall, wide) <= side
    if max(width, height) >= side:
        assert max(tall, wide) == side
    assert (
        abs(wide / tall - width / height) <= max(width / height, 1) * 0.05 or min(tall, wide) < 40
    )


def test_thumbnail_of_no_jpeg_is_an_error() -> None:
    with pytest.raises(RedactionError):
        thumbnail(b"no jpeg", 100)
