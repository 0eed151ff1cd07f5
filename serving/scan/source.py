"""The archive that is scanned: which of its files are photos, and their bytes.

    source = Source.open("s3://bucket/photos")          # or a folder, with its subfolders
    listed = source.list(leave_out=None)
    data = source.read(listed.names[0], max_bytes=40_000_000)

Taken is every file with a picture's suffix (also of kinds that are refused, so that they are
refused aloud). Left out, and counted: names that begin with a dot and all that lies in such a
folder, and names without a picture's suffix. Folders behind symbolic links are not entered, for
they may lead in circles; links to files are read. The order is that of the names' bytes.

A name is bytes, as on the disk: not every file's name is text.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError

from serving.cli.inputs import SUFFIXES
from serving.store.files import Files, failed
from vision.errors import DataError, PhotoTooLarge, UnreadablePhoto, VanishedPhoto

HIDDEN, NO_PHOTO = "hidden", "not named as a picture"


@dataclass(frozen=True)
class Listed:
    """Names of the photos in the order of their bytes, and how many files were left out and why."""

    names: list[bytes]
    skipped: dict[str, int]


@dataclass(frozen=True)
class Source:
    """A folder or a prefix on S3, for reading."""

    address: str
    folder: Path | None
    files: Files | None

    @classmethod
    def open(cls, address: str) -> "Source":
        """Raises DataError for a folder that is not there, StorageError for S3."""
        if address.startswith("s3://"):
            return cls(address.rstrip("/"), None, Files.open(address, "SOURCE"))
        folder = Path(address.removeprefix("file://"))
        if not folder.is_dir():
            there = "is no folder" if folder.exists() else "does not exist"
            raise DataError(f"{address} {there}", accepted="a folder or s3://BUCKET/PREFIX")
        return cls(str(folder.resolve()), folder.resolve(), None)

    def list(self, leave_out: Path | None = None) -> Listed:
        """All photos; `leave_out` is a folder that is not entered. Raises OSError, StorageError."""
        names: list[bytes] = []
        skipped: Counter[str] = Counter()
        for name in self._all(leave_out):
            why = left_out(os.fsdecode(name))
            if why is None:
                names.append(name)
            else:
                skipped[why] += 1
        names.sort()
        return Listed(names, dict(sorted(skipped.items())))

    def _all(self, leave_out: Path | None) -> Iterator[bytes]:
        if self.files is not None:
            for stored in self.files.below(""):
                yield stored.key.encode()
            return
        assert self.folder is not None
        folders = [self.folder]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if not entry.is_dir(follow_symlinks=False):
                        if not path.is_dir():
                            yield os.fsencode(path.relative_to(self.folder).as_posix())
                    elif path != leave_out:
                        folders.append(path)

    def read(self, name: bytes, max_bytes: int) -> bytes:
        """A photo's bytes.

        Raises VanishedPhoto, UnreadablePhoto or PhotoTooLarge (unread) where it is the photo's
        fault, StorageError where S3 does not answer.
        """
        if self.files is not None:
            return self._get(self.files, name.decode(), max_bytes)
        assert self.folder is not None
        path = self.folder / os.fsdecode(name)
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):  # a pipe would never end
                raise UnreadablePhoto("it is no regular file", do="replace it by the photo")
            check_bytes(found.st_size, max_bytes)
            return path.read_bytes()
        except FileNotFoundError as error:
            raise vanished() from error
        except OSError as error:
            raise UnreadablePhoto(f"it cannot be read: {error.strerror or error}") from error

    @staticmethod
    def _get(files: Files, key: str, max_bytes: int) -> bytes:
        try:
            answer = obstore.get(files.store, key)
            check_bytes(answer.meta["size"], max_bytes)
            return bytes(answer.bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise vanished() from error
        except PermissionDeniedError as error:
            raise UnreadablePhoto("the store does not allow to read it") from error
        except (BaseError, OSError) as error:
            raise failed(files.address, error, "SOURCE") from error


def left_out(name: str) -> str | None:
    """Why a file is no photo by its name; None for a photo."""
    path = PurePosixPath(name)
    if any(part.startswith(".") for part in path.parts):
        return HIDDEN
    return None if path.suffix.lower() in SUFFIXES else NO_PHOTO


def shown(name: bytes) -> str:
    """A name as text: bytes that are no UTF-8 become \\xNN."""
    return name.decode("utf-8", "backslashreplace")


def check_bytes(size: int, most: int) -> None:
    """Raises PhotoTooLarge."""
    if size > most:
        raise PhotoTooLarge(
            f"the file has {size / 1e6:.0f} MB", accepted=f"up to {most / 1e6:.0f} MB"
        )


def vanished() -> VanishedPhoto:
    """The error of a photo that was listed and is gone."""
    return VanishedPhoto("it was listed, but is not there any more", do="scan again without it")
