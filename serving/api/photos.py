"""Routes of photos: upload, read, correct, delete, the original.

An upload is received in one piece, then each photo is looked at and kept before the next: what
the answer names is stored. See serving/work/keep.py.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from serving.api.auth import Caller, CallerOf, caller_of
from serving.api.idempotency import IdempotencyKey, kept, replay
from serving.api.listings import ListingId, rules_of
from serving.api.models import Photo, RoomAnswer, UploadResult
from serving.api.multipart import PHOTOS, UploadLimits, received
from serving.api.problems import answer, headers_of, problem, request_id
from serving.api.services import Services, services_of
from serving.api.upload import Batch, progress_of, take, took
from serving.api.views import answer_of, findings_of, home_of, photo_view, room_choices
from serving.errors import Forbidden, Gone, Unprocessable
from serving.store.answers import Answer, fingerprint
from serving.store.keys import new_id
from serving.store.listings import (
    answer_photo,
    delete_photo,
    folder_of,
    get_photo,
)
from serving.store.tables import CorrectionRow, ListingRow

router = APIRouter(prefix="/v1/listings/{listing}/photos", tags=["photos"])

PhotoId = Annotated[
    str, Path(pattern=r"^pho_[A-Za-z0-9_-]{1,60}$", examples=["pho_4nWx0Yq8T2uJb1Zc"])
]

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [PHOTOS],
                    "properties": {
                        PHOTOS: {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "string",
                                "contentMediaType": "application/octet-stream",
                            },
                            "description": "JPEG, PNG, WebP, HEIC or AVIF files, told by content",
                        }
                    },
                }
            }
        },
    }
}
"""The upload's body for OpenAPI; it is read as a stream, not by FastAPI."""

TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
}

Replaces = Annotated[
    str | None,
    Query(
        pattern=r"^pho_[A-Za-z0-9_-]{1,60}$",
        description="a photo that is deleted once the new one is stored: a retake",
    ),
]


def opened(services: Services, caller: Caller, listing: str) -> ListingRow:
    """The listing that is uploaded to. Raises NotFound."""
    with services.database.read() as session:
        return caller.listing_to_change(session, listing)


def first_answer(
    services: Services,
    caller: Caller,
    key: str | None,
    asked: str,
    listing: str,
    replaces: str | None,
) -> Response | None:
    """The kept answer to a repeated upload. Raises NotFound for a photo that cannot be replaced.

    In this order: the first upload has deleted the photo that it replaced.
    """
    if again := replay(services, caller, key, asked):
        return again
    if replaces is not None:
        with services.database.read() as session:
            get_photo(session, listing, replaces)
    return None


def upload_limits(services: Services, caller: Caller, files: int) -> UploadLimits:
    """What one request of this caller may bring."""
    settings = services.settings
    return UploadLimits(
        file_bytes=min(settings.max_bytes, caller.max_bytes or settings.max_bytes),
        request_bytes=settings.max_request_bytes,
        files=files,
    )


@router.post(
    "",
    status_code=201,
    response_model=UploadResult,
    responses={
        201: {
            "description": "All photos are stored",
            "links": {
                operation: {
                    "operationId": operation,
                    "parameters": {
                        "path.listing": "$request.path.listing",
                        "path.photo": "$response.body#/results/0/photo/id",
                    },
                }
                for operation in (
                    "photos_read",
                    "photos_delete",
                    "photos_correct",
                    "photos_original",
                )
            },
        },
        200: {"description": "The listing holds the same bytes already", "model": UploadResult},
        207: {"description": "Some photos were refused; see results", "model": UploadResult},
    },
    openapi_extra=FORM,
)
async def upload(
    request: Request,
    listing: ListingId,
    caller: Annotated[Caller, Depends(caller_of)],
    replaces: Replaces = None,
    key: IdempotencyKey = None,
) -> Response:
    """Upload photos. The answer names each and says what became of it; what it names is stored."""
    services = services_of(request)
    checker = services.checker.get()
    row = await run_in_threadpool(opened, services, caller, listing)
    rules = rules_of(services, row.rules)
    limits = upload_limits(services, caller, 1 if replaces else services.settings.max_photos)
    told = progress_of(services, listing, request.headers.get("content-length"))
    async with received(request, services.incoming, limits, told) as form:
        if not form.files:
            raise Unprocessable(
                "the form has no photo", accepted=f"one or more files in parts named {PHOTOS!r}"
            )
        asked = fingerprint(
            f"POST {listing} {replaces}", *(f"{file.name} {file.sha256}" for file in form.files)
        )
        again = await run_in_threadpool(
            first_answer, services, caller, key, asked, listing, replaces
        )
        if again is not None:
            return again
        number = request_id(request)
        batch = Batch(services, checker, row, rules, caller.identity, number, replaces)
        with services.pool.place():
            results = [await take(batch, file) for file in form.files]
    there = results[0].photo if results[0].result.status == "already_there" else None
    if replaces and there and there.id != replaces:  # the retake is another photo of the listing
        await run_in_threadpool(remove, services, listing, replaces)
    services.hub.tell_soon(listing)
    done = took(results)
    if done.error is not None:
        entries = [entry.model_dump(mode="json") for entry in done.result.results]
        refusal = problem(done.error, number, results=entries)
        return answer(refusal, headers_of(done.error))
    body = done.result.model_dump_json(by_alias=True)
    kept_answer = Answer(asked, listing, done.status, body)
    return await run_in_threadpool(kept, services, caller, key, kept_answer)


@router.get("/{photo}")
def read(request: Request, listing: ListingId, photo: PhotoId, caller: CallerOf) -> Photo:
    """One photo."""
    with services_of(request).database.read() as session:
        caller.listing_to_see(session, listing)
        return photo_view(get_photo(session, listing, photo))


@router.delete("/{photo}", status_code=204)
def delete(request: Request, listing: ListingId, photo: PhotoId, caller: CallerOf) -> None:
    """Delete the photo, its copy and what was said of it; nothing of it is kept."""
    services = services_of(request)
    with services.database.read() as session:
        caller.listing_to_change(session, listing)
    remove(services, listing, photo)
    services.hub.tell_soon(listing)


def remove(services: Services, listing: str, photo: str) -> None:
    """Row first, then files. Raises NotFound."""
    with services.database.write() as session:
        files = delete_photo(session, listing, photo)
    services.files.delete(files)


@router.put("/{photo}/rooms")
def correct(
    request: Request, listing: ListingId, photo: PhotoId, said: RoomAnswer, caller: CallerOf
) -> Photo:
    """Say what the photo shows: this wins over the model, and is kept as a label."""
    return answered(services_of(request), listing, photo, said.rooms, caller)


@router.delete("/{photo}/rooms")
def take_back(request: Request, listing: ListingId, photo: PhotoId, caller: CallerOf) -> Photo:
    """Take back what was said: the model's guess counts again."""
    return answered(services_of(request), listing, photo, None, caller)


def answered(
    services: Services, listing: str, photo: str, rooms: tuple[str, ...] | None, caller: Caller
) -> Photo:
    """Keep the answer and the label. Raises NotFound, or Unprocessable for an unknown room."""
    with services.database.write() as session:
        row = caller.listing_to_change(session, listing, lock=True)
        found = get_photo(session, listing, photo)
        known = room_choices(rules_of(services, row.rules), home_of(row))
        wrong = [room for room in rooms or () if room not in known]
        if wrong:
            raise Unprocessable(
                f"there is no room {wrong[0]!r} in this listing", accepted=", ".join(known)
            )
        said = None if rooms is None else tuple(dict.fromkeys(rooms))
        if said != answer_of(found):
            guess = findings_of(found).room
            correction = CorrectionRow(
                id=new_id("cor"),
                photo_id=photo,
                rooms={"rooms": None if said is None else list(said)},
                guess=guess.type,
                probability=guess.probability,
                models=found.models,
                by=caller.identity,
            )
            answer_photo(session, found, said, correction)
        view = photo_view(found)
    services.hub.tell_soon(listing)
    return view


@router.get(
    "/{photo}/original",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in TYPES.values()}}},
)
def original(request: Request, listing: ListingId, photo: PhotoId, caller: CallerOf) -> Response:
    """The file as it was uploaded, for whoever uploaded it and for nobody else."""
    services = services_of(request)
    with services.database.read() as session:
        caller.listing_to_see(session, listing)
        row = get_photo(session, listing, photo)
    if row.uploaded_by != caller.identity:
        raise Forbidden(
            "the original is given to its uploader alone", do="use the copy, which is for everybody"
        )
    if row.original_until is None:
        raise Gone("the original was deleted when its time was over", do="use the copy")
    data = services.files.get(f"{folder_of(listing, photo)}/original")
    headers = {"Cache-Control": "no-store", "Content-Disposition": "attachment"}
    return Response(data, media_type=TYPES[row.findings["format"]], headers=headers)
