"""The seller's, the valuation and the labelers' page, and the API's description for people.

Built by Vite (`make`) into serving/web/dist, which is no part of the repository. Where it was not
built, the pages say so and the API works all the same.
"""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from serving.api.listings import ListingId
from serving.errors import NotReady

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"

FOREVER = "public, max-age=31536000, immutable"
"""Assets carry a hash of their content in their names."""

VALUE_PERMISSIONS = "geolocation=(self), microphone=(), payment=(), usb=()"

router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Files that never change under their name."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for good."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response


def page(name: str) -> Response:
    """One of the built pages. Raises NotReady where there are none."""
    path = DIST / name
    if not path.is_file():
        raise NotReady(
            "the pages are not built; the API works, see /openapi.json",
            do="run `make serve` in a checkout, or install a released package",
        )
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@router.get("/")
def start(request: Request) -> Response:
    """The seller's page: declare a home."""
    return page("index.html")


@router.get("/listings/{listing}")
def listing(request: Request, listing: ListingId) -> Response:
    """The seller's page on one listing; it finds its token behind the address's #."""
    return page("index.html")


@router.get("/review")
def review(request: Request) -> Response:
    """The labelers' page; it asks for a key where one is needed."""
    return page("review.html")


@router.get("/value")
def value(request: Request) -> Response:
    """The valuation page; it may ask the browser where it is."""
    response = page("value.html")
    response.headers["Permissions-Policy"] = VALUE_PERMISSIONS
    return response


@router.get("/docs")
def docs(request: Request) -> Response:
    """The API's description."""
    return page("docs.html")


def add_pages(app: FastAPI) -> None:
    """The pages and their assets."""
    app.include_router(router)
    if (DIST / "assets").is_dir():
        app.mount("/assets", Assets(directory=DIST / "assets"), "assets")
