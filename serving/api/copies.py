"""Safe copies by their address alone: it cannot be guessed, and it ends with the photo."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from serving.api.services import services_of
from serving.errors import NotFound
from serving.store.listings import copy_exists

router = APIRouter(prefix="/v1/copies", tags=["copies"])

CHECKS = "checks"
"""Folder of the copies of stateless checks; each lies in a folder named by its token."""

CopyToken = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", examples=["hQ3kV0m2b9sT5yR8uW1xZg"])
]

JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
}

HEADERS = {
    # Private and short: a photo that its seller deletes is to be gone.
    "Cache-Control": "private, max-age=60",
    "Content-Disposition": "inline",
}


@router.get("/{copy}", response_class=Response, responses=JPEG)
def read(request: Request, copy: CopyToken) -> Response:
    """The safe copy of a photo; needs no key."""
    return file(request, copy, "copy.jpg")


@router.get("/{copy}/thumbnail", response_class=Response, responses=JPEG)
def thumbnail(request: Request, copy: CopyToken) -> Response:
    """The safe copy, at most 480 pixels wide or high; needs no key."""
    return file(request, copy, "thumbnail.jpg")


def file(request: Request, copy: str, name: str) -> Response:
    """One of a copy's files: of a listing's photo, or of a check. Raises NotFound."""
    services = services_of(request)
    with services.database.read() as session:
        folder = copy_exists(session, copy)
    if folder is None:
        folder = f"{CHECKS}/{copy}"
    try:
        data = services.files.get(f"{folder}/{name}")
    except NotFound as error:
        raise NotFound("there is no such copy, or it is no more") from error
    return Response(data, media_type="image/jpeg", headers=HEADERS)
