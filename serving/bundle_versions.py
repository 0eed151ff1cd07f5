"""Versions of a bundle on this machine: take one from the store, go back, list what there was.

    pull(models, shared, "objects")                    # the version that was published last
    roll_back(models, "objects", why="more doors were missed")
    for row in history_of(models, "objects"): row.version, row.code, row.data, row.why

Markets' valuation bundles go by the name avm/MARKET and have a registry of their own, which knows
their months (avm/registry.py): here it is only called.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, Field

from serving.bundle_log import Change, changes, note, version_before
from serving.bundle_store import BundleStore, Packed, packed
from serving.bundles import alone, history, keep_as, manifest_sha256, place_of, use
from vision.bundle import Bundle, Manifest, read_manifest
from vision.errors import BundleError, BundleMissing, BundleUnsuitable
from vision.findings import Frozen

AVM = "avm/"


class Version(Frozen):
    """A version of a bundle, and what its manifest says of its origin."""

    version: str
    at: AwareDatetime | None = Field(description="when it came; null: it was there from the start")
    action: str
    why: str
    in_use: bool
    at_hand: bool = Field(description="can be gone back to without the store")
    code: str | None
    data: dict[str, str]
    metrics: tuple[dict[str, Any], ...]


def pull(models: Path, shared: BundleStore, name: str, start: str | None) -> tuple[str, bool]:
    """Put the newest published version in use, or the one that begins with `start`.

    Returns it, and whether it was another one before. Raises BundleError or StorageError; then the
    bundle in use is what it was.
    """
    folder = folder_of(models, name)
    version = shared.find(name, start) if start is not None else shared.newest(name).version
    why = next(line.why for line in reversed(shared.log(name)) if line.version == version)
    if in_use(folder) == version and whole(folder):
        return version, False
    bundle = shared.get(name, version)
    if name.startswith(AVM):
        return install_market(models, name, bundle, why), True
    with alone(models):
        kept = history(models, name) / version
        if not kept.is_dir():
            manifest = Manifest.model_validate(bundle.manifest)
            check_alike(folder, manifest, name)
            keep_as(kept, manifest, bundle.model, bundle.content)
        before = put_in_use(models, name, version)
        note(models, name, Change(action="pulled", version=version, before=before, why=why))
    return version, True


def put_in_use(models: Path, name: str, version: str) -> str | None:
    """Open a kept bundle, and use it. Raises BundleDamaged for one that cannot be opened."""
    kept = history(models, name) / version
    Bundle.load(kept, read_manifest(kept).task, threads=1)
    return use(models, name, version)


def check_alike(folder: Path, coming: Manifest, name: str) -> None:
    """Raises BundleUnsuitable for a bundle of another name or task than the one in use."""
    if coming.name != name:
        raise BundleUnsuitable(f"the version is one of {coming.name!r}", accepted=name)
    if (folder / "manifest.json").is_file():
        task = read_manifest(folder).task
        if coming.task != task:
            raise BundleUnsuitable(f"the version is for {coming.task!r}", accepted=task)


def install_market(models: Path, name: str, bundle: Packed, why: str) -> str:
    """Hand a market's bundle to its registry; its version there."""
    from avm.registry import Registry

    scratch = Path(tempfile.mkdtemp(prefix="homelens-"))
    try:
        folder = bundle.write(scratch / "bundle")
        return Registry(folder_of(models, name)).install(folder, f"pulled: {why}").version
    finally:
        shutil.rmtree(scratch)


def roll_back(models: Path, name: str, to: str | None, why: str) -> tuple[str, str]:
    """Use an earlier version again: the one before, or the one that begins with `to`.

    Returns the version that was in use and the one that is. Raises BundleError.
    """
    folder = folder_of(models, name)
    if name.startswith(AVM):
        from avm.registry import Registry

        registry = Registry(folder)
        was = registry.active()
        return was.version if was else "none", registry.rollback(to, why).version
    with alone(models):
        active = in_use(folder)
        target = chosen(models, name, active, to)
        before = put_in_use(models, name, target)
        line = Change(action="rolled_back", version=target, before=before, why=why)
        note(models, name, line)
    return active or "none", target


def chosen(models: Path, name: str, active: str | None, to: str | None) -> str:
    """The kept version that is meant. Raises BundleMissing naming those there are."""
    others = [version for version in kept_versions(models, name) if version != active]
    accepted = ", ".join(version[:12] for version in others) or "none is kept on this machine"
    do = "take one from the store with `homelens models pull --version`"
    if to is None:
        before = version_before(models, name, active) if active else None
        if before not in others:
            raise BundleMissing(
                f"there is no earlier version of {name!r} here", accepted=accepted, do=do
            )
        return before
    found = [version for version in others if to and version.startswith(to)]
    if len(found) != 1:
        raise BundleMissing(
            f"{len(found) or 'no'} earlier versions of {name!r} here begin with {to!r}",
            accepted=accepted,
            do=do,
        )
    return found[0]


def history_of(models: Path, name: str) -> tuple[Version, ...]:
    """What came when, the oldest first; a version that was there from the start comes first."""
    folder = folder_of(models, name)
    if name.startswith(AVM):
        return market_history(folder)
    active, kept = in_use(folder), kept_versions(models, name)
    if active is None:
        raise BundleMissing(f"no model bundle at {folder}", accepted=", ".join(names(models)))
    manifests = {one: raw(history(models, name) / one) for one in kept} | {active: raw(folder)}
    seen = changes(models, name)
    came = {change.version for change in seen if change.action != "rolled_back"}
    last = seen[-1] if seen and seen[-1].version == active else None
    rows = [
        told(
            one,
            manifest,
            None,
            "came with",
            promoted(manifest),
            one == active and not last,
            one in kept,
        )
        for one, manifest in manifests.items()
        if one not in came
    ]
    for change in seen:
        version = change.version
        found = manifests.get(version, {})
        rows.append(
            told(
                version,
                found,
                change.at,
                change.action,
                change.why,
                change is last,
                version in kept,
            )
        )
    return tuple(rows)


def told(
    version: str,
    manifest: Mapping[str, Any],
    at: datetime | None,
    action: str,
    why: str,
    in_use: bool,
    at_hand: bool,
) -> Version:
    """A row; of a version whose manifest is at no hand only what the log says."""
    return Version(
        version=version,
        at=at,
        action=action,
        why=why,
        in_use=in_use,
        at_hand=at_hand,
        code=manifest.get("code"),
        data=manifest.get("data", {}),
        metrics=tuple(manifest.get("metrics", ())),
    )


def promoted(manifest: Mapping[str, Any]) -> str:
    """Why a bundle without a line in the log was promoted, by its own manifest."""
    record = manifest.get("extra", {}).get("promotion")
    if not isinstance(record, dict):
        return "the checkout or the image"
    return f"promoted {record['at']} over the model {record['over'][:12]}"


def published_history(shared: BundleStore, name: str, active: str | None) -> tuple[Version, ...]:
    """What was published when, the oldest first. Raises BundleMissing, StorageError."""
    shared.newest(name)
    return tuple(
        told(
            line.version,
            json.loads(shared.manifest(name, line.version)),
            line.at,
            "pushed",
            line.why,
            line.version == active,
            at_hand=True,
        )
        for line in shared.log(name)
    )


def market_history(folder: Path) -> tuple[Version, ...]:
    """A market's history as its registry tells it."""
    from avm.registry import Registry

    registry = Registry(folder)
    active, versions = registry.active(), registry.versions()
    if active is None:
        raise BundleMissing(f"no model bundle at {folder}", accepted="avm/MARKET")
    seen = registry.history()
    rows = [
        told(e.version, e.model_dump(), e.at, e.action, e.why, False, e.version in versions)
        for e in seen
    ]
    if not seen or seen[-1].version != active.version:
        text = "the checkout or the image"
        rows.append(told(active.version, active.model_dump(), None, "came with", text, True, False))
        return tuple(rows)
    return (*rows[:-1], rows[-1].model_copy(update={"in_use": True}))


def raw(folder: Path) -> dict[str, Any]:
    """A manifest's fields; none where it cannot be read: a history is listed all the same."""
    try:
        return packed(folder).manifest
    except BundleError:
        return {}


def names(models: Path) -> tuple[str, ...]:
    """Every bundle in use, markets as avm/MARKET."""
    found = [*models.glob("*/manifest.json"), *models.glob("avm/*/manifest.json")]
    return tuple(sorted(path.parent.relative_to(models).as_posix() for path in found))


def folder_of(models: Path, name: str) -> Path:
    """Where a bundle is in use. Raises BundleUnsuitable for what is no name."""
    if name.startswith(AVM):
        return place_of(models / "avm", name.removeprefix(AVM))
    return place_of(models, name)


def in_use(folder: Path) -> str | None:
    """The version in use; None where there is none."""
    return manifest_sha256(folder) if (folder / "manifest.json").is_file() else None


def whole(folder: Path) -> bool:
    """Whether the bundle in use is undamaged."""
    try:
        packed(folder)
    except BundleError:
        return False
    return True


def kept_versions(models: Path, name: str) -> tuple[str, ...]:
    """The versions that the history of this machine holds."""
    found = history(models, name).glob("*/manifest.json")
    return tuple(sorted(path.parent.name for path in found if path.parent.suffix != ".part"))
