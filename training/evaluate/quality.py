"""How often the quality findings err on real photos, and how many made faults they see.

    evaluate_quality(Path("data"))        # a folder with listings/, rooms/places/, doordetect/

Figures: `quality.false_alarm.<code>` on the photos as they are, which count as faultless although
a few are not, and `quality.detected.<code>` on synthetic faults. Only the half of the photos whose
path's hash is odd is measured: the thresholds were chosen on the other half.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluate import degradations as made
from training.figures import share
from vision.errors import DataError, PhotoError
from vision.findings import QualityFinding
from vision.photo import decode
from vision.quality import findings
from vision.rules import QualityRules

Pixels = npt.NDArray[np.uint8]

PATTERNS = ("listings/*/*.jpg", "rooms/places/*/*.jpg", "doordetect/images/*.jpg")
CODES = ("too_dark", "too_bright", "blurred", "collage", "screenshot", "document")
FAULT_EVERY = 4
"""Every how many photos one of each fault is made."""
SEED = 7


def held_out(photo: Path) -> bool:
    """Whether a photo, by the last three parts of its path, is of the untouched half."""
    name = "/".join(photo.parts[-3:])
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 1


def photos(data: Path) -> list[Path]:
    """The photos of the listings, rooms and doors below `data`. Raises DataError if none."""
    found = sorted(path for pattern in PATTERNS for path in data.glob(pattern))
    if not found:
        raise DataError(f"no photos below {data}", accepted=" or ".join(PATTERNS))
    return found


def evaluate_quality(data: Path) -> list[dict[str, Any]]:
    """Figures with Wilson's 95% intervals. Raises DataError when there are no photos."""
    rules = QualityRules()
    alarms: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    measured = faults = 0
    rng = random.Random(SEED)
    recent: list[Pixels] = []
    for path in photos(data):
        if not held_out(path):
            continue
        try:
            pixels = decode(path.read_bytes()).pixels
        except PhotoError:
            continue  # refused photos get no findings, so they can raise no alarm
        alarms.update(_codes(pixels, rules))
        measured += 1
        recent = [*recent[-3:], pixels]
        if measured % FAULT_EVERY == 0:
            faults += 1
            seen.update(code for code, bad in _faults(recent, rng) if code in _codes(bad, rules))
    if not faults:
        raise DataError(f"too few photos below {data}", accepted=f"at least {2 * FAULT_EVERY}")
    figures = [share(f"quality.false_alarm.{code}", alarms[code], measured) for code in CODES]
    figures += [share(f"quality.detected.{code}", seen[code], faults) for code in CODES]
    return [figure.model_dump() for figure in figures]


def _codes(pixels: Pixels, rules: QualityRules) -> set[str]:
    height, width = pixels.shape[:2]
    found: tuple[QualityFinding, ...] = findings(pixels, width, height, (), (), rules)
    return {finding.code.removeprefix("quality.") for finding in found}


def _faults(recent: list[Pixels], rng: random.Random) -> Iterator[tuple[str, Pixels]]:
    """One picture of each fault, made of the last photos."""
    photo = recent[-1]
    blurs: list[Callable[[], Pixels]] = [
        lambda: made.defocused(photo, rng.uniform(0.006, 0.015)),
        lambda: made.shaken(photo, rng.uniform(0.02, 0.04), rng.uniform(0, 180)),
    ]
    yield "too_dark", made.exposed(photo, -4)
    yield "too_bright", made.exposed(photo, 3)
    yield "blurred", rng.choice(blurs)()
    yield "collage", made.collage(recent[-rng.randint(2, 4) :], rng)
    yield "screenshot", made.screenshot(photo, rng)
    yield "document", made.document(rng)
