"""Test photos for a bench without photos: 12 megapixels, as large in bytes as a phone's.

    paths = write_photos(folder)

They show coloured noise of many scales and straight edges, so that a JPEG decoder has as much to
do as with a photo; there is nobody in them, so the copy's time is that of a photo without people.
"""

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 4032, 3024
"""The usual 12 megapixels of a phone."""

COUNT = 3


def write_photos(folder: Path, width: int = WIDTH, height: int = HEIGHT) -> list[Path]:
    """Write the photos, the same ones every time, and return their paths."""
    paths = []
    for seed in range(COUNT):
        path = folder / f"synthetic-{seed}.jpg"
        picture = cv2.cvtColor(_picture(seed, width, height), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        paths.append(path)
    return paths


def _picture(seed: int, width: int, height: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 128, np.float32)
    for cells, strength in ((4, 45), (16, 30), (64, 16), (256, 9), (1024, 5)):
        shape = (max(2, cells * 3 // 4), cells, 3)
        noise = random.normal(0, strength, shape).astype(np.float32)
        picture += cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(40):  # walls, windows, furniture
        x, y = random.integers(0, width), random.integers(0, height)
        w, h = random.integers(width // 40, width // 4), random.integers(height // 40, height // 4)
        picture[y : y + h, x : x + w] += random.normal(0, 35, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)
