"""What a second of a labeler's time is worth: the order of the review queue.

    flags = ranked(labels, quality)          # Flag, best first

The gain of a review is the chance that the box is wrong, times what a wrong box costs, and the
queue sorts by gain per second:

- *Cost.* mAP is a mean over classes, so one box of a class with n boxes is 1 / (n * classes) of it.
  A box of the wrong class harms two classes, a bogus one half as much as a missing one (a detector
  tolerates boxes of nothing better than objects called nothing), and a badly located box as much as
  it is off: 1 - IoU with the suggestion.
- *Seconds.* Accepting a suggestion takes a key; a box that has to be drawn takes longer. `SECONDS`
  are the starting values by kind; a team's own medians replace them where reviews are on record.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from labels.boxes import Box, LabelSet
from labels.quality import BoxQuality, Quality
from labels.views import iou

KINDS = ("badly_located", "wrong_class", "bogus", "overlooked")

SECONDS: Mapping[str, float] = {
    "badly_located": 4.0,
    "wrong_class": 3.0,
    "bogus": 2.5,
    "overlooked": 4.0,
}
"""Expected seconds of one review by kind, looking included."""

COST: Mapping[str, float] = {"wrong_class": 2.0, "bogus": 0.5, "overlooked": 1.0}
"""Cost of an error in boxes of its class; a badly located box costs 1 - IoU."""

LEAST = 0.02
"""Probability below which a box is not flagged at all."""


@dataclass(frozen=True)
class Flag:
    """A box worth a look, or an object that nobody labelled (`place` None).

    `kind` is the likeliest error, `probability` that anything is wrong with it.
    """

    image: str
    place: int | None
    kind: str
    probability: float
    gain: float
    seconds: float
    box: Box | None
    suggestion: Box | None

    @property
    def gain_per_second(self) -> float:
        """Expected gain in mAP per second."""
        return self.gain / self.seconds


def ranked(
    labels: LabelSet, quality: Quality, seconds: Mapping[str, float] = SECONDS
) -> list[Flag]:
    """Everything worth a look, the largest expected gain per second first."""
    counts = Counter(box.label for image in labels.images for box in image.boxes)
    classes = max(len(counts), 1)

    def worth(label: str) -> float:
        return 1 / (max(counts[label], 1) * classes)

    flags = []
    for image in labels.images:
        for place, box in enumerate(image.boxes):
            judged = quality.boxes[image.name, place]
            if judged.wrong < LEAST:
                continue
            kind, gain = expected(box, judged, worth)
            flags.append(
                Flag(
                    image.name, place, kind, judged.wrong, gain, seconds[kind], box,
                    None if kind == "bogus" else judged.suggestion,
                )
            )  # fmt: skip
    for one in quality.overlooked:
        if one.probability >= LEAST:
            gain = one.probability * COST["overlooked"] * worth(one.suggestion.label)
            flags.append(
                Flag(
                    one.image, None, "overlooked", one.probability, gain, seconds["overlooked"],
                    None, one.suggestion,
                )
            )  # fmt: skip
    return sorted(flags, key=lambda flag: (-flag.gain_per_second, flag.image, flag.place or 0))


def expected(box: Box, judged: BoxQuality, worth: Callable[[str], float]) -> tuple[str, float]:
    """The likeliest kind of error and the expected gain of looking."""
    chances = {
        "badly_located": judged.badly_located,
        "wrong_class": judged.wrong_class,
        "bogus": judged.bogus,
    }
    kind = max(chances, key=lambda name: chances[name])
    off = 1.0
    if judged.suggestion is not None:
        off = 1 - float(iou(np.array([box.corners]), np.array([judged.suggestion.corners]))[0, 0])
    gain = (
        judged.badly_located * off
        + judged.wrong_class * COST["wrong_class"]
        + judged.bogus * COST["bogus"]
    )
    return kind, gain * worth(box.label)
