"""The review over HTTP: tasks, drafts, answers, undo, hidden checks, many labelers at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update

from labels.boxes import Box, LabelledImage, LabelSet
from labels.consent import add_photos
from labels.digest import digest
from labels.flags import NewFlag, Suggestion
from labels.history import history
from labels.photos import keep_photos
from labels.runs import add_quality_run
from labels.store import import_labels, labels_at, resolve
from labels.tables import ReviewRow, TaskRow
from serving.api.models import ListingChange
from serving.api.review_models import Agreement, Task
from serving.store.database import Database
from serving.store.files import Files
from serving.store.tables import now
from tests.label_sets import CLASSES, address, checks, door, label_set, queue
from tests.service import HOME, Service, picture, running
from vision.home import Home
from vision.photo import decode


@contextmanager
def stored(service: Service) -> Iterator[Database]:
    """The service's own database."""
    default = f"sqlite:///{service.state / 'homelens.db'}"
    database = Database.open(service.settings.get("DATABASE_URL", default))
    try:
        yield database
    finally:
        database.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that asks for keys, with every fourth task a check."""
    settings = {"CHECK_EVERY": "4", "SECOND_SHARE": "0", "RATE_PER_MINUTE": "100000"}
    with running(tmp_path_factory.mktemp("desk"), **settings) as found:
        found.make_key("admin")
        yield found


@pytest.fixture(scope="module")
def admin(desk: Service) -> "Labeler":
    return Labeler(desk, "admin")


class Calls:
    """Requests with a key, each on a connection of its own."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {key}"}

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, headers=self.headers, timeout=60, **more)

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


class Labeler:
    """Somebody with a key."""

    def __init__(self, service: Service, scope: str = "labeler") -> None:
        self.http = Calls(service.url, service.make_key(scope))

    def next(self, name: str | None, count: int = 1) -> list[dict[str, Any]]:
        got = self.http.post("/v1/review/next", json={"set": name, "count": count})
        assert got.status_code == 200, got.text
        found: list[dict[str, Any]] = got.json()["tasks"]
        return found

    def answer(self, task: str, outcome: str = "accept", **more: Any) -> httpx.Response:
        body = {"outcome": outcome, "edits": [], "seconds": 1.5, **more}
        return self.http.post(f"/v1/review/tasks/{task}", json=body)

    def draft(self, task: str, edits: list[dict[str, Any]]) -> httpx.Response:
        return self.http.request("PUT", f"/v1/review/tasks/{task}/draft", json={"edits": edits})


def assert_problem(got: httpx.Response, status: int, code: str) -> None:
    assert (got.status_code, got.json()["code"]) == (status, code), got.text
    assert got.headers["content-type"] == "application/problem+json"


def test_labelers_and_admins_review(desk: Service) -> None:
    with stored(desk) as database, database.write() as session:
        queue(session, 1, 1, "scopes")
    calls = [
        ("POST", "/v1/review/next", {"set": "scopes"}),
        ("GET", "/v1/review/progress", None),
        ("POST", "/v1/review/undo", {}),
        ("PUT", "/v1/review/tasks/tsk_x/draft", {"edits": []}),
        ("POST", "/v1/review/tasks/tsk_x", {"outcome": "accept"}),
        ("POST", "/v1/review/tasks/tsk_x/release", None),
        ("GET", "/v1/labels/images/img_x/photo", None),
        ("GET", "/v1/review/agreement", None),
    ]
    service, labeler, admin = (
        Labeler(desk, scope).http for scope in ("service", "labeler", "admin")
    )
    for method, path, body in calls:
        assert httpx.request(method, desk.url + path, json=body).status_code == 401, path
        assert_problem(service.request(method, path, json=body), 403, "auth.forbidden")
        expected = 403 if path.endswith("agreement") else {200, 404}
        got = labeler.request(method, path, json=body)
        assert got.status_code in ({expected} if isinstance(expected, int) else expected), path
        assert admin.request(method, path, json=body).status_code in (200, 404), path
    assert labeler.post("/v1/review/next", json={"set": "none"}).status_code == 404


def test_task_is_asked_answered_and_undone(desk: Service) -> None:
    with stored(desk) as database, database.write() as session:
        boxes = queue(session, 1, 2, "whole")
    ana = Labeler(desk)
    (task,) = ana.next("whole")
    shown = Task.model_validate(task)
    assert shown.set == "whole"
    assert shown.box_id == boxes[0]
    assert shown.classes == CLASSES
    assert shown.suggestion is not None
    assert shown.suggestion.action == "move"
    assert shown.draft is None
    assert ana.http.get("/v1/review/progress?set=whole").json() == {
        "done_today": 0,
        "open": 2,
        "seconds_median": None,
        "sets": [{"name": "whole", "open": 2}],
    }

    edit = {"op": "relabel", "box_id": boxes[0], "label": "handle"}
    corner = {"op": "add", "label": "door", "x1": 0.5, "y1": 0.5, "x2": 0.6, "y2": 0.6}
    assert ana.draft(shown.id, [edit]).status_code == 204
    assert [one["op"] for one in ana.next("whole")[0]["draft"]["edits"]] == ["relabel"]
    got = ana.answer(shown.id, "edit", edits=[edit, corner])
    assert got.status_code == 200, got.text
    assert set(got.json()) == {"review", "progress"}  # no revision: it would tell a check
    assert got.json()["progress"]["done_today"] == 1
    again = ana.answer(shown.id, "edit", edits=[edit, corner], seconds=2)
    assert again.json()["review"] == got.json()["review"]
    assert_problem(ana.answer(shown.id, "reject"), 409, "review.answered")
    with stored(desk) as database, database.read() as session:
        assert [box.label for box in labels_at(session, "whole").images[0].boxes] == [
            "handle",
            "door",
            "door",
        ]
        assert history(session, boxes[0])[-1].source == "labeler"

    undone = ana.http.post("/v1/review/undo", json={})
    assert undone.status_code == 200, undone.text
    assert undone.json()["task"]["id"] == shown.id
    assert len(undone.json()["task"]["draft"]["edits"]) == 2
    assert_problem(ana.http.post("/v1/review/undo"), 404, "not_found")
    with stored(desk) as database, database.read() as session:
        assert resolve(session, "whole").digest == resolve(session, "whole@1").digest


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"outcome": "maybe"},
        {"outcome": "accept", "edits": [{"op": "delete", "box_id": "b"}]},
        {"outcome": "edit", "edits": []},
        {"outcome": "edit", "edits": [{"op": "delete", "box_id": "b"}] * 201},
        {"outcome": "edit", "edits": [{"op": "delete"}]},
        {"outcome": "edit", "edits": [{"op": "move", "box_id": "b"}]},
        {"outcome": "edit", "edits": [{"op": "relabel", "box_id": "b", "label": ""}]},
        {"outcome": "edit", "edits": [{"op": "relabel", "box_id": "b", "label": "a\u0000"}]},
        {"outcome": "edit", "edits": [{"op": "relabel", "box_id": "b", "label": "x" * 101}]},
        {"outcome": "edit", "edits": [{"op": "delete", "box_id": "b", "extra": 1}]},
        {
            "outcome": "edit",
            "edits": [{"op": "add", "label": "x", "x1": 0.5, "y1": 0, "x2": 0.5, "y2": 1}],
        },
        {
            "outcome": "edit",
            "edits": [{"op": "add", "label": "x", "x1": -0.5, "y1": 0, "x2": 0.5, "y2": 1}],
        },
        {"outcome": "accept", "seconds": -1},
        {"outcome": "accept", "seconds": 1e9},
        {"outcome": "accept", "note": "x"},
    ],
)
def test_wrong_bodies_are_refused(admin: Labeler, body: dict[str, Any]) -> None:
    got = admin.http.post("/v1/review/tasks/tsk_x", json=body)
    assert_problem(got, 422, "request.invalid")


def test_wrong_sets_and_counts_are_refused(admin: Labeler) -> None:
    for body in ({"count": 4}, {"count": 0}, {"set": "a b"}, {"set": "doors@1"}, {"x": 1}):
        assert_problem(admin.http.post("/v1/review/next", json=body), 422, "request.invalid")
    assert_problem(admin.http.get("/v1/review/progress?set=%00"), 422, "request.invalid")
    assert_problem(admin.http.get("/v1/review/agreement?set=none"), 404, "not_found")


def test_lost_lease_is_told_and_loses_nothing(desk: Service) -> None:
    with stored(desk) as database, database.write() as session:
        boxes = queue(session, 1, 1, "lost")
    ana, ben = Labeler(desk), Labeler(desk)
    (task,) = ana.next("lost")
    assert ben.next("lost") == []
    assert_problem(ben.answer(task["id"]), 409, "review.lease_lost")
    with stored(desk) as database, database.write() as session:
        session.execute(update(TaskRow).values(leased_until=now()))
    assert ben.next("lost")[0]["id"] == task["id"]
    edit = {"op": "relabel", "box_id": boxes[0], "label": "handle"}
    assert_problem(ana.draft(task["id"], [edit]), 409, "review.lease_lost")
    assert_problem(ana.answer(task["id"]), 409, "review.lease_lost")
    assert ben.http.post(f"/v1/review/tasks/{task['id']}/release").status_code == 204
    (back,) = ana.next("lost")
    assert back["draft"]["edits"][0]["label"] == "handle"
    assert ana.answer(task["id"], "skip").status_code == 200
    assert ana.next("lost") == []


def test_nothing_tells_a_check(desk: Service, admin: Labeler) -> None:
    with stored(desk) as database, database.write() as session:
        queue(session, 4, 3, "hidden")
        checks(session, 8, "hidden")
    ana = Labeler(desk)
    forms, left = Counter[str](), ana.http.get("/v1/review/progress?set=hidden").json()["open"]
    places, number = [], 0
    while tasks := ana.next("hidden"):
        (task,) = tasks
        got = ana.answer(task["id"])
        with stored(desk) as database, database.read() as session:
            check = session.get_one(TaskRow, task["id"]).check
        form = {
            **{name: type(value).__name__ for name, value in task.items()},
            "id": f"{task['id'][:4]} {len(task['id'])}",
            "boxes": {f"{box['id'][:4]} {len(box['id'])} {sorted(box)}" for box in task["boxes"]},
            "suggestion": sorted(task["suggestion"]),
            "revision": task["revision"],
            "answer": sorted(got.json()),
            "undo": None,
        }
        forms[repr(form)] += 1
        progress = got.json()["progress"]
        left -= 1
        (of_set,) = (one for one in progress["sets"] if one["name"] == "hidden")
        assert of_set["open"] == left
        assert progress["done_today"] == number + 1
        places += [number] if check else []
        number += 1
    assert left == 0
    assert len(places) >= 2
    assert len(forms) == 1, forms
    got = admin.http.get("/v1/review/agreement?set=hidden")
    report = Agreement.model_validate_json(got.content)
    (one,) = report.labelers
    assert (one.right.hits, one.right.n) == (len(places), len(places))
    with stored(desk) as database, database.read() as session:
        assert resolve(session, "hidden").number == 1 + number - len(places)


def test_photos_are_upright_and_for_labelers_alone(desk: Service, tmp_path: Path) -> None:
    side = Image.new("RGB", (96, 64), (200, 30, 30))
    side.paste((30, 200, 30), (0, 0, 96, 32))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    side.save(tmp_path / "a.jpg", exif=exif)
    side.save(tmp_path / "b.png")
    images = (LabelledImage("a.jpg", 64, 96, (door(),)), LabelledImage("b.png", 96, 64, (door(),)))
    kept = keep_photos(Files.open(str(desk.state / "files")), tmp_path, ["a.jpg", "b.png"])
    with stored(desk) as database, database.write() as session:
        import_labels(session, "photos", LabelSet(CLASSES, images), kept, by="ana")
        ids = [str(image.boxes[0].id) for image in labels_at(session, "photos").images]
        flags = [
            NewFlag(image.name, box, "bogus", 0.5, 1 / (n + 1), 1)
            for n, (image, box) in enumerate(zip(images, ids, strict=True))
        ]
        add_quality_run(session, "photos", {}, flags)
    ana = Labeler(desk)
    tasks = ana.next("photos", 2)
    for task, name, kind in zip(tasks, ("a.jpg", "b.png"), ("jpeg", "png"), strict=True):
        got = ana.http.get(task["image"]["url"])
        assert got.headers["content-type"] == f"image/{kind}"
        assert got.headers["cache-control"] == "no-store"
        photo = decode(got.content, analysis_side=None)
        assert (photo.width, photo.height) == (task["image"]["width"], task["image"]["height"])
        if name == "b.png":
            assert got.content == (tmp_path / name).read_bytes()
        else:
            assert photo.pixels[48, 48, 1] > 150  # green is to the right
    assert httpx.get(desk.url + tasks[0]["image"]["url"]).status_code == 401
    assert_problem(ana.http.get("/v1/labels/images/img_none/photo"), 404, "not_found")
    with stored(desk) as database, database.write() as session:
        import_labels(session, "bare", label_set(1, 1), by="ana")
        box = str(labels_at(session, "bare").images[0].boxes[0].id)
        add_quality_run(session, "bare", {}, [NewFlag("a/0.jpg", box, "bogus", 0.5, 1, 1)])
    (task,) = ana.next("bare")
    assert "--images" in ana.http.get(task["image"]["url"]).json()["detail"]


def test_photo_of_a_seller_is_seen_as_its_copy_and_goes_with_consent(desk: Service) -> None:
    ana = Labeler(desk)
    with desk.client(desk.make_key()) as client:
        listing = client.create_listing(Home.model_validate(HOME), training_consent=True)
        photo = client.upload(listing.id, [("a.jpg", picture(7))]).results[0].photo
        assert photo is not None
        with stored(desk) as database, database.write() as session:
            import_labels(session, "sellers", label_set(1, 1), by="ana")
            add_photos(session, "sellers", [photo.id], by="ana")
            at = Suggestion("add", "door", (0.2, 0.2, 0.4, 0.4))
            flag = NewFlag(f"photos/{photo.id}.jpg", None, "overlooked", 0.5, 1, 1, at)
            add_quality_run(session, "sellers", {}, [flag])
        (task,) = ana.next("sellers")
        assert ana.answer(task["id"]).status_code == 200
        assert ana.http.get(task["image"]["url"]).content == client.download(str(photo.copy_.url))
        client.change_listing(listing.id, ListingChange(training_consent=False))
        assert_problem(ana.http.get(task["image"]["url"]), 404, "not_found")
        with stored(desk) as database, database.read() as session:
            labels = labels_at(session, "sellers")
            assert [image.name for image in labels.images] == ["a/0.jpg"]
            assert digest(labels) == labels.notes["digest"]
            assert session.scalars(select(ReviewRow.task_id)).all().count(task["id"]) == 0
        assert client.listing(listing.id).photos  # the listing itself stays


def test_page_is_served(desk: Service) -> None:
    got = httpx.get(f"{desk.url}/review")
    if got.status_code == 503:  # not built
        assert got.json()["code"] == "service.starting"
    else:
        assert got.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_many_labelers_never_hold_the_same_task(place: str, tmp_path: Path) -> None:
    """HTTP clients, each with a key of its own and two connections, until nothing is left."""
    settings = {"CHECK_EVERY": "5", "SECOND_SHARE": "0.2", "RATE_PER_MINUTE": "1000000"}
    with running(tmp_path / "state", DATABASE_URL=place, **settings) as service:
        with stored(service) as database, database.write() as session:
            queue(session, 12, 3)
            checks(session, 6)
        labelers = [Labeler(service) for _ in range(8)]
        held: dict[str, int] = {}
        clashes, answered, guard = list[str](), Counter[str](), Lock()

        def work(number: int) -> None:
            me = number % len(labelers)  # two windows of each labeler
            idle = 0
            while idle < 3:
                tasks = labelers[me].next("doors", 2)
                idle = 0 if tasks else idle + 1
                with guard:
                    for task in tasks:
                        if held.setdefault(task["id"], me) != me:
                            clashes.append(task["id"])
                for task in tasks:
                    got = labelers[me].answer(task["id"])
                    assert got.status_code == 200, got.text
                    with guard:
                        answered[task["id"]] += 1

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))
        assert clashes == []
        with stored(service) as database, database.read() as session:
            rows = session.scalars(select(TaskRow)).all()
            first = [row for row in rows if not row.check and not row.second]
            reviews = Counter(session.scalars(select(ReviewRow.task_id)))
            assert {row.state for row in first} == {"done"}
            assert len(first) == 36
            assert set(reviews.values()) == {1}  # though two windows answered some
            assert resolve(session, "doors").number == 37
            labels = labels_at(session, "doors")
            assert digest(labels) == labels.notes["digest"]
            assert any(row.check for row in rows)
            assert any(row.second for row in rows)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's address."""
    return address(request, tmp_path)


def test_boxes_are_cut_to_the_same_grid(desk: Service) -> None:
    """What is read back is what was said, to a ten-millionth of the photo."""
    with stored(desk) as database, database.write() as session:
        queue(session, 1, 1, "grid")
    ana = Labeler(desk)
    (task,) = ana.next("grid")
    edit = {"op": "add", "label": "door", "x1": 1 / 3, "y1": 0, "x2": 2 / 3, "y2": 1}
    assert ana.answer(task["id"], "edit", edits=[edit]).status_code == 200
    with stored(desk) as database, database.read() as session:
        box: Box = labels_at(session, "grid").images[0].boxes[-1]
    assert box.corners == (0.3333333, 0.0, 0.6666667, 1.0)
