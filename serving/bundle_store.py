"""The versions of bundles that a team shares: in a folder, or on S3.

    shared = BundleStore.open("s3://homelens-models/production")
    shared.push("objects", Path("models/objects"), why="no worse on yolo")
    version = shared.newest("objects").version
    bundle = shared.get("objects", version)               # verified bytes

    files/SHA256                          a model file, by its own hash
    versions/NAME/SHA256.json             a manifest, by its own hash: the version
    log/NAME/TIME-SHA256.json             which version was published when, and why

Nothing is ever overwritten. A model is there before the manifest that names it, and a manifest
before its line of the log: who is killed in between has published nothing, and pushes again.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, Field, ValidationError

from serving.errors import NotFound
from serving.store.files import Files
from vision.errors import BundleDamaged, BundleMissing, RegistryError, SettingsError
from vision.findings import Frozen

SETTING = "HOMELENS_MODELS_URL"
SHA256 = re.compile(r"[0-9a-f]{64}")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(onnx|npz)")
"""A model's file name: part of no path but its bundle's."""


class Published(Frozen):
    """A line of the shared log."""

    at: AwareDatetime
    version: str = Field(description="sha256 of the manifest")
    why: str


@dataclass(frozen=True)
class Packed:
    """A bundle's two files, whose hashes agree."""

    content: bytes
    """manifest.json"""
    model: bytes
    file: str

    @property
    def version(self) -> str:
        """sha256 of the manifest."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest's fields, of a photo model and of a valuation model alike."""
        found: dict[str, Any] = json.loads(self.content)
        return found

    def write(self, folder: Path) -> Path:
        """The bundle as a folder."""
        folder.mkdir(parents=True)
        (folder / self.file).write_bytes(self.model)
        (folder / "manifest.json").write_bytes(self.content)
        return folder


def packed(folder: Path) -> Packed:
    """A bundle of a folder. Raises BundleMissing or BundleDamaged."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise BundleMissing(f"no model bundle at {folder}", accepted="a folder with manifest.json")
    content = path.read_bytes()
    file, sha256 = named(str(path), content)
    if not (folder / file).is_file():
        raise BundleMissing(f"{folder / file} is missing", do="restore it from the commit")
    return agreed(str(folder), content, (folder / file).read_bytes(), file, sha256)


def named(where: str, content: bytes) -> tuple[str, str]:
    """The model's file name and hash that a manifest gives. Raises BundleDamaged."""
    try:
        found = json.loads(content)
        file, sha256 = str(found.get("file", "model.onnx")), str(found["sha256"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleDamaged(f"{where} is not a manifest: {error!r}") from error
    if not FILE.fullmatch(file) or not SHA256.fullmatch(sha256):
        raise BundleDamaged(f"{where} names {file[:100]!r} with sha256 {sha256[:64]!r}")
    return file, sha256


def agreed(where: str, content: bytes, model: bytes, file: str, sha256: str) -> Packed:
    """A bundle, after its model's hash agreed with its manifest's. Raises BundleDamaged."""
    found = hashlib.sha256(model).hexdigest()
    if found != sha256:
        raise BundleDamaged(
            f"{file} of {where} has sha256 {found[:12]}…, its manifest says {sha256[:12]}…",
            do="publish the bundle again from where it is whole",
        )
    return Packed(content, model, file)


@dataclass(frozen=True)
class BundleStore:
    """Versions of all bundles in one place."""

    files: Files

    @classmethod
    def open(cls, address: str | None) -> "BundleStore":
        """By the setting's value. Raises SettingsError without one, StorageError."""
        if not address:
            raise SettingsError(
                f"{SETTING} is not set",
                accepted="a folder or s3://BUCKET/PREFIX",
                do="set it to where your versions of bundles are shared",
            )
        return cls(Files.open(address, SETTING))

    def push(self, name: str, folder: Path, why: str) -> tuple[Published, bool]:
        """Publish a folder's bundle; whether it was not the newest one already."""
        bundle = packed(folder)
        log = self.log(name)
        if log and log[-1].version == bundle.version:
            return log[-1], False
        model = f"files/{hashlib.sha256(bundle.model).hexdigest()}"
        if not self.files.has(model):
            self.files.put(model, bundle.model)
        self.files.put(f"versions/{name}/{bundle.version}.json", bundle.content)
        line = Published(at=datetime.now(UTC), version=bundle.version, why=why)
        stamp = line.at.strftime("%Y%m%dT%H%M%S.%fZ")
        self.files.put(f"log/{name}/{stamp}-{line.version}.json", line.model_dump_json().encode())
        return line, True

    def names(self) -> tuple[str, ...]:
        """Every bundle of which there is a version."""
        keys = (found.key for found in self.files.below("log"))
        return tuple(sorted({key.removeprefix("log/").rsplit("/", 1)[0] for key in keys}))

    def log(self, name: str) -> tuple[Published, ...]:
        """What was published, the oldest first. Raises RegistryError, StorageError."""
        lines = []
        for key in sorted(found.key for found in self.files.below(f"log/{name}")):
            try:
                lines.append(Published.model_validate_json(self.files.get(key)))
            except ValidationError as error:
                raise RegistryError(
                    f"{key} in {self.files.address} is no line of a log: {error.errors()[0]['msg']}"
                ) from error
        return tuple(lines)

    def newest(self, name: str) -> Published:
        """The version that was published last. Raises BundleMissing."""
        log = self.log(name)
        if not log:
            raise BundleMissing(
                f"no version of {name!r} in {self.files.address}",
                accepted=", ".join(self.names()) or "none: nothing was pushed yet",
                do="push one with `homelens models push`",
            )
        return log[-1]

    def find(self, name: str, start: str) -> str:
        """The version that begins so. Raises BundleMissing where none or several do."""
        versions = self.versions(name)
        found = [version for version in versions if start and version.startswith(start)]
        if len(found) != 1:
            raise BundleMissing(
                f"{len(found) or 'no'} versions of {name!r} begin with {start!r}",
                accepted=", ".join(version[:12] for version in versions) or "none",
            )
        return found[0]

    def versions(self, name: str) -> tuple[str, ...]:
        """Every version of a bundle, in no order that means anything."""
        keys = (found.key for found in self.files.below(f"versions/{name}"))
        return tuple(sorted(Path(key).stem for key in keys))

    def manifest(self, name: str, version: str) -> bytes:
        """A version's manifest. Raises BundleMissing, BundleDamaged or StorageError."""
        try:
            content = self.files.get(f"versions/{name}/{version}.json")
        except NotFound as error:
            raise BundleMissing(f"no version {version[:12]} of {name!r}") from error
        if hashlib.sha256(content).hexdigest() != version:
            raise BundleDamaged(f"the manifest of {name} {version[:12]} was changed in the store")
        return content

    def get(self, name: str, version: str) -> Packed:
        """A version, verified. Raises BundleMissing, BundleDamaged or StorageError."""
        content = self.manifest(name, version)
        file, sha256 = named(f"{name} {version[:12]}", content)
        try:
            model = self.files.get(f"files/{sha256}")
        except NotFound as error:
            raise BundleMissing(f"the model of {name} {version[:12]} is missing") from error
        return agreed(f"{name} {version[:12]}", content, model, file, sha256)
