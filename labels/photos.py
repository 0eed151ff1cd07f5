"""Photos' bytes: kept under labels/SHA256 when they are imported, read upright when one is shown.

    files = keep_photos(store, Path("photos"), ["a.jpg"])     # {"a.jpg": "5f70bf18…"}
    jpeg = upright_photo(store, session, image)               # for a browser
    data = stored_photo(store, session, image)                # the file as it was imported

Files come first and rows after them, as everywhere (serving/work/keep.py): what a failed import
leaves behind is swept. Of a photo of the service nobody gets more here than its safe copy.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.state import CHUNK, find_set
from labels.tables import ImageRow
from serving.errors import NotFound
from serving.store.files import Files
from serving.store.listings import folder_of
from serving.store.tables import PhotoRow
from vision.errors import DataError, PhotoError
from vision.headers import read_header
from vision.photo import decode

FOLDER = "labels"

SHOWN = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""Formats that every browser shows as they are, if they lie upright in the file."""


def key_of(sha256: str) -> str:
    """Where bytes are kept."""
    return f"{FOLDER}/{sha256}"


def keep_photos(files: Files, folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Keep the photos of a folder; gives name to sha256. Raises DataError or StorageError."""
    found = {}
    for name in names:
        path = folder / name
        try:
            data = path.read_bytes()
            read_header(data)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from error
        except PhotoError as error:
            raise DataError(
                f"{path}: {error.wrong}", accepted=error.accepted, do=error.do
            ) from error
        found[name] = hashlib.sha256(data).hexdigest()
        # written even where it is there already: the sweep lets young files be
        files.put(key_of(found[name]), data)
    return found


def images_named(session: Session, set_name: str, names: Sequence[str]) -> list[ImageRow]:
    """The set's images of these names. Raises NotFound for an unknown set."""
    set_id = find_set(session, set_name).id
    found: list[ImageRow] = []
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        query = select(ImageRow).where(ImageRow.set_id == set_id, ImageRow.name.in_(part))
        found += session.scalars(query)
    return found


def stored_photo(files: Files, session: Session, image: ImageRow) -> bytes:
    """The photo as it is kept. Raises NotFound."""
    if image.photo_id is not None:
        photo = session.get(PhotoRow, image.photo_id)
        if photo is None:
            raise NotFound("the photo was withdrawn")
        return files.get(f"{folder_of(photo.listing_id, photo.id)}/copy.jpg")
    if image.sha256 is None:
        raise NotFound(
            f"the labels of {image.name} were imported without the photo",
            do="import them again with --images",
        )
    return files.get(key_of(image.sha256))


def upright_photo(files: Files, session: Session, image: ImageRow) -> tuple[bytes, str]:
    """The photo for a browser, and its media type. Raises NotFound or PhotoError."""
    data = stored_photo(files, session, image)
    header = read_header(data)
    if header.orientation == 1 and header.format in SHOWN:
        return data, SHOWN[header.format]
    from vision.privacy import encode

    return encode(decode(data, analysis_side=None).pixels), "image/jpeg"
