"""Errors over HTTP: one shape, RFC 9457 problem+json, for whatever goes wrong.

    app = FastAPI(exception_handlers=handlers())
    problem(NotFound("there is no listing lst_x"), "0c5a1d1b").status          # 404

Every HomelensError has a code; `STATUS` gives the HTTP status of those that know nothing of HTTP.
"""

import errno
import logging
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from serving.api.models import FieldError, Problem
from serving.api.services import services_of
from serving.errors import (
    BadRequest,
    NotFound,
    NotReady,
    Overloaded,
    ServiceError,
    StorageError,
    Unprocessable,
)
from vision.errors import (
    BundleError,
    HomeError,
    HomelensError,
    PhotoError,
    PhotoTooLarge,
    RuleError,
    UnsupportedPhoto,
    ValuationError,
)
from vision.home import ACCEPTED

MEDIA_TYPE = "application/problem+json"

STATUS: tuple[tuple[type[HomelensError], int], ...] = (
    (PhotoTooLarge, 413),
    (UnsupportedPhoto, 415),
    (PhotoError, 422),
    (HomeError, 422),
    (RuleError, 422),
    (ValuationError, 422),
    (BundleError, 503),
)
"""First match counts; a ServiceError knows its own."""

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""Errors of a disk that is full or broken."""

log = logging.getLogger("homelens")


def status_of(error: HomelensError) -> int:
    """The HTTP status that an error becomes."""
    if isinstance(error, ServiceError):
        return error.status
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def title_of(status: int) -> str:
    """The status in words, as a sentence begins."""
    return HTTPStatus(status).phrase.capitalize()


def problem(error: HomelensError, request_id: str = "", **more: Any) -> Problem:
    """The problem that an error becomes; `more` are extension members."""
    status = status_of(error)
    return Problem(
        type=f"urn:homelens:error:{error.code}",
        title=title_of(status),
        status=status,
        detail=str(error),
        code=error.code,
        instance=f"urn:homelens:request:{request_id}",
        accepted=error.accepted or None,
        do=error.do or None,
        **more,
    )


def answer(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response."""
    return Response(
        found.model_dump_json(exclude_none=True),
        status_code=found.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def headers_of(error: HomelensError) -> dict[str, str]:
    """Retry-After, WWW-Authenticate and Connection, where the error calls for them."""
    headers = {}
    if isinstance(error, ServiceError):
        if error.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="homelens"'
        if error.status in (408, 413):  # the rest of the body is not worth reading
            headers["Connection"] = "close"
    return headers


def request_id(request: Request) -> str:
    """The id that the guard gave to this request."""
    return str(request.scope.get("state", {}).get("request_id", ""))


async def on_homelens_error(request: Request, error: Exception) -> Response:
    """An error that homelens names."""
    assert isinstance(error, HomelensError)
    found = problem(error, request_id(request))
    if isinstance(error, Overloaded):
        services_of(request).metrics.shed.inc()
    if found.status >= 500 and not isinstance(error, NotReady):
        log.error("%s", error, extra={"fields": {"code": error.code}})
    return answer(found, headers_of(error))


async def on_validation_error(request: Request, error: Exception) -> Response:
    """A body, path or query that is not of the documented form."""
    assert isinstance(error, RequestValidationError)
    return answer(invalid(error.errors(), request_id(request)))


def invalid(errors: Any, request_id: str = "") -> Problem:
    """The problem for pydantic's list of errors."""
    if any(one["type"] == "json_invalid" for one in errors):
        return problem(BadRequest("the body is not JSON", accepted="a JSON object"), request_id)
    fields = tuple(FieldError(where=place(one["loc"]), message=said(one)) for one in errors)
    home = [one for one in errors if "home" in one["loc"]]
    first = fields[0]
    kind = HomeError if len(home) == len(fields) else Unprocessable
    accepted = ACCEPTED.get(str(home[0]["loc"][-1]), "") if home else ""
    return problem(
        kind(f"{first.where}: {first.message}", accepted=accepted), request_id, errors=fields
    )


def place(where: tuple[str | int, ...]) -> str:
    """A field's path, such as body.home.bedrooms."""
    return ".".join(map(str, where))


def said(error: Mapping[str, Any]) -> str:
    """Pydantic's message as it goes on in a sentence."""
    message = str(error["msg"])
    return message[:1].lower() + message[1:]


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: no such path, wrong method, …"""
    assert isinstance(error, HTTPException)
    codes = {404: NotFound.code, 405: "request.method", 400: BadRequest.code}
    code = codes.get(error.status_code, f"http.{error.status_code}")
    path = request.url.path[:200]
    texts = {
        404: f"there is nothing at {path}; see /docs for what there is",
        405: f"{path} does not take {request.method}; see the Allow header",
    }
    found = Problem(
        type=f"urn:homelens:error:{code}",
        title=title_of(error.status_code),
        status=error.status_code,
        detail=texts.get(error.status_code, str(error.detail)),
        code=code,
        instance=f"urn:homelens:request:{request_id(request)}",
    )
    headers = dict(error.headers or {})
    if error.status_code == 405:  # the framework names the first route's methods alone
        headers["Allow"] = ", ".join(sorted(methods_of(request)))
    return answer(found, headers)


def methods_of(request: Request) -> set[str]:
    """What the request's path takes, over all routes."""
    found: set[str] = set()
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return found


async def on_database_error(request: Request, error: Exception) -> Response:
    """The database is away or busy: not the request's fault, and over in a while."""
    assert isinstance(error, SQLAlchemyError)
    found = StorageError(
        "the database cannot be reached or is too busy", do="send it again", retry_after=2
    )
    number = request_id(request)
    kind = type(getattr(error, "orig", None) or error).__name__
    log.error("the database: %s", kind, extra={"fields": {"code": found.code}})
    return answer(problem(found, number), headers_of(found))


async def on_os_error(request: Request, error: Exception) -> Response:
    """A disk that is full or broken is not the request's fault; anything else nobody foresaw."""
    assert isinstance(error, OSError)
    if error.errno not in DISK:
        return await on_any_error(request, error)
    found = StorageError(
        f"the disk cannot be written: {error.strerror}",
        do="send it again later",
        retry_after=5,
    )
    number = request_id(request)
    log.error("urn:homelens:request:%s %s", number, error)
    return answer(problem(found, number), headers_of(found))


async def on_disconnect(request: Request, error: Exception) -> Response:
    """The client went away in the middle of its upload; nobody reads this."""
    return Response(status_code=400)


async def on_any_error(request: Request, error: Exception) -> Response:
    """What nobody foresaw: logged with its traceback, told without."""
    number = request_id(request)
    log.exception("an unforeseen error", exc_info=error)
    found = ServiceError(
        "the service failed at this request", do="send it again, or tell us the instance's number"
    )
    return answer(problem(found, number))


def handlers() -> dict[int | type[Exception], Callable[[Request, Exception], Any]]:
    """All handlers, for the application."""
    return {
        HomelensError: on_homelens_error,
        OperationalError: on_database_error,
        PoolTimeout: on_database_error,
        RequestValidationError: on_validation_error,
        HTTPException: on_http_error,
        ClientDisconnect: on_disconnect,
        OSError: on_os_error,
        Exception: on_any_error,
    }
