"""Spans of a request, sent by OpenTelemetry where an endpoint is configured, and nothing elsewhere.

    traces = open_traces()                     # OTEL_EXPORTER_OTLP_ENDPOINT, or no traces
    with traces.request("POST", headers) as span:
        with traces.span("decode"):
            …
        span.end("/v1/check", 200)

Configured as every OpenTelemetry program is, by the OTEL_ variables (endpoint, headers, sampler,
service name). Spans hold names, times, a route's pattern and a status: nothing of a request's
content, no address. Without an endpoint the library is not even imported.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from vision.errors import MissingExtra, SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Either says where traces go; the second has /v1/traces added."""

PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

Headers = Iterable[tuple[bytes, bytes]]


class RequestSpan(Protocol):
    """A request's span while it runs."""

    def end(self, route: str, status: int) -> None:
        """What became of it."""


class Untraced:
    """The span of a request that is not traced."""

    def end(self, route: str, status: int) -> None:
        """Nothing."""


class Traces:
    """No traces: every block is just a block."""

    def request(self, method: str, headers: Headers) -> AbstractContextManager[RequestSpan]:
        """A request's block; its span belongs to the trace that the headers name."""
        return nullcontext(Untraced())

    def span(self, name: str) -> AbstractContextManager[object]:
        """A part of a request that is traced."""
        return nullcontext()

    def record(self, name: str, seconds: float) -> None:
        """A part that ends now and took this long."""

    def watch_database(self, engine: "Engine") -> None:
        """Make each statement a span."""

    def close(self) -> None:
        """Send what is left."""


def endpoint(environment: Mapping[str, str] = os.environ) -> str | None:
    """The address that traces are posted to; None where there are to be none."""
    own, common = (environment.get(name, "").strip() for name in ENDPOINTS)
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if off or environment.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return None
    return own or (f"{common.rstrip('/')}/v1/traces" if common else None)


def open_traces(environment: Mapping[str, str] = os.environ) -> Traces:
    """Traces as the environment says. Raises SettingsError, or MissingExtra without the library."""
    address = endpoint(environment)
    if address is None:
        return Traces()
    name = next((name for name in PROTOCOLS if environment.get(name)), None)
    if name is not None and environment[name] != "http/protobuf":
        raise SettingsError(
            f"{name} is {environment[name]!r}",
            accepted="http/protobuf, port 4318 of a collector",
            do="correct it or unset it",
        )
    if not address.startswith(("http://", "https://")):
        raise SettingsError(
            f"traces are to go to {address!r}",
            accepted="http://HOST:4318 or https://…",
            do="correct OTEL_EXPORTER_OTLP_ENDPOINT or unset it",
        )
    try:
        from serving.observe.otel import OtelTraces
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise MissingExtra(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed",
            do="pip install 'homelens[otel]', or unset it",
        ) from error
    return OtelTraces()
