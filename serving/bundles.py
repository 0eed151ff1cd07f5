"""Puts another model bundle in the place of the one in use, in one step, and keeps the old one.

    with alone(models):                                   # one change at a time
        kept = replace(models, "objects", challenger, manifest, expected=sha256)

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

from vision.bundle import Manifest, read_manifest, verified_model
from vision.errors import BundleUnsuitable

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
    folder.mkdir(exist_ok=True)
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


def keep(models: Path, name: str) -> Path:
    """Copy the bundle in use to the history, whole or not at all; where it lies there."""
    folder = place_of(models, name)
    target = history(models, name) / manifest_sha256(folder)
    if target.is_dir():
        return target
    manifest = read_manifest(folder)
    model = verified_model(folder, manifest)
    scratch = target.with_name(target.name + PART)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    durable(scratch / manifest.file, model)
    durable(scratch / MANIFEST, (folder / MANIFEST).read_bytes())
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
