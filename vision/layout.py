"""Is the picture one photo of a place? Scores 0-1 for collage, screenshot and document.

    score = collage_score(pixels)
    screenshot, document = page_scores(shrink(pixels, 384))

Heuristics on pixels, chosen on half of the development photos and on synthetic pages, screens and
collages; training/evaluate/quality.py measures both kinds of error on the other half. Input is
(H, W, 3) uint8 RGB.
"""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SEAM_SIDE = 384
GUTTER_SIDE = 768
"""Longer side in pixels at which seams and gutters are looked for; narrow gutters fade below."""
MARGIN = 0.12
"""Share of the side in which no seam is looked for: frames and borders are no collage."""
STEP = 14
"""Levels by which two sides of a seam differ at least, in any channel."""
PROMINENT = 2.5
"""A seam's step over the mean step of its surroundings, so that texture is no seam."""
GUTTER_FLAT = 5.0
GUTTER_WIDEST = 0.1
"""A gutter: columns whose levels spread less than this, over at most this share of the width."""
GUTTER_CONTENT = 50.0
"""Spread of levels on both sides of a gutter that makes its score 1."""
BAND_RANGE = 6
BANDS = 12
"""Full-width rows of one level, and how many bands of them make the score 1: a screen has one
between any two lines of text or icons; no more than 4 were seen in photos."""
MARKS = 400
"""Letter-sized marks that make the score 1: pages have 240 or more, photos seldom 200."""
PAPER = (0.6, 1.0)
"""Shares of colourless ground between which the score rises from 0 to 1: pages have over 0.82."""


def shrink(pixels: Pixels, side: int) -> Pixels:
    """The picture with its longer side at most `side` pixels; a smaller one as it is."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def collage_score(pixels: Pixels, small: Pixels | None = None) -> float:
    """How much the picture looks cut along a straight line from side to side.

    The larger of two scores. A seam without gutter has a step in every row, now up, now down: the
    edge of a door has the same sign all along. A gutter is a flat line between two contents.
    `small` is shrink(pixels, SEAM_SIDE) where the caller has it already.
    """
    small = shrink(pixels, SEAM_SIDE) if small is None else small
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    large = shrink(gray, GUTTER_SIDE).astype(np.float32)
    seam = max(_seam(small), _seam(np.ascontiguousarray(small.transpose(1, 0, 2))))
    return max(seam, _gutter(large), _gutter(np.ascontiguousarray(large.T)))


def _seam(pixels: Pixels) -> float:
    """Best column: its share of rows with a step, times how much the steps vary (at most 1)."""
    width = pixels.shape[1]
    edge = int(width * MARGIN)
    if width - 2 * edge < 8:
        return 0.0
    # Two columns apart, because a seam between two pixels is spread over both.
    signed = pixels[:, 2:].astype(np.int16) - pixels[:, :-2]
    red, green, blue = cv2.split(np.abs(signed))
    # numpy reduces the short last axis ten times slower than it compares whole channels
    step = np.maximum(np.maximum(red, green), blue).astype(np.float32)
    marked = (step > STEP) & (step > PROMINENT * cv2.blur(step, (15, 1)))
    mean = (signed[..., 0] + signed[..., 1] + signed[..., 2]).astype(np.float32) / 3
    varied = mean.std(axis=0) / np.maximum(np.abs(mean).mean(axis=0), 1)
    score = marked.mean(axis=0) * np.minimum(varied, 1)
    return float(score[edge - 1 : width - edge - 1].max())


def _gutter(gray: Floats) -> float:
    """Best run of flat columns: the lesser spread of levels on its two sides, as a score."""
    width = gray.shape[1]
    edge = max(4, int(width * MARGIN))
    spread = gray.std(axis=0)
    flat = np.flatnonzero(spread[edge : width - edge] < GUTTER_FLAT) + edge
    best = 0.0
    for run in np.split(flat, np.flatnonzero(np.diff(flat) > 1) + 1):
        # A run that reaches the margin belongs to a border, a wide one to a wall or the sky.
        if not len(run) or len(run) > GUTTER_WIDEST * width:
            continue
        first, last = int(run[0]), int(run[-1])
        if first > edge and last < width - edge - 1:
            sides = spread[first - 4 : first - 2].max(), spread[last + 3 : last + 5].max()
            best = max(best, float(min(sides)))
    return min(1.0, best / GUTTER_CONTENT)


def page_scores(pixels: Pixels) -> tuple[float, float]:
    """Scores for screenshot and document of a picture of at most 384 pixels.

    A page of text has the bands of a screen, too; it counts as a document alone.
    """
    marks, ground = ink_marks(pixels)
    low, high = PAPER
    document = min(1.0, marks / MARKS, max(0.0, (ground - low) / (high - low)))
    screenshot = min(1.0, flat_bands(pixels) / BANDS)
    return (0.0 if document >= 0.5 else screenshot), document


def flat_bands(pixels: Pixels) -> int:
    """Number of bands of rows that have one level over the full width, between other rows."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[:, 4:-4]
    if not gray.size:
        return 0
    flat = np.ptp(gray, axis=1) <= BAND_RANGE
    return int((flat[1:] & ~flat[:-1]).sum())


def ink_marks(pixels: Pixels) -> tuple[int, float]:
    """Number of letter-sized dark marks, and share of the light, colourless ground."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    paper = cv2.blur(cv2.dilate(gray, np.ones((15, 15), np.uint8)), (31, 31))
    ink = (gray < 0.8 * paper).astype(np.uint8)
    red, green, blue = cv2.split(pixels)
    high, low = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    colourless = high - low < 40
    ground = (gray > 0.88 * paper) & colourless & (paper > 110)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    tall = stats[1:, cv2.CC_STAT_HEIGHT]
    long = stats[1:, cv2.CC_STAT_WIDTH]
    most = max(gray.shape) / 24
    marks = (tall >= 2) & (tall <= most) & (long <= 4 * most)
    return int(marks.sum()), float(ground.mean())
