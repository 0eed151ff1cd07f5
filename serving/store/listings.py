"""Listings and their photos as rows: every function takes the session that it works in.

    with database.write() as session:
        row, new = add_photo(session, PhotoRow(listing_id="lst_1", …), most=100)

Rows go first and files after them when something is deleted: what is left behind by a crash in
between is a file without a row, which the sweep collects (serving/work/sweep.py).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from labels.consent import withdraw, withdraw_listing
from serving.errors import NotFound, RequestTooLarge
from serving.names import unique
from serving.store.answers import forget_answers
from serving.store.tables import CorrectionRow, ListingRow, PhotoRow
from vision.evidence import natural


def get_listing(session: Session, listing_id: str, *, lock: bool = False) -> ListingRow:
    """The listing. `lock` makes other writers of it wait. Raises NotFound."""
    query = select(ListingRow).where(ListingRow.id == listing_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"there is no listing {listing_id[:40]}", do="see GET /v1/listings")
    return row


def photos_of(session: Session, listing_id: str) -> list[PhotoRow]:
    """Its photos, in natural order of their names."""
    rows = session.scalars(select(PhotoRow).where(PhotoRow.listing_id == listing_id))
    return sorted(rows, key=lambda row: natural(row.name))


def count_photos(session: Session, listing_ids: Sequence[str]) -> dict[str, int]:
    """Listing id to the number of its photos; listings without any are left out."""
    query = (
        select(PhotoRow.listing_id, func.count().label("number"))
        .where(PhotoRow.listing_id.in_(listing_ids))
        .group_by(PhotoRow.listing_id)
    )
    return {row.listing_id: row.number for row in session.execute(query)}


def versions(session: Session, listing_id: str) -> tuple[int, dict[str, int]]:
    """The listing's version, and photo id to version: what changed is seen by comparing.

    Raises NotFound.
    """
    own = session.scalar(select(ListingRow.version).where(ListingRow.id == listing_id))
    if own is None:
        raise NotFound(f"there is no listing {listing_id[:40]}")
    query = select(PhotoRow.id, PhotoRow.version).where(PhotoRow.listing_id == listing_id)
    return own, {row.id: row.version for row in session.execute(query)}


def page_of_listings(
    session: Session, owner: str | None, every: bool, after: tuple[datetime, str] | None, limit: int
) -> list[ListingRow]:
    """Up to `limit` listings of an owner, or of everybody, newest first, after a position."""
    query = select(ListingRow).order_by(ListingRow.created_at.desc(), ListingRow.id.desc())
    if not every:
        query = query.where(
            ListingRow.key_id.is_(None) if owner is None else ListingRow.key_id == owner
        )
    if after is not None:
        when, key = after
        query = query.where(older(when, key))
    return list(session.scalars(query.limit(limit)))


def older(when: datetime, key: str) -> ColumnElement[bool]:
    """Listings that come after this position, newest first."""
    same = and_(ListingRow.created_at == when, ListingRow.id < key)
    return or_(ListingRow.created_at < when, same)


def get_photo(session: Session, listing_id: str, photo_id: str) -> PhotoRow:
    """One photo of the listing. Raises NotFound."""
    row = session.get(PhotoRow, photo_id)
    if row is None or row.listing_id != listing_id:
        raise NotFound(f"the listing has no photo {photo_id[:40]}", do="see the listing's photos")
    return row


def same_bytes(session: Session, listing_id: str, sha256: str) -> PhotoRow | None:
    """The listing's photo of these bytes."""
    query = select(PhotoRow).where(PhotoRow.listing_id == listing_id, PhotoRow.sha256 == sha256)
    return session.scalar(query)


def copy_exists(session: Session, token: str) -> str | None:
    """The folder of the photo whose copy has this token."""
    query = select(PhotoRow.listing_id, PhotoRow.id).where(PhotoRow.copy_token == token)
    found = session.execute(query).one_or_none()
    return None if found is None else folder_of(*found)


def folder_of(listing_id: str, photo_id: str) -> str:
    """Key prefix of a photo's files."""
    return f"listings/{listing_id}/{photo_id}"


def files_of(listing_id: str, photo_id: str) -> list[str]:
    """Keys of all files that a photo may have."""
    folder = folder_of(listing_id, photo_id)
    return [f"{folder}/{name}" for name in ("original", "copy.jpg", "thumbnail.jpg")]


def add_photo(
    session: Session, row: PhotoRow, most: int, replaces: str | None = None
) -> tuple[PhotoRow, bool]:
    """Add a photo whose files are stored, under a name that is unique in the listing.

    The photo `replaces` makes room for it, name and all. Gives the row and whether it is new: the
    same bytes are one photo. Raises NotFound when the listing was deleted meanwhile,
    RequestTooLarge when it has `most` photos already.
    """
    listing = get_listing(session, row.listing_id, lock=True)
    there = same_bytes(session, row.listing_id, row.sha256)
    if there is not None:
        return there, False
    old = None if replaces is None else session.get(PhotoRow, replaces)
    if old is not None and old.listing_id == listing.id:
        delete_photo(session, listing.id, old.id)
        session.flush()
    names = list(
        session.scalars(select(PhotoRow.name).where(PhotoRow.listing_id == row.listing_id))
    )
    if len(names) >= most:
        raise RequestTooLarge(
            "the listing has as many photos as it can",
            accepted=f"up to {most}",
            do="delete one first, or replace one with ?replaces=",
        )
    row.name = unique([*names, row.name])[-1]
    row.name_key = row.name.casefold()
    session.add(row)
    listing.version += 1
    return row, True


def answer_photo(
    session: Session, photo: PhotoRow, rooms: Sequence[str] | None, correction: CorrectionRow
) -> None:
    """Keep what the seller said of a photo, and the label that it makes."""
    photo.answer = None if rooms is None else {"rooms": list(rooms)}
    photo.version += 1
    get_listing(session, photo.listing_id, lock=True).version += 1
    session.add(correction)


def delete_photo(session: Session, listing_id: str, photo_id: str) -> list[str]:
    """Delete the row with what hangs on it; gives the keys of the files to delete after that.

    Raises NotFound.
    """
    listing = get_listing(session, listing_id, lock=True)
    photo = get_photo(session, listing_id, photo_id)
    withdraw(session, [photo_id])
    session.delete(photo)
    forget_answers(session, listing_id)
    listing.version += 1
    return files_of(listing_id, photo_id)


def delete_listing(session: Session, listing_id: str) -> list[str]:
    """Delete the listing with all its rows; gives the keys of the files. Raises NotFound."""
    listing = get_listing(session, listing_id, lock=True)
    photos = session.scalars(select(PhotoRow.id).where(PhotoRow.listing_id == listing_id))
    keys = [key for photo in photos for key in files_of(listing_id, photo)]
    withdraw_listing(session, listing_id)
    session.delete(listing)
    return keys


def page_of_corrections(
    session: Session, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[CorrectionRow, PhotoRow, ListingRow]]:
    """Up to `limit` corrections with photo and listing, oldest first, after a position."""
    query = (
        select(CorrectionRow, PhotoRow, ListingRow)
        .join(PhotoRow, CorrectionRow.photo_id == PhotoRow.id)
        .join(ListingRow, PhotoRow.listing_id == ListingRow.id)
        .order_by(CorrectionRow.created_at, CorrectionRow.id)
    )
    if after is not None:
        when, key = after
        same = and_(CorrectionRow.created_at == when, CorrectionRow.id > key)
        query = query.where(or_(CorrectionRow.created_at > when, same))
    return [(c, p, listing) for c, p, listing in session.execute(query.limit(limit))]
