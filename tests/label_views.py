"""Label sets with what models would see in them: right boxes seen a little off, and some ghosts."""

from dataclasses import replace

import numpy as np

from labels.boxes import Box, LabelledImage, LabelSet
from labels.views import Found

CLASSES = ("door", "handle", "window")


def true_labels(images: int, seed: int = 0, boxes: int = 6) -> LabelSet:
    """Images with boxes of three classes, each class with its own sizes."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(images):
        drawn = []
        for _ in range(boxes):
            label = int(random.integers(3))
            width, height = ((0.2, 0.5), (0.06, 0.04), (0.25, 0.25))[label]
            width, height = width * random.uniform(0.8, 1.2), height * random.uniform(0.8, 1.2)
            x, y = random.uniform(0, 1 - width), random.uniform(0, 1 - height)
            drawn.append(Box(CLASSES[label], x, y, x + width, y + height, id=f"b{len(drawn)}"))
        made.append(LabelledImage(f"{number:03d}.jpg", 640, 480, tuple(drawn)))
    return LabelSet(CLASSES, tuple(made))


def seen(labels: LabelSet, error: float = 0.03, seed: int = 1) -> dict[str, list[Found]]:
    """Two models' views, each also of the mirrored image; a tenth of objects is not seen."""
    random = np.random.default_rng(seed)
    return {image.name: [one_view(image, k // 2, error, random) for k in range(4)]
            for image in labels.images}  # fmt: skip


def one_view(image: LabelledImage, model: int, error: float, random: np.random.Generator) -> Found:
    corners, scores = [], []
    for box in image.boxes:
        if random.uniform() < 0.1:
            continue
        size = np.array([box.x2 - box.x1, box.y2 - box.y1] * 2)
        corners.append(np.array(box.corners) + size * random.normal(0, error, 4))
        row = random.uniform(0, 0.05, 3)
        row[CLASSES.index(box.label)] = random.uniform(0.4, 0.95)
        scores.append(row)
    for _ in range(random.poisson(1)):
        low = random.uniform(0, 0.7, 2)
        corners.append(np.concatenate([low, low + random.uniform(0.05, 0.3, 2)]))
        scores.append(random.uniform(0, 0.15, 3))
    if not corners:
        return Found(np.zeros((0, 4)), np.zeros((0, 3)), np.zeros(0, np.int64), model)
    rows, cut = np.array(scores), np.array(corners).clip(0, 1)
    order = np.argsort(-rows.max(1))
    return Found(cut[order], rows[order], rows[order].argmax(1), model)


def drawn_by(labels: LabelSet, names: tuple[str, ...], seed: int = 3) -> LabelSet:
    """The same, each box drawn by one of the labelers."""
    random = np.random.default_rng(seed)
    return replace(
        labels,
        images=tuple(
            replace(
                image,
                boxes=tuple(
                    replace(b, by=names[int(random.integers(len(names)))]) for b in image.boxes
                ),
            )
            for image in labels.images
        ),
    )
