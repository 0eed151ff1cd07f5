"""The files: originals and copies, in a local folder by default, on S3 by its address.

    files = Files.open("s3://bucket/prefix")
    files.put("listings/lst_1/pho_1/original", Path("incoming/x"))
    data = files.get("listings/lst_1/pho_1/original")

A file appears whole or not at all. On a local disk it is synced before `put` returns. Credentials
and region of S3 come from the environment or the machine's role, as in every AWS tool
(AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL, …).
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from serving.errors import NotFound, StorageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PROBE = "probe"
"""A key that never exists: asking for it shows that the store answers."""

UNFINISHED = re.compile(r"#\d+$")
"""How the local store names a file until all of it is there."""


@dataclass(frozen=True)
class Stored:
    """A file that is there."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class Waits:
    """How long S3 is waited for: seconds of one try and of all, and how often more."""

    seconds: float
    retries: int


PATIENT = Waits(15.0, 3)
"""Of requests: a photo of 40 MB goes in parts; the client tries again after that."""
QUICK = Waits(2.0, 0)
"""Of a look at whether it answers."""


@dataclass(frozen=True)
class Files:
    """A store; `folder` is its place on the local disk, None on S3."""

    store: "ObjectStore"
    address: str
    folder: Path | None
    setting: str = "HOMELENS_STORE_URL"

    @classmethod
    def open(
        cls, address: str, setting: str = "HOMELENS_STORE_URL", waits: "Waits | None" = None
    ) -> "Files":
        """A folder's path, file:// or s3://bucket/prefix; `setting` is named where it fails.

        Raises StorageError.
        """
        parts = urlsplit(address)
        try:
            if parts.scheme == "s3":
                prefix = parts.path.strip("/") or None
                endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
                # Plain HTTP only where the operator's own endpoint says so.
                plain = endpoint.startswith("http://")
                waits = waits or PATIENT
                store = S3Store(
                    parts.netloc,
                    prefix=prefix,
                    client_options={
                        "allow_http": plain,
                        "timeout": timedelta(seconds=waits.seconds),
                        "connect_timeout": timedelta(seconds=min(3.0, waits.seconds)),
                    },
                    retry_config={
                        "max_retries": waits.retries,
                        "retry_timeout": timedelta(seconds=waits.seconds),
                    },
                )
                return cls(store, address, None, setting)
            if parts.scheme in ("", "file"):
                folder = Path(parts.path).resolve()
                return cls(LocalStore(folder, mkdir=True), address, folder, setting)
        except (BaseError, OSError) as error:
            raise failed(address, error, setting) from error
        raise StorageError(f"{setting} is {address!r}", accepted="a folder or s3://BUCKET/PREFIX")

    def put(self, key: str, source: Path | bytes) -> None:
        """Keep a file or bytes. Raises StorageError."""
        try:
            obstore.put(self.store, key, source)
            if self.folder is not None:
                sync(self.folder / key)
        except (BaseError, OSError) as error:
            raise failed(self.address, error, self.setting) from error

    def get(self, key: str) -> bytes:
        """The whole content. Raises NotFound or StorageError."""
        try:
            return bytes(obstore.get(self.store, key).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound("the file is not there any more") from error
        except (BaseError, OSError) as error:
            raise failed(self.address, error, self.setting) from error

    def has(self, key: str) -> bool:
        """Whether there is such a file. Raises StorageError."""
        try:
            obstore.head(self.store, key)
        except (NotFoundError, FileNotFoundError):
            return False
        except (BaseError, OSError) as error:
            raise failed(self.address, error, self.setting) from error
        return True

    def delete(self, keys: list[str]) -> None:
        """Delete files; those that are not there are deleted already. Raises StorageError."""
        for key in keys:
            try:
                obstore.delete(self.store, key)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise failed(self.address, error, self.setting) from error
        if self.folder is not None:
            for place in {self.folder / Path(key).parent for key in keys}:
                prune(place, self.folder)

    def below(self, prefix: str) -> Iterator[Stored]:
        """Every file whose key begins with the folder `prefix`. Raises StorageError."""
        try:
            for page in obstore.list(self.store, prefix):
                for found in page:
                    yield Stored(found["path"], found["size"], found["last_modified"])
        except (BaseError, OSError) as error:
            raise failed(self.address, error, self.setting) from error

    def delete_unfinished(self, prefix: str, before: datetime) -> int:
        """Delete what a crash left of files being written, and say how many.

        A local store writes NAME#NUMBER and renames it; listings do not show it. On S3 there is
        nothing to see either: a lifecycle rule of the bucket ends unfinished uploads.
        """
        if self.folder is None:
            return 0
        number = 0
        # os.walk lets be what others delete meanwhile
        for place, _, names in os.walk(self.folder / prefix, topdown=False):
            for path in (Path(place, name) for name in names if UNFINISHED.search(name)):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime <= before.timestamp():
                        path.unlink()
                        number += 1
                        prune(path.parent, self.folder)
        return number

    def clock(self) -> datetime:
        """The time by the store's own clock, by which files are as old as it says.

        Raises StorageError.
        """
        key = f"checks/clock-{secrets.token_hex(8)}"
        self.put(key, b"now")
        try:
            found: datetime = obstore.head(self.store, key)["last_modified"]
        except (BaseError, OSError) as error:
            raise failed(self.address, error, self.setting) from error
        self.delete([key])
        return found

    def ping(self) -> None:
        """Raises StorageError when the store does not answer."""
        self.has(PROBE)


def sync(path: Path) -> None:
    """Flush a file and its folder to the disk."""
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def prune(folder: Path, root: Path) -> None:
    """Remove a folder that became empty, and those above it, up to `root`."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def failed(address: str, error: Exception, setting: str) -> StorageError:
    """The error that names the store and the first line of the reason."""
    return StorageError(
        f"the file store {address} cannot be used: {str(error).strip().splitlines()[0]}",
        do=f"check {setting} and the credentials",
    )
