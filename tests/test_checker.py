"""The checker with the shipped models: findings, refused photos, near-duplicates, copies."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.people_photos import as_jpeg, room, shipped
from vision.bundle import models_folder, read_manifest
from vision.checker import PhotoChecker
from vision.errors import BundleMissing, PhotoError, PhotoTooLarge
from vision.findings import ROOM_TYPES
from vision.home import parse_home
from vision.photo import Limits
from vision.policy import Policy
from vision.rules import load_rules

HOME = parse_home("bedrooms=1,bathrooms=1,type=house")
RULES = load_rules("default")


@pytest.fixture(scope="module")
def checker() -> PhotoChecker:
    return PhotoChecker.load(threads=1)


@pytest.fixture(scope="module")
def street() -> bytes:
    return as_jpeg(shipped("bus.jpg"))


def test_findings_of_one_photo(checker: PhotoChecker, street: bytes) -> None:
    found = checker.look("bus.jpg", street, RULES)
    assert (found.width, found.height) == (810, 1080)
    assert {guess.type for guess in found.rooms} == set(ROOM_TYPES)
    assert sum(guess.probability for guess in found.rooms) == pytest.approx(1, abs=0.01)
    assert len(found.people) >= 3
    assert {person.label for person in found.people} == {"person"}
    assert "person" not in {seen.label for seen in found.objects}
    thresholds = checker.objects.thresholds
    assert all(d.score >= thresholds[d.label] for d in (*found.objects, *found.people))
    assert np.linalg.norm(found.embedding) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("policy", [Policy.BLUR, Policy.WITHHOLD])
def test_one_pass_gives_what_two_give(checker: PhotoChecker, street: bytes, policy: Policy) -> None:
    """The service's way: one decoding, one run of the detector for findings and copy."""
    told: list[object] = []
    findings, copy = checker.look_and_copy("bus.jpg", street, RULES, policy, told.append)
    assert findings == checker.look("bus.jpg", street, RULES)
    assert told == [findings]
    assert copy == checker.copy(street, policy)


def test_one_pass_of_a_large_photo_sees_the_same(checker: PhotoChecker) -> None:
    """Reduced by averaging instead of by the JPEG decoder, it looks all but the same."""
    pixels = np.repeat(np.repeat(shipped("bus.jpg"), 3, axis=0), 3, axis=1)
    data = as_jpeg(np.ascontiguousarray(pixels))
    one, copy = checker.look_and_copy("bus.jpg", data, RULES, Policy.BLUR)
    two = checker.look("bus.jpg", data, RULES)
    assert (one.width, one.height, one.room.type) == (two.width, two.height, two.room.type)
    assert one.room.probability == pytest.approx(two.room.probability, abs=0.05)
    assert len(one.people) == len(two.people)
    assert copy == checker.copy(data, Policy.BLUR)
    assert copy.receipt.code == "privacy.hidden"


def test_one_pass_raises_for_what_is_no_photo(checker: PhotoChecker) -> None:
    with pytest.raises(PhotoError):
        checker.look_and_copy("a.jpg", b"x", RULES, Policy.BLUR)


def test_versions_name_every_model(checker: PhotoChecker) -> None:
    for name, sha256 in checker.versions.items():
        assert read_manifest(models_folder() / name).sha256 == sha256
    assert set(checker.versions) == {"objects", "people", "rooms"}


def test_unreadable_photos_are_refused_and_stop_nothing(
    checker: PhotoChecker, street: bytes
) -> None:
    report = checker.check(
        {"a.jpg": b"", "b.jpg": street[:5000], "c.txt": b"hello", "d.jpg": street}, HOME, RULES
    )
    assert [photo.id for photo in report.photos] == ["d.jpg"]
    assert {photo.id: photo.code for photo in report.refused} == {
        "a.jpg": "photo.empty",
        "b.jpg": "photo.damaged",
        "c.txt": "photo.unsupported",
    }


def test_photos_are_read_one_at_a_time(checker: PhotoChecker, street: bytes) -> None:
    events: list[str] = []

    def source(name: str) -> Callable[[], bytes]:
        def read() -> bytes:
            events.append(f"read {name}")
            if name == "2.jpg":
                raise PhotoTooLarge("the file has 900 MB")
            return street

        return read

    report = checker.check(
        ((name, source(name)) for name in ("1.jpg", "2.jpg", "3.jpg")),
        HOME,
        RULES,
        progress=lambda name: events.append(f"done {name}"),
    )
    assert events == [f"{what} {n}.jpg" for n in (1, 2, 3) for what in ("read", "done")]
    assert [photo.code for photo in report.refused] == ["photo.too_large"]


def test_near_duplicates_count_once_whatever_the_order(
    checker: PhotoChecker, street: bytes
) -> None:
    darker = as_jpeg((shipped("bus.jpg") * 0.85).astype(np.uint8))
    photos = {"1.jpg": street, "2.jpg": darker, "wall.jpg": as_jpeg(room())}
    report = checker.check(photos, HOME, RULES)
    assert [card.duplicate_of for card in report.photos] == [None, "1.jpg", None]
    assert checker.check(dict(reversed(photos.items())), HOME, RULES) == report


def test_answers_reach_the_checklist(checker: PhotoChecker) -> None:
    report = checker.check(
        {"wall.jpg": as_jpeg(room())}, HOME, RULES, answers={"wall.jpg": ("kitchen",)}
    )
    assert [n.title for n in report.lines if n.status == "ok"] == ["Kitchen"]


def test_limits_are_kept(street: bytes) -> None:
    strict = PhotoChecker.load(threads=1, limits=Limits(max_pixels=1000))
    report = strict.check({"bus.jpg": street}, HOME, RULES)
    assert [photo.code for photo in report.refused] == ["photo.too_large"]


def test_copy_hides_people(checker: PhotoChecker, street: bytes) -> None:
    copy = checker.copy(street, Policy.BLUR)
    assert copy.receipt.code == "privacy.hidden"
    assert copy.jpeg is not None
    assert set(copy.receipt.models) == {"objects", "people"}
    assert checker.copy(street, Policy.WITHHOLD).jpeg is None


def test_people_bundle_is_opened_for_copies_alone(tmp_path: Path, street: bytes) -> None:
    for name in ("objects", "rooms"):
        shutil.copytree(models_folder() / name, tmp_path / name)
    checker = PhotoChecker.load(tmp_path, threads=1)
    assert checker.check({"bus.jpg": street}, HOME, RULES).photos[0].people >= 3
    with pytest.raises(BundleMissing):
        checker.copy(street, Policy.BLUR)


def test_missing_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleMissing, match="objects"):
        PhotoChecker.load(tmp_path)


def test_threads_share_one_checker(checker: PhotoChecker, street: bytes) -> None:
    photos = [as_jpeg(room(seed=n)) for n in range(3)] + [street]
    alone = [checker.look(str(n), data, RULES) for n, data in enumerate(photos)]
    with ThreadPoolExecutor(4) as pool:
        names = [str(n) for n in range(4)] * 3
        together = list(pool.map(lambda n: checker.look(n, photos[int(n)], RULES), names))
    assert together == alone * 3


def test_rooms_of_real_homes(checker: PhotoChecker, homelens_data: Path) -> None:
    expected = {
        "bathroom": "bathroom",
        "bedroom": "bedroom",
        "frontal": "exterior",
        "kitchen": "kitchen",
    }
    right = total = 0
    for house in sorted((homelens_data / "listings").iterdir())[:12]:
        if not house.is_dir():
            continue
        files = {path.name: path.read_bytes() for path in sorted(house.glob("*.jpg"))}
        report = checker.check(files, HOME, RULES)
        for card in report.photos:
            total += 1
            right += expected[Path(card.id).stem] in card.counts_for
    assert total >= 40
    assert right / total >= 0.9
