"""Listings over HTTP: created, filled, corrected, reported and really deleted."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from serving.api.models import Listing, ListingChange
from serving.client import ApiError, Client
from tests.people_photos import as_jpeg, shipped
from tests.service import HOME, Service, picture, running
from vision.home import Home


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with service.client() as found:
        yield found


@pytest.fixture
def listing(client: Client) -> Listing:
    return client.create_listing(Home.model_validate({**HOME, "extras": ["balcony"]}))


def test_listing_starts_empty(client: Client, listing: Listing) -> None:
    assert listing.photos == ()
    assert listing.rules == "default"
    assert "balcony" in listing.room_choices
    assert client.listing(listing.id) == listing
    report = client.report(listing.id).report
    assert not report.complete
    assert {line.status for line in report.lines if line.required} == {"missing"}


def test_photo_is_examined_copied_and_stored(
    client: Client, listing: Listing, service: Service
) -> None:
    done = client.upload(listing.id, [("Küche.jpg", picture(1))])
    assert (done.stored, done.already_there, done.refused) == (1, 0, 0)
    photo = done.results[0].photo
    assert photo is not None
    assert photo.name == "Küche.jpg"
    assert (photo.findings.width, photo.findings.height) == (640, 480)
    assert sum(guess.probability for guess in photo.findings.rooms) == pytest.approx(1, abs=0.01)
    assert client.listing(listing.id).photos == (photo,)
    assert client.photo(listing.id, photo.id) == photo
    folder = f"listings/{listing.id}/{photo.id}"
    files = [name for name in service.stored() if name.startswith(folder)]
    assert files == [f"{folder}/{name}" for name in ("copy.jpg", "original", "thumbnail.jpg")]
    assert client.original(listing.id, photo.id) == picture(1)


def test_safe_copy_needs_no_key_and_hides_people(
    client: Client, listing: Listing, service: Service
) -> None:
    people = as_jpeg(shipped("bus.jpg"))
    photo = client.upload(listing.id, [("bus.jpg", people)]).results[0].photo
    assert photo is not None
    assert photo.findings.people
    assert photo.copy_.receipt.code == "privacy.hidden"
    got = httpx.get(service.url + str(photo.copy_.url))
    assert got.headers["content-type"] == "image/jpeg"
    pixels = cv2.imdecode(np.frombuffer(got.content, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert pixels.shape[:2] == (photo.findings.height, photo.findings.width)
    changed = np.abs(pixels.astype(int) - shipped("bus.jpg")).mean(axis=2) > 40
    assert changed.mean() > 0.05
    small = httpx.get(service.url + str(photo.copy_.thumbnail_url))
    icon = cv2.imdecode(np.frombuffer(small.content, np.uint8), cv2.IMREAD_COLOR)
    assert max(icon.shape[:2]) == 480


def test_withheld_copy_says_why(client: Client) -> None:
    from vision.policy import Policy

    listing = client.create_listing(Home.model_validate(HOME), policy=Policy.WITHHOLD)
    people = as_jpeg(shipped("zidane.jpg"))
    photo = client.upload(listing.id, [("zidane.jpg", people)]).results[0].photo
    assert photo is not None
    assert photo.copy_.url is None
    assert photo.copy_.receipt.code == "privacy.withheld"


def test_same_bytes_are_one_photo(client: Client, listing: Listing) -> None:
    first = client.upload(listing.id, [("a.jpg", picture(2))]).results[0]
    again = client.upload(listing.id, [("b.jpg", picture(2)), ("c.jpg", picture(2))])
    assert (again.stored, again.already_there) == (0, 2)
    assert [result.photo for result in again.results] == [first.photo, first.photo]
    assert len(client.listing(listing.id).photos) == 1


def test_same_name_is_made_unique(client: Client, listing: Listing) -> None:
    done = client.upload(listing.id, [("a.jpg", picture(3)), ("A.jpg", picture(4))])
    assert [result.photo.name for result in done.results if result.photo] == ["a.jpg", "A-2.jpg"]


def test_partial_success_names_each_file(service: Service, listing: Listing) -> None:
    files = [
        ("photos", ("good.jpg", picture(5))),
        ("photos", ("list.pdf", b"%PDF-1.7 not a photo")),
        ("photos", ("empty.jpg", b"")),
        ("photos", ("cut.jpg", picture(6)[:3000])),
    ]
    got = httpx.post(f"{service.url}/v1/listings/{listing.id}/photos", files=files, timeout=30)
    assert got.status_code == 207
    results = got.json()["results"]
    assert [result["status"] for result in results] == ["stored", *["refused"] * 3]
    assert [result["problem"]["code"] for result in results[1:]] == [
        "photo.unsupported",
        "photo.empty",
        "photo.damaged",
    ]
    assert "PDF" in results[1]["problem"]["detail"]


def test_only_refused_files_are_a_problem(client: Client, listing: Listing) -> None:
    with pytest.raises(ApiError) as caught:
        client.upload(listing.id, [("list.pdf", b"%PDF-1.7 not a photo")])
    assert caught.value.problem.status == 415
    assert caught.value.code == "photo.unsupported"
    assert client.listing(listing.id).photos == ()


def test_retake_replaces_the_photo(client: Client, listing: Listing, service: Service) -> None:
    old = client.upload(listing.id, [("a.jpg", picture(7))]).results[0].photo
    assert old is not None
    new = client.upload(listing.id, [("a.jpg", picture(8))], replaces=old.id).results[0].photo
    assert new is not None
    assert new.name == "a.jpg"
    assert [photo.id for photo in client.listing(listing.id).photos] == [new.id]
    assert not [name for name in service.stored() if old.id in name]
    with pytest.raises(ApiError):
        client.upload(listing.id, [("a.pdf", b"%PDF")], replaces=new.id)
    assert [photo.id for photo in client.listing(listing.id).photos] == [new.id]


def test_repeated_retake_gets_the_first_answer(client: Client, listing: Listing) -> None:
    old = client.upload(listing.id, [("a.jpg", picture(14))]).results[0].photo
    assert old is not None
    again = [
        client.upload(
            listing.id, [("a.jpg", picture(15))], replaces=old.id, idempotency_key="retake-1"
        )
        for _ in range(2)
    ]
    assert again[0] == again[1]
    with pytest.raises(ApiError) as caught:
        client.upload(listing.id, [("a.jpg", picture(16))], replaces=old.id)
    assert caught.value.problem.status == 404


def test_full_listing_takes_a_retake(tmp_path: Path) -> None:
    with running(tmp_path, MAX_PHOTOS="2") as own, own.client() as there:
        listing = there.create_listing(Home.model_validate(HOME))
        done = there.upload(listing.id, [("a.jpg", picture(1)), ("b.jpg", picture(2))])
        first, second = (result.photo for result in done.results)
        assert first is not None
        assert second is not None
        with pytest.raises(ApiError) as caught:
            there.upload(listing.id, [("c.jpg", picture(3))])
        assert caught.value.code == "request.too_large"
        assert "replaces" in caught.value.problem.detail
        assert there.upload(listing.id, [("c.jpg", picture(3))], replaces=first.id).stored == 1
        # a retake that is another photo of the listing only takes the old one away
        third = there.listing(listing.id).photos[1]
        again = there.upload(listing.id, [("d.jpg", picture(3))], replaces=second.id)
        assert again.already_there == 1
        assert there.listing(listing.id).photos == (third,)


def test_originals_end_and_copies_stay(tmp_path: Path) -> None:
    with running(tmp_path) as own, own.client() as there:
        listing = there.create_listing(Home.model_validate(HOME))
        photo = there.upload(listing.id, [("a.jpg", picture(1))]).results[0].photo
        assert photo is not None
        assert photo.original_until is not None
        assert 29.9 < (photo.original_until - photo.uploaded_at) / timedelta(days=1) < 30.1
        with sqlite3.connect(tmp_path / "homelens.db", timeout=10) as database:
            database.execute("UPDATE photos SET original_until = '2020-01-01 00:00:00.000000'")
        done = own.command("sweep")
        assert "1 originals" in done.stdout
        assert not [name for name in own.stored() if "original" in name]
        with pytest.raises(ApiError) as caught:
            there.original(listing.id, photo.id)
        assert (caught.value.problem.status, caught.value.code) == (410, "gone")
        assert there.photo(listing.id, photo.id).original_until is None
        assert there.download(str(photo.copy_.url))[:2] == b"\xff\xd8"


def test_originals_need_not_be_kept_at_all(tmp_path: Path) -> None:
    with running(tmp_path, KEEP_ORIGINALS_DAYS="0") as own, own.client() as there:
        listing = there.create_listing(Home.model_validate(HOME))
        photo = there.upload(listing.id, [("a.jpg", picture(1))]).results[0].photo
        assert photo is not None
        assert photo.original_until is None
        assert not [name for name in own.stored() if "original" in name]


def test_correction_wins_and_can_be_taken_back(client: Client, listing: Listing) -> None:
    photo = client.upload(listing.id, [("a.jpg", picture(9))]).results[0].photo
    assert photo is not None
    said = client.correct(listing.id, photo.id, ["kitchen", "balcony"])
    assert said.answer == ("kitchen", "balcony")
    report = client.report(listing.id).report
    line = next(line for line in report.lines if line.room == "kitchen")
    assert (line.status, line.evidence) == ("ok", ("a.jpg",))
    assert not [question for question in report.questions if question.code == "ask.extra"]
    with pytest.raises(ApiError, match="ballroom"):
        client.correct(listing.id, photo.id, ["ballroom"])
    assert client.take_back(listing.id, photo.id).answer is None
    assert [q.choices for q in client.report(listing.id).report.questions][-1:] == [("balcony",)]


def test_corrections_are_labels_with_provenance(client: Client, listing: Listing) -> None:
    photo = client.upload(listing.id, [("a.jpg", picture(10))]).results[0].photo
    assert photo is not None
    client.correct(listing.id, photo.id, ["kitchen"])
    client.correct(listing.id, photo.id, ["kitchen"])  # nothing new: no second label
    client.correct(listing.id, photo.id, [])
    page = client.corrections(limit=200)
    own = [one for one in page.corrections if one.photo == photo.id]
    assert [one.rooms for one in own] == [("kitchen",), ()]
    assert own[0].guess == photo.findings.rooms[0].type
    assert own[0].photo_sha256 == photo.sha256
    assert set(own[0].models) == {"objects", "people", "rooms"}
    assert own[0].by == "local"
    client.delete_photo(listing.id, photo.id)
    left = client.corrections(limit=200).corrections
    assert photo.id not in {one.photo for one in left}


def test_home_can_be_changed(client: Client, listing: Listing) -> None:
    home = Home(type="apartment", bedrooms=4, bathrooms=1)
    changed = client.change_listing(listing.id, ListingChange(home=home))
    assert changed.home == home
    lines = client.report(listing.id).report.lines
    assert next(line.need for line in lines if line.room == "bedroom") == 4
    again = client.change_listing(listing.id, ListingChange(reference="A-17"))
    assert (again.reference, again.home) == ("A-17", home)


def test_deleted_listing_is_really_gone(client: Client, listing: Listing, service: Service) -> None:
    photo = client.upload(listing.id, [("secret name.jpg", picture(11))]).results[0].photo
    assert photo is not None
    assert photo.copy_.url is not None
    client.correct(listing.id, photo.id, ["kitchen"])
    token = client.token(listing.id)
    client.delete_listing(listing.id)
    assert not [name for name in service.stored() if listing.id in name]
    assert httpx.get(service.url + photo.copy_.url).status_code == 404
    for call in (client.listing, client.report, client.delete_listing):
        with pytest.raises(ApiError) as caught:
            call(listing.id)
        assert caught.value.problem.status == 404
    with service.client(token.token) as seller, pytest.raises(ApiError) as caught:
        seller.listing(listing.id)
    assert caught.value.problem.status == 401
    with sqlite3.connect(service.state / "homelens.db") as database:
        for table in ("photos", "tokens", "idempotency"):
            query = f"SELECT count(*) FROM {table} WHERE listing_id = ?"
            assert database.execute(query, (listing.id,)).fetchone() == (0,)
        query = "SELECT count(*) FROM corrections WHERE photo_id = ?"
        assert database.execute(query, (photo.id,)).fetchone() == (0,)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"secret name" not in (service.state / "homelens.db").read_bytes()


def test_pages_of_listings_meet(client: Client) -> None:
    made = [client.create_listing(Home.model_validate(HOME)).id for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        page = client.listings(after, limit=2)
        assert len(page.listings) <= 2
        seen += [head.id for head in page.listings]
        after = page.next
        if after is None:
            break
    assert seen[:5] == made[::-1]
    assert len(seen) == len(set(seen))


def test_idempotency_key_makes_one_listing(service: Service) -> None:
    headers = {"Idempotency-Key": "one-listing"}
    first, again = (
        httpx.post(f"{service.url}/v1/listings", json={"home": HOME}, headers=headers)
        for _ in range(2)
    )
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = httpx.post(
        f"{service.url}/v1/listings", json={"home": {**HOME, "bedrooms": 2}}, headers=headers
    )
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["detail"]


def test_idempotent_upload_gets_the_first_answer(service: Service, listing: Listing) -> None:
    url = f"{service.url}/v1/listings/{listing.id}/photos"

    def send() -> httpx.Response:
        files = [("photos", ("a.jpg", picture(12)))]
        return httpx.post(url, files=files, headers={"Idempotency-Key": "upload-1"}, timeout=30)

    first, again = send(), send()
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_check_answers_like_the_command_line(client: Client, service: Service) -> None:
    photos = [("a.jpg", picture(13)), ("bus.jpg", as_jpeg(shipped("bus.jpg"))), ("x.jpg", b"x")]
    before = service.stored()
    found = client.check(
        Home.model_validate(HOME), photos, copies="inline", answers={"a.jpg": ["kitchen"]}
    )
    assert [photo.id for photo in found.report.refused] == ["x.jpg"]
    assert set(found.findings) == set(found.copies) == {"a.jpg", "bus.jpg"}
    assert found.copies["bus.jpg"].receipt.code == "privacy.hidden"
    assert found.copies["bus.jpg"].jpeg
    assert next(line.status for line in found.report.lines if line.room == "kitchen") == "ok"
    assert service.stored() == before
    linked = client.check(Home.model_validate(HOME), photos[:1], copies="links", rules="mls")
    assert linked.report.rules == "mls"
    assert client.download(str(linked.copies["a.jpg"].url))[:2] == b"\xff\xd8"
    bare = client.check(Home.model_validate(HOME), photos[:1])
    assert bare.copies == {}
