"""Which room a photo shows, how it is turned, and a vector that near-duplicates share.

    rooms = Rooms.load(models_folder() / "rooms")
    view = rooms.look(photo.pixels, objects.detect(photo.pixels, floor=rooms.object_floor))
    view.rooms[0].type, view.rooms[0].probability

The network's room scores are combined with what the detector saw (a toilet speaks for a bathroom)
by a linear map that was fitted on validation photos and stands in the manifest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bundle import Bundle
from vision.findings import Detection, RoomGuess

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class RoomView:
    """What the room bundle says of one photo.

    `rooms`: all types, most probable first. `orientation`: probabilities that the photo was turned
    by 0, 90, 180 or 270 degrees clockwise. `embedding`: unit-length vector.
    """

    rooms: tuple[RoomGuess, ...]
    orientation: tuple[float, float, float, float]
    embedding: tuple[float, ...]


@dataclass(frozen=True)
class Fusion:
    """logits @ of_logits + object scores @ of_objects + offset gives the final logits."""

    objects: tuple[str, ...]
    of_logits: Floats
    of_objects: Floats
    offset: Floats

    def __call__(self, logits: Floats, scores: Floats) -> Floats:
        """(types,) probabilities from (types,) logits and (objects,) scores."""
        return softmax(logits @ self.of_logits + scores @ self.of_objects + self.offset)


class Rooms:
    """The rooms bundle; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        fusion = manifest.extra["fusion"]
        self._session = bundle.session
        self._input = manifest.input
        self._mirrored = bool(manifest.extra["mirrored"])
        self._fusion = Fusion(
            tuple(fusion["objects"]),
            *(np.array(fusion[k], np.float32) for k in ("of_logits", "of_objects", "offset")),
        )
        self._turn_sharpness = float(manifest.extra["orientation_sharpness"])
        self.classes = manifest.classes
        self.sha256 = manifest.sha256
        self.manifest, self.manifest_sha256 = manifest, bundle.manifest_sha256
        self.object_floor: Mapping[str, float] = dict.fromkeys(
            self._fusion.objects, float(fusion["floor"])
        )

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> "Rooms":
        """Open the bundle in `folder`. Raises BundleError."""
        return cls(Bundle.load(folder, "classify", threads))

    def raw(self, pixels: NDArray[np.uint8]) -> tuple[Floats, Floats, Floats]:
        """Room logits (types,), orientation logits (4,), embedding of an (H, W, 3) RGB picture."""
        size = self._input.width, self._input.height
        how = cv2.INTER_AREA if pixels.shape[1] > size[0] else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(pixels, size, interpolation=how), np.float32) / 255
        small = (small - np.array(self._input.mean, np.float32)) / np.array(
            self._input.std, np.float32
        )
        views = [small, small[:, ::-1]] if self._mirrored else [small]
        fed = np.ascontiguousarray(np.stack(views).transpose(0, 3, 1, 2))
        logits, turns, embeddings = self._session.run(
            ["rooms", "orientation", "embedding"], {self._input.name: fed}
        )
        # A mirrored photo that was turned by 90 degrees looks turned by 270: the first view counts.
        return logits.mean(axis=0), turns[0], embeddings.mean(axis=0)

    def look(self, pixels: NDArray[np.uint8], objects: Sequence[Detection]) -> RoomView:
        """Room, orientation and embedding of a picture in which `objects` were found.

        `objects` come from Objects.detect with `object_floor`: faint objects are evidence, too.
        """
        return self.read(*self.raw(pixels), objects)

    def read(
        self, logits: Floats, turns: Floats, embedding: Floats, objects: Sequence[Detection]
    ) -> RoomView:
        """The view from what `raw` gave: the cheap half of `look`."""
        probabilities = self._fusion(logits, object_scores(objects, self._fusion.objects))
        order = np.argsort(-probabilities, kind="stable")
        a, b, c, d = (float(p) for p in softmax(turns * self._turn_sharpness))
        length = float(np.linalg.norm(embedding)) or 1.0
        return RoomView(
            rooms=tuple(
                RoomGuess(type=self.classes[i], probability=round(float(probabilities[i]), 4))
                for i in order
            ),
            orientation=(a, b, c, d),
            embedding=tuple(round(float(x), 4) for x in embedding / length),
        )


def object_scores(objects: Sequence[Detection], names: Sequence[str]) -> Floats:
    """The best score of each class, 0 where it was not seen."""
    best = dict.fromkeys(names, 0.0)
    for found in objects:
        if found.label in best:
            best[found.label] = max(best[found.label], found.score)
    return np.array(list(best.values()), np.float32)


def softmax(logits: Floats) -> Floats:
    """Probabilities that sum to 1."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float32)
