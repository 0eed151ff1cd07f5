"""What every exported bundle's manifest says of its origin.

    write_manifest(folder, Manifest(..., code=commit(), data={"doordetect": fingerprint(path)}))

A manifest leads back to the commit and to the exact bytes of every data set.
"""

import hashlib
import subprocess
from pathlib import Path

from vision.bundle import Manifest

ROOT = Path(__file__).resolve().parent.parent


def commit() -> str:
    """The checkout's commit, with "-dirty" where code, not bundles, differs from it."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "vision", "training", "avm", "params.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return f"{head}-dirty" if changed else head


def fingerprint(*places: Path) -> str:
    """sha256 over the names and contents of files and folders, the same on every machine."""
    digest = hashlib.sha256()
    for place in places:
        files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        for file in files:
            name = file.relative_to(place).as_posix() if place.is_dir() else file.name
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """manifest.json, readable and in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / "manifest.json.part"
    scratch.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    scratch.replace(folder / "manifest.json")
