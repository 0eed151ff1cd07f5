"""Where labels and photos of a training command come from, and where its findings go: the store.

labels, paths, revision = set_of("doors@3", work)     # photos written below work/photos
kept_run(revision, labels, report, flags)             # fills the review queue
kept_corrections(revision, corrections)               # one revision of source "automatic"
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labels.boxes import Box, LabelSet
from labels.correct import Correction
from labels.flags import Edit, NewFlag, Suggestion
from labels.gain import Flag
from vision.errors import DataError

if TYPE_CHECKING:
    from serving.store.database import Database
    from serving.store.files import Files

BY = "homelens"
"""Who stands behind automatic changes in the history."""


def stores() -> "tuple[Database, Files]":
    """Database and files, as the settings name them."""
    from serving.settings import load_settings
    from serving.store.database import Database
    from serving.store.files import Files

    settings = load_settings()
    return Database.open(settings.database), Files.open(settings.store)


def set_of(name: str, work: Path) -> tuple[LabelSet, dict[str, Path], str]:
    """The labels of a revision, its photos as files, and the revision's full name.

    Raises NotFound for an unknown set or a photo that is not there.
    """
    from labels.photos import images_named, stored_photo
    from labels.store import labels_at, resolve

    database, files = stores()
    try:
        with database.read() as session:
            revision = resolve(session, name)
            labels = labels_at(session, revision.name)
            paths = {}
            names = [image.name for image in labels.images]
            for row in images_named(session, revision.set, names):
                paths[row.name] = photo_file(stored_photo(files, session, row), work)
    finally:
        database.close()
    return labels, paths, revision.name


def photo_file(data: bytes, work: Path) -> Path:
    """The photo as a file that OpenCV reads, named by its bytes; upright, without metadata."""
    path = work / "photos" / f"{hashlib.sha256(data).hexdigest()}.png"
    if not path.is_file():
        import cv2

        from vision.photo import decode

        pixels = decode(data, analysis_side=None).pixels
        done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        if not done:
            raise DataError(f"a photo cannot be written to {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(encoded.tobytes())
        unfinished.replace(path)
    return path


def folder_of(folder: Path) -> tuple[LabelSet, dict[str, Path], None]:
    """The labels of a YOLO folder and its photos. Raises DataError."""
    from labels.formats import read

    labels = read("yolo", folder)
    return labels, {image.name: folder / "images" / image.name for image in labels.images}, None


def kept_run(
    revision: str, labels: LabelSet, report: Mapping[str, Any], flags: Sequence[Flag]
) -> str:
    """Keep the report and queue the flags. Gives the run's id."""
    from labels.runs import add_quality_run

    boxes = {image.name: image.boxes for image in labels.images}
    new = [new_flag(flag, boxes[flag.image]) for flag in flags]
    database, _ = stores()
    try:
        with database.write() as session:
            return add_quality_run(session, revision, dict(report), new)
    finally:
        database.close()


def new_flag(flag: Flag, boxes: Sequence[Box]) -> NewFlag:
    """A flag as the store takes it."""
    box_id = None if flag.place is None else boxes[flag.place].id
    return NewFlag(
        image=flag.image,
        box_id=box_id,
        kind=flag.kind,  # type: ignore[arg-type]
        probability=flag.probability,
        gain_per_second=flag.gain_per_second,
        seconds=flag.seconds,
        suggestion=suggested(flag),
        reason={"code": flag.kind, "probability": round(flag.probability, 3)},
    )


def suggested(flag: Flag) -> Suggestion | None:
    """What the labeler is offered to accept."""
    found = flag.suggestion
    if flag.kind == "bogus":
        return Suggestion("delete")
    if found is None:
        return None
    if flag.kind == "overlooked":
        return Suggestion("add", found.label, found.corners)
    if flag.kind == "wrong_class":
        changed = flag.box is not None and flag.box.label != found.label
        return Suggestion("relabel", found.label) if changed else None
    return Suggestion("move", found.label, found.corners)


def kept_corrections(revision: str, corrections: Sequence[Correction]) -> str:
    """Apply corrections to the newest revision, which must be the judged one. Gives its name.

    Raises DataError where the set went on meanwhile: its boxes were judged as they were then.
    """
    from labels.store import apply, resolve

    database, _ = stores()
    try:
        with database.write() as session:
            newest = resolve(session, revision.split("@")[0])
            if newest.name != revision:
                raise DataError(
                    f"{revision} was judged, but the set is at {newest.name}",
                    do=f"run `homelens labels correct {newest.set}` again",
                )
            edits = [edit_of(one) for one in corrections]
            made = apply(
                session,
                newest.set,
                edits,
                by=BY,
                source="automatic",
                note=f"corrections that unseen models agree on, from {revision}",
            )
            return made.name
    finally:
        database.close()


def edit_of(one: Correction) -> Edit:
    """A correction as an edit with its reason."""
    reason = {"code": one.action, "probability": round(one.probability, 3)}
    box_id = None if one.before is None else one.before.id
    if one.after is None:
        return Edit("delete", box_id=box_id, reason=reason)
    if one.before is None:
        return Edit(
            "add", image=one.image, label=one.after.label, corners=one.after.corners, reason=reason
        )
    if one.before.label != one.after.label:
        return Edit(
            "change", box_id=box_id, label=one.after.label, corners=one.after.corners, reason=reason
        )
    return Edit("move", box_id=box_id, corners=one.after.corners, reason=reason)


def unlabelled(name: str, work: Path) -> dict[str, Path]:
    """Photos of sellers who agreed that are not in the set yet, by photo id."""
    from labels.consent import consented
    from labels.store import labels_at
    from serving.store.listings import folder_of as folder_in_store
    from serving.store.tables import PhotoRow

    database, files = stores()
    try:
        with database.read() as session:
            there = {image.name for image in labels_at(session, name).images}
            found = {}
            for photo_id in consented(session):
                row = session.get(PhotoRow, photo_id)
                if row is None or f"photos/{photo_id}.jpg" in there:
                    continue
                key = f"{folder_in_store(row.listing_id, row.id)}/copy.jpg"
                found[photo_id] = photo_file(files.get(key), work)
            return found
    finally:
        database.close()


def add_consented(name: str, photo_ids: Sequence[str]) -> str:
    """The photos join the set, without a box yet. Gives the revision's name."""
    from labels.consent import add_photos
    from labels.store import resolve

    database, _ = stores()
    try:
        with database.write() as session:
            if not photo_ids:
                return resolve(session, name).name
            chosen = "chosen to be labelled next"
            return add_photos(session, name.split("@")[0], photo_ids, by=BY, note=chosen).name
    finally:
        database.close()
