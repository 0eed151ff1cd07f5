"""Puts another model bundle in the place of the one in use, in one step, and keeps the old one.

    with alone(models):                                   # one change at a time
        kept = replace(models, "objects", challenger, manifest, expected=sha256)
        use(models, "objects", version)                   # one of the history again

    models/objects/manifest.json                  names the model file beside it
    models/objects/model-1f2e3d4c5b6a.onnx
    models/.history/objects/SHA256/               an earlier bundle, whole; the manifest's sha256

The step is the exchange of manifest.json: before it the old bundle is in use, after it the new one,
and whoever is killed in between leaves one of the two. No folder is ever renamed or missing, which
also holds where models/ lies in a container's layers.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vision.bundle import Manifest, known_manifest, read_manifest, verified_model
from vision.errors import BundleDamaged, BundleError, BundleUnsuitable

HISTORY = ".history"
MANIFEST = "manifest.json"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PART = ".part"


def place_of(models: Path, name: str) -> Path:
    """The folder of a bundle by its name. Raises BundleUnsuitable for what is no name."""
    if not NAME.fullmatch(name):
        raise BundleUnsuitable(
            f"{name[:64]!r} cannot be a bundle's name", accepted="such as objects or rooms"
        )
    return models / name


def manifest_sha256(folder: Path) -> str:
    """The hash by which a bundle is known: its manifest names the model's own. Raises OSError."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def history(models: Path, name: str) -> Path:
    """Where the earlier bundles of a name are kept."""
    return models / HISTORY / name


@contextmanager
def alone(models: Path) -> Iterator[None]:
    """Makes others wait that want to change a bundle of the same folder."""
    folder = models / HISTORY
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.is_file():
        ignore.write_text("*\n", encoding="utf-8")
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def replace(models: Path, name: str, source: Path, manifest: Manifest, expected: str) -> Path:
    """Use the model of the folder `source` under `manifest`; returns where the old bundle is kept.

    To be called within `alone`. `expected` is the sha256 of the manifest in use. Raises
    BundleUnsuitable where it is another by now, BundleDamaged for a damaged model.
    """
    folder = place_of(models, name)
    found = manifest_sha256(folder)
    if found != expected:
        raise BundleUnsuitable(
            f"{folder} was changed meanwhile: its manifest is {found[:12]}, not {expected[:12]}",
            do="compare again",
        )
    model = verified_model(source, manifest)
    tidy(folder)
    kept = keep(models, name)
    renamed = manifest.model_copy(update={"file": f"model-{manifest.sha256[:12]}.onnx"})
    durable(folder / renamed.file, model)
    durable(folder / MANIFEST, (renamed.model_dump_json(indent=1) + "\n").encode())
    tidy(folder)
    return kept


def use(models: Path, name: str, version: str) -> str | None:
    """Put a bundle of the history in use, its manifest byte for byte; returns what was before.

    To be called within `alone`. The one that was in use is kept, unless it is damaged: then there
    is nothing to go back to, and `before` is None. Raises BundleError for what cannot be used.
    """
    folder, source = place_of(models, name), history(models, name) / version
    manifest, found = known_manifest(source)
    if found != version:
        raise BundleDamaged(f"{source} holds the bundle {found[:12]}", do="delete the folder")
    model = verified_model(source, manifest)
    folder.mkdir(exist_ok=True)
    before = None
    if is_whole(folder):
        before = keep(models, name).name
        tidy(folder)
        step_aside(folder, manifest)
    durable(folder / manifest.file, model)
    durable(folder / MANIFEST, (source / MANIFEST).read_bytes())
    tidy(folder)
    return before


def is_whole(folder: Path) -> bool:
    """Whether an undamaged bundle lies there."""
    try:
        verified_model(folder, read_manifest(folder))
    except BundleError:
        return False
    return True


def step_aside(folder: Path, coming: Manifest) -> None:
    """Where another model comes under the same file name: give the one in use another first.

    In between the bundle in use is the same model by another name, and whole.
    """
    used = read_manifest(folder)
    if used.file != coming.file or used.sha256 == coming.sha256:
        return
    aside = used.model_copy(update={"file": f"model-{used.sha256[:12]}.aside.onnx"})
    durable(folder / aside.file, verified_model(folder, used))
    durable(folder / MANIFEST, (aside.model_dump_json(indent=1) + "\n").encode())


def keep(models: Path, name: str) -> Path:
    """Copy the bundle in use to the history, whole or not at all; where it lies there."""
    folder = place_of(models, name)
    manifest, sha256 = known_manifest(folder)
    target = history(models, name) / sha256
    if target.is_dir():
        return target
    model = verified_model(folder, manifest)
    return keep_as(target, manifest, model, (folder / MANIFEST).read_bytes())


def keep_as(target: Path, manifest: Manifest, model: bytes, content: bytes) -> Path:
    """Write a bundle as the folder `target` of the history, whole or not at all."""
    scratch = target.with_name(target.name + PART)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    durable(scratch / manifest.file, model)
    durable(scratch / MANIFEST, content)
    scratch.rename(target)
    sync(target.parent)
    return target


def tidy(folder: Path) -> None:
    """Remove models that the manifest does not name: what a killed change has left."""
    used = read_manifest(folder).file
    for path in folder.iterdir():
        if path.suffix == PART or (path.suffix == ".onnx" and path.name != used):
            path.unlink()


def durable(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and onto the disk."""
    scratch = path.with_name(path.name + PART)
    with scratch.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Bring a folder's names onto the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
