"""Keep a photo that was looked at: files first, then the row; only then is it acknowledged.

    row, new = keep(database, files, upload, seen)

A crash or a broken connection in between leaves files without a row, which the sweep collects; a
row never lacks its files. Whether the listing holds the same bytes already is decided in the
transaction of the row.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from serving.errors import StorageError
from serving.store.database import Database
from serving.store.files import Files
from serving.store.keys import new_id
from serving.store.listings import add_photo, files_of, folder_of
from serving.store.tables import PhotoRow, now
from serving.work.examine import Seen


@dataclass(frozen=True)
class Upload:
    """What is kept beside the findings."""

    listing: str
    name: str
    path: Path
    size: int
    uploaded_by: str
    keep_days: float
    most: int
    models: Mapping[str, str]
    replaces: str | None = None


def keep(database: Database, files: Files, upload: Upload, seen: Seen) -> tuple[PhotoRow, bool]:
    """The photo's row, and whether it is new. Raises NotFound, RequestTooLarge, StorageError."""
    assert seen.copy is not None
    photo_id = new_id("pho")
    folder = folder_of(upload.listing, photo_id)
    keeps_original = upload.keep_days > 0
    try:
        if keeps_original:
            files.put(f"{folder}/original", upload.path)
        if seen.copy.jpeg is not None and seen.thumbnail is not None:
            files.put(f"{folder}/copy.jpg", seen.copy.jpeg)
            files.put(f"{folder}/thumbnail.jpg", seen.thumbnail)
        row = PhotoRow(
            id=photo_id,
            listing_id=upload.listing,
            name=upload.name,
            sha256=seen.findings.sha256,
            bytes=upload.size,
            findings=seen.findings.model_dump(mode="json"),
            receipt=seen.copy.receipt.model_dump(mode="json"),
            models=dict(upload.models),
            copy_token=None if seen.copy.jpeg is None else secrets.token_urlsafe(16),
            uploaded_by=upload.uploaded_by,
            original_until=now() + timedelta(days=upload.keep_days) if keeps_original else None,
            answer=None,
            uploaded_at=now(),
            version=1,
        )
        with database.write() as session:
            kept, new = add_photo(session, row, upload.most, upload.replaces)
    except (StorageError, SQLAlchemyError):
        # The store is away, or nobody knows whether the row was committed: a connection that breaks
        # in the commit says nothing. Files without a row are swept; a row without files is a loss.
        raise
    except BaseException:
        files.delete(files_of(upload.listing, photo_id))
        raise
    if not new:
        files.delete(files_of(upload.listing, photo_id))
    elif upload.replaces is not None:
        files.delete(files_of(upload.listing, upload.replaces))
    return kept, new
