"""What is in an image and what fills it, read from its exported root.

    tree = Tree.of("homelens", scratch)
    tree.largest(12)                                   # [("cv2, opencv-python-headless", 152.1), …]
    tree.folder                                        # dist-info, dpkg's entries and manifests

Works without mounting, and so without root.
"""

import re
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from deploy.image.engine import call, podman

PACKAGES = "opt/homelens/lib/python3.11/site-packages"

METADATA = re.compile(
    rf"{PACKAGES}/(?:[^/]+\.dist-info/(?:METADATA|RECORD|top_level\.txt)|models/.*manifest\.json)"
    r"|var/lib/dpkg/status\.d/[^/]+"
)
"""Files that say what there is."""

OURS = {"vision", "serving", "labels", "avm", "training"}


@dataclass(frozen=True)
class Tree:
    """Bytes by what they belong to, and the metadata, unpacked in a folder."""

    sizes: Counter[str]
    folder: Path

    @classmethod
    def of(cls, image: str, scratch: Path) -> "Tree":
        """Export the image and look through it."""
        packed, folder = scratch / "root.tar", scratch / "root"
        id = podman("create", image)
        try:
            call("podman", "export", "--output", str(packed), id)
        finally:
            call("podman", "rm", "--force", id)
        sizes: Counter[str] = Counter()
        with tarfile.open(packed) as tar:
            for member in tar:
                if member.isfile():
                    sizes[owner(member.name)] += member.size
                    if METADATA.fullmatch(member.name):
                        tar.extract(member, folder, filter="data")
        packed.unlink()
        return cls(sizes, folder)

    def largest(self, most: int) -> list[tuple[str, float]]:
        """What fills it, in MB (10^6 bytes), the largest first."""
        return [(name, size / 1e6) for name, size in self.sizes.most_common(most)]

    @property
    def packages(self) -> Path:
        """The metadata of Python's packages."""
        return self.folder / PACKAGES


def owner(path: str) -> str:
    """What a file belongs to: a package with its libraries, the models, Python, Debian."""
    if path.startswith(f"{PACKAGES}/"):
        name = path[len(PACKAGES) + 1 :].split("/")[0]
        if name in OURS:
            return "homelens itself, with its pages"
        if name == "models":
            return "models"
        name = re.sub(r"(\.libs|-[\d.]+.*\.dist-info|\.py)$", "", name)
        return {"cv2": "opencv", "opencv_python_headless": "opencv", "PIL": "pillow"}.get(
            name, name
        )
    if path.startswith(("usr/lib/python3", "usr/bin/python3")):
        return "python 3.11"
    return "opt/homelens, rest" if path.startswith("opt/") else "debian, rest"
