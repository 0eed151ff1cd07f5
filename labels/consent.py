"""Photos of the service in a label set: with their seller's consent, and not a moment longer.

    revision = add_photos(session, "rooms", ["pho_…"], by="ana")
    withdraw(session, ["pho_…"])              # the photo, the listing or the consent is going

What is withdrawn is deleted with all that was said of it: boxes, flags, tasks, drafts, reviews, in
every revision. This is the one exception to a history that only grows; a revision that names no
photo says that it happened. The database sees to it as well (ON DELETE CASCADE).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from labels.changes import Change, lock_set
from labels.state import CHUNK, Revision
from labels.tables import ImageRow, SetRow, TaskRow
from serving.errors import Conflict, NotFound
from serving.store.keys import new_id
from serving.store.tables import ListingRow, PhotoRow


def add_photos(
    session: Session, set_name: str, photo_ids: Sequence[str], *, by: str, note: str = ""
) -> Revision:
    """Photos of listings join a set, without any box yet, as their safe copies.

    Their names are photos/ID.jpg, for a seller's own names may tell of people. Raises NotFound,
    Conflict for a photo whose seller did not consent or that has no safe copy.
    """
    photos = {row.id: row for row in _chunks(session, photo_ids)}
    listings = sorted({photo.listing_id for photo in photos.values()})
    allowed = set()
    for listing in listings:  # before the set, as whoever deletes does
        query = select(ListingRow).where(ListingRow.id == listing).with_for_update()
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is not None and row.training_consent:
            allowed.add(listing)
    change = Change(session, lock_set(session, set_name), by=by, source="import", note=note)
    for photo_id in dict.fromkeys(photo_ids):
        photo = photos.get(photo_id)
        if photo is None:
            raise NotFound(f"there is no photo {photo_id[:64]}")
        if photo.listing_id not in allowed:
            raise Conflict(
                f"the seller of {photo_id} did not consent to training",
                accepted="photos of listings with training_consent",
            )
        if photo.copy_token is None:
            raise Conflict(f"{photo_id} has no safe copy", accepted="photos with a safe copy")
        name = f"photos/{photo_id}.jpg"
        image = session.scalar(
            select(ImageRow).where(ImageRow.set_id == change.row.id, ImageRow.name == name)
        )
        if image is None:
            image = ImageRow(
                id=new_id("img"),
                set_id=change.row.id,
                name=name,
                width=photo.findings["width"],
                height=photo.findings["height"],
                sha256=None,
                photo_id=photo_id,
                digest="",
                present=False,
            )
            session.add(image)
            session.flush()
        if not image.present:
            change.add_image(image.id)
    return change.finish()


def consented(session: Session) -> list[str]:
    """Ids of all photos that may join a set."""
    query = (
        select(PhotoRow.id)
        .join(ListingRow, PhotoRow.listing_id == ListingRow.id)
        .where(ListingRow.training_consent.is_(True), PhotoRow.copy_token.is_not(None))
        .order_by(PhotoRow.id)
    )
    return list(session.scalars(query))


def withdraw_listing(session: Session, listing_id: str) -> None:
    """All photos of a listing."""
    withdraw(
        session,
        session.scalars(select(PhotoRow.id).where(PhotoRow.listing_id == listing_id)).all(),
    )


def withdraw(session: Session, photo_ids: Sequence[str]) -> None:
    """Delete the images of these photos from every set, with all that was said of them."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(photo_ids), CHUNK):
        query = select(SetRow.name, ImageRow.id).join(SetRow, ImageRow.set_id == SetRow.id)
        query = query.where(ImageRow.photo_id.in_(photo_ids[start : start + CHUNK]))
        for name, image in session.execute(query):
            found.setdefault(name, []).append(image)
    for name, images in sorted(found.items()):
        row = lock_set(session, name)
        note = f"{len(images)} withdrawn with consent, photo or listing"
        change = Change(session, row, by="withdrawal", source="seller", note=note)
        for start in range(0, len(images), CHUNK):
            part = images[start : start + CHUNK]
            # whoever is giving a task out is waited for, before its image is taken away
            tasks = select(TaskRow.id).where(TaskRow.image_id.in_(part)).with_for_update()
            session.execute(tasks).all()
            gone = delete(ImageRow).where(ImageRow.id.in_(part))
            session.execute(gone.execution_options(synchronize_session="fetch"))
        change.finish(always=True)


def _chunks(session: Session, photo_ids: Sequence[str]) -> Iterable[PhotoRow]:
    for start in range(0, len(photo_ids), CHUNK):
        yield from session.scalars(
            select(PhotoRow).where(PhotoRow.id.in_(photo_ids[start : start + CHUNK]))
        )
