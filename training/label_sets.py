"""A label set out of the store, for training: its photos in a folder, its boxes, its parts.

    with database.read() as session:
        taken = take(session, files, "doors@12", work / "photos", NAMES)
    parts = divide(taken, None, {"test": 150, "val": 80})     # the rest is "train"
    write_part(parts["val"], taken.photos, work / "data" / "val")

The parts are those of training/doors.prepare: near-duplicates lie on one side, and a photo's part
follows from its name. A test set of its own takes the test part's place; photos that look almost
like one of it are then left out.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from labels.boxes import LabelledImage, LabelSet
from labels.formats import yolo
from labels.photos import images_named, upright_photo
from labels.state import Revision
from labels.store import labels_at, resolve
from serving.output import write
from serving.store.files import Files
from training.console import note, track
from training.splits import fresh_link, groups, split
from vision.errors import DataError, PhotoError

READABLE = {".jpg", ".jpeg", ".png", ".webp"}
"""Names of the formats that the store gives out; others are converted and named so."""


@dataclass(frozen=True)
class Taken:
    """One revision: the names of `labels.images` are paths below the folder `photos`."""

    revision: Revision
    labels: LabelSet
    photos: Path
    withdrawn: bool

    @property
    def paths(self) -> dict[str, Path]:
        """Name to the photo's file."""
        return {image.name: self.photos / image.name for image in self.labels.images}


def take(session: Session, files: Files, name: str, folder: Path, classes: Sequence[str]) -> Taken:
    """The boxes of `classes`, and all photos upright in `folder`. Raises HomelensError.

    Photos that lie there already are not fetched again: the bytes behind a name never change.
    """
    revision = resolve(session, name)
    found = labels_at(session, revision.name)
    labels = of_classes(found, revision.name, classes)
    names = [image.name for image in labels.images]
    rows = {row.name: row for row in images_named(session, revision.set, names)}
    images: dict[str, LabelledImage] = {}
    for image in track(labels.images, f"photos of {revision.name}"):
        readable = Path(image.name).suffix.lower() in READABLE
        kept = replace(image, name=image.name if readable else f"{image.name}.jpg")
        if kept.name in images:
            raise DataError(f"two photos of {revision.name} would be {kept.name}", do="rename one")
        images[kept.name] = kept
        path = folder / kept.name
        if path.is_file():
            continue
        try:
            data, _ = upright_photo(files, session, rows[image.name])
        except PhotoError as error:
            raise DataError(f"{image.name} of {revision.name}: {error}") from error
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, data)
    withdrawn = "withdrawn" in found.notes
    if withdrawn:
        note(f"{revision.name}: {found.notes['withdrawn']}")
    return Taken(revision, replace(labels, images=tuple(images.values())), folder, withdrawn)


def of_classes(labels: LabelSet, name: str, classes: Sequence[str]) -> LabelSet:
    """The boxes that a detector of these classes can learn from. Raises DataError."""
    missing = [label for label in classes if label not in labels.classes]
    if missing:
        raise DataError(
            f"in {name} nobody looked for {', '.join(missing)}", accepted=", ".join(classes)
        )
    images = []
    others = crowds = 0
    for image in labels.images:
        known = [box for box in image.boxes if box.label in classes]
        single = tuple(box for box in known if not box.crowd)
        others += len(image.boxes) - len(known)
        crowds += len(known) - len(single)
        images.append(replace(image, boxes=single, predictions=()))
    if others:
        note(f"{name}: {others} boxes of other classes are left out")
    if crowds:
        note(f"{name}: {crowds} groups that are outlined as one are left out")
    return replace(labels, classes=tuple(classes), images=tuple(images))


def divide(taken: Taken, test: Taken | None, sizes: Mapping[str, int]) -> dict[str, LabelSet]:
    """The parts "test", "val" and "train"; with a test set the first is all of it."""
    paths = list(taken.paths.values())
    extra = list(test.paths.values()) if test else []
    try:
        found = groups([*paths, *extra])
    except ValueError as error:
        raise DataError(str(error), do="remove the photo from the set") from error
    if test is None:
        return {part: among(taken, chosen) for part, chosen in split(found, sizes).items()}
    reserved = set(extra)
    free = [group for group in found if not reserved & set(group)]
    left = len(paths) - sum(map(len, free))
    if left:
        note(f"{left} photos of {taken.revision.name} are left out: the test set has them, or near")
    parts = split(free, {name: size for name, size in sizes.items() if name != "test"})
    return {"test": test.labels, **{part: among(taken, chosen) for part, chosen in parts.items()}}


def among(taken: Taken, paths: Iterable[Path]) -> LabelSet:
    """The images whose photos these are."""
    names = {path.relative_to(taken.photos).as_posix() for path in paths}
    images = tuple(image for image in taken.labels.images if image.name in names)
    return replace(taken.labels, images=images)


def write_part(labels: LabelSet, photos: Path, out: Path) -> None:
    """A YOLO folder with links to the photos; takes the place of an older one."""
    shutil.rmtree(out, ignore_errors=True)
    if not labels.images:
        return
    yolo.write(labels, out)
    for image in labels.images:
        fresh_link(out / "images" / image.name, photos / image.name)
