"""Log lines: one object each, a request's id on all of its lines, and nothing about people."""

import io
import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.observe.logs import REQUEST, JsonLines, log_to_stderr, told
from tests.homelens_command import homelens
from tests.service import Service, picture, running

PRIVATE = ("Anna", "Rossi", "Roma", "+39", "Mustermann", "secret")
HOME = '{"type":"house","bedrooms":1,"bathrooms":1}'


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    state = tmp_path_factory.mktemp("logged")
    with running(state, LOG_FORMAT="json", LOG_LEVEL="debug", RATE_PER_MINUTE="1000") as service:
        yield service


def lines(service: Service) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.said]


def line_of(service: Service, request: str) -> dict[str, object]:
    """The line of a request, which comes a moment after its answer."""
    end = time.monotonic() + 30
    while True:
        found = [
            one
            for one in lines(service)
            if one.get("request_id") == request and one["message"] == "request"
        ]
        if found:
            (line,) = found
            return line
        assert time.monotonic() < end
        time.sleep(0.01)


def test_every_line_is_an_object(logged: Service) -> None:
    assert line_of(logged, httpx.get(f"{logged.url}/v1/info").headers["x-request-id"])
    found = lines(logged)
    assert len(found) >= 4
    for line in found:
        assert {"time", "level", "logger", "message"} <= set(line)
    assert any(str(one["message"]).startswith("homelens serves http://") for one in found)
    assert any(one["message"] == "homelens is ready" for one in found)


def test_a_request_is_told_by_its_route(logged: Service) -> None:
    got = httpx.get(f"{logged.url}/v1/listings/lst_none")
    found = line_of(logged, got.headers["x-request-id"])
    assert found["route"] == "/v1/listings/{listing}"
    assert (found["method"], found["status"], found["level"]) == ("GET", 404, "info")
    assert 0 < float(str(found["seconds"])) < 60


def test_probes_are_quiet(logged: Service) -> None:
    got = httpx.get(f"{logged.url}/healthz")
    assert line_of(logged, got.headers["x-request-id"])["level"] == "debug"


def test_lines_hold_nothing_private(logged: Service) -> None:
    """Names of files, references, queries, paths, headers: whatever a request brings."""
    with httpx.Client(base_url=logged.url, headers={"User-Agent": "Mustermann"}) as client:
        before = len(logged.said)
        home = json.loads(HOME)
        made = client.post(
            "/v1/listings", json={"home": home, "reference": "Via Roma 1, Anna Rossi"}
        )
        listing = made.json()["id"]
        for name, data in (("Anna Rossi.jpg", picture()), ("Roma.jpg", b"no photo")):
            files = {"photos": (name, data, "image/jpeg")}
            client.post(f"/v1/listings/{listing}/photos?note=Rossi", files=files)
            client.post("/v1/check", files=files, data={"home": HOME, "rules": "Rossi"})
            client.post("/v1/check?phone=%2B39", files=files, data={"home": HOME})
        client.get("/v1/Anna/Rossi?name=Rossi")
        client.get("/v1/listings", headers={"Authorization": "Bearer hlk_secret"})
        client.request("ROSSI", "/v1/listings")
        client.post("/v1/listings", json={"home": {"type": "Rossi"}})
        last = client.get("/v1/info").headers["x-request-id"]
        assert line_of(logged, last)
    said = "".join(logged.said[before:])
    assert said.count('"message": "request"') >= 11
    assert [word for word in PRIVATE if word in said] == []
    assert "127.0.0.1" not in said


def test_lines_of_a_request_share_its_id(tmp_path: Path) -> None:
    """Where the store fails, the failure and the request are told under one id."""
    with running(tmp_path, LOG_FORMAT="json") as service:
        files = tmp_path / "files"
        while not files.is_file():  # readiness writes there meanwhile
            shutil.rmtree(files, ignore_errors=True)
            with suppress(OSError):
                files.write_text("no folder any more")
        made = httpx.post(f"{service.url}/v1/listings", json={"home": json.loads(HOME)}).json()
        got = httpx.post(
            f"{service.url}/v1/listings/{made['id']}/photos",
            files={"photos": ("Anna.jpg", picture(), "image/jpeg")},
        )
        assert got.status_code == 503
        request = got.headers["x-request-id"]
        assert line_of(service, request)["status"] == 503
        (failed,) = (
            one
            for one in lines(service)
            if one.get("request_id") == request and one["level"] == "error"
        )
        assert failed["code"] == "storage.failed"
        assert "Anna" not in "".join(service.said)


def unforeseen() -> BaseException:
    try:
        try:
            raise ValueError("Anna Rossi's kitchen")
        except ValueError as error:
            raise RuntimeError("Via Roma 1") from error
    except RuntimeError as error:
        return error


def test_exceptions_are_told_by_kind_and_place() -> None:
    error = unforeseen()
    said = told(error, texts=False)
    assert said.startswith("RuntimeError\n")
    assert "because of ValueError" in said
    assert "test_observe_logs.py" in said
    assert "Anna Rossi's kitchen" not in said.replace('"Anna Rossi\'s kitchen"', "")
    assert "Via Roma 1" in told(error, texts=True)


def test_a_circle_of_exceptions_ends() -> None:
    one, two = ValueError("a"), ValueError("b")
    one.__cause__, two.__cause__ = two, one
    assert told(one, texts=True).count("ValueError") == 2


@given(st.text(), st.dictionaries(st.sampled_from(["route", "method"]), st.text()))
def test_any_text_makes_one_line(text: str, fields: dict[str, str]) -> None:
    record = logging.LogRecord("homelens", logging.INFO, "x", 1, "%s", (text,), None)
    record.fields = fields
    token = REQUEST.set("5f")
    try:
        line = JsonLines(texts=False).format(record)
    finally:
        REQUEST.reset(token)
    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed["message"] == text
    assert parsed["request_id"] == "5f"
    assert parsed.items() >= fields.items()


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_level_counts(level: str, tmp_path: Path) -> None:
    root = logging.getLogger()
    kept = root.handlers, root.level
    stream = io.StringIO()
    try:
        log_to_stderr("text", level, stream)
        for name in ("debug", "info", "warning", "error"):
            logging.getLogger("homelens").log(logging.getLevelNamesMapping()[name.upper()], name)
        logging.getLogger("homelens.start").info("started")
        logging.getLogger("library").info("chatter")
    finally:
        root.handlers, _ = kept
        root.setLevel(kept[1])
        logging.captureWarnings(False)
        logging.getLogger("homelens").setLevel(logging.NOTSET)
    order = ["debug", "info", "warning", "error"]
    said = stream.getvalue()
    assert [name for name in order if f" {name}\n" in said] == order[order.index(level) :]
    assert "started" in said
    assert "chatter" not in said


def test_what_ends_the_start_is_an_object_too(tmp_path: Path) -> None:
    done = homelens(
        *("serve", "--port", "0"), STATE=str(tmp_path), LOG_FORMAT="json", STORE_URL="ftp://x"
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    found = json.loads(line)
    assert found["level"] == "error"
    assert "HOMELENS_STORE_URL" in found["message"]
    assert found["code"] == "storage.failed"
