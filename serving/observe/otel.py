"""Traces by OpenTelemetry: OTLP over HTTP, in batches, from a thread of its own.

    traces = OtelTraces()          # serving/observe/traces.py: open_traces()

The provider is this object's own, not the process's: two services in one process do not mix.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Connection, event

from serving.observe.logs import TRACE
from serving.observe.traces import Headers, RequestSpan, Traces, Untraced
from vision.privacy import homelens_version

if TYPE_CHECKING:
    from sqlalchemy import Engine

SEND_SECONDS = 5.0
"""A collector that does not answer within this time has its batch tried again or dropped."""

STARTED = "homelens_started"
"""Key of a statement's start in its connection's notes."""

NANO = 1_000_000_000


class OtelSpan:
    """A request's span."""

    def __init__(self, span: trace.Span, method: str) -> None:
        self.span, self.method = span, method

    def end(self, route: str, status: int) -> None:
        """Name it by its route; a 5xx is an error."""
        self.span.update_name(f"{self.method} {route}")
        self.span.set_attribute("http.route", route)
        if status:
            self.span.set_attribute("http.response.status_code", status)
        if status >= 500 or not status:
            self.span.set_status(Status(StatusCode.ERROR))


class OtelTraces(Traces):
    """Spans that are sent where OTEL_EXPORTER_OTLP_ENDPOINT says."""

    def __init__(self) -> None:
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come before these.
        default = Resource({SERVICE_NAME: "homelens", SERVICE_VERSION: homelens_version()})
        named = Resource.create()
        if named.attributes.get(SERVICE_NAME, "").startswith("unknown_service"):  # type: ignore[union-attr]
            named = named.merge(default)
        self._provider = TracerProvider(resource=default.merge(named), shutdown_on_exit=False)
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(timeout=SEND_SECONDS))
        )
        self._tracer: Tracer = self._provider.get_tracer("homelens")
        self._headers = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, method: str, headers: Headers) -> Iterator[RequestSpan]:
        """A span of kind server; its trace's id is in the log lines of the request."""
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        parent = self._headers.extract(carrier)
        with self._tracer.start_as_current_span(
            method,
            context=parent,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method},
            record_exception=False,  # its text may quote the request
            set_status_on_exception=False,
        ) as span:
            if not span.is_recording():
                yield Untraced()
                return
            token = TRACE.set(trace.format_trace_id(span.get_span_context().trace_id))
            try:
                yield OtelSpan(span, method)
            finally:
                TRACE.reset(token)

    def span(self, name: str) -> AbstractContextManager[object]:
        """A span in the request's, and none without one: what nobody asked for is not traced."""
        if not trace.get_current_span().is_recording():
            return super().span(name)
        return self._part(name)

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", getattr(error, "code", type(error).__qualname__))
                raise

    def record(self, name: str, seconds: float) -> None:
        """A span that is over."""
        self._record(name, time.time_ns() - round(seconds * NANO), {})

    def _record(self, name: str, start: int, attributes: dict[str, str]) -> None:
        if trace.get_current_span().is_recording():
            self._tracer.start_span(name, start_time=start, attributes=attributes).end()

    def watch_database(self, engine: "Engine") -> None:
        """Each statement's kind and time; never its parameters."""

        @event.listens_for(engine, "before_cursor_execute")
        def before(connection: Connection, *_: Any) -> None:
            connection.info[STARTED] = time.time_ns()

        @event.listens_for(engine, "after_cursor_execute")
        def after(connection: Connection, _: Any, statement: str, *__: Any) -> None:
            verb = statement.lstrip()[:8].partition(" ")[0].upper()
            attributes = {"db.system.name": engine.dialect.name, "db.operation.name": verb}
            self._record(
                f"database {verb}", connection.info.pop(STARTED, time.time_ns()), attributes
            )

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()
