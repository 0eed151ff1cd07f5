"""The base image, where it cannot be pulled: Debian 12 by debootstrap, under the Dockerfile's name.

    make_base(base_name())                            # root only

A stand-in for the published image of that name: the same release and the same packages (debootstrap
`minbase`), from the mirror that this machine installs from, with what the published one leaves out
left out as well. The image takes whole packages from it and nothing else (deploy/image/system.sh).
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

from deploy.image.engine import ROOT, EngineFailed, call
from training.console import note

SUITE = "bookworm"

SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
"""This machine's sources; used where they are of the same release, so that fixes come along."""

LEFT_OUT = ("man", "info", "locale", "groff", "lintian")
"""Folders of /usr/share that the published image is without; licences stay."""

DPKG = "".join(f"path-exclude /usr/share/{name}/*\n" for name in LEFT_OUT)


def base_name() -> str:
    """What the Dockerfile builds on."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    if found is None:
        raise EngineFailed("the Dockerfile does not say its base", accepted="ARG BASE=name:tag")
    return found[1]


def make_base(name: str) -> None:
    """Make the image with debootstrap. Raises EngineFailed."""
    if os.geteuid() != 0:
        raise EngineFailed("debootstrap needs root", do="pull the base image, or run as root")
    note(f"making {name} with debootstrap")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "root")
        call("debootstrap", "--variant=minbase", SUITE, str(root))
        for folder in ("var/cache/apt", "var/lib/apt/lists", "var/log"):
            empty(root / folder)
        for folder in LEFT_OUT:
            shutil.rmtree(root / "usr/share" / folder, ignore_errors=True)
        (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(DPKG, encoding="utf-8")
        if SOURCES.is_file() and f"{SUITE}-security" in SOURCES.read_text(encoding="utf-8"):
            (root / "etc/apt/sources.list").unlink(missing_ok=True)
            shutil.copy(SOURCES, root / "etc/apt/sources.list.d")
        packed = Path(scratch, "base.tar")
        call("tar", "-C", str(root), "-cf", str(packed), ".")
        call("podman", "import", "--quiet", "--change", "CMD bash", str(packed), name)


def empty(folder: Path) -> None:
    """Delete what is in a folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
