"""The label store: an append-only history with digests, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from labels.boxes import Box, LabelledImage, LabelSet
from labels.consent import add_photos, consented
from labels.digest import digest, on_grid
from labels.flags import Edit
from labels.history import history, image_history, log, sets
from labels.photos import keep_photos
from labels.revert import revert
from labels.store import apply, import_labels, labels_at, resolve
from labels.tables import BoxEventRow, ImageRow, RevisionRow, TaskRow
from serving.errors import Conflict, NotFound, Unprocessable
from serving.settings import Settings
from serving.store.database import Database
from serving.store.files import Files
from serving.store.listings import delete_listing, delete_photo
from serving.store.tables import CorrectionRow, ListingRow, PhotoRow, now
from serving.work.sweep import sweep
from tests.label_sets import CLASSES, address, checks, door, flag_all, label_set, moved
from tests.service import HOME, picture
from vision.errors import DataError


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    found = Database.open(address(request, tmp_path))
    yield found
    found.close()


def content(labels: LabelSet) -> list[tuple[str, list[tuple[str, tuple[float, ...]]]]]:
    """Photos and boxes, without ids and labelers."""
    return [
        (image.name, sorted((box.label, on_grid(box.corners)) for box in image.boxes))
        for image in labels.images
    ]


def test_import_comes_back_with_its_digest(database: Database) -> None:
    marked = replace(door(3), difficult=True, by="ben", id="7")
    given = label_set()
    given = replace(
        given,
        images=(
            *given.images,
            LabelledImage("b.jpg", 640, 480, (marked,)),
            LabelledImage("c.jpg", 9, 9),
        ),
    )
    with database.write() as session:
        revision = import_labels(session, "doors", given, by="ana", note="first")
    assert (revision.name, revision.by, revision.source) == ("doors@1", "ana", "import")
    with database.read() as session:
        found = labels_at(session, "doors")
        event = history(session, str(found.images[3].boxes[0].id))[0]
    assert content(found) == content(given)
    assert found.classes == CLASSES
    assert found.notes == {"revision": "doors@1", "digest": revision.digest}
    assert revision.digest == digest(found) == digest(given)
    assert found.images[3].boxes[0].difficult
    assert [box.by for box in found.images[3].boxes] == ["ben"]
    assert [box.by for box in found.images[0].boxes] == ["ana", "ana"]
    assert (event.by, event.source, event.reason) == ("ben", "import", {"file_id": "7"})


def test_same_content_has_the_same_digest(database: Database) -> None:
    given = label_set()
    turned = replace(
        given,
        images=tuple(
            replace(image, boxes=image.boxes[::-1], name=image.name) for image in given.images[::-1]
        ),
    )
    with database.write() as session:
        first = import_labels(session, "a", given, by="ana")
        second = import_labels(session, "b", turned, by="ben")
        again = import_labels(session, "a", turned, by="ben")
        other = import_labels(session, "c", label_set(boxes=3), by="ana")
    assert first.digest == second.digest
    assert again == first  # nothing changed, so there is no new revision
    assert other.digest != first.digest


def test_second_import_keeps_history(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(), by="ana")
        before = labels_at(session, "doors")
        image = before.images[0]
        edited = replace(image, boxes=(moved(image.boxes[0]), door(5, "handle")))
        revision = import_labels(
            session, "doors", LabelSet(("handle", "knob", "door"), (edited,)), by="ben"
        )
    with database.read() as session:
        after = labels_at(session, "doors")
        events = history(session, str(image.boxes[0].id))
        gone = history(session, str(image.boxes[1].id))
        assert content(labels_at(session, "doors@1")) == content(label_set())
    assert revision.number == 2
    assert after.classes == (*CLASSES, "knob")
    assert [event.op for event in events] == ["add", "move"]
    assert [event.by for event in events] == ["ana", "ben"]
    assert [event.op for event in gone] == ["add", "delete"]
    assert gone[1].corners == gone[0].corners
    assert content(after)[1:] == content(before)[1:]


def test_export_without_ids_still_finds_its_boxes(database: Database) -> None:
    """A file that carries no ids: what overlaps is the same object."""
    with database.write() as session:
        import_labels(session, "doors", label_set(1), by="ana")
        old = labels_at(session, "doors").images[0]
        first, second = (replace(box, id=None, by=None) for box in old.boxes)
        new = replace(old, boxes=(replace(second, label="handle"), moved(first)))
        import_labels(session, "doors", LabelSet(CLASSES, (new,)), by="ben")
        ops = [[e.op for e in history(session, str(box.id))] for box in old.boxes]
    assert ops == [["add", "move"], ["add", "relabel"]]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (LabelSet(("door", "door"), ()), "twice"),
        (LabelSet(("x" * 101,), ()), "class"),
        (LabelSet(("a\nb",), ()), "class"),
        (LabelSet(("door",), (LabelledImage("../a.jpg", 4, 4),)), "photo's name"),
        (LabelSet(("door",), (LabelledImage("/a.jpg", 4, 4),)), "photo's name"),
        (LabelSet(("door",), (LabelledImage("a" * 401, 4, 4),)), "photo's name"),
        (LabelSet(("door",), (LabelledImage("a", 4, 4, (door(label="x"),)),)), "no class 'x'"),
        (LabelSet(("door",), (LabelledImage("a", 4, 4, (Box("door", 0, 0, 1, 1e-8),)),)), "small"),
        (LabelSet(("door",), (LabelledImage("a", 4, 4, (door(),) * 5001),)), "5001 boxes"),
        (LabelSet(("door",), (LabelledImage("a/0.jpg", 336, 448),)), "448 × 336 pixels"),
    ],
)
def test_what_cannot_be_kept_leaves_nothing(tmp_path: Path, labels: LabelSet, said: str) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'test.db'}")
    with database.write() as session:
        before = import_labels(session, "doors", label_set(), by="ana")
    with pytest.raises(DataError, match=said), database.write() as session:
        import_labels(session, "doors", labels, by="ben")
    with database.read() as session:
        assert resolve(session, "doors") == before
    database.close()


@pytest.mark.parametrize("name", ["", "a b", "doors@", "doors@0", "doors@x", "@1", "x" * 65, "é"])
def test_wrong_names_are_refused(tmp_path: Path, name: str) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'test.db'}")
    with database.read() as session, pytest.raises(Unprocessable):
        resolve(session, name)
    with database.read() as session, pytest.raises(NotFound):
        resolve(session, "doors@7")
    with pytest.raises(DataError), database.write() as session:
        import_labels(session, "doors@1", label_set(), by="ana")
    database.close()


def test_edits_are_appended(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(), by="ana")
        image = labels_at(session, "doors").images[0]
        first, second = (str(box.id) for box in image.boxes)
        at = on_grid(moved(image.boxes[0]).corners)
        made = apply(
            session,
            "doors",
            [
                Edit("move", None, first, corners=at, reason={"why": 1}),
                Edit("relabel", image.name, first, "handle", reason={"also": 2}),
                Edit("delete", None, second),
                Edit("add", image.name, None, "door", (0.5, 0.5, 0.6, 0.6)),
            ],
            by="key:key_1",
            source="labeler",
        )
        same = apply(
            session, "doors", [Edit("change", None, first, "handle", at)], by="x", source="reviewer"
        )
        back = apply(session, "doors", [Edit("restore", None, second)], by="x", source="reviewer")
    assert (made.number, same.number, back.number) == (2, 2, 3)
    with database.read() as session:
        events = history(session, first)
        assert [(e.op, e.label, e.corners, e.reason) for e in events][1] == (
            "change",
            "handle",
            at,
            {"why": 1, "also": 2},
        )
        assert [e.op for e in history(session, second)] == ["add", "delete", "restore"]
        assert [len(labels_at(session, f"doors@{n}").images[0].boxes) for n in (1, 2, 3)] == [
            2,
            2,
            3,
        ]
        for number in (1, 2, 3):
            labels = labels_at(session, f"doors@{number}")
            assert digest(labels) == labels.notes["digest"]
        assert [(one.revision.name, one.boxes) for one in log(session, "doors")] == [
            ("doors@3", 1),
            ("doors@2", 3),
            ("doors@1", 6),
        ]
        assert [one.name for one in sets(session)] == ["doors@3"]


def test_impossible_edits_are_refused(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(), by="ana")
        import_labels(session, "other", label_set(), by="ana")
        box = str(labels_at(session, "doors").images[0].boxes[0].id)
        foreign = str(labels_at(session, "other").images[0].boxes[0].id)
        apply(session, "doors", [Edit("delete", None, box)], by="x", source="automatic")

    def refused(error: type[Exception], said: str, edit: Edit) -> None:
        with pytest.raises(error, match=said), database.write() as session:
            apply(session, "doors", [edit], by="x", source="automatic")

    refused(Conflict, "deleted in revision 2", Edit("delete", None, box))
    refused(Conflict, "deleted", Edit("move", None, box, None, (0, 0, 1, 1)))
    refused(NotFound, "no box", Edit("delete", None, "box_none"))
    refused(NotFound, "no box", Edit("delete", None, foreign))
    refused(NotFound, "no box", Edit("restore", "a/1.jpg", box))
    refused(NotFound, "no photo", Edit("add", "x.jpg", None, "door", (0, 0, 1, 1)))
    refused(Unprocessable, "no class", Edit("add", "a/1.jpg", None, "window", (0, 0, 1, 1)))
    with pytest.raises(DataError):
        Edit("move", None, box)
    with pytest.raises(DataError):
        Edit("add", "a/1.jpg", None, "door", (0.5, 0, 0.4, 1))
    with database.read() as session:
        assert resolve(session, "doors").number == 2


def test_revert_is_a_new_revision(database: Database) -> None:
    with database.write() as session:
        first = import_labels(session, "doors", label_set(), by="ana")
        image = labels_at(session, "doors").images[0]
        box, other = (str(one.id) for one in image.boxes)
        edits = [Edit("delete", None, box), Edit("relabel", None, other, "handle")]
        second = apply(session, "doors", edits, by="x", source="labeler")
        third = revert(session, "doors@2", by="ben")
        fourth = revert(session, "doors@3", by="ben", source="labeler")
    assert third.digest == first.digest
    assert fourth.digest == second.digest
    assert (third.reverts, third.note, third.source) == (2, "reverts doors@2", "reviewer")
    with database.read() as session:
        assert [e.op for e in history(session, box)] == ["add", "delete", "restore", "delete"]
        assert history(session, box)[2].reason == {"reverts": "doors@2"}


def test_revert_of_what_others_built_on_is_refused(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(), by="ana")
        image = labels_at(session, "doors").images[0]
        box, other = (str(one.id) for one in image.boxes)
        apply(session, "doors", [Edit("relabel", None, box, "handle")], by="x", source="labeler")
        apply(session, "doors", [Edit("delete", None, other)], by="y", source="labeler")
        revert(session, "doors@2", by="ana")  # another box was changed since: no matter
        apply(session, "doors", [Edit("delete", None, box)], by="y", source="labeler")
    for name in ("doors@2", "doors@4", "doors@1"):
        with pytest.raises(Conflict, match="doors@5"), database.write() as session:
            revert(session, name, by="ana")
    with pytest.raises(Unprocessable), database.write() as session:
        revert(session, "doors", by="ana")
    with database.write() as session:
        revert(session, "doors@5", by="ana")
        revert(session, "doors@4", by="ana")  # as it left things, once 5 is undone


def test_revert_of_an_import_takes_photos_and_classes_away(database: Database) -> None:
    with database.write() as session:
        first = import_labels(session, "doors", label_set(1), by="ana")
        more = LabelSet(("knob",), (LabelledImage("b.jpg", 9, 9, (door(label="knob"),)),))
        import_labels(session, "doors", more, by="ana")
        back = revert(session, "doors@2", by="ana")
        assert back.digest == first.digest
        assert back.classes == CLASSES
        assert [image.name for image in labels_at(session, "doors").images] == ["a/0.jpg"]
        again = revert(session, "doors@3", by="ana")
        assert again.digest == resolve(session, "doors@2").digest
        apply(
            session,
            "doors",
            [Edit("add", "a/0.jpg", None, "knob", (0, 0, 1, 1))],
            by="x",
            source="labeler",
        )
    with pytest.raises(Conflict, match="knob"), database.write() as session:
        revert(session, "doors@4", by="ana")
    with database.read() as session:
        assert len(labels_at(session, "doors@2").images) == 2
        image = session.scalars(select(ImageRow).where(ImageRow.name == "b.jpg")).one()
        assert [event.op for event in image_history(session, image.id)] == ["add", "remove", "add"]


def test_writers_that_meet_make_numbers_without_gaps(database: Database) -> None:
    """Threads that import, add and revert in one set: every revision's digest is its content's."""

    def work(number: int) -> None:
        with database.write() as session:
            if number % 4 == 0:
                import_labels(session, "doors", label_set(2), by=f"t{number}")
                return
            made = apply(
                session,
                "doors",
                [Edit("add", "a/0.jpg", None, "door", (0.01 * number, 0, 0.9, 1))],
                by=f"t{number}",
                source="labeler",
            )
            if number % 4 == 1:
                revert(session, made.name, by=f"t{number}")

    with database.write() as session:
        import_labels(session, "doors", label_set(2), by="ana")
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(1, 33)))
    with database.read() as session:
        numbers = sorted(session.scalars(select(RevisionRow.number)))
        newest = resolve(session, "doors").number
        assert numbers == list(range(1, newest + 1))
        for number in numbers:
            labels = labels_at(session, f"doors@{number}")
            assert digest(labels) == labels.notes["digest"]


def test_sets_of_one_name_that_are_made_together_are_one(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: first_import(database, n), range(8)))
    with database.read() as session:
        assert len(log(session, "doors")) == 8
        assert len(labels_at(session, "doors").images) == 8


def first_import(database: Database, number: int) -> None:
    labels = LabelSet(CLASSES, (LabelledImage(f"{number}.jpg", 9, 9, (door(),)),))
    with database.write() as session:
        import_labels(session, "doors", labels, by="ana")


def listing(session: object, *, consent: bool = True) -> None:
    """A listing with two photos, both with safe copies."""
    session.add(  # type: ignore[attr-defined]
        ListingRow(
            id="lst_1",
            key_id=None,
            home=HOME,
            rules="default",
            policy="blur",
            reference="",
            training_consent=consent,
            version=1,
        )
    )
    session.flush()  # type: ignore[attr-defined]
    for number in (1, 2):
        session.add(photo(f"pho_{number}"))  # type: ignore[attr-defined]


def photo(photo_id: str, copy: str | None = "x") -> PhotoRow:
    return PhotoRow(
        id=photo_id,
        listing_id="lst_1",
        name=f"{photo_id}.jpg",
        name_key=photo_id,
        sha256=photo_id,
        bytes=1,
        findings={"width": 640, "height": 480},
        receipt={},
        models={},
        copy_token=copy and f"{copy}{photo_id}",
        uploaded_by="local",
        original_until=now() + timedelta(days=1),
        answer=None,
        version=1,
    )


def test_photos_of_the_service_join_and_leave(database: Database) -> None:
    with database.write() as session:
        listing(session)
        import_labels(session, "rooms", label_set(1), by="ana")
        session.add(
            CorrectionRow(
                id="cor_1",
                photo_id="pho_1",
                rooms={"rooms": ["kitchen"]},
                guess="bathroom",
                probability=0.6,
                models={},
                by="seller:lst_1",
            )
        )
        assert consented(session) == ["pho_1", "pho_2"]
        made = add_photos(session, "rooms", ["pho_1", "pho_2", "pho_1"], by="ana")
        assert add_photos(session, "rooms", ["pho_1"], by="ana") == made
        apply(
            session,
            "rooms",
            [Edit("add", f"photos/pho_{n}.jpg", None, "door", door().corners) for n in (1, 2)],
            by="x",
            source="labeler",
        )
        flag_all(session, "rooms")
        checks(session, 3, "rooms")
        image = session.scalars(select(ImageRow).where(ImageRow.photo_id == "pho_1")).one()
        events = image_history(session, image.id)
        assert [(event.op, event.source) for event in events] == [
            ("rooms", "seller"),
            ("add", "import"),
        ]
        assert events[0].reason["rooms"] == ["kitchen"]
    with database.write() as session:
        delete_photo(session, "lst_1", "pho_1")
    with database.read() as session:
        names = [image.name for image in labels_at(session, "rooms").images]
        assert names == ["a/0.jpg", "photos/pho_2.jpg"]
        newest = resolve(session, "rooms")
        assert (newest.number, newest.source) == (4, "seller")
        assert newest.digest == digest(labels_at(session, "rooms"))
        assert "withdrawn" in labels_at(session, "rooms@3").notes
        assert image.id not in set(session.scalars(select(BoxEventRow.image_id)))
        assert image.id not in set(session.scalars(select(TaskRow.image_id)))
    with database.write() as session:
        delete_listing(session, "lst_1")
    with database.read() as session:
        assert [image.name for image in labels_at(session, "rooms").images] == ["a/0.jpg"]
        assert session.scalars(select(ImageRow.photo_id)).all() == [None]


def test_the_database_itself_lets_nothing_of_a_photo_stay(database: Database) -> None:
    with database.write() as session:
        listing(session)
        import_labels(session, "rooms", label_set(1), by="ana")
        add_photos(session, "rooms", ["pho_1"], by="ana")
        session.delete(session.get_one(PhotoRow, "pho_1"))
    with database.read() as session:
        assert [image.name for image in labels_at(session, "rooms").images] == ["a/0.jpg"]


def test_photos_need_consent_and_a_safe_copy(database: Database) -> None:
    with database.write() as session:
        listing(session, consent=False)
        import_labels(session, "rooms", label_set(1), by="ana")
    with database.write() as session:
        assert consented(session) == []
        with pytest.raises(Conflict, match="consent"):
            add_photos(session, "rooms", ["pho_1"], by="ana")
        session.get_one(ListingRow, "lst_1").training_consent = True
        session.add(photo("pho_3", copy=None))
        session.flush()
        with pytest.raises(Conflict, match="safe copy"):
            add_photos(session, "rooms", ["pho_3"], by="ana")
        with pytest.raises(NotFound):
            add_photos(session, "rooms", ["pho_4"], by="ana")
        with pytest.raises(NotFound):
            add_photos(session, "none", ["pho_1"], by="ana")


def test_photos_of_imports_are_kept_and_swept(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'test.db'}")
    files = Files.open(str(tmp_path / "files"))
    folder = tmp_path / "photos" / "a"
    folder.mkdir(parents=True)
    for number in (0, 1):
        (folder / f"{number}.jpg").write_bytes(picture(number))
    kept = keep_photos(files, tmp_path / "photos", ["a/0.jpg", "a/1.jpg"])
    with database.write() as session:
        import_labels(session, "doors", label_set(1), kept, by="ana")
    other = {"a/0.jpg": kept["a/1.jpg"]}
    with pytest.raises(DataError, match="other bytes"), database.write() as session:
        import_labels(session, "doors", label_set(1), other, by="ana")
    swept = sweep(database, files, tmp_path / "none", Settings(), timedelta(seconds=-5))
    assert swept.orphans == 1
    assert [stored.key for stored in files.below("labels")] == [f"labels/{kept['a/0.jpg']}"]
    (folder / "0.jpg").write_bytes(b"no photo")
    with pytest.raises(DataError, match=r"0\.jpg"):
        keep_photos(files, tmp_path / "photos", ["a/0.jpg"])
    with pytest.raises(DataError, match=r"2\.jpg"):
        keep_photos(files, tmp_path / "photos", ["a/2.jpg"])
    database.close()
