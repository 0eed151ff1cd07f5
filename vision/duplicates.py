"""Near-duplicates among the photos of one home, by perceptual hash and embedding.

    code = phash(photo.pixels)
    photos = mark_duplicates(photos, rules.quality)
    group_duplicates(photos)                       # (("a", "c"), ("b",))

The hash follows the picture's coarse light and shade, the embedding what is in it. Either alone
errs: rooms photographed against the same window share a hash, two white bathrooms an embedding.
So a pair is a duplicate when both agree, or when the hash alone is all but equal.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from vision.components import components
from vision.findings import PhotoFindings, QualityFinding
from vision.rules import QualityRules

Pixels = npt.NDArray[np.uint8]

SURE_SHARE = 0.5
"""Share of `duplicate_bits` up to which the hash alone decides: re-encoded, resized and brightened
copies stay within it, different photos almost never do."""


def phash(pixels: Pixels) -> str:
    """64-bit DCT hash (Zauner 2010) of (H, W, 3) uint8 RGB as 16 hexadecimal digits."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = np.asarray(cv2.dct(small))[:8, :8].ravel()
    # The first coefficient is the mean brightness, which a brightened copy changes.
    return np.packbits(low > np.median(low[1:])).tobytes().hex()


def hamming(a: str, b: str) -> int:
    """Number of bits in which two hashes of equal length differ."""
    if len(a) != len(b):
        raise ValueError(f"hashes of {len(a)} and {len(b)} digits cannot be compared")
    return (int(a, 16) ^ int(b, 16)).bit_count()


def similarity(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine of two embeddings. Raises ValueError when they are of different length."""
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    length = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / length if length else 0.0


def is_duplicate(a: PhotoFindings, b: PhotoFindings, rules: QualityRules) -> bool:
    """Whether two photos show the same picture."""
    bits = hamming(a.phash, b.phash)
    if a.sha256 == b.sha256 or bits <= int(rules.duplicate_bits * SURE_SHARE):
        return True
    if not a.embedding or not b.embedding or bits > rules.duplicate_bits:
        return False
    return similarity(a.embedding, b.embedding) >= rules.duplicate_similarity


def group_duplicates(
    photos: Sequence[PhotoFindings], rules: QualityRules | None = None
) -> tuple[tuple[str, ...], ...]:
    """Ids of the distinct photos, each with its duplicates after it.

    The first of a group is the one with the most pixels, and of equals the earliest. Groups are
    in the order of their first photo. A copy of a copy belongs to the same group.
    """
    rules = rules or QualityRules()
    links = (
        (earlier, index)
        for index, photo in enumerate(photos)
        for earlier in range(index)
        if is_duplicate(photos[earlier], photo, rules)
    )
    return tuple(
        tuple(
            photo.id
            for photo in sorted(
                (photos[i] for i in group), key=lambda photo: -photo.width * photo.height
            )
        )
        for group in components(len(photos), links)
    )


def mark_duplicates(
    photos: Sequence[PhotoFindings], rules: QualityRules
) -> tuple[PhotoFindings, ...]:
    """The photos in the same order; each but the best of a group gets quality.duplicate."""
    known = {photo.id: photo for photo in photos}
    best = {copy: group[0] for group in group_duplicates(photos, rules) for copy in group}
    return tuple(_marked(photo, known[best[photo.id]], rules) for photo in photos)


def _marked(photo: PhotoFindings, best: PhotoFindings, rules: QualityRules) -> PhotoFindings:
    kept = tuple(found for found in photo.quality if found.code != "quality.duplicate")
    if photo.id != best.id:
        finding = QualityFinding(
            code="quality.duplicate",
            value=hamming(photo.phash, best.phash),
            threshold=rules.duplicate_bits,
            unit="hash bits that differ",
            message="This looks like the same picture as another of your photos. "
            "Keep the better one and add a photo from a different angle.",
            other=best.id,
        )
        kept = (*kept, finding)
    return photo.model_copy(update={"quality": kept})
