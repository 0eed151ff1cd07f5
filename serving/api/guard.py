"""What stands before every route: load shedding, slow bodies, security headers, request ids.

    app.add_middleware(Guard, services=services)

Plain ASGI, so that a request which is turned away costs next to nothing: it is answered before
its body is read, before its key is looked up.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import answer, headers_of, problem
from serving.api.services import Services
from serving.errors import Overloaded, RequestTimeout
from serving.observe.logs import REQUEST
from serving.observe.requests import QUIET, log_request
from serving.observe.traces import Traces
from vision.errors import HomelensError

UPLOADS = re.compile(r"/v1/(check|listings/[^/]+/photos)")
"""Paths whose POST brings photos to look at."""

RECEIVING = 8
"""Bodies that may arrive at the same time, for each place in the pool: the network is slower than
the models, but not without bound."""

FIRST_SECONDS = 5.0
"""Before this an upload's average speed says nothing."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Pages load their own files and nothing else; no inline script or style."""

HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer."""


class Guard:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app, self.services = app, services
        self.receiving = 0
        self.most = RECEIVING * (services.pool.workers + services.pool.queue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0
        number = secrets.token_hex(8)
        REQUEST.set(number)
        traces = Traces() if scope["path"] in QUIET else self.services.traces
        scope.setdefault("state", {})["request_id"] = number

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                dress(message, scope["path"], number)
            await send(message)

        method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
        with traces.request(method, scope["headers"]) as span:
            try:
                uploads = scope["method"] == "POST" and UPLOADS.fullmatch(scope["path"])
                lost = self.lost(scope["path"], bool(uploads))
                if lost is not None:
                    response = answer(problem(lost, number), {"Retry-After": "2"})
                    await response(scope, receive, send_guarded)
                elif uploads:
                    await self.upload(scope, receive, send_guarded, number)
                else:
                    body = Body(receive, self.services)
                    await self.app(scope, body.receive, send_guarded)
            except Exception:  # answered outside of this middleware
                status = status or 500
                raise
            finally:
                route = getattr(scope.get("route"), "path", "none")
                span.end(route, status)
                self.measure(method, route, status, time.perf_counter() - start)

    def lost(self, path: str, uploads: bool) -> HomelensError | None:
        """What the request needs and has been away for long: it need not wait for it."""
        if not path.startswith("/v1/") or path == "/v1/models":
            return None
        health = self.services.health
        return health.lost("database") or (health.lost("files") if uploads else None)

    async def upload(self, scope: Scope, receive: Receive, send: Send, number: str) -> None:
        """An upload: turned away at once where the pool or the network is full."""
        try:
            self.services.pool.refuse_if_full()
            with self.place():
                body = Body(receive, self.services)
                await self.app(scope, body.receive, send)
        except Overloaded as error:
            self.services.metrics.shed.inc()
            response = answer(problem(error, number), headers_of(error))
            await response(scope, receive, send)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the bodies that may arrive at a time. Raises Overloaded."""
        if self.receiving >= self.most:
            raise Overloaded(
                "too many uploads are arriving",
                do="send it again after the seconds that Retry-After names",
                retry_after=self.services.pool.retry_after(),
            )
        self.receiving += 1
        try:
            yield
        finally:
            self.receiving -= 1

    def measure(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count the request, and tell of it, under its route's pattern, never under its path."""
        metrics = self.services.metrics
        metrics.requests.labels(method, route, status).inc()
        metrics.request_seconds.labels(method, route).observe(seconds)
        log_request(method, route, status, seconds)


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others share one label, so that a client cannot fill the memory with names."""


class Body:
    """A request's body that has to arrive in good time."""

    def __init__(self, receive: Receive, services: Services) -> None:
        self._receive = receive
        self._stall = services.settings.stall_seconds
        self._slowest = services.settings.slowest_upload
        self._start = time.perf_counter()
        self._bytes = 0
        self._more = True

    async def receive(self) -> Message:
        """The next message. Raises RequestTimeout while the body stalls or trickles."""
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout(self._stall):
                message = await self._receive()
        except TimeoutError:
            raise slow(f"no byte came for {self._stall:g} seconds") from None
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._more = message.get("more_body", False)
            took = time.perf_counter() - self._start
            if self._more and took > FIRST_SECONDS and self._bytes < took * self._slowest:
                raise slow(f"{self._bytes / took:.0f} bytes a second came")
        else:
            self._more = False
        return message


def slow(wrong: str) -> RequestTimeout:
    """The error for a slow body."""
    return RequestTimeout(
        f"the upload was cut: {wrong}", do="send it again over a better connection"
    )


def dress(message: Message, path: str, number: str) -> None:
    """Add the headers that every answer carries; a route's own stay."""
    headers = MutableHeaders(raw=message["headers"])
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    # A copy may be shown on a portal's own pages; nothing else may.
    shared = path.startswith("/v1/copies/")
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if shared else "same-origin"
    headers["X-Request-Id"] = number
    if path.startswith("/v1/"):
        headers.setdefault("Cache-Control", "no-store")
    message["headers"] = headers.raw
