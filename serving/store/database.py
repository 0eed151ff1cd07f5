"""The database: SQLite in one file by default, PostgreSQL by its address, same code.

    database = Database.open("sqlite:///state/homelens.db")
    with database.write() as session:
        session.add(row)                    # committed at the end of the block

Opening brings the tables to the newest migration. SQLite runs with a write-ahead log and syncs at
every commit: what was acknowledged survives the process and the power. Deleted rows are
overwritten there, so that what is deleted is gone from the file as well.
"""

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from serving.errors import StorageError

HEAD = "0004"
"""The newest migration; a test compares it with the folder. Known here so that an up-to-date
database opens without importing alembic, which takes a third of the start."""

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

CONNECTIONS = 20
"""Most connections of one process to PostgreSQL."""


POOL_SECONDS = 5.0
"""How long a request waits for one of them."""

CONNECT = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
"""Of PostgreSQL's client: a server that is gone without a word is noticed within some seconds. One
that is there and says nothing is noticed by serving/work/health.py, which calls `cut`."""


class Database:
    """An engine with two kinds of transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connections: dict[int, Any] = {}
        if engine.dialect.name == "postgresql":
            remember(engine, self._connections)
        self._read = sessionmaker(engine, expire_on_commit=False)
        self._write = sessionmaker(
            engine.execution_options(homelens_write=True), expire_on_commit=False
        )

    @classmethod
    def open(cls, address: str, *, migrate: bool = True) -> "Database":
        """Connect, and migrate if asked. Raises StorageError that says what is wrong."""
        database = cls(make_engine(address))
        engine = database.engine
        try:
            current = revision(engine)
            if current != HEAD and migrate:
                from serving.store.migrate import upgrade

                upgrade(engine)
                current = revision(engine)
        except SQLAlchemyError as error:
            engine.dispose()
            raise unreachable(address, error) from error
        if current != HEAD:
            engine.dispose()
            raise StorageError(
                f"the database {shown(address)} is at migration {current or 'none'}, "
                f"this homelens needs {HEAD}",
                do="run `homelens database upgrade`, or the homelens that it belongs to",
            )
        return database

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with self._read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end, or rolled back by an exception."""
        with self._write.begin() as session:
            yield session

    def ping(self) -> None:
        """Raises StorageError when the database does not answer."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            raise unreachable(str(self.engine.url), error) from error

    def ahead_seconds(self) -> float:
        """By how much this machine's clock is ahead of the database's; 0 where it is the same one.

        Raises StorageError.
        """
        if self.engine.dialect.name != "postgresql":
            return 0.0
        query = text("SELECT extract(epoch FROM clock_timestamp())")
        try:
            with self.engine.connect() as connection:
                before = time.time()
                there = float(connection.execute(query).scalar_one())
                return (before + time.time()) / 2 - there
        except SQLAlchemyError as error:
            raise unreachable(str(self.engine.url), error) from error

    def cut(self) -> int:
        """End every connection to a server that says nothing; how many.

        Whoever waits on one gets an error instead of waiting on. What was not committed is undone
        by the server; of a commit on its way nobody knows, and its request is not acknowledged.
        """
        connections = list(self._connections.values())
        for connection in connections:
            with suppress(Exception):  # it ends at this moment by itself
                end_socket(connection.pgconn.socket)
        return len(connections)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def remember(engine: Engine, connections: dict[int, Any]) -> None:
    """Keep the open connections in a dictionary, by their identity."""

    @event.listens_for(engine, "connect")
    def opened(connection: Any, _: Any) -> None:
        connections[id(connection)] = connection

    @event.listens_for(engine, "close")
    def closed(connection: Any, _: Any) -> None:
        connections.pop(id(connection), None)


def end_socket(number: int) -> None:
    """Shut a connection's socket down, which wakes up whoever waits for it."""
    with socket.socket(fileno=os.dup(number)) as end:
        end.shutdown(socket.SHUT_RDWR)


def make_engine(address: str, connections: int = CONNECTIONS) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises StorageError for another address."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise not_an_address(address) from error
    if url.get_backend_name() == "sqlite":
        return sqlite(url)
    if url.get_backend_name() == "postgresql":
        # The driver is ours to choose: postgresql:// and postgres URLs of every origin work.
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            connect_args=CONNECT,
            pool_pre_ping=True,
        )
    raise not_an_address(address)


def sqlite(url: URL) -> Engine:
    """SQLite with a write-ahead log, foreign keys and explicit transactions."""
    if not url.database or url.database == ":memory:":
        raise StorageError(
            "the database is to be in memory, where it would not survive the process",
            accepted="sqlite:///PATH or postgresql://…",
            do="set HOMELENS_DATABASE_URL",
        )
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says
        write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer in the middle would fail where another wrote meanwhile.
        write = connection.get_execution_options().get("homelens_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log. Processes that start together may meet here, and
    SQLite does not wait for this as it does for a transaction."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def status(address: str) -> str | None:
    """The migration that a database is at; None for an empty one. Raises StorageError."""
    engine = make_engine(address)
    try:
        return revision(engine)
    except SQLAlchemyError as error:
        raise unreachable(address, error) from error
    finally:
        engine.dispose()


def revision(engine: Engine) -> str | None:
    """The migration that the database is at; None for an empty one. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


def shown(address: str) -> str:
    """The address without its password."""
    return make_url(address).render_as_string(hide_password=True)


def unreachable(address: str, error: SQLAlchemyError) -> StorageError:
    """The error that names the database and the driver's reason."""
    reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    return StorageError(
        f"the database {shown(address)} cannot be used: {reason[0] if reason else error}",
        do="check HOMELENS_DATABASE_URL and that the server is running",
    )


def not_an_address(address: str) -> StorageError:
    """The error for an address of another kind; the address may hold a password, so it is cut."""
    return StorageError(
        f"HOMELENS_DATABASE_URL begins with {address[:12]!r}",
        accepted="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    )
