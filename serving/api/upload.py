"""One uploaded file to one entry of the answer: looked at in the pool, kept, told to streams.

batch = Batch(services, checker, listing, rules, caller.identity, request_id, None)
results = [await take(batch, file) for file in form.files]
took(results).status                    # 201, 200, 207, or a problem when all were refused
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from serving.api.models import Photo, Progress, Stage, UploadedPhoto, UploadResult
from serving.api.multipart import Form, ReceivedFile
from serving.api.problems import problem, status_of
from serving.api.services import Services
from serving.api.views import examined, photo_view
from serving.errors import RequestTooLarge
from serving.store.listings import same_bytes
from serving.store.tables import ListingRow, PhotoRow
from serving.work.examine import Seen, examine
from serving.work.keep import Upload, keep
from vision.errors import HomelensError, PhotoError
from vision.findings import PhotoFindings
from vision.policy import Policy
from vision.rules import Rules

if TYPE_CHECKING:
    from vision.checker import PhotoChecker

TOLD_BYTES = 500_000
"""Bytes of an upload between two `receiving` events."""


@dataclass(frozen=True)
class Batch:
    """One request's photos and what they are looked at with."""

    services: Services
    checker: "PhotoChecker"
    listing: ListingRow
    rules: Rules
    identity: str
    request_id: str
    replaces: str | None


@dataclass(frozen=True)
class Taken:
    """A result with the error behind it, if it was refused."""

    result: UploadedPhoto
    error: HomelensError | None = None

    @property
    def photo(self) -> Photo | None:
        """The photo, if it is there."""
        return self.result.photo


@dataclass(frozen=True)
class Took:
    """The whole answer with its status; `error` is the first one where every file was refused."""

    result: UploadResult
    status: int
    error: HomelensError | None


def progress_of(
    services: Services, listing: str, length: str | None
) -> Callable[[Form, int], None]:
    """A function that tells the listing's streams how much of an upload has arrived."""
    total = int(length) if length and length.isdigit() else None
    told = 0

    def tell(form: Form, received: int) -> None:
        nonlocal told
        if form.files and (told == 0 or received - told >= TOLD_BYTES):
            told = received
            name = form.files[-1].name
            event = Progress(file=name, stage="receiving", received=received, total=total)
            services.hub.tell(listing, event)

    return tell


async def take(batch: Batch, file: ReceivedFile) -> Taken:
    """Look at a file and keep it. A photo that cannot be used is a result, not an exception."""
    services, listing = batch.services, batch.listing.id

    def progress(stage: Stage, findings: PhotoFindings | None = None) -> Progress:
        seen = None if findings is None else examined(findings)
        size = file.size
        return Progress(file=file.name, stage=stage, received=size, total=size, findings=seen)

    def job() -> Seen:
        services.waited(time.perf_counter() - asked)
        services.hub.tell_soon(listing, progress("looking"))
        return examine(
            batch.checker,
            file.name,
            file.path.read_bytes,
            batch.rules,
            Policy(batch.listing.policy),
            services.watch,
            lambda findings: services.hub.tell_soon(listing, progress("copying", findings)),
        )

    try:
        if file.refused is not None:
            raise file.refused
        there = await run_in_threadpool(known, batch, file.sha256)
        if there is not None:
            return already(file, there)
        services.hub.tell(listing, progress("waiting"))
        asked = time.perf_counter()
        seen = await services.pool.run(job)
        row, new = await run_in_threadpool(store, batch, file, seen)
    except (PhotoError, RequestTooLarge) as error:
        services.metrics.findings.labels(error.code).inc()
        found = problem(error, batch.request_id)
        services.hub.tell(listing, progress("refused").model_copy(update={"problem": found}))
        return Taken(UploadedPhoto(file=file.name, status="refused", problem=found), error)
    if not new:
        return already(file, row)
    services.hub.tell(listing)
    return Taken(UploadedPhoto(file=file.name, status="stored", photo=photo_view(row)))


def known(batch: Batch, sha256: str) -> PhotoRow | None:
    """The listing's photo of the same bytes."""
    with batch.services.database.read() as session:
        return same_bytes(session, batch.listing.id, sha256)


def store(batch: Batch, file: ReceivedFile, seen: Seen) -> tuple[PhotoRow, bool]:
    """Keep what was seen, and count it."""
    services = batch.services
    upload = Upload(
        listing=batch.listing.id,
        name=file.name,
        path=file.path,
        size=file.size,
        uploaded_by=batch.identity,
        keep_days=services.settings.keep_originals_days,
        most=services.settings.max_photos,
        models=batch.checker.versions,
        replaces=batch.replaces,
    )
    with services.watch("store"):
        row, new = keep(services.database, services.files, upload, seen)
    count(services, batch.rules, seen)
    return row, new


def count(services: Services, rules: Rules, seen: Seen) -> None:
    """What was found, for the metrics."""
    room = seen.findings.room
    sure = "yes" if room.probability >= rules.ask_below else "no"
    services.metrics.photos.labels(room.type, sure).inc()
    services.metrics.confidence.observe(room.probability)
    for finding in seen.findings.quality:
        services.metrics.findings.labels(finding.code).inc()
    if seen.copy is not None:
        services.metrics.findings.labels(seen.copy.receipt.code).inc()


def already(file: ReceivedFile, row: PhotoRow) -> Taken:
    """The result for bytes that the listing holds."""
    return Taken(UploadedPhoto(file=file.name, status="already_there", photo=photo_view(row)))


def took(results: list[Taken]) -> Took:
    """The answer to a request: refused as a whole only where every file was."""
    entries = tuple(taken.result for taken in results)
    numbers = {
        status: sum(entry.status == status for entry in entries)
        for status in ("stored", "already_there", "refused")
    }
    result = UploadResult(**numbers, results=entries)
    errors = [taken.error for taken in results if taken.error is not None]
    if len(errors) == len(results):
        return Took(result, status_of(errors[0]), errors[0])
    return Took(result, 207 if errors else 201 if result.stored else 200, None)
