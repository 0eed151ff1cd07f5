"""Splits that keep near-duplicates on one side, the same on every machine.

    parts = split(groups(paths), {"test": 150, "val": 80})   # what remains is "train"

A photo's group is a house, a dwelling, or the photos that look almost the same. Groups are drawn
in the order of the sha256 of their first name, so that adding photos moves few others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from vision.components import components

SAME_BITS = 6
"""Bits of 64 in which two near-duplicates may differ: re-encoded and resized copies differ in 0-4,
random pairs in 20 or more."""


def structure_hash(path: Path) -> int:
    """64-bit DCT hash of the file's picture (Zauner 2010). Changing it would move every split."""
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise ValueError(f"{path} is not a picture that OpenCV reads")
    small = cv2.resize(gray, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = np.asarray(cv2.dct(small))[:8, :8].flatten()
    bits = low > np.median(low[1:])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def groups(paths: Sequence[Path], same_bits: int = SAME_BITS) -> list[list[Path]]:
    """Near-duplicates together; each group and the list of groups in the order of names."""
    ordered = sorted(paths, key=lambda path: path.name)
    hashes = np.array([structure_hash(path) for path in ordered], dtype=np.uint64)
    links = (
        (int(other), index)
        for index, value in enumerate(hashes)
        for other in np.nonzero(np.bitwise_count(hashes[:index] ^ value) <= same_bits)[0]
    )
    return [[ordered[i] for i in group] for group in components(len(ordered), links)]


def split(found: Sequence[Sequence[Path]], sizes: Mapping[str, int]) -> dict[str, list[Path]]:
    """Whole groups into named parts of at least the given sizes, the rest into "train"."""
    drawn = sorted(found, key=lambda group: hashlib.sha256(group[0].name.encode()).hexdigest())
    parts: dict[str, list[Path]] = {name: [] for name in sizes}
    parts["train"] = []
    for group in drawn:
        name = next((name for name, size in sizes.items() if len(parts[name]) < size), "train")
        parts[name].extend(group)
    return {name: sorted(paths) for name, paths in parts.items()}


def fresh_link(link: Path, target: Path) -> None:
    """A symbolic link to `target`, replacing an older one."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target.resolve())
