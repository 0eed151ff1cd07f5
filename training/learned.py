"""Which photos a bundle learned from, as far as its manifest tells.

    manifest.extra["training_photos"] = marks(paths)     # when it is exported
    known = learned(manifest, photos, {"doors": paths})  # before it is tested on these photos

A mark is the photo's 64-bit structure hash (training/splits.py), so that a copy which was resized
or written again is recognised, too. A manifest without marks names whole data sets by their hash.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.console import note
from training.manifests import fingerprint
from training.splits import SAME_BITS, structure_hash
from vision.bundle import Manifest

TRAINING_PHOTOS = "training_photos"
"""The key in a manifest's `extra`."""

NO_TRAINING_DATA = {"initial weights"}


def marks(photos: Iterable[Path]) -> str:
    """The photos' hashes, 16 hexadecimal digits each, sorted."""
    return " ".join(sorted(f"{structure_hash(photo):016x}" for photo in photos))


def learned(manifest: Manifest, photos: Sequence[Path]) -> list[Path]:
    """Those of the photos that the bundle learned from, or near-duplicates of them."""
    known = str(manifest.extra.get(TRAINING_PHOTOS, "")).split()
    if not known:
        note(f"the manifest of {manifest.name} lists no training photos: whole sets are compared")
        return []
    theirs = np.array([int(mark, 16) for mark in known], np.uint64)
    found = []
    for photo in photos:
        try:
            mark = np.uint64(structure_hash(photo))
        except ValueError:
            continue  # what cannot be read counts as a photo without any answer
        if (np.bitwise_count(theirs ^ mark) <= SAME_BITS).any():
            found.append(photo)
    return found


def learned_sets(manifest: Manifest, given: Sequence[Sequence[Path]]) -> list[str]:
    """Names of the manifest's training sets that one of `given` is, byte for byte."""
    rules = {rule for one in manifest.thresholds.values() for rule in sets_of(one.rule)}
    # a set on which only thresholds and calibration were fitted changes no average precision
    hashes = {
        sha256: name
        for name, sha256 in manifest.data.items()
        if name not in NO_TRAINING_DATA and name not in rules
    }
    places = [*given, *([path] for paths in given for path in paths)]
    found = {hashes.get(fingerprint(*paths)) for paths in places}
    return sorted(name for name in found if name)


def sets_of(rule: str) -> list[str]:
    """The data set that a threshold's rule names: "largest F1 of the branch on coco/val (0.7)"."""
    return re.findall(r" on (.+) \(", rule)
