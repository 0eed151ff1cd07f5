"""Random views of a room photo for training: crop, mirror, colour, JPEG loss, quarter turns.

    view, turn = augment(pixels, side, rng, params)

Every source gets the same treatment, so that compression, size or framing do not give it away.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def augment(
    pixels: Pixels, side: int, rng: np.random.Generator, params: dict[str, Any]
) -> tuple[Pixels, int]:
    """A (side, side, 3) view of the RGB picture, and how many quarter turns clockwise it got."""
    view = _crop(pixels, side, rng, params["smallest_crop"])
    if rng.random() < 0.5:
        view = view[:, ::-1]
    view = _colour(view, rng)
    if rng.random() < 0.7:
        view = _compress(view, rng)
    turn = int(rng.integers(1, 4)) if rng.random() < params["turned"] else 0
    return np.ascontiguousarray(np.rot90(view, -turn)), turn


def _crop(pixels: Pixels, side: int, rng: np.random.Generator, smallest: float) -> Pixels:
    height, width = pixels.shape[:2]
    area = rng.uniform(smallest, 1.0)
    shape = np.exp(rng.uniform(-0.25, 0.25))
    wide = min(width, round(width * np.sqrt(area * shape)))
    tall = min(height, round(height * np.sqrt(area / shape)))
    x, y = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    part = pixels[y : y + tall, x : x + wide]
    if rng.random() < 0.25:
        # Some listing photos are tiny: lose detail as a small photo would.
        small = int(rng.integers(side // 3, side))
        part = np.asarray(cv2.resize(part, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def _colour(view: Pixels, rng: np.random.Generator) -> Pixels:
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.92, 1.08, 3)
    offset = rng.uniform(-20, 20)
    changed = view.astype(np.float32) * gain + offset
    if rng.random() < 0.3:
        gray = changed.mean(axis=2, keepdims=True)
        changed = gray + (changed - gray) * rng.uniform(0, 1)
    return changed.clip(0, 255).astype(np.uint8)


def _compress(view: Pixels, rng: np.random.Generator) -> Pixels:
    quality = int(rng.integers(35, 96))
    ok, data = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError("OpenCV could not encode a view")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
