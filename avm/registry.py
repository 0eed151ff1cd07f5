"""Every model that a market has had: what it was, when it came, and the way back.

    registry = Registry(models_folder() / "avm" / "krakow")
    registry.install(challenger_folder, why="promoted: ...")       # becomes the active bundle
    registry.history()                                              # newest last
    registry.rollback()                                             # the one before is active again

The market's folder is the active bundle itself (manifest.json and the file that it names), so that
what serves values needs no registry. Beside them history.jsonl has a line for every change, and
versions/VERSION the bundles that were active before.
"""

import datetime
import json
import shutil
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from avm.bundle import AvmManifest, Metric, load_package, read_manifest
from vision.errors import BundleMissing, RegistryError
from vision.findings import Frozen

HISTORY = "history.jsonl"
VERSIONS = "versions"


class Entry(Frozen):
    """One line of the history: which model became active, when and why."""

    version: str
    at: datetime.datetime
    action: Literal["installed", "rolled_back"]
    why: str
    before: str | None = Field(description="the version that was active until then")
    sha256: str
    code: str
    data: dict[str, str]
    trained_through: str
    metrics: tuple[Metric, ...] = ()


class Registry:
    """The models of one market."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def active(self) -> AvmManifest | None:
        """The manifest of the active bundle; None before the first."""
        try:
            return read_manifest(self.folder)
        except BundleMissing:
            return None

    def history(self) -> tuple[Entry, ...]:
        """Every change, the oldest first. Raises RegistryError where the file is damaged."""
        path = self.folder / HISTORY
        if not path.is_file():
            return ()
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found.append(Entry.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as error:
                raise RegistryError(f"{path}, line {number}: {error}") from error
        return tuple(found)

    def versions(self) -> tuple[str, ...]:
        """The versions that can be gone back to."""
        return tuple(sorted(path.parent.name for path in self._kept().glob("*/manifest.json")))

    def _kept(self) -> Path:
        return self.folder / VERSIONS

    def install(self, source: Path, why: str, now: datetime.datetime | None = None) -> AvmManifest:
        """Make a bundle the active one; the one before is kept. Raises what is wrong with it."""
        _, manifest = load_package(source)  # verified as it will be loaded
        return self._activate(source, manifest, "installed", why, now)

    def rollback(
        self, to: str | None = None, why: str = "", now: datetime.datetime | None = None
    ) -> AvmManifest:
        """Make an earlier version active again: the one before, or the one that is named."""
        active = self.active()
        target = to or self._before(active)
        source = self._kept() / (target or "")
        if target is None or target not in self.versions():
            raise RegistryError(
                f"there is no version {target}" if target else "there is no earlier version",
                accepted=", ".join(self.versions()) or "none: only one model was ever active",
            )
        _, manifest = load_package(source)
        return self._activate(source, manifest, "rolled_back", why or "rolled back", now)

    def _before(self, active: AvmManifest | None) -> str | None:
        """What the active version replaced when it was installed."""
        if active is None:
            return None
        for entry in reversed(self.history()):
            # not what it was rolled back from: going back twice goes back by two
            if (entry.action, entry.version) == ("installed", active.version) and entry.before:
                return entry.before
        return None

    def _activate(
        self,
        source: Path,
        manifest: AvmManifest,
        action: Literal["installed", "rolled_back"],
        why: str,
        now: datetime.datetime | None,
    ) -> AvmManifest:
        active = self.active()
        if active is not None and active.version == manifest.version:
            raise RegistryError(f"{manifest.version} is active already")
        self.folder.mkdir(parents=True, exist_ok=True)
        if active is not None:
            _copy(self.folder, self._kept() / active.version, active)
        _copy(source, self.folder, manifest)
        if active is not None and active.file != manifest.file:
            (self.folder / active.file).unlink(missing_ok=True)
        entry = Entry(
            version=manifest.version,
            at=now or datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            action=action,
            why=why,
            before=active.version if active is not None else None,
            sha256=manifest.sha256,
            code=manifest.code,
            data=manifest.data,
            trained_through=manifest.trained_through,
            metrics=manifest.metrics,
        )
        with (self.folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(entry.model_dump_json() + "\n")
        return manifest


def _copy(source: Path, target: Path, manifest: AvmManifest) -> None:
    """Copy a bundle, its manifest last and by renaming: a reader sees the old one or the new."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / manifest.file, target / manifest.file)
    scratch = target / "manifest.json.part"
    shutil.copyfile(source / "manifest.json", scratch)
    scratch.replace(target / "manifest.json")
