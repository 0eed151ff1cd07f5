"""Buildah and podman, called as commands: no Docker engine, no daemon.

    podman("images", "homelens")                      # what it prints
    build("homelens")                                 # from the Dockerfile of this checkout

Both keep their images in the same place. As root nothing else is needed; elsewhere both run without
root where the system hands out user and group ranges (/etc/subuid) and CPU limits.
"""

import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from training.console import note
from vision.errors import HomelensError

ROOT = Path(__file__).resolve().parents[2]

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""What this machine trusts, which may be more than a fresh Debian does."""

IN_BUILD = "/etc/build-ca.crt"
"""Where the Dockerfile's build steps find it."""


class EngineFailed(HomelensError):
    """A command of buildah or podman failed, or there is none."""

    code = "image.engine"


def call(*command: str, ok: tuple[int, ...] = (0,)) -> "subprocess.CompletedProcess[str]":
    """Run to the end. Raises EngineFailed with the last lines where the exit code is not `ok`."""
    if shutil.which(command[0]) is None:
        raise EngineFailed(
            f"there is no {command[0]}", do="apt-get install buildah podman runc debootstrap"
        )
    if command[0] == "podman":
        command = ("podman", *runtime(), *command[1:])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in ok:
        said = (done.stdout + done.stderr).strip()
        raise EngineFailed(
            f"{' '.join(command[:4])} … ended with {done.returncode}: {said[-3000:]}"
        )
    return done


@cache
def runtime() -> tuple[str, ...]:
    """runc where it is installed: crun refuses a machine with both versions of control groups."""
    return ("--runtime", "runc") if shutil.which("runc") else ()


def podman(*arguments: str) -> str:
    """What a podman command prints. Raises EngineFailed."""
    return call("podman", *arguments).stdout.strip()


def has_image(name: str) -> bool:
    """Whether the image is here already."""
    return call("podman", "image", "exists", name, ok=(0, 1)).returncode == 0


def pip_settings() -> str:
    """The caller's PIP_INDEX_URL and the like as a pip.conf for the build."""
    lines = ["[global]"]
    for name in ("index-url", "extra-index-url", "trusted-host"):
        value = os.environ.get(f"PIP_{name.upper().replace('-', '_')}")
        if value:
            lines.append(f"{name} = {value}")
    if CERTIFICATES.is_file():
        lines.append(f"cert = {IN_BUILD}")
    return "\n".join(lines) + "\n"


def npm_settings() -> str:
    """The caller's NPM_CONFIG_REGISTRY as an .npmrc for the build."""
    lines = [f"cafile={IN_BUILD}"] if CERTIFICATES.is_file() else []
    registry = os.environ.get("NPM_CONFIG_REGISTRY")
    if registry:
        lines.append(f"registry={registry}")
    return "\n".join(lines) + "\n"


def build(name: str, folder: Path = ROOT, *options: str) -> None:
    """Build `folder`'s Dockerfile. Raises EngineFailed with the end of what the build said.

    Steps run by chroot and on this machine's network: that works in a container and on a virtual
    machine alike. Sources of packages and certificates are secrets: they are in no layer.
    """
    note(f"building {name}")
    with tempfile.TemporaryDirectory() as scratch:
        secrets = {"pip": pip_settings(), "npm": npm_settings()}
        given = []
        for secret, text in secrets.items():
            path = Path(scratch, secret)
            path.write_text(text, encoding="utf-8")
            given += ["--secret", f"id={secret},src={path}"]
        if CERTIFICATES.is_file():
            given += ["--secret", f"id=ca,src={CERTIFICATES}"]
        call(
            *("buildah", "bud", "--format", "docker", "--layers", "--isolation", "chroot"),
            *("--network", "host", *given, *options, "--tag", name, str(folder)),
        )


def image_bytes(name: str) -> int:
    """Size of the image's layers, unpacked, in bytes."""
    return int(podman("image", "inspect", "--format", "{{.Size}}", name))


def compressed_bytes(name: str) -> int:
    """Size of the layers as a registry keeps them (gzip), in bytes."""
    with tempfile.TemporaryDirectory() as scratch:
        call("podman", "push", "--quiet", "--compress", name, f"dir:{scratch}")
        manifest = json.loads(Path(scratch, "manifest.json").read_text(encoding="utf-8"))
    return sum(int(layer["size"]) for layer in manifest["layers"])
