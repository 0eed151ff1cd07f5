"""Fills the label store of a running service with synthetic photos and questions about them.

seed(service, "doors", [Flagged("bogus", (Box("door", 0.1, 0.2, 0.4, 0.9),), 0, "delete")])
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from labels.boxes import Box, LabelledImage, LabelSet
from labels.flags import Action, Check, Kind, NewFlag, Suggestion
from labels.photos import keep_photos
from labels.runs import add_checks, add_quality_run
from labels.store import import_labels, labels_at
from serving.store.database import Database
from serving.store.files import Files
from tests.people_photos import as_jpeg, room
from tests.service import Service
from vision.headers import read_header

CLASSES = ("door", "handle", "cabinet door", "refrigerator door")


@dataclass(frozen=True)
class Flagged:
    """A photo of its own with boxes, one of which is doubted; `to` is what is suggested."""

    kind: Kind
    boxes: tuple[Box, ...]
    box: int | None
    action: Action
    to: Box | None = None

    @property
    def suggestion(self) -> Suggestion:
        """What accepting does."""
        label = self.to.label if self.to and self.action in ("relabel", "add") else None
        corners = self.to.corners if self.to and self.action in ("move", "add") else None
        return Suggestion(self.action, label, corners)


def grid(count: int) -> tuple[Box, ...]:
    """So many small boxes side by side, 40 in a row."""
    return tuple(
        Box(CLASSES[n % 4], x, y, x + 0.018, y + 0.018)
        for n in range(count)
        for x, y in [(n % 40 / 40 + 0.002, n // 40 / 40 + 0.002)]
    )


@contextmanager
def store_of(service: Service) -> Iterator[tuple[Database, Files]]:
    """The service's own database and files."""
    database = Database.open(f"sqlite:///{service.state / 'homelens.db'}")
    try:
        yield database, Files.open(str(service.state / "files"))
    finally:
        database.close()


def seed(
    service: Service,
    name: str,
    flags: Sequence[Flagged],
    checks: Sequence[Flagged] = (),
    photo: bytes | None = None,
) -> None:
    """A set with a photo for every question, asked in this order; `checks` are hidden ones."""
    data = photo or as_jpeg(room())
    header = read_header(data)
    names = [f"{name}-{number}.jpg" for number in range(len(flags) + len(checks))]
    images = tuple(
        LabelledImage(image, header.width, header.height, asked.boxes)
        for image, asked in zip(names, [*flags, *checks], strict=True)
    )
    with store_of(service) as (database, files), TemporaryDirectory() as folder:
        for image in names:
            (Path(folder) / image).write_bytes(data)
        kept = keep_photos(files, Path(folder), names)
        with database.write() as session:
            import_labels(session, name, LabelSet(CLASSES, images), kept, by="test")
            boxes = {image.name: image.boxes for image in labels_at(session, name).images}
            asked = [
                NewFlag(
                    image,
                    None if one.box is None else boxes[image][one.box].id,
                    one.kind,
                    probability=0.8,
                    gain_per_second=1 / (1 + number),
                    seconds=4.0,
                    suggestion=one.suggestion,
                )
                for number, (image, one) in enumerate(zip(names, flags, strict=False))
            ]
            add_quality_run(session, name, {}, asked)
            hidden = [
                Check(image, one.kind, boxes[image], one.box, one.to, 0.8, 4.0, one.suggestion)
                for image, one in zip(names[len(flags) :], checks, strict=True)
            ]
            add_checks(session, name, hidden)


def boxes_of(service: Service, name: str) -> list[tuple[Box, ...]]:
    """The newest boxes of every photo of the set."""
    with store_of(service) as (database, _), database.read() as session:
        images = {image.name: image.boxes for image in labels_at(session, name).images}
    return [images[f"{name}-{number}.jpg"] for number in range(len(images))]
