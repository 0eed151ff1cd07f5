"""People and their outlines: the segmentation bundle of models/people.

    people = People.load(models_folder() / "people")
    for person in people.find(pixels, score_from=0.1):      # pixels (H, W, 3) uint8 RGB upright
        person.box, person.mask, person.left, person.top

The model answers with (1, 4 + 1 + K, N) predictions (box centre and size in input pixels, score,
K mask coefficients) and (1, K, h, w) prototypes; a person's mask is where the coefficients'
weighted sum of prototypes is positive, inside the box (YOLACT, arXiv 1904.02689).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.bundle import Bundle
from vision.errors import BundleUnsuitable
from vision.findings import Detection
from vision.letterbox import letterbox

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

OVERLAP = 0.7
"""Boxes that overlap more (IoU) are one person: the value the model was published with."""

MOST_PEOPLE = 300
"""The surest ones that are kept; bounds time and memory on a picture of a crowd."""


@dataclass(frozen=True)
class PersonMask:
    """One person. `mask` (h, w) lies with its corner at pixel (left, top) of the picture.

    The mask is the part of the picture inside the box, not the whole picture: a crowd of 300 in
    whole pictures would be 200 MB.
    """

    box: Detection
    mask: Mask
    left: int
    top: int


class People:
    """The bundle, ready to be shared by threads."""

    def __init__(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        if manifest.classes != ("person",) or len(manifest.outputs) != 2:
            raise BundleUnsuitable(
                f"{bundle.folder} has classes {manifest.classes} and outputs {manifest.outputs}",
                accepted="the one class 'person' and the outputs predictions and prototypes",
            )
        self._bundle = bundle
        self.sha256 = manifest.sha256
        self.manifest, self.manifest_sha256 = manifest, bundle.manifest_sha256

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> "People":
        """Read and verify the bundle; `threads` defaults to the CPU quota. Raises BundleError."""
        return cls(Bundle.load(folder, "segment", threads))

    def find(self, pixels: Pixels, score_from: float) -> tuple[PersonMask, ...]:
        """People with a score of at least `score_from`, surest first."""
        given = self._bundle.manifest.input
        tensor, scale, corner = letterbox(pixels, given.width, given.height)
        outputs = self._bundle.session.run(
            list(self._bundle.manifest.outputs), {given.name: tensor}
        )
        predictions, prototypes = np.asarray(outputs[0])[0], np.asarray(outputs[1])[0]
        boxes, scores, coefficients = surest(predictions, score_from)
        stride = given.width / prototypes.shape[2]
        height, width = pixels.shape[:2]
        logits = np.tensordot(coefficients, prototypes, axes=1)
        found = (
            outline(box, score, logit, (scale, *corner, stride), (width, height))
            for box, score, logit in zip(boxes, scores.tolist(), logits, strict=True)
        )
        return tuple(person for person in found if person is not None)


def surest(predictions: Floats, score_from: float) -> tuple[Floats, Floats, Floats]:
    """Boxes (n, 4) as corners in input pixels, scores (n,), coefficients (n, K).

    From predictions (4 + 1 + K, N): those from `score_from` on, one for each person (non-maximum
    suppression), surest first, at most MOST_PEOPLE.
    """
    rows = predictions[:, predictions[4] >= score_from].T
    corner = rows[:, :2] - rows[:, 2:4] / 2
    boxes = np.concatenate([corner, rows[:, 2:4]], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), rows[:, 4].tolist(), 0.0, OVERLAP)
    keep = np.asarray(kept, np.intp)[:MOST_PEOPLE]
    boxes = np.concatenate([corner, corner + rows[:, 2:4]], axis=1)
    return boxes[keep], rows[keep, 4], rows[keep, 5:]


def outline(
    box: Floats,
    score: float,
    logit: Floats,
    fitted: tuple[float, int, int, float],
    size: tuple[int, int],
) -> PersonMask | None:
    """The person at the picture's resolution; None where the box lies outside the picture.

    `box` holds corners in input pixels and `logit` (h, w) the mask's logits; `fitted` the
    letterbox's scale, left and top border and the input pixels to a logit, `size` the picture's
    width and height. Only the box's part is enlarged, so that cost follows the person's size.
    """
    scale, border_left, border_top, stride = fitted
    width, height = size
    x1, x2 = np.clip((box[[0, 2]] - border_left) / scale, 0, width).tolist()
    y1, y2 = np.clip((box[[1, 3]] - border_top) / scale, 0, height).tolist()
    left, top = int(np.floor(x1)), int(np.floor(y1))
    right, bottom = int(np.ceil(x2)), int(np.ceil(y2))
    if right <= left or bottom <= top:
        return None
    # Picture pixel x has its centre at input (x + 0.5) * scale + left; cell c has its own at
    # (c + 0.5) * stride.
    step = scale / stride
    way_back = np.array(
        [
            [step, 0, (left + 0.5) * step + border_left / stride - 0.5],
            [0, step, (top + 0.5) * step + border_top / stride - 0.5],
        ]
    )
    fine = cv2.warpAffine(
        logit,
        way_back,
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    shares = Detection(
        label="person",
        score=min(1.0, score),
        x1=x1 / width,
        y1=y1 / height,
        x2=x2 / width,
        y2=y2 / height,
    )
    return PersonMask(shares, fine > 0, left, top)
