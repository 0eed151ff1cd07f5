"""The seller's page and the API's description for people: files that `make` built.

Built by Vite into serving/web/dist, which is no part of the repository. Where it was not built, the
pages say so and the API works all the same.
"""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from serving.api.listings import ListingId

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"

NOT_BUILT = (
    "The pages are not built. Run `make serve` in a checkout, or install a released package.\n"
    "The API works: see /openapi.json.\n"
)

FOREVER = "public, max-age=31536000, immutable"
"""Assets carry a hash of their content in their names."""

router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Files that never change under their name."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for good."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response


def page(name: str) -> Response:
    """One of the built pages."""
    path = DIST / name
    if not path.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=503)
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@router.get("/")
def start(request: Request) -> Response:
    """The seller's page: declare a home."""
    return page("index.html")


@router.get("/listings/{listing}")
def listing(request: Request, listing: ListingId) -> Response:
    """The seller's page on one listing; it finds its token behind the address's #."""
    return page("index.html")


@router.get("/docs")
def docs(request: Request) -> Response:
    """The API's description."""
    return page("docs.html")


def add_pages(app: FastAPI) -> None:
    """The pages and their assets."""
    app.include_router(router)
    if (DIST / "assets").is_dir():
        app.mount("/assets", Assets(directory=DIST / "assets"), "assets")
