"""Near-duplicates: what is a copy, what is another room, and which one is kept."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import picture
from vision.duplicates import group_duplicates, hamming, mark_duplicates, phash, similarity
from vision.findings import PhotoFindings, RoomGuess
from vision.rules import QualityRules

HASH = "00ff00ff00ff00ff"
RULES = QualityRules(duplicate_bits=10, duplicate_similarity=0.95)
HASHES = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")


def photo(
    name: str,
    code: str = HASH,
    width: int = 1000,
    embedding: tuple[float, ...] = (),
    sha256: str | None = None,
) -> PhotoFindings:
    return PhotoFindings(
        id=name,
        sha256=sha256 or name,
        format="jpeg",
        width=width,
        height=750,
        rooms=(RoomGuess(type="kitchen", probability=1),),
        phash=code,
        embedding=embedding,
    )


def flipped(code: str, bits: int) -> str:
    return f"{int(code, 16) ^ (2**bits - 1):016x}"


def scene(seed: int) -> np.ndarray:
    """A room-like picture: large soft areas and a few hard edges."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)


def copies(pixels: np.ndarray) -> dict[str, np.ndarray]:
    jpeg = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1)
    return {
        "recompressed": jpeg,
        "resized": cv2.resize(pixels, None, fx=0.37, fy=0.37, interpolation=cv2.INTER_AREA),
        "brighter": cv2.convertScaleAbs(pixels, alpha=1.0, beta=20),
        "darker": cv2.convertScaleAbs(pixels, alpha=0.8, beta=0),
        "cropped": pixels[5:-5, 6:-6],
    }


@pytest.mark.parametrize("kind", copies(scene(0)))
@pytest.mark.parametrize("seed", range(5))
def test_copies_have_nearly_the_same_hash(kind: str, seed: int) -> None:
    original = phash(scene(seed))
    assert hamming(original, phash(copies(scene(seed))[kind])) <= RULES.duplicate_bits


def test_different_scenes_have_different_hashes() -> None:
    codes = [phash(scene(seed)) for seed in range(30)]
    distances = [hamming(a, b) for i, a in enumerate(codes) for b in codes[:i]]
    assert min(distances) > RULES.duplicate_bits


def test_hash_is_16_digits_and_fixed() -> None:
    code = phash(picture())
    assert len(code) == 16
    assert code == phash(picture().copy())


@given(HASHES, HASHES, HASHES)
def test_hamming_is_a_distance(a: str, b: str, c: str) -> None:
    assert hamming(a, a) == 0
    assert hamming(a, b) == hamming(b, a)
    assert hamming(a, c) <= hamming(a, b) + hamming(b, c)


def test_hashes_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="16 and 15 digits"):
        hamming(HASH, HASH[1:])


def test_similarity_is_the_cosine() -> None:
    assert similarity((3, 4), (6, 8)) == pytest.approx(1)
    assert similarity((1, 0), (0, 2)) == 0
    assert similarity((0, 0), (1, 0)) == 0


@pytest.mark.parametrize(
    ("bits", "left", "right", "same"),
    [
        (5, (), (), True),  # the hash alone, all but equal
        (6, (), (), False),  # too far without an embedding to agree
        (10, (1.0, 0.0), (1.0, 0.1), True),
        (10, (1.0, 0.0), (1.0, 1.0), False),  # same light and shade, other room
        (11, (1.0, 0.0), (1.0, 0.0), False),  # another view of the same room
        (5, (1.0, 0.0), (0.0, 1.0), True),
        (8, (1.0, 0.0), (), False),
    ],
)
def test_which_pairs_are_duplicates(
    bits: int, left: tuple[float, ...], right: tuple[float, ...], same: bool
) -> None:
    pair = [photo("a", embedding=left), photo("b", flipped(HASH, bits), embedding=right)]
    assert len(group_duplicates(pair, RULES)) == (1 if same else 2)


def test_equal_bytes_are_duplicates() -> None:
    pair = [photo("a", sha256="x"), photo("b", flipped(HASH, 30), sha256="x")]
    assert group_duplicates(pair, RULES) == (("a", "b"),)


def test_the_largest_is_kept_and_copies_of_copies_belong_together() -> None:
    photos = [
        photo("a"),
        photo("b", flipped(HASH, 4), width=3000),
        photo("other", flipped(HASH, 40)),
        photo("c", flipped(HASH, 8), width=500),
    ]
    assert group_duplicates(photos, RULES) == (("b", "a", "c"), ("other",))
    marked = mark_duplicates(photos, RULES)
    assert [found.id for found in marked] == ["a", "b", "other", "c"]
    others = [[f.other for f in found.quality] for found in marked]
    assert others == [["b"], [], [], ["b"]]
    finding = marked[0].quality[0]
    assert (finding.code, finding.value) == ("quality.duplicate", 4)


def test_marking_twice_changes_nothing() -> None:
    once = mark_duplicates([photo("a"), photo("b")], RULES)
    assert mark_duplicates(once, RULES) == once


def test_no_photos() -> None:
    assert mark_duplicates([], RULES) == ()
    assert group_duplicates([]) == ()


@given(st.lists(st.tuples(HASHES, st.integers(1, 4000)), max_size=12))
def test_groups_hold_every_photo_once(drawn: list[tuple[str, int]]) -> None:
    photos = [photo(str(n), code, width) for n, (code, width) in enumerate(drawn)]
    ids = [name for group in group_duplicates(photos, RULES) for name in group]
    assert sorted(ids) == sorted(found.id for found in photos)
