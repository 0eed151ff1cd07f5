"""Traces: sent by a real service to a real receiver, one trace a request, nothing private in it."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.observe.traces import Traces, endpoint, open_traces
from tests.homelens_command import assert_named_error, homelens
from tests.otlp_receiver import Received, receiver
from tests.service import HOME, picture, running
from vision.errors import MissingExtra, SettingsError

pytest.importorskip("opentelemetry.sdk")

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"
PRIVATE = (b"Anna", b"Rossi", b"Roma", b"Mustermann", b"127.0.0.1")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Received, dict[str, str]]]:
    """What a service has sent when it has ended, and ids of requests that were made."""
    with receiver() as got, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.url)
        patch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=for-the-collector")
        patch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
        ids = {}
        state = tmp_path_factory.mktemp("traced")
        with running(state, LOG_FORMAT="json", KEEP_ORIGINALS_DAYS="0") as service:
            httpx.get(f"{service.url}/readyz")
            files = {"photos": ("Anna Rossi.jpg", picture(), "image/jpeg")}
            with httpx.Client(
                base_url=service.url,
                headers={
                    "User-Agent": "Mustermann",
                    "traceparent": f"00-{PARENT}-00f067aa0ba902b7-01",
                },
            ) as client:
                made = client.post("/v1/listings", json={"home": HOME, "reference": "Via Roma 1"})
                path = f"/v1/listings/{made.json()['id']}/photos?who=Rossi"
                for name, method, url, more in (
                    ("upload", "POST", path, {"files": files}),
                    ("lost", "GET", "/v1/listings/lst_Rossi", {}),
                ):
                    ids[name] = client.request(method, url, **more).headers["x-request-id"]
            assert service.stop() == 0
            service.listener.join()  # type: ignore[union-attr]
            ids["log"] = "".join(service.said)
        yield got, ids


def test_a_request_is_one_trace(traced: tuple[Received, dict[str, str]]) -> None:
    got, _ = traced
    spans = got.spans()
    assert {span.trace_id.hex() for span in spans} == {PARENT}
    (upload,) = (s for s in spans if s.name == "POST /v1/listings/{listing}/photos")
    assert upload.kind == 2  # server
    assert upload.parent_span_id.hex() == "00f067aa0ba902b7"
    below = {upload.span_id}
    names = []
    for span in sorted(spans, key=lambda s: s.start_time_unix_nano):
        if span.parent_span_id in below:
            below.add(span.span_id)
            names.append(span.name)
            assert span.start_time_unix_nano >= upload.start_time_unix_nano - 1_000_000
            assert span.end_time_unix_nano <= upload.end_time_unix_nano
    assert {"wait", "look", "decode", "objects", "rooms", "copy", "store", "store put"} <= set(
        names
    )
    assert {"database SELECT", "database INSERT"} <= set(names)


def test_parts_lie_in_their_stage(traced: tuple[Received, dict[str, str]]) -> None:
    spans = traced[0].spans()
    (look,) = (span for span in spans if span.name == "look")
    for name in ("decode", "objects", "rooms"):
        (part,) = (span for span in spans if span.name == name)
        assert part.parent_span_id == look.span_id
    (copy,) = (span for span in spans if span.name == "copy")
    assert copy.parent_span_id == look.parent_span_id
    assert copy.start_time_unix_nano >= look.end_time_unix_nano
    (store,) = (span for span in spans if span.name == "store")
    puts = [span for span in spans if span.name == "store put"]
    assert puts
    assert {span.parent_span_id for span in puts} == {store.span_id}


def test_probes_and_sweeps_are_not_traced(traced: tuple[Received, dict[str, str]]) -> None:
    names = {span.name for span in traced[0].spans()}
    assert not [name for name in names if "readyz" in name]


def test_status_is_told(traced: tuple[Received, dict[str, str]]) -> None:
    (lost,) = (s for s in traced[0].spans() if s.name == "GET /v1/listings/{listing}")
    attributes = {one.key: one.value for one in lost.attributes}
    assert attributes["http.response.status_code"].int_value == 404
    assert lost.status.code == 0  # the client's error is none of the service's


def test_spans_hold_nothing_private(traced: tuple[Received, dict[str, str]]) -> None:
    for body in traced[0].bodies:
        assert [word for word in PRIVATE if word in body] == []


def test_who_sends_is_told(traced: tuple[Received, dict[str, str]]) -> None:
    got, _ = traced
    for resource in got.resources():
        assert resource["service.name"] == "homelens"
        assert resource["service.version"]
        assert resource["deployment.environment"] == "test"
    assert {headers.get("api-key") for headers in got.headers} == {"for-the-collector"}


def test_log_lines_name_the_trace(traced: tuple[Received, dict[str, str]]) -> None:
    _, ids = traced
    found = [json.loads(line) for line in ids["log"].splitlines()]
    (line,) = (one for one in found if one.get("request_id") == ids["upload"])
    assert line["trace_id"] == PARENT


def test_a_collector_that_is_away_disturbs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    with running(tmp_path) as service:
        assert httpx.get(f"{service.url}/v1/info").status_code == 200
        start = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - start < 20


def test_without_an_endpoint_nothing_is_imported(tmp_path: Path) -> None:
    assert endpoint({}) is None
    assert type(open_traces({})) is Traces


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318/"}, "http://a:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a/x"}, "http://a/x"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_endpoint(environment: dict[str, str], address: str | None) -> None:
    assert endpoint(environment) == address


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}, "collector:4317"),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4317",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ),
    ],
)
def test_what_cannot_be_sent_is_named(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        open_traces(environment)


def test_service_does_not_start_with_a_wrong_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")
    done = homelens("serve", "--port", "0", STATE=str(tmp_path))
    assert_named_error(done, "OTEL_EXPORTER_OTLP_ENDPOINT")


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "serving.observe.otel", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingExtra, match=r"homelens\[otel\]"):
        open_traces({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"})
