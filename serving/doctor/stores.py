"""Database and file store: are they there, as this version needs them, and can they be used.

look_at_database(settings)
look_at_files(settings)                 # writes, reads and deletes a file of its own
"""

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from serving.doctor.finding import Finding
from serving.errors import NotFound
from serving.settings import Settings
from serving.store.database import HEAD, Database, make_engine, shown, status
from serving.store.files import Files
from serving.store.keys import any_key

FOLDER = "doctor"
"""Where the file is written that shows that files can be written."""

CLOCK_WARNING, CLOCK_WRONG = 5.0, 300.0
"""Seconds that clocks may differ: tokens and retention suffer; S3 refuses at 15 minutes."""

LOCAL = ("127.0.0.1", "localhost", "::1")


def look_at_database(settings: Settings) -> list[Finding]:
    """Reachable, at the newest migration, its clock, and whether there is a key."""
    address = settings.database
    engine = make_engine(address) if not address.startswith("sqlite") else None
    if engine is None and not Path(make_url(address).database or "").is_file():
        # looking would make it
        return [
            Finding(
                "database",
                "warning",
                f"{shown(address)} is not there yet",
                "it is made when the service starts; for several replicas use PostgreSQL",
            )
        ]
    if engine is not None:
        engine.dispose()
    start = time.perf_counter()
    current = status(address)
    took = (time.perf_counter() - start) * 1000
    if current != HEAD:
        return [
            Finding(
                "database",
                "wrong",
                f"{shown(address)} is at migration {current or 'none'}; this version needs {HEAD}",
                "run `homelens database upgrade`, or the homelens that the database belongs to",
            )
        ]
    found = f"{shown(address)} answers in {took:.0f} ms and is at migration {HEAD}"
    findings = [Finding("database", "ok", found, more={"migration": HEAD})]
    database = Database.open(address, migrate=False)
    try:
        with database.read() as session:
            findings.append(look_at_keys(settings, any_key(session)))
            if database.engine.dialect.name == "postgresql":
                there = session.execute(text("SELECT clock_timestamp()")).scalar_one()
                findings.append(clock("the database's", there))
    finally:
        database.close()
    return findings


def look_at_keys(settings: Settings, any_there: bool) -> Finding:
    """Whether the service would start at its address."""
    if any_there:
        return Finding("keys", "ok", "there are keys; each call needs one")
    if settings.host in LOCAL:
        return Finding("keys", "ok", "there is no key: only this machine is served, without one")
    return Finding(
        "keys",
        "wrong",
        f"there is no key, so the service does not start at {settings.host}",
        "homelens keys create NAME --scope service",
    )


def look_at_files(settings: Settings) -> list[Finding]:
    """Write, read, list and delete a small file."""
    files = Files.open(settings.store)
    key, data = f"{FOLDER}/{secrets.token_hex(8)}", secrets.token_bytes(64)
    start = time.perf_counter()
    files.put(key, data)
    try:
        if files.get(key) != data:
            do = "look for a cache or a second writer in front of the store"
            return [Finding("store", "wrong", f"{files.address} gives back other bytes", do)]
        stored = [one for one in files.below(FOLDER) if one.key == key]
    finally:
        files.delete([key])
    took = (time.perf_counter() - start) * 1000
    try:
        files.get(key)
        do = "allow s3:DeleteObject; check versioning and object lock"
        return [Finding("store", "wrong", f"{files.address} still has what was deleted", do)]
    except NotFound:
        pass
    found = f"{files.address}: written, read, listed and deleted in {took:.0f} ms"
    if not stored:
        do = "allow s3:ListBucket: the sweep finds nothing to delete without it"
        return [Finding("store", "wrong", f"{files.address} does not list what it holds", do)]
    return [
        Finding("store", "ok", found),
        *([] if files.folder is not None else [clock("the store's", stored[0].modified)]),
    ]


def clock(whose: str, there: datetime) -> Finding:
    """How far this machine's clock is from another's."""
    off = abs((datetime.now(UTC) - there.astimezone(UTC)).total_seconds())
    found = f"{off:.0f} seconds beside {whose}"
    if off < CLOCK_WARNING:
        return Finding("clock", "ok", found)
    wrong = off >= CLOCK_WRONG
    do = "run a time service (chrony): tokens, retention and S3's signatures depend on the time"
    return Finding("clock", "wrong" if wrong else "warning", found, do)
