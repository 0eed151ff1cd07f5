"""Bring a database to the newest migration, one process at a time.

    upgrade(engine)

Replicas that start together wait for one another: on PostgreSQL by an advisory lock, on SQLite by
the write lock of the file.
"""

from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, text

FOLDER = Path(__file__).with_name("migrations")

LOCK = 0x686F6D65
"""Any number that no other program locks; "home" in ASCII."""


def config() -> Config:
    """Alembic's configuration; there is no ini file."""
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    return found


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing. Raises SQLAlchemyError."""
    found = config()
    with engine.execution_options(homelens_write=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        found.attributes["connection"] = connection
        # One that a newer version made is not known here; Database.open says at which it is.
        with suppress(CommandError):
            command.upgrade(found, "head")
