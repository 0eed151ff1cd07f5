"""Who gets which task, and what answers do, on SQLite and on PostgreSQL, with many at once."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock

import pytest
from sqlalchemy import select, update

from labels.agreement import agreement
from labels.digest import digest
from labels.flags import Check, Edit, NewFlag, Suggestion
from labels.history import history
from labels.progress import progress_of
from labels.queue import ReviewRules, keep_draft, next_tasks, release
from labels.reviews import Answer, submit, undo
from labels.runs import add_checks, add_quality_run
from labels.store import apply, import_labels, labels_at, resolve
from labels.tables import DraftRow, ReviewRow, TaskRow
from labels.tasks import ShownTask, shown
from serving.errors import Answered, Conflict, LeaseLost, NotFound, Unprocessable
from serving.store.database import Database
from serving.store.tables import now
from tests.label_sets import address, checks, door, flag_all, label_set, moved, queue
from vision.errors import DataError

RULES = ReviewRules(check_every=0, second_share=0)
ACCEPT = Answer("accept", (), 2.0)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    found = Database.open(address(request, tmp_path))
    yield found
    found.close()


def take(
    database: Database, by: str, rules: ReviewRules = RULES, count: int = 1, name: str | None = None
) -> list[ShownTask]:
    with database.write() as session:
        return shown(session, next_tasks(session, by, rules, name, count), by)


def give(
    database: Database, task: str, by: str, answer: Answer = ACCEPT, rules: ReviewRules = RULES
) -> ReviewRow:
    with database.write() as session:
        return submit(session, task, by, answer, "labeler", rules)


def expire(database: Database) -> None:
    """All leases end now."""
    with database.write() as session:
        session.execute(update(TaskRow).values(leased_until=now() - timedelta(seconds=1)))


def open_count(database: Database, by: str, rules: ReviewRules = RULES) -> int:
    with database.read() as session:
        return progress_of(session, by, rules).open


def test_largest_gain_comes_first(database: Database) -> None:
    with database.write() as session:
        boxes = queue(session, 3, 2)
    found = take(database, "a", count=3)
    assert [task.box_id for task in found] == boxes[:3]
    assert found[0].kind == "badly_located"
    assert found[0].revision == 1
    assert found[0].sentence == "The box of this “door” may not fit."
    assert [box.id for box in found[0].boxes] == boxes[:2]
    again = take(database, "a", count=3)
    assert [task.id for task in again] == [task.id for task in found]
    # not the same photos as the other labeler, though flags of them are open
    other = take(database, "b", count=3)
    assert [task.box_id for task in other] == boxes[4:]
    assert take(database, "c") == []
    with pytest.raises(NotFound):
        take(database, "a", name="none")


def test_answers_change_the_labels(database: Database) -> None:
    with database.write() as session:
        boxes = queue(session, 3, 2)
        old = labels_at(session, "doors").images[0].boxes
    (task,) = take(database, "a")
    review = give(database, task.id, "a")
    assert review.revision == 2
    with database.read() as session:
        event = history(session, boxes[0])[-1]
        labels = labels_at(session, "doors")
    assert (event.op, event.by, event.source) == ("move", "a", "labeler")
    assert event.reason["kind"] == "badly_located"
    assert event.reason["review"] == review.id
    assert event.reason["outcome"] == "accept"
    assert labels.images[0].boxes[0].corners == pytest.approx(moved(old[0]).corners, abs=1e-6)
    assert digest(labels) == labels.notes["digest"]

    (task,) = take(database, "a")
    assert give(database, task.id, "a", Answer("reject", (), 1)).revision is None
    (task,) = take(database, "a")
    edits = (
        Edit("move", None, task.box_id, None, (0.1, 0.1, 0.2, 0.2)),
        Edit("relabel", None, task.box_id, "handle"),
        Edit("add", "-", None, "handle", (0.3, 0.3, 0.4, 0.4)),
    )
    assert give(database, task.id, "a", Answer("edit", edits, 9)).revision == 3
    with database.read() as session:
        image = labels_at(session, "doors").images[1]
        assert len(image.boxes) == 3
        assert image.boxes[0].label == "handle"
        assert resolve(session, "doors").by == "a"
        assert progress_of(session, "a", RULES).done_today == 3
        assert progress_of(session, "a", RULES).open == 3
        assert progress_of(session, "a", RULES).seconds_median == 2.0


def test_every_kind_of_suggestion_can_be_accepted(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(4, 1), by="ana")
        boxes = [str(image.boxes[0].id) for image in labels_at(session, "doors").images]
        spot = (0.5, 0.5, 0.6, 0.6)
        flags = [
            NewFlag("a/0.jpg", boxes[0], "wrong_class", 0.9, 4, 2, Suggestion("relabel", "handle")),
            NewFlag("a/1.jpg", boxes[1], "bogus", 0.9, 3, 2),
            NewFlag("a/2.jpg", None, "overlooked", 0.9, 2, 2, Suggestion("add", "handle", spot)),
            NewFlag("a/3.jpg", boxes[3], "badly_located", 0.9, 1, 2),
        ]
        add_quality_run(session, "doors@1", {}, flags)
    said = []
    for _ in range(3):
        (task,) = take(database, "a")
        said.append(task.sentence)
        give(database, task.id, "a")
    (task,) = take(database, "a")
    assert task.suggestion is None
    with pytest.raises(Unprocessable, match="suggestion"):
        give(database, task.id, "a")
    with database.read() as session:
        images = labels_at(session, "doors").images
    labels = [[box.label for box in image.boxes] for image in images]
    assert labels == [["handle"], [], ["door", "handle"], ["door"]]
    assert said == [
        "This “door” may be a “handle”.",
        "There may be no “door” here.",
        "A “handle” may be missing here.",
    ]


def test_same_answer_again_is_the_same(database: Database) -> None:
    with database.write() as session:
        queue(session)
    (task,) = take(database, "a")
    edit = Answer("edit", (Edit("move", None, task.box_id, None, (0.1, 0.1, 0.2, 0.2)),), 4)
    with ThreadPoolExecutor(6) as pool:
        reviews = list(pool.map(lambda _: give(database, task.id, "a", edit).id, range(6)))
    assert len(set(reviews)) == 1
    with pytest.raises(Answered):
        give(database, task.id, "a", Answer("reject"))
    with database.read() as session:
        assert resolve(session, "doors").number == 2


def test_task_of_another_is_not_taken(database: Database) -> None:
    with database.write() as session:
        queue(session)
    (task,) = take(database, "a")
    with pytest.raises(LeaseLost):
        give(database, task.id, "b")
    with pytest.raises(NotFound):
        give(database, "tsk_none", "b")
    expire(database)
    (same,) = take(database, "b")
    assert same.id == task.id
    with pytest.raises(LeaseLost):
        give(database, task.id, "a")
    give(database, task.id, "b")
    with pytest.raises(LeaseLost):
        give(database, task.id, "a")


def test_lease_that_ended_is_still_good_until_another_has_it(database: Database) -> None:
    with database.write() as session:
        queue(session)
    (task,) = take(database, "a")
    expire(database)
    assert give(database, task.id, "a").revision == 2


def test_drafts_come_back(database: Database) -> None:
    with database.write() as session:
        queue(session)
    (task,) = take(database, "a")
    edit = {"op": "delete", "box_id": task.box_id, "label": None, "corners": None}
    with database.write() as session:
        assert keep_draft(session, task.id, "a", [edit], RULES)
    expire(database)
    (lost,) = take(database, "b")
    assert lost.id == task.id
    assert lost.draft is None
    with database.write() as session:
        assert not keep_draft(session, task.id, "a", [edit, edit], RULES)
    with database.write() as session:
        release(session, task.id, "a")  # of another's lease: nothing happens
        release(session, task.id, "b")
    (back,) = take(database, "a")  # a new session of the same labeler
    assert back.id == task.id
    assert back.draft is not None
    assert back.draft[0] == [edit, edit]
    give(database, task.id, "a")
    with database.read() as session:
        assert session.scalars(select(DraftRow)).all() == []


def test_skipped_task_is_for_others(database: Database) -> None:
    with database.write() as session:
        queue(session, 1, 1)
    (task,) = take(database, "a")
    give(database, task.id, "a", Answer("skip"))
    assert take(database, "a") == []
    assert open_count(database, "a") == 0
    assert open_count(database, "b") == 1
    (same,) = take(database, "b")
    assert same.id == task.id
    with pytest.raises(LeaseLost), database.write() as session:
        undo(session, "a", "labeler", RULES)
    with database.write() as session:
        release(session, task.id, "b")
        assert undo(session, "a", "labeler", RULES).id == task.id
    assert give(database, task.id, "a").revision == 2


def test_undo_is_a_revision_and_gives_the_task_back(database: Database) -> None:
    with database.write() as session:
        boxes = queue(session, 1, 2)
        first = resolve(session, "doors")
    with pytest.raises(NotFound), database.write() as session:
        undo(session, "a", "labeler", RULES)
    (task,) = take(database, "a")
    edit = Edit("delete", None, boxes[0])
    give(database, task.id, "a", Answer("edit", (edit,), 3))
    with database.write() as session:
        row = undo(session, "a", "labeler", RULES)
        (again,) = shown(session, [row], "a")
        assert resolve(session, "doors").digest == first.digest
        assert [event.op for event in history(session, boxes[0])] == ["add", "delete", "restore"]
    assert again.id == task.id
    assert again.draft is not None  # what was done is not lost by looking again
    assert again.draft[0][0]["op"] == "delete"
    assert [box.id for box in again.boxes] == boxes
    with database.read() as session:
        assert progress_of(session, "a", RULES).done_today == 0
    give(database, task.id, "a", Answer("reject", (), 1))
    with database.read() as session:
        rows = session.scalars(select(ReviewRow).order_by(ReviewRow.created_at)).all()
        assert [(row.outcome, row.undone_at is None) for row in rows] == [
            ("edit", False),
            ("reject", True),
        ]


def test_undo_of_what_others_built_on_is_refused(database: Database) -> None:
    with database.write() as session:
        boxes = queue(session, 1, 1)
    (task,) = take(database, "a")
    give(database, task.id, "a")
    with database.write() as session:
        apply(session, "doors", [Edit("delete", None, boxes[0])], by="x", source="reviewer")
    with pytest.raises(Conflict), database.write() as session:
        undo(session, "a", "labeler", RULES)
    assert take(database, "a") == []


def test_box_that_was_settled_is_not_asked_again(database: Database) -> None:
    with database.write() as session:
        import_labels(session, "doors", label_set(1, 2), by="ana")
        box, other = (str(one.id) for one in labels_at(session, "doors").images[0].boxes)
        whole = Suggestion("move", None, (0, 0, 1, 1))
        flags = [
            NewFlag("a/0.jpg", box, "badly_located", 0.9, 3, 2, whole),
            NewFlag("a/0.jpg", box, "wrong_class", 0.8, 2, 2, Suggestion("relabel", "handle")),
            NewFlag("a/0.jpg", other, "bogus", 0.5, 1, 2),
        ]
        add_quality_run(session, "doors", {}, flags)
    (task,) = take(database, "a")
    give(database, task.id, "a")
    assert open_count(database, "a") == 1
    with database.write() as session:
        undo(session, "a", "labeler", RULES)
    assert open_count(database, "a") == 3
    give(database, task.id, "a")
    with database.write() as session:
        apply(session, "doors", [Edit("delete", None, other)], by="x", source="reviewer")
    assert take(database, "a") == []  # the box is gone, and so is the question


def test_newer_run_supersedes_what_nobody_holds(database: Database) -> None:
    with database.write() as session:
        queue(session, 3, 1)
    (held,) = take(database, "a")
    (begun,) = take(database, "b")
    with database.write() as session:
        keep_draft(session, begun.id, "b", [], RULES)
        release(session, begun.id, "b")
    with database.write() as session:
        flag_all(session)
        states = Counter(session.scalars(select(TaskRow.state)))
    assert states == {"open": 5, "superseded": 1}
    give(database, held.id, "a")
    assert take(database, "b")[0].id == begun.id


def test_wrong_flags_and_checks_are_refused(database: Database) -> None:
    with database.write() as session:
        queue(session)
        box = str(labels_at(session, "doors").images[0].boxes[0].id)

    def refused(error: type[Exception], **values: object) -> None:
        given = {"image": "a/0.jpg", "box_id": box, "kind": "bogus", "probability": 0.5}
        given |= {"gain_per_second": 1.0, "seconds": 2.0} | values
        with pytest.raises(error), database.write() as session:
            add_quality_run(session, "doors", {}, [NewFlag(**given)])  # type: ignore[arg-type]

    refused(DataError, probability=1.5)
    refused(DataError, kind="odd")
    refused(DataError, box_id=None)
    refused(DataError, seconds=0)
    refused(DataError, gain_per_second=float("nan"))
    refused(DataError, reason={"x": float("nan")})
    refused(DataError, reason={"x": "y" * 30_000})
    refused(DataError, suggestion=Suggestion("add", "door", (0, 0, 1, 1)))
    refused(NotFound, box_id="box_none")
    refused(NotFound, image="a/1.jpg")
    refused(NotFound, image="x.jpg")
    with pytest.raises(DataError):
        Check("a/0.jpg", "bogus", (door(),), 1, None, 0.5, 2)
    with pytest.raises(DataError):
        Suggestion("move")
    with pytest.raises(NotFound), database.write() as session:
        add_checks(session, "doors", [Check("x.jpg", "bogus", (door(),), 0, None, 0.5, 2)])
    assert open_count(database, "a") == 6


def test_edits_that_cannot_be_are_refused(database: Database) -> None:
    """By the same rules for a hidden check as for a real task."""
    rules = ReviewRules(check_every=1)
    with database.write() as session:
        queue(session)
        checks(session, 1)
    check, real = take(database, "a", rules, 2)
    for task in (check, real):
        for edits in (
            (Edit("delete", None, "box_none"),),
            (Edit("relabel", None, task.box_id, "window"),),
            (Edit("delete", None, task.box_id), Edit("relabel", None, task.box_id, "handle")),
        ):
            with pytest.raises(Unprocessable):
                give(database, task.id, "a", Answer("edit", edits), rules)
    with database.read() as session:
        assert resolve(session, "doors").number == 1


def test_checks_come_in_between_and_change_nothing(database: Database) -> None:
    rules = ReviewRules(check_every=4, second_share=0)
    with database.write() as session:
        queue(session, 4, 5)
        checks(session, 30)
    left = open_count(database, "a", rules)
    places, number = [], 0
    while found := take(database, "a", rules):
        (task,) = found
        with database.read() as session:
            row = session.get_one(TaskRow, task.id)
            before = resolve(session, "doors")
        assert task.revision == 1  # for both alike
        review = give(database, task.id, "a", rules=rules)
        if row.check:
            places.append(number)
            assert review.revision is None
            with database.read() as session:
                assert resolve(session, "doors") == before
        number += 1
        left -= 1
        assert open_count(database, "a", rules) == left  # it does not tell
    assert left == 0
    assert len(places) in (number // 4, number // 4 + 1)
    assert [place // 4 for place in places] == list(range(len(places)))
    assert len({place % 4 for place in places}) > 1
    with database.read() as session:
        (mine,) = agreement(session, "doors").labelers
    assert (mine.right.hits, mine.right.n) == (len(places), len(places))
    assert mine.iou == pytest.approx(1, abs=1e-5)


def test_checks_are_for_every_labeler_and_can_be_undone(database: Database) -> None:
    rules = ReviewRules(check_every=2, second_share=0)
    with database.write() as session:
        queue(session, 4, 5)
        checks(session, 2)
    for by in ("a", "b"):
        for _ in range(4):
            (task,) = take(database, by, rules)
            with database.read() as session:
                check = session.get_one(TaskRow, task.id).check
            if not check:
                give(database, task.id, by, Answer("reject"), rules)
                continue
            give(database, task.id, by, Answer("reject"), rules)  # wrong
            if by == "a":
                continue
            with database.write() as session:
                assert undo(session, by, "labeler", rules).id == task.id
            with pytest.raises(NotFound):
                give(database, task.id, "a", rules=rules)  # not theirs
            give(database, task.id, by, rules=rules)
    with database.read() as session:
        found = {one.by: one.right for one in agreement(session).labelers}
    assert (found["a"].hits, found["a"].n) == (0, 2)
    assert (found["b"].hits, found["b"].n) == (2, 2)


def test_second_labeler_sees_what_the_first_saw(database: Database) -> None:
    rules = ReviewRules(check_every=0, second_share=1)
    with database.write() as session:
        boxes = queue(session, 2, 1)
    for answer in (ACCEPT, Answer("reject")):
        (task,) = take(database, "a", rules)
        give(database, task.id, "a", answer, rules)
    assert take(database, "a", rules) == []
    assert open_count(database, "a", rules) == 0
    with database.read() as session:
        before = resolve(session, "doors")
        first = labels_at(session, "doors@1")
    for image in first.images:
        (task,) = take(database, "b", rules)
        assert [box.corners for box in task.boxes] == [box.corners for box in image.boxes]
        give(database, task.id, "b", rules=rules)
    with database.read() as session:
        report = agreement(session)
        assert resolve(session, "doors") == before  # it only asks
        assert len(history(session, boxes[1])) == 1
    (pair,) = report.pairs
    assert (pair.a, pair.b, pair.agreed.hits, pair.agreed.n) == ("a", "b", 1, 2)
    assert pair.kappa == 0
    assert pair.iou == pytest.approx((1 + 7 / 13) / 2, abs=1e-3)


@pytest.mark.parametrize("labelers", [16])
def test_no_two_labelers_ever_hold_the_same(database: Database, labelers: int) -> None:
    """Threads that lease, answer, skip and release at once."""
    rules = ReviewRules(timedelta(minutes=5), check_every=5, second_share=0.3)
    with database.write() as session:
        queue(session, 20, 3)
        checks(session, 10)
    held: dict[str, str] = {}
    guard, clashes, answered = Lock(), list[str](), Counter[str]()

    def work(number: int) -> None:
        by, draw = f"t{number}", random.Random(number)
        for _ in range(60):
            tasks = take(database, by, rules, draw.randint(1, 3))
            if not tasks:
                return
            with guard:
                for task in tasks:
                    if held.setdefault(task.id, by) != by:
                        clashes.append(f"{task.id}: {held[task.id]} and {by}")
            for task in tasks:
                choice = draw.random()
                with guard:  # given up before it can be given to another
                    del held[task.id]
                if choice < 0.1:
                    with database.write() as session:
                        release(session, task.id, by)
                    continue
                answer = Answer("skip") if choice < 0.2 else ACCEPT
                give(database, task.id, by, answer, rules)
                if answer is ACCEPT:
                    with guard:
                        answered[task.id] += 1

    with ThreadPoolExecutor(labelers) as pool:
        list(pool.map(work, range(labelers)))
    while tasks := take(database, "last", rules, 3):  # what was skipped after others had left
        for task in tasks:
            give(database, task.id, "last", ACCEPT, rules)
            answered[task.id] += 1
    assert clashes == []
    assert set(answered.values()) == {1}
    with database.read() as session:
        rows = session.scalars(select(TaskRow).where(TaskRow.check.is_(False))).all()
        done = {row.id for row in rows if row.state == "done"}
        real = {row.id for row in rows if row.id in answered}
        assert real == done
        # every flag was answered by one labeler, or by two different ones
        asked = session.execute(
            select(TaskRow.flag_id, ReviewRow.by)
            .join(ReviewRow, ReviewRow.task_id == TaskRow.id)
            .where(TaskRow.check.is_(False), ReviewRow.outcome == "accept")
        ).all()
        assert max(Counter(asked).values()) == 1
        newest = resolve(session, "doors").number
        first = [row for row in rows if not row.second and row.state == "done"]
        assert newest == 1 + len(first)
        assert len(first) == 60
        labels = labels_at(session, "doors")
        assert digest(labels) == labels.notes["digest"]


def test_one_labeler_in_many_windows_holds_a_few(database: Database) -> None:
    with database.write() as session:
        queue(session, 20, 1)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: take(database, "a", RULES, 2), range(8)))
    assert len({task.id for tasks in found for task in tasks}) == 2
