"""Database and file store: SQLite and PostgreSQL, a folder and S3, by the same tests."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from serving.errors import NotFound, RequestTooLarge, StorageError
from serving.settings import Settings
from serving.store.answers import Answer, find_answer, keep_answer
from serving.store.database import HEAD, Database, make_engine, status
from serving.store.files import Files
from serving.store.keys import Scope, create_key, find_key
from serving.store.listings import add_photo, delete_listing, delete_photo, photos_of
from serving.store.migrate import config
from serving.store.tables import AnswerRow, Base, ListingRow, PhotoRow, now
from serving.work.sweep import sweep
from tests.backends import postgres, stop_postgres
from tests.service import HOME, picture, running
from vision.home import Home


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url = str(request.getfixturevalue("postgres_url"))
    empty(url)
    return url


def empty(url: str) -> None:
    """Drop whatever a PostgreSQL database holds."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    found = Database.open(address)
    yield found
    found.close()


@pytest.fixture(params=["folder", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return Files.open(str(tmp_path / "files"))
    return Files.open(f"{request.getfixturevalue('s3_url')}/{tmp_path.name}")


def listing_row(listing: str = "lst_1") -> ListingRow:
    return ListingRow(
        id=listing,
        key_id=None,
        home=HOME,
        rules="default",
        policy="blur",
        reference="",
        training_consent=False,
        version=1,
    )


def photo_row(photo: str, sha256: str, name: str = "a.jpg") -> PhotoRow:
    return PhotoRow(
        id=photo,
        listing_id="lst_1",
        name=name,
        sha256=sha256,
        bytes=1,
        findings={"note": "é\u0000"},
        receipt={},
        models={},
        copy_token=photo,
        uploaded_by="local",
        original_until=now() + timedelta(days=1),
        answer=None,
        version=1,
    )


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_migrations_make_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_replicas_may_start_together(address: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(Database.open, [address] * 4))
    for database in opened:
        database.ping()
        database.close()


def test_newer_database_is_refused(address: str) -> None:
    Database.open(address).close()
    engine = make_engine(address)
    with engine.execution_options(homelens_write=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StorageError, match="9999"):
        Database.open(address, migrate=False)


def test_database_in_memory_is_refused() -> None:
    for address in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StorageError, match="memory"):
            Database.open(address)


def test_failed_write_leaves_nothing(database: Database) -> None:

    def fail() -> None:
        with database.write() as session:
            session.add(listing_row())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert session.get(ListingRow, "lst_1") is None


def test_same_bytes_at_the_same_time_are_one_photo(database: Database) -> None:
    with database.write() as session:
        session.add(listing_row())

    def add(number: int) -> tuple[str, bool]:
        with database.write() as session:
            row, new = add_photo(session, photo_row(f"pho_{number}", "same"), 100)
            return row.id, new

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(16)))
    assert sum(new for _, new in added) == 1
    assert len({photo for photo, _ in added}) == 1


def test_names_are_unique_whoever_comes_first(database: Database) -> None:
    with database.write() as session:
        session.add(listing_row())

    def add(number: int) -> None:
        with database.write() as session:
            add_photo(session, photo_row(f"pho_{number}", str(number), "É.jpg"), 100)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    with database.read() as session:
        names = [row.name for row in photos_of(session, "lst_1")]
    assert len({name.casefold() for name in names}) == 8


def test_listing_has_a_most(database: Database) -> None:
    with database.write() as session:
        session.add(listing_row())
        session.flush()
        add_photo(session, photo_row("pho_1", "1"), 1)
    with pytest.raises(RequestTooLarge), database.write() as session:
        add_photo(session, photo_row("pho_2", "2"), 1)
    row = photo_row("pho_3", "3")
    row.listing_id = "lst_gone"
    with pytest.raises(NotFound), database.write() as session:
        add_photo(session, row, 1)


def test_keys_are_kept_as_hashes(database: Database) -> None:
    with database.write() as session:
        made = create_key(session, "portal", Scope.SERVICE)
    with database.read() as session:
        found = find_key(session, made.secret)
        assert found is not None
        assert made.secret not in str(vars(found))
        assert find_key(session, made.secret + "x") is None


def test_answers_end_with_their_listing(database: Database) -> None:
    with database.write() as session:
        session.add(listing_row())
    with database.write() as session:
        keep_answer(session, "local", "key", Answer("request", "lst_1", 201, "first"))
    with pytest.raises(IntegrityError), database.write() as session:
        keep_answer(session, "local", "key", Answer("request", "lst_1", 201, "second"))
    with database.read() as session:
        row = find_answer(session, "local", "key", "request")
        assert row is not None
        assert row.body == "first"
    with database.write() as session:
        session.execute(update(AnswerRow).values(created_at=now() - timedelta(hours=25)))
        keep_answer(session, "local", "key", Answer("request", "lst_1", 201, "third"))
    with database.read() as session:
        row = find_answer(session, "local", "key", "request")
        assert row is not None
        assert row.body == "third"
        assert find_answer(session, "other", "key", "request") is None
    with database.write() as session:
        delete_listing(session, "lst_1")
    with database.read() as session:
        assert find_answer(session, "local", "key", "request") is None


def test_files_come_back_and_go(files: Files, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 5000)
    files.put("listings/l/p/original", source)
    files.put("listings/l/p/copy.jpg", b"copy")
    files.put("listings/l/p/copy.jpg", b"new copy")
    files.ping()
    assert files.get("listings/l/p/original") == source.read_bytes()
    assert files.get("listings/l/p/copy.jpg") == b"new copy"
    sizes = {stored.key: stored.size for stored in files.below("listings")}
    assert sizes == {"listings/l/p/original": 1_280_000, "listings/l/p/copy.jpg": 8}
    files.delete([*sizes, "listings/l/p/never"])
    assert list(files.below("listings")) == []
    with pytest.raises(NotFound):
        files.get("listings/l/p/original")
    if files.folder is not None:
        assert not (files.folder / "listings").exists()


def test_store_that_is_away_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="HOMELENS_STORE_URL"):
        Files.open(str(tmp_path / "file" / "below"))


def test_sweep_collects_what_nobody_needs(database: Database, files: Files, tmp_path: Path) -> None:
    with database.write() as session:
        session.add(listing_row())
        session.flush()
        for photo in ("pho_kept", "pho_over", "pho_gone"):
            add_photo(session, photo_row(photo, photo, f"{photo}.jpg"), 100)
    with database.write() as session:
        delete_photo(session, "lst_1", "pho_gone")
        over = update(PhotoRow).where(PhotoRow.id == "pho_over")
        session.execute(over.values(original_until=now() - timedelta(seconds=1)))
    for photo in ("pho_kept", "pho_over", "pho_gone", "pho_never"):
        for name in ("original", "copy.jpg"):
            files.put(f"listings/lst_1/{photo}/{name}", b"x")
    files.put("checks/token/copy.jpg", b"x")
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "cut").write_bytes(b"x")
    settings = Settings(keep_checks_hours=1e-9)

    young = sweep(database, files, incoming, settings)
    assert (young.originals, young.orphans, young.uploads) == (1, 0, 0)
    time.sleep(1.1)  # S3 dates in whole seconds
    swept = sweep(database, files, incoming, settings, timedelta(seconds=-5))
    assert (swept.originals, swept.orphans, swept.uploads) == (0, 4, 1)
    assert young.checks + swept.checks == 1
    left = {stored.key for stored in files.below("listings")}
    assert left == {
        "listings/lst_1/pho_kept/original",
        "listings/lst_1/pho_kept/copy.jpg",
        "listings/lst_1/pho_over/copy.jpg",
    }
    with database.read() as session:
        rows = {row.id: row.original_until for row in photos_of(session, "lst_1")}
    assert rows["pho_over"] is None
    assert rows["pho_kept"] is not None
    assert not sweep(database, files, incoming, settings, timedelta(seconds=-5)).anything


def test_sweep_finds_what_the_listing_hides(tmp_path: Path) -> None:
    """A kill in the middle of a write leaves a file that no listing of the store shows."""
    files = Files.open(str(tmp_path / "files"))
    files.put("listings/lst_1/pho_1/original", b"whole")
    cut = tmp_path / "files" / "listings" / "lst_1" / "pho_2" / "original#1"
    cut.parent.mkdir()
    cut.write_bytes(b"half")
    assert [stored.key for stored in files.below("listings")] == ["listings/lst_1/pho_1/original"]
    assert files.delete_unfinished("listings", now() - timedelta(hours=1)) == 0
    assert files.delete_unfinished("listings", now() + timedelta(seconds=5)) == 1
    assert not cut.parent.exists()
    assert files.get("listings/lst_1/pho_1/original") == b"whole"
    assert files.delete_unfinished("checks", now()) == 0


def test_service_on_postgresql_and_s3(postgres_url: str, s3_url: str, tmp_path: Path) -> None:
    """The same service by two settings."""
    empty(postgres_url)
    settings = {"DATABASE_URL": postgres_url, "STORE_URL": f"{s3_url}/service"}
    with running(tmp_path, **settings) as service, service.client() as client:
        assert httpx.get(f"{service.url}/readyz").status_code == 200
        listing = client.create_listing(Home.model_validate(HOME), reference="Añ 1")
        done = client.upload(listing.id, [("a.jpg", picture(1)), ("b.jpg", picture(2))])
        assert done.stored == 2
        first, second = (result.photo for result in done.results)
        assert first is not None
        assert second is not None
        assert client.original(listing.id, first.id) == picture(1)
        assert client.download(str(first.copy_.thumbnail_url))[:2] == b"\xff\xd8"
        client.correct(listing.id, first.id, ["kitchen"])
        client.delete_photo(listing.id, second.id)
        assert not (tmp_path / "homelens.db").exists()
        assert not (tmp_path / "files").exists()
    with running(tmp_path, **settings) as again, again.client() as client:
        found = client.listing(listing.id)
        assert [(photo.name, photo.answer) for photo in found.photos] == [("a.jpg", ("kitchen",))]
        files = Files.open(f"{s3_url}/service")
        assert len(list(files.below("listings"))) == 3
        assert again.command("sweep", "--grace-minutes", "0", "--json").returncode == 0
        assert len(list(files.below("listings"))) == 3
        client.delete_listing(listing.id)
        assert list(files.below("listings")) == []
    assert status(postgres_url) == HEAD


def test_repeated_requests_at_the_same_time_make_one(postgres_url: str, tmp_path: Path) -> None:
    """Writers that meet on PostgreSQL, where none has the file for itself."""
    empty(postgres_url)
    with running(tmp_path, DATABASE_URL=postgres_url) as service, service.client() as client:
        headers = {"Idempotency-Key": "together"}
        url = f"{service.url}/v1/listings"

        def create(_: int) -> httpx.Response:
            return httpx.post(url, json={"home": HOME}, headers=headers, timeout=30)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(create, range(8)))
        assert {got.status_code for got in answers} == {201}
        assert len({got.json()["id"] for got in answers}) == 1
        assert len(client.listings().listings) == 1

        # changes, answers and the end of a listing that meet: each is done, or finds nothing
        listing = answers[0].json()["id"]
        photo = client.upload(listing, [("a.jpg", picture(1))]).results[0].photo
        assert photo is not None
        place = f"{url}/{listing}"
        calls = [
            ("PATCH", place, {"reference": "A"}),
            ("PUT", f"{place}/photos/{photo.id}/rooms", {"rooms": ["kitchen"]}),
            ("POST", f"{place}/tokens", {}),
            ("DELETE", f"{place}/photos/{photo.id}", None),
        ] * 4 + [("DELETE", place, None)]

        def send(call: tuple[str, str, object]) -> int:
            method, address, body = call
            return httpx.request(method, address, json=body, timeout=30).status_code

        with ThreadPoolExecutor(len(calls)) as pool:
            statuses = list(pool.map(send, calls))
        assert set(statuses) <= {200, 201, 204, 404}
        assert statuses[-1] == 204


def test_database_that_goes_away_is_told(tmp_path: Path) -> None:
    with (
        postgres(tmp_path / "postgres") as address,
        running(tmp_path / "state", DATABASE_URL=address) as service,
    ):
        assert httpx.get(f"{service.url}/readyz").status_code == 200
        stop_postgres(tmp_path / "postgres")
        end = time.monotonic() + 30
        while httpx.get(f"{service.url}/readyz").status_code == 200:
            assert time.monotonic() < end
            time.sleep(0.1)
        for path in ("/readyz", "/v1/listings"):
            got = httpx.get(service.url + path, timeout=60)
            assert (got.status_code, got.json()["code"]) == (503, "storage.failed")
        assert httpx.get(f"{service.url}/healthz").status_code == 200
        assert "Traceback" not in "".join(service.said)
