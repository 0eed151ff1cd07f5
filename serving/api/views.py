"""Rows to what the API answers; pure.

photo_view(row), listing_view(row, photos, rules), report_view(row, photos, rules)
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from serving.api.info_models import Correction
from serving.api.models import Examined, Listing, ListingHead, ListingReport, Photo, SafeCopyLink
from serving.store.tables import CorrectionRow, ListingRow, PhotoRow
from vision.completeness import answerable, assess
from vision.duplicates import mark_duplicates
from vision.evidence import OTHER
from vision.findings import PhotoFindings
from vision.home import Home
from vision.policy import Policy
from vision.receipt import RedactionReceipt
from vision.rules import Rules


def utc(time: datetime) -> datetime:
    """A time of the tables with its zone."""
    return time.replace(tzinfo=UTC)


def examined(findings: PhotoFindings) -> Examined:
    """What is told of findings: not the hash and the vector that only find near-duplicates."""
    return Examined(
        format=findings.format,
        width=findings.width,
        height=findings.height,
        rooms=findings.rooms,
        objects=findings.objects,
        people=findings.people,
        quality=findings.quality,
    )


def findings_of(row: PhotoRow) -> PhotoFindings:
    """The photo's findings under its name in the listing."""
    return PhotoFindings.model_validate({**row.findings, "id": row.name})


def answer_of(row: PhotoRow) -> tuple[str, ...] | None:
    """What the seller said that it shows."""
    return None if row.answer is None else tuple(row.answer["rooms"])


def photo_view(row: PhotoRow) -> Photo:
    """One photo."""
    copy = None if row.copy_token is None else f"/v1/copies/{row.copy_token}"
    return Photo(
        id=row.id,
        name=row.name,
        sha256=row.sha256,
        bytes=row.bytes,
        uploaded_at=utc(row.uploaded_at),
        original_until=None if row.original_until is None else utc(row.original_until),
        findings=examined(findings_of(row)),
        answer=answer_of(row),
        copy=SafeCopyLink(
            url=copy,
            thumbnail_url=copy and f"{copy}/thumbnail",
            receipt=RedactionReceipt.model_validate(row.receipt),
        ),
    )


def head_view(row: ListingRow, photo_count: int) -> ListingHead:
    """A listing without its photos."""
    return ListingHead(
        id=row.id,
        home=home_of(row),
        rules=row.rules,
        policy=Policy(row.policy),
        reference=row.reference,
        training_consent=row.training_consent,
        created_at=utc(row.created_at),
        photo_count=photo_count,
    )


def home_of(row: ListingRow) -> Home:
    """The declared home."""
    return Home.model_validate(row.home)


def room_choices(rules: Rules, home: Home) -> tuple[str, ...]:
    """What a seller can choose from; none of them is said by an empty answer."""
    return tuple(room for room in answerable(home, rules) if room != OTHER)


def listing_view(row: ListingRow, photos: Sequence[PhotoRow], rules: Rules) -> Listing:
    """A listing with its photos."""
    return Listing(
        **dict(head_view(row, len(photos))),
        room_choices=room_choices(rules, home_of(row)),
        photos=tuple(photo_view(photo) for photo in photos),
    )


def report_view(row: ListingRow, photos: Sequence[PhotoRow], rules: Rules) -> ListingReport:
    """The report on a listing as it stands."""
    found = mark_duplicates([findings_of(photo) for photo in photos], rules.quality)
    answers = {photo.name: answer for photo in photos if (answer := answer_of(photo)) is not None}
    return ListingReport(
        listing=row.id,
        report=assess(found, (), home_of(row), rules, answers),
        photo_ids={photo.name: photo.id for photo in photos},
    )


def correction_view(row: CorrectionRow, photo: PhotoRow, listing: ListingRow) -> Correction:
    """A seller's answer as a label."""
    rooms = row.rooms["rooms"]
    return Correction(
        id=row.id,
        listing=listing.id,
        photo=photo.id,
        photo_sha256=photo.sha256,
        rooms=None if rooms is None else tuple(rooms),
        guess=row.guess,
        probability=row.probability,
        models=row.models,
        by=row.by,
        training_consent=listing.training_consent,
        created_at=utc(row.created_at),
    )
