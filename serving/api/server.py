"""The process around the application: uvicorn, with what it lacks for the open internet.

    run(app, services, loader, "127.0.0.1", 8000)

Ready is said once every model is verified and open; the process ends where one cannot be. Each is
run once right after, and one that cannot be run ends the process with its reason. Headers that do
not come within HOMELENS_STALL_SECONDS are cut, and event streams end at shutdown before requests
are waited for.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from asyncio import BaseTransport, TimerHandle, Transport
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.api.services import Services
from serving.observe.logs import STARTS
from vision.errors import HomelensError, SettingsError
from vision.session import give_back_memory

if TYPE_CHECKING:
    from fastapi import FastAPI

    from vision.checker import PhotoChecker

start_log = logging.getLogger(STARTS)

BACKLOG = 2048
"""Connections that wait to be accepted."""


class Loading(Protocol):
    """A thread that loads the models."""

    error: Exception | None
    loaded: "PhotoChecker | None"

    def is_alive(self) -> bool:
        """Whether it still loads."""


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 that closes connections whose request does not begin."""

    _headers_due: TimerHandle | None = None

    def __init__(self, *args: Any, header_seconds: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._header_seconds = header_seconds

    def connection_made(self, transport: BaseTransport) -> None:
        """A client has come; its headers are due."""
        super().connection_made(cast(Transport, transport))  # uvloop's has no common base
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """The first byte of a later request on the same connection starts the clock again."""
        if self._headers_due is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_headers()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The request has begun."""
        self._stop_clock()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_clock()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._headers_due = self.loop.call_later(self._header_seconds, self._cut)

    def _stop_clock(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None

    def _cut(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Waits for the models beside serving, and ends streams before it waits for requests."""

    def __init__(self, config: uvicorn.Config, services: Services, loader: Loading) -> None:
        super().__init__(config)
        self.services, self.loader = services, loader
        self.waiting: asyncio.Task[None] | None = None
        self.unfit: Exception | None = None
        """what a model raised that was opened and cannot be run"""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, say where, and take over the models when they are there."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            start_log.info("homelens serves http://%s:%s", shown, port)
            self.waiting = asyncio.create_task(self.take_models())

    async def take_models(self) -> None:
        """Hand the models to the routes, or stop where there are none."""
        while self.loader.is_alive():
            await asyncio.sleep(0.005)
        if self.loader.loaded is None:
            self.should_exit = True
            return
        checker = self.loader.loaded
        while not self.services.health.looked:
            await asyncio.sleep(0.005)
        self.services.checker.set(checker)
        for manifest, _ in checker.running:
            labels = (manifest.name, manifest.version, manifest.sha256)
            self.services.metrics.model.labels(*labels).set(1)
        gc.freeze()  # what start made stays, and is never looked through again
        gc.enable()
        start_log.info("homelens is ready")
        await self.prove(checker)

    async def prove(self, checker: "PhotoChecker") -> None:
        """Run every model once; end where one cannot be run."""
        try:
            await asyncio.to_thread(checker.prove)
        except Exception as error:  # ONNX Runtime raises many unrelated types
            self.unfit, self.should_exit = error, True
        give_back_memory()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGTERM and SIGINT, and then end with exit code 0: it was asked for."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End event streams, then let requests end."""
        self.services.hub.close()
        await super().shutdown(sockets)


def run(app: "FastAPI", services: Services, loader: Loading, host: str, port: int) -> None:
    """Serve until a signal. Raises what kept the models from loading, or SettingsError."""
    listening = listen(host, port)
    config = uvicorn.Config(
        app,
        http=cast(Any, partial(PatientProtocol, header_seconds=services.settings.stall_seconds)),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=services.settings.trusted_proxies,
        timeout_graceful_shutdown=services.settings.drain_seconds,
    )
    server = Server(config, services, loader)
    server.run(sockets=[listening])
    error = loader.error or server.unfit
    if isinstance(error, HomelensError):
        raise error
    if error is not None:
        raise HomelensError(
            f"the models cannot be run: {error}", do="restore them from the commit"
        ) from error


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises SettingsError that says why it cannot."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"{host} port {port} cannot be listened on: {error.strerror or error}".lower(),
            do="set HOMELENS_HOST and HOMELENS_PORT, or end the program that listens there",
        ) from error
