"""Photos with their people hidden, for pictures that are to be shown.

    with safe_photos({"a.jpg": path}) as safe: draw_sheet(flags, safe, out)

The product's own copies (vision/privacy.py); a photo of which there is none is shown as grey.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from training.console import note, track
from vision.checker import PhotoChecker
from vision.policy import Policy


@contextlib.contextmanager
def safe_photos(paths: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Safe copies by the photos' names, for as long as the context is open."""
    checker = PhotoChecker.load()
    safe = {}
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, path) in enumerate(track(sorted(paths.items()), "hiding people")):
            file = Path(folder) / f"{place}.jpg"
            jpeg = checker.copy(path.read_bytes(), Policy.BLUR).jpeg
            if jpeg is None:
                note(f"{name} is shown as grey: it has no safe copy")
                cv2.imwrite(str(file), np.full((100, 100, 3), 200, np.uint8))
            else:
                file.write_bytes(jpeg)
            safe[name] = file
        yield safe
