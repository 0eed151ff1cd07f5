"""Small label sets, flags and checks for the tests of the label store and the review."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from labels.boxes import Box, LabelledImage, LabelSet
from labels.flags import Check, NewFlag, Suggestion
from labels.runs import add_checks, add_quality_run
from labels.store import import_labels, labels_at
from serving.store.database import make_engine

CLASSES = ("door", "handle", "cabinet door")
WIDTH, HEIGHT = 448, 336


def door(place: int = 0, label: str = "door") -> Box:
    """Boxes that lie beside one another."""
    x = 0.05 + 0.15 * (place % 6)
    return Box(label, x, 0.1, x + 0.1, 0.6)


def label_set(images: int = 3, boxes: int = 2, classes: Sequence[str] = CLASSES) -> LabelSet:
    """Images a/0.jpg, a/1.jpg, … with some doors each."""
    return LabelSet(
        tuple(classes),
        tuple(
            LabelledImage(
                f"a/{number}.jpg", WIDTH, HEIGHT, tuple(door(place) for place in range(boxes))
            )
            for number in range(images)
        ),
    )


def moved(box: Box, by: float = 0.03) -> Box:
    """The box a little to the right."""
    return box.at(box.x1 + by, box.y1, box.x2 + by, box.y2)


def queue(session: Session, images: int = 3, boxes: int = 2, name: str = "doors") -> list[str]:
    """A set whose every box is flagged as badly located; gives the boxes' ids.

    The first image's first box gains most, the last one's last least.
    """
    import_labels(session, name, label_set(images, boxes), by="ana")
    return flag_all(session, name)


def flag_all(session: Session, name: str = "doors") -> list[str]:
    """Flag every box of the newest revision."""
    labels = labels_at(session, name)
    flags = []
    for image in labels.images:
        for box in image.boxes:
            suggestion = Suggestion("move", None, moved(box).corners)
            gain = 1.0 / (len(flags) + 1)
            flags.append(NewFlag(image.name, box.id, "badly_located", 0.8, gain, 4.0, suggestion))
    add_quality_run(session, labels.notes["revision"], {"note": "test"}, flags)
    return [str(flag.box_id) for flag in flags]


def checks(session: Session, number: int, name: str = "doors") -> None:
    """Questions whose right answer is to accept the suggestion."""
    labels = labels_at(session, name)
    made = []
    for place in range(number):
        image = labels.images[place % len(labels.images)]
        truth = image.boxes[0]
        spoiled = replace(moved(truth, 0.06), id=truth.id)
        made.append(
            Check(
                image.name,
                "badly_located",
                (spoiled, *image.boxes[1:]),
                0,
                truth,
                0.8,
                4.0,
                Suggestion("move", None, truth.corners),
            )
        )
    add_checks(session, name, made)


def address(request: pytest.FixtureRequest, folder: Path) -> str:
    """An empty database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'test.db'}"
    url = str(request.getfixturevalue("postgres_url"))
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url
