"""Pictures for the privacy tests: photos that an installed package ships, and painted figures."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from vision.finders import PeopleMask
from vision.findings import Detection
from vision.people import PersonMask, Pixels

MAGENTA = (255, 0, 255)


def shipped(name: str) -> Pixels:
    """bus.jpg (four people) or zidane.jpg (two faces) of the ultralytics package, RGB."""
    spec = find_spec("ultralytics")
    assert spec is not None
    assert spec.origin is not None
    pixels = cv2.imread(str(Path(spec.origin).parent / "assets" / name), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)


def room(width: int = 640, height: int = 480, seed: int = 3) -> Pixels:
    """A textured wall without anybody."""
    noise = np.random.default_rng(seed).integers(60, 200, (height // 8, width // 8, 3))
    return np.asarray(cv2.resize(noise.astype(np.uint8), (width, height)), np.uint8)


def with_figures(*boxes: tuple[int, int, int, int], width: int = 640, height: int = 480) -> Pixels:
    """The wall with magenta figures at boxes (left, top, right, bottom), which Magenta finds."""
    pixels = room(width, height)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = MAGENTA
    return pixels


def as_jpeg(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


@dataclass(frozen=True)
class Magenta:
    """A finder of magenta parts, one find for each; `grow` pixels are hidden around them."""

    grow: int = 4
    name: str = "magenta"
    models: dict[str, str] = field(default_factory=lambda: {"magenta": "0" * 64})

    def find(self, pixels: Pixels) -> PeopleMask:
        channels = pixels.astype(np.int16)
        hit = (channels[..., 0] > 200) & (channels[..., 1] < 60) & (channels[..., 2] > 200)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(hit.astype(np.uint8))
        height, width = hit.shape
        people = []
        for index in range(1, count):
            x, y, w, h, area = stats[index].tolist()
            if area < 16:
                continue
            box = Detection(
                label="person",
                score=1,
                x1=x / width,
                y1=y / height,
                x2=(x + w) / width,
                y2=(y + h) / height,
            )
            people.append(PersonMask(box, labels[y : y + h, x : x + w] == index, x, y))
        kernel = np.ones((2 * self.grow + 1, 2 * self.grow + 1), np.uint8)
        mask = np.asarray(cv2.dilate(hit.astype(np.uint8), kernel), np.uint8)
        return PeopleMask(mask.astype(np.bool_), tuple(people))
