"""Label sets and photos for the tests of formats: one with everything on it, and random ones."""

from pathlib import Path

from hypothesis import strategies as st
from PIL import Image

from labels.boxes import Box, LabelledImage, LabelSet

RICH = LabelSet(
    ("handle", "cabinet door", "porta à vidri"),
    (
        LabelledImage(
            "b.jpg",
            160,
            120,
            (
                Box("handle", 0.1, 0.2, 0.3, 0.4, id="7", by="ana", crowd=True),
                Box("porta à vidri", 0.5, 0.25, 1, 1, id="8", difficult=True, occluded=True),
            ),
            (Box("handle", 0.1, 0.2, 0.31, 0.4, score=0.75),),
        ),
        LabelledImage(
            "a photo.png",
            80,
            60,
            (Box("cabinet door", 0, 0, 0.5, 0.125, score=0.5, truncated=True),),
            (Box("cabinet door", 0.25, 0.25, 0.75, 0.5, score=0.25),),
        ),
    ),
    {"revision": "doors@3"},
)

LETTERS = st.characters(
    codec="utf-8", categories=("Lu", "Ll", "Lo", "Nd"), include_characters=" .-_&'"
)
TEXTS = st.text(LETTERS, min_size=1, max_size=12).filter(
    lambda text: text.strip(" .") == text and "  " not in text
)
"""Names that every format can hold."""


def picture(path: Path, width: int, height: int) -> None:
    """A grey photo of this size, whatever its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "grey").save(path, "PNG")


def pictures(folder: Path, labels: LabelSet) -> Path:
    """A photo for every image, below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for image in labels.images:
        picture(folder / image.name, image.width, image.height)
    return folder


@st.composite
def _box(draw: st.DrawFn, classes: tuple[str, ...], ids: st.SearchStrategy[str | None]) -> Box:
    x1, y1 = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    x2, y2 = draw(st.floats(x1 + 0.01, 1)), draw(st.floats(y1 + 0.01, 1))
    return Box(
        draw(st.sampled_from(classes)), x1, y1, x2, y2, id=draw(ids),
        score=draw(st.none() | st.floats(0, 1)), by=draw(st.none() | TEXTS),
        crowd=draw(st.booleans()), difficult=draw(st.booleans()),
        occluded=draw(st.booleans()), truncated=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def label_sets(draw: st.DrawFn) -> LabelSet:
    """Any labels that every format can be asked to write."""
    classes = tuple(draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True)))
    stems = draw(st.lists(TEXTS, min_size=1, max_size=4, unique_by=str.casefold))
    unused = iter(draw(st.permutations(range(1, 60))))
    images = []
    for stem in stems:
        boxes = []
        for _ in range(draw(st.integers(0, 3))):
            own = draw(st.none() | st.just(next(unused)))
            boxes.append(draw(_box(classes, st.just(None if own is None else str(own)))))
        predictions = tuple(
            Box(b.label, *b.corners, score=draw(st.floats(0, 1)))
            for b in draw(st.lists(_box(classes, st.none()), max_size=2))
        )
        size = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))
        images.append(LabelledImage(f"{stem}.png", *size, tuple(boxes), predictions))
    notes = draw(st.just({}) | st.builds(dict, revision=TEXTS))
    return LabelSet(classes, tuple(images), notes)
