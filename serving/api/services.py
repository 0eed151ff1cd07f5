"""What the routes work with: made once at start, reached through the request, never global.

services = services_of(request)
checker = services.checker.get()          # raises NotReady while the models load
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from serving.api.limiter import Limiter
from serving.api.metrics import Metrics
from serving.errors import NotReady
from serving.observe.traces import Traces
from serving.settings import Settings
from serving.store.database import Database
from serving.store.files import Files
from serving.valuing.desk import Desk
from serving.work.health import Health
from serving.work.hub import Hub
from serving.work.pool import Pool
from vision.rules import Rules

if TYPE_CHECKING:
    from vision.checker import PhotoChecker


class LoadingChecker:
    """The photo checker, which a thread loads and warms while the service already answers."""

    def __init__(self) -> None:
        self._checker: PhotoChecker | None = None
        self.since: datetime | None = None

    def set(self, checker: "PhotoChecker") -> None:
        """The models are loaded and warm."""
        self._checker, self.since = checker, datetime.now(UTC)

    def get(self) -> "PhotoChecker":
        """The checker. Raises NotReady."""
        if self._checker is None:
            raise NotReady("the models are being loaded", do="try again in a second", retry_after=1)
        return self._checker


@dataclass(frozen=True)
class Services:
    """Everything that a route needs, beside its own request."""

    settings: Settings
    database: Database
    files: Files
    incoming: Path
    checker: LoadingChecker
    pool: Pool
    hub: Hub
    limiter: Limiter
    metrics: Metrics
    traces: Traces
    rules: Mapping[str, Rules]
    default_rules: str
    health: Health
    desk: Desk

    @contextmanager
    def watch(self, stage: str) -> Iterator[None]:
        """A stage of a photo's way, measured and traced."""
        start = time.perf_counter()
        with self.traces.span(stage):
            yield
        self.metrics.stage(stage, time.perf_counter() - start)

    def waited(self, seconds: float) -> None:
        """A photo has waited for a worker."""
        self.metrics.stage("wait", seconds)
        self.traces.record("wait", seconds)


def services_of(connection: HTTPConnection) -> Services:
    """The application's services."""
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found
