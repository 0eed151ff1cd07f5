"""Faults that are made on purpose, to measure how many of them the quality findings see.

    bad = darkened(pixels, stops=4)
    page = document(random.Random(1))

All pictures are (H, W, 3) uint8 RGB; all chance comes from the generator that is given.
"""

import random
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

GAMMA = 2.2
SENTENCE = (
    "the kitchen lease agreement tenant shall pay monthly rent of property located owner broker "
    "signature date floor heating area price contract notice"
)


def recompressed(pixels: Pixels, quality: int = 85) -> Pixels:
    """As it looks after JPEG, which every upload has been through."""
    done, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if done else None
    if decoded is None:
        raise ValueError(f"no JPEG of shape {pixels.shape}")
    return np.asarray(decoded, np.uint8)


def exposed(pixels: Pixels, stops: float) -> Pixels:
    """Exposed by so many stops more, or fewer when negative."""
    light = (pixels / 255.0) ** GAMMA * 2.0**stops
    return recompressed(np.asarray(255 * np.clip(light, 0, 1) ** (1 / GAMMA), np.uint8))


def defocused(pixels: Pixels, share: float) -> Pixels:
    """Blurred by a Gaussian whose sigma is this share of the longer side."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), share * max(pixels.shape)), np.uint8)


def shaken(pixels: Pixels, share: float, angle: float) -> Pixels:
    """Moved during exposure, in a straight line of this share of the longer side."""
    size = max(3, round(share * max(pixels.shape)) | 1)
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), angle, 1)
    kernel = cv2.warpAffine(kernel, turn, (size, size))
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), np.uint8)


def collage(photos: Sequence[Pixels], rng: random.Random) -> Pixels:
    """Two to four photos in a grid, edge to edge or with a white or black gutter."""
    width, height, gutter = 300, 220, rng.choice([0, 0, 2, 6])
    colour = rng.choice([0, 255])

    def joined(parts: Sequence[Pixels], axis: int) -> Pixels:
        shape = list(parts[0].shape)
        shape[axis] = gutter
        gap = np.full(shape, colour, np.uint8)
        row = [piece for part in parts for piece in (part, gap)][:-1]
        return np.concatenate(row, axis=axis)

    def fitted(photo: Pixels, wide: int) -> Pixels:
        return np.asarray(cv2.resize(photo, (wide, height), interpolation=cv2.INTER_AREA), np.uint8)

    parts = [fitted(photo, width) for photo in photos]
    if len(parts) == 2:
        return recompressed(joined(parts, rng.choice([0, 1])))
    top = joined(parts[:2], 1)
    bottom = joined(parts[2:], 1) if len(parts) == 4 else fitted(photos[2], top.shape[1])
    return recompressed(joined([top, bottom], 0))


def _text(rng: random.Random, length: int) -> str:
    return " ".join(rng.choices(SENTENCE.split(), k=length))[:length]


def document(rng: random.Random) -> Pixels:
    """A page of text, clean as from a scanner or shaded and noisy as from a phone."""
    width, height = 850, 1100
    page = np.full((height, width, 3), rng.randint(235, 255), np.uint8)
    title, body = cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(page, "LEASE AGREEMENT", (90, 90), title, 1.3, (20, 20, 20), 2, cv2.LINE_AA)
    size, y = rng.uniform(0.45, 0.8), 150
    while y < height - 80:
        line = _text(rng, int(36 / size))
        cv2.putText(page, line, (80, y), body, size, (30, 30, 30), 1, cv2.LINE_AA)
        y += int(42 * size) + (30 if rng.random() < 0.1 else 0)
    if rng.random() < 0.5:
        shade = np.linspace(rng.uniform(0.6, 1), 1, width)[None, :, None]
        noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 3, page.shape)
        page = np.clip(page * shade + noise, 0, 255).astype(np.uint8)
    return recompressed(page)


def screenshot(photo: Pixels, rng: random.Random) -> Pixels:
    """A phone's screen that shows a photo between a status bar, text and a button."""
    width, height = 540, 1170
    dark = rng.random() < 0.4
    ground, ink = ((18,) * 3, (235,) * 3) if dark else ((255,) * 3, (25,) * 3)
    screen = np.full((height, width, 3), ground, np.uint8)
    title, body = cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(screen, "9:41", (30, 34), body, 0.7, ink, 2, cv2.LINE_AA)
    cv2.rectangle(screen, (470, 16), (510, 34), ink, -1)
    cv2.putText(screen, "Homes for sale", (30, 95), title, 1.0, ink, 1, cv2.LINE_AA)
    top, tall = rng.randint(120, 260), rng.randint(250, 420)
    screen[top : top + tall] = cv2.resize(photo, (width, tall), interpolation=cv2.INTER_AREA)
    y = top + tall + 50
    while y < height - 140:
        cv2.putText(screen, _text(rng, 38), (30, y), body, 0.6, ink, 1, cv2.LINE_AA)
        y += rng.choice([34, 34, 60])
    cv2.rectangle(screen, (30, height - 110), (width - 30, height - 50), (30, 110, 240), -1)
    return recompressed(screen) if rng.random() < 0.7 else screen
