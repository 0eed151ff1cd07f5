"""What the service does when what it stands on breaks: the quick cases of `homelens bench faults`.

The long ones, with their figures, are in docs/reliability.md.
"""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import SQLAlchemyError

from serving.errors import NotReady, RequestTooLarge, StorageError
from serving.settings import Settings
from serving.store.database import Database
from serving.store.files import Files
from serving.work import health as health_module
from serving.work.examine import examine
from serving.work.health import LOST_SECONDS, Health, Watch
from serving.work.keep import Upload, keep
from serving.work.probes import check_clock, disk_probe
from serving.work.sweep import sweep
from tests.backends import postgres
from tests.service import picture, running
from tests.test_storage import listing_row
from training.bench import faults_cases
from training.bench.faults import CASES, Plan, all_faults, fault_figures
from training.bench.faults_cases import Stack, loss
from training.bench.faults_load import numbered
from training.bench.faults_report import write_report
from training.figures import FigureSet
from vision.checker import PhotoChecker
from vision.errors import DataError, HomelensError
from vision.photo import decode
from vision.policy import Policy
from vision.rules import load_rules


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("stack")) as found:
        yield found


def test_a_killed_replica_and_a_silent_database_lose_nothing(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults_cases, "SETTLE_SECONDS", 1.0)  # the bench waits for a rate
    killed = CASES["replica"](stack, Plan(seconds=2))
    silent = loss(
        stack, "database stopped", stack.database.pause, stack.database.resume, LOST_SECONDS + 5
    )
    for outcome in (killed, silent):
        assert outcome.acknowledged > 2
        assert outcome.lost == 0
        assert outcome.recovery_s is not None
    assert silent.said["503 storage.failed"] > 0
    assert silent.longest_answer_s < LOST_SECONDS + 8  # those who waited were answered meanwhile
    assert silent.told_loss_s is not None
    assert silent.told_loss_s < LOST_SECONDS + 8
    figures = fault_figures([killed, silent])
    assert {"faults.lost.replica_killed", "faults.told_loss_s.database_stopped"} <= {
        figure.name for figure in figures
    }
    measured = FigureSet(command="x", data={}, code="c" * 40, models={}, figures=tuple(figures))
    write_report([killed, silent], measured, tmp_path, {"flood": "there is no water"})
    page = (tmp_path / "reliability.md").read_text()
    assert "**flood** was left out: there is no water" in page
    assert re.search(r"\| database stopped \| \d+ s \| 1 \| \d+ \| 0 \|", page)
    assert (tmp_path / "reliability.png").stat().st_size > 10_000


def test_unknown_cases_are_named() -> None:
    with pytest.raises(DataError, match="accepted: replica, database-stopped"):
        all_faults(Plan(cases=("flood",)))


def test_numbered_photos_differ_in_bytes_alone() -> None:
    photos = numbered(picture())
    one, two = next(photos), next(photos)
    assert one != two
    assert (decode(one).pixels == decode(two).pixels).all()


def test_what_hangs_is_away_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, lost = 1.0, 2.0
    for name, value in (("EVERY", 0.2), ("SILENT", silent), ("LOST", lost)):
        monkeypatch.setattr(health_module, f"{name}_SECONDS", value)
    hang, asked = threading.Event(), threading.Event()
    cuts: list[float] = []

    def probe() -> None:
        asked.set()
        hang.wait()

    health = Health({"database": probe}, {"database": lambda: cuts.append(time.monotonic())})
    hang.set()
    health.start()
    try:
        until(lambda: health.looked)
        assert health.trouble() is None
        hang.clear()
        begun = time.monotonic()
        until(lambda: health.trouble() is not None)
        assert isinstance(health.trouble(), StorageError)
        assert time.monotonic() - begun > silent - 0.5
        assert health.lost("database") is None or time.monotonic() - begun > lost - 0.5
        until(lambda: health.lost("database") is not None)
        until(lambda: bool(cuts))
        assert health.lost("files") is None
        hang.set()
        until(lambda: health.trouble() is None)
        assert health.lost("database") is None
    finally:
        hang.set()
        health.close()


def test_a_watch_tells_what_its_probe_said() -> None:
    def broken() -> None:
        raise HomelensError("no")

    def odd() -> None:
        raise KeyError("odd")

    watch = Watch("files", broken)
    assert isinstance(watch.trouble(), NotReady)
    watch.look()
    assert str(watch.trouble()) == "no"
    watch.probe = odd
    watch.look()
    assert isinstance(watch.trouble(), StorageError)
    watch.probe = lambda: None
    watch.look()
    assert watch.trouble() is None


def until(condition: object, seconds: float = 30) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_full_disk_is_told_and_no_server_error(tmp_path: Path) -> None:
    """No room for one photo of HOMELENS_MAX_BYTES: said before a photo finds out."""
    found = os.statvfs(tmp_path)
    free = found.f_bavail * found.f_frsize
    disk_probe([tmp_path, tmp_path / "none"], 1)()
    with pytest.raises(StorageError, match="MB left; accepted"):
        disk_probe([tmp_path], free * 2)()
    with running(tmp_path / "state", MAX_BYTES=str(free * 2)) as service:
        got = httpx.get(f"{service.url}/readyz")
        assert (got.status_code, got.json()["code"]) == (503, "storage.failed")
        assert "MB left" in got.json()["detail"]


@pytest.fixture(scope="module")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("faults") / "postgres") as address:
        yield address


def test_connections_that_wait_are_cut(postgres_url: str) -> None:
    """Somebody waits for a row that another holds; cutting ends the wait with an error."""
    database = Database.open(postgres_url)
    failed: list[Exception] = []

    def wait() -> None:
        try:
            with database.write() as session:
                session.execute(text("SELECT pg_sleep(60)"))
        except Exception as error:
            failed.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.5)
    assert database.cut() > 0
    waiter.join(20)
    assert failed
    assert not waiter.is_alive()
    database.ping()  # the next one gets a new connection
    assert abs(database.ahead_seconds()) < 5
    database.close()


def test_a_wrong_clock_sweeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/homelens.db")
    files = Files.open(str(tmp_path / "files"))
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "arriving").write_bytes(b"x")
    files.put("listings/lst_1/pho_new/original", b"being kept at this moment")
    for ahead in (3600.0, -3600.0):
        monkeypatch.setattr(Database, "ahead_seconds", lambda self, ahead=ahead: ahead)
        with pytest.raises(StorageError, match=r"3600 s (ahead of|behind) the database's"):
            sweep(database, files, incoming, Settings())
    monkeypatch.setattr(Database, "ahead_seconds", lambda self: 0.0)
    check_clock(database)
    assert sweep(database, files, incoming, Settings()).uploads == 0
    assert [stored.key for stored in files.below("listings")] == ["listings/lst_1/pho_new/original"]
    assert abs(files.clock().timestamp() - time.time()) < 5
    database.close()


def test_a_commit_of_which_nobody_knows_keeps_the_files(tmp_path: Path, postgres_url: str) -> None:
    """The connection is cut in the commit: the row may be there, and then needs its files."""
    database = Database.open(postgres_url)
    files = Files.open(str(tmp_path / "files"))
    with database.write() as session:
        session.add(listing_row())
    (tmp_path / "a.jpg").write_bytes(picture())
    seen = examine(
        PhotoChecker.load(),
        "a.jpg",
        picture,
        load_rules("default"),
        Policy.BLUR,
        lambda stage: nullcontext(),
    )
    upload = Upload(
        listing="lst_1",
        name="a.jpg",
        path=tmp_path / "a.jpg",
        size=1,
        uploaded_by="local",
        keep_days=1,
        most=100,
        models={},
    )

    @event.listens_for(database.engine, "commit")
    def broken(connection: Connection) -> None:
        database.cut()

    with pytest.raises(SQLAlchemyError):
        keep(database, files, upload, seen)
    event.remove(database.engine, "commit", broken)
    kept = [stored.key.rpartition("/")[2] for stored in files.below("listings")]
    assert "original" in kept
    # what is known to be refused leaves nothing
    with pytest.raises(RequestTooLarge):
        keep(database, files, replace(upload, most=0), seen)
    assert [s.key.rpartition("/")[2] for s in files.below("listings")] == kept
    database.close()
