"""What a trained detector finds in photos: boxes with a score for every class.

    found = find(model, paths, 320)           # one Found a photo

The one-to-many head with non-maximum suppression, as everywhere in this project. Corners are the
score-weighted mean of the boxes that a kept box suppressed (box voting, Gidaris, Komodakis 2015):
it locates better than the best box alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from labels.views import Found

LOWEST = 0.001
"""Score from which a box is kept, as in COCO's own evaluation."""
SUPPRESS_IOU = 0.65
VOTE_IOU = 0.75
"""Boxes that overlap a kept one this much vote on its corners."""
MOST = 100
"""Boxes kept of a photo."""


def find(
    model: Any, paths: Sequence[Path], size: int, *, flip: bool = False, model_number: int = 0
) -> list[Found]:
    """The boxes of each photo; `flip` looks at the mirrored photo."""
    head = model.model[-1]
    head.end2end = False
    found = []
    for start in range(0, len(paths), 16):
        pictures = [cv2.imread(str(path)) for path in paths[start : start + 16]]
        batch = np.stack([squared(np.asarray(p), size, flip) for p in pictures])
        given = torch.from_numpy(batch).permute(0, 3, 1, 2).float().div(255)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            answer = model(given.contiguous(memory_format=torch.channels_last))
        raw = (answer[0] if isinstance(answer, tuple) else answer).float().numpy()
        for picture, rows in zip(pictures, raw, strict=True):
            height, width = np.asarray(picture).shape[:2]
            found.append(kept(rows, (height, width), size, flip, model_number))
    return found


def squared(picture: Any, size: int, flip: bool) -> Any:
    """RGB, its longer side `size`, at the top left of a grey square."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)))
    square = np.full((size, size, 3), 114, np.uint8)
    square[: small.shape[0], : small.shape[1]] = small[:, ::-1, ::-1] if flip else small[:, :, ::-1]
    return square


def kept(raw: Any, shape: tuple[int, int], size: int, flip: bool, model_number: int) -> Found:
    """The boxes that remain of one photo's raw output (4 + classes, anchors)."""
    import torchvision

    height, width = shape
    scale = size / max(height, width)
    scores = raw[4:].T.astype(np.float64)
    labels = scores.argmax(1)
    best = scores.max(1)
    chosen = np.argsort(-best)[:600]
    chosen = chosen[best[chosen] >= LOWEST]
    x, y, w, h = raw[:4, chosen].astype(np.float64)
    corners = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 1)
    corners /= np.array([round(width * scale), round(height * scale)] * 2)
    if flip:
        corners = np.stack([1 - corners[:, 2], corners[:, 1], 1 - corners[:, 0], corners[:, 3]], 1)
    corners = corners.clip(0, 1)
    scores, labels, best = scores[chosen], labels[chosen], best[chosen]
    keep = torchvision.ops.batched_nms(
        torch.from_numpy(corners),
        torch.from_numpy(best),
        torch.from_numpy(labels),
        SUPPRESS_IOU,
    ).numpy()[:MOST]
    overlap = torchvision.ops.box_iou(
        torch.from_numpy(corners[keep]), torch.from_numpy(corners)
    ).numpy()
    votes = (
        np.where((overlap >= VOTE_IOU) & (labels[keep][:, None] == labels[None]), overlap, 0)
        * best[None]
    )
    votes[np.arange(len(keep)), keep] = best[keep]
    voted = votes @ corners / votes.sum(1, keepdims=True) if len(keep) else corners[:0]
    sound = (voted[:, 2] > voted[:, 0]) & (voted[:, 3] > voted[:, 1])
    return Found(voted[sound], scores[keep][sound], labels[keep][sound], model_number)
