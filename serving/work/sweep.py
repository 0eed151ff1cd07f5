"""Delete what has run out, and what a crash left behind.

    swept = sweep(database, files, incoming, settings)
    swept.originals, swept.orphans

* originals whose time is over: the row first says so, then the file goes;
* files without a row, which a crash between file and row left (or between row and file, when
  something was deleted), and those of imports of labels that failed;
* uploads that never ended, copies of stateless checks, expired tokens, old idempotent answers;
* who asked for values on days that are over, with the secrets of those days.

Safe to run at any time and by several processes at once. Files younger than `grace` are let be:
they may belong to an upload that is being kept at this moment. How old a file is, is told by the
clock that dated it, the store's own: one that is an hour ahead here would make every file old.
Where this machine's clock is not the database's, nothing is swept.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, update

from labels.photos import FOLDER
from labels.tables import ImageRow
from serving.settings import Settings
from serving.store.answers import KEPT
from serving.store.database import Database
from serving.store.files import Files
from serving.store.listings import folder_of
from serving.store.tables import AnswerRow, PhotoRow, TokenRow, now
from serving.store.visits import forget_visits
from serving.valuing.gate import sweep_valuations
from serving.work.probes import check_clock

GRACE = timedelta(hours=1)
"""Longer than any upload takes."""

CHUNK = 500
"""Rows that one query asks for."""


@dataclass(frozen=True)
class Swept:
    """How many of each were deleted."""

    originals: int
    orphans: int
    uploads: int
    checks: int
    tokens: int
    answers: int
    askers: int = 0
    visits: int = 0

    @property
    def anything(self) -> bool:
        """Whether there was anything to delete."""
        return any(asdict(self).values())

    def __str__(self) -> str:
        return ", ".join(f"{number} {name}" for name, number in asdict(self).items())


def sweep(
    database: Database,
    files: Files,
    incoming: Path,
    settings: Settings,
    grace: timedelta = GRACE,
) -> Swept:
    """Everything once. Raises StorageError, where this machine's clock is wrong as well."""
    check_clock(database)
    time = files.clock()
    checks = timedelta(hours=settings.keep_checks_hours)
    tokens = delete(TokenRow).where(TokenRow.expires_at <= now())
    answers = delete(AnswerRow).where(AnswerRow.created_at <= now() - KEPT)
    with database.write() as session:
        ended = [int(getattr(session.execute(query), "rowcount", 0)) for query in (tokens, answers)]
        ended.append(forget_visits(session, now()))
    return Swept(
        originals=purge_originals(database, files),
        orphans=delete_orphans(database, files, time - grace)
        + delete_label_photos(database, files, time - grace),
        uploads=delete_uploads(incoming, grace) + delete_unfinished(files, time - grace),
        checks=delete_checks(files, time - checks),
        tokens=ended[0],
        answers=ended[1],
        askers=sweep_valuations(database, datetime.now(UTC)),
        visits=ended[2],
    )


def purge_originals(database: Database, files: Files) -> int:
    """Delete uploaded files whose time is over."""
    with database.write() as session:
        over = PhotoRow.original_until <= now()
        rows = session.execute(select(PhotoRow.listing_id, PhotoRow.id).where(over)).all()
        query = (
            update(PhotoRow).where(over).values(original_until=None, version=PhotoRow.version + 1)
        )
        session.execute(query.execution_options(synchronize_session=False))
    files.delete([f"{folder_of(listing, photo)}/original" for listing, photo in rows])
    return len(rows)


def delete_orphans(database: Database, files: Files, before: datetime) -> int:
    """Delete files of listings that no row has."""
    old: dict[str, list[str]] = {}
    number = 0
    for stored in files.below("listings"):
        if stored.modified > before:
            continue
        photo = stored.key.split("/")[2] if stored.key.count("/") == 3 else ""
        old.setdefault(photo, []).append(stored.key)
        if len(old) >= CHUNK:
            number += delete_unknown(database, files, old)
            old = {}
    return number + delete_unknown(database, files, old)


def delete_unknown(database: Database, files: Files, found: dict[str, list[str]]) -> int:
    """Of photo id to file keys, delete the files that no row speaks of."""
    query = select(PhotoRow.id, PhotoRow.original_until).where(PhotoRow.id.in_(found))
    with database.read() as session:
        rows = {row.id: row.original_until for row in session.execute(query)}
    gone = [
        key
        for photo, keys in found.items()
        for key in keys
        if photo not in rows or (key.endswith("/original") and rows[photo] is None)
    ]
    files.delete(gone)
    return len(gone)


def delete_label_photos(database: Database, files: Files, before: datetime) -> int:
    """Delete photos of label sets that no image has."""
    old = [stored.key for stored in files.below(FOLDER) if stored.modified <= before]
    number = 0
    for start in range(0, len(old), CHUNK):
        part = {key.rpartition("/")[2]: key for key in old[start : start + CHUNK]}
        with database.read() as session:
            known = set(session.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(part))))
        gone = [key for sha256, key in part.items() if sha256 not in known]
        files.delete(gone)
        number += len(gone)
    return number


def delete_uploads(incoming: Path, grace: timedelta) -> int:
    """Delete received files that a crash left in the incoming folder."""
    if not incoming.is_dir():
        return 0
    with tempfile.TemporaryFile(dir=incoming) as file:  # by the clock that dates the others
        before = os.fstat(file.fileno()).st_mtime - grace.total_seconds()
    return sum(delete_old(path, before) for path in entries(incoming))


def delete_unfinished(files: Files, before: datetime) -> int:
    """Delete files that a crash left half written."""
    return sum(files.delete_unfinished(prefix, before) for prefix in ("listings", "checks", FOLDER))


def entries(folder: Path) -> Iterable[Path]:
    """The folder's files; none where there is no folder."""
    return list(folder.iterdir()) if folder.is_dir() else []


def delete_old(path: Path, before: float) -> int:
    """Delete a file older than a time; 1 if it was."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime <= before:
            path.unlink()
            return 1
    return 0


def delete_checks(files: Files, before: datetime) -> int:
    """Delete the copies of stateless checks whose time is over."""
    old = [stored.key for stored in files.below("checks") if stored.modified <= before]
    files.delete(old)
    return len(old)
