"""Log lines on standard error, as text or JSON; none holds personal data.

    log_to_stderr("json", "info")
    logging.getLogger("homelens").info("request", extra={"fields": {"status": 200}})

A line names no address, no path, no query and no file: a request is told by its route's pattern and
its id. Of an exception its kind and the places in the code are told, but not its text, which may
quote what a request brought; with the level debug the text is there too. Lines that belong to a
request carry the id that its answer has in X-Request-Id.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

REQUEST: ContextVar[str] = ContextVar("homelens_request", default="")
"""The id of the request that this task or thread works for."""

TRACE: ContextVar[str] = ContextVar("homelens_trace", default="")
"""The id of its trace, where it is traced."""

STARTS = "homelens.start"
"""The logger of what is said at start whatever the level: where it listens, when it is ready."""


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record has beside its text."""
    found: dict[str, Any] = {}
    if request := REQUEST.get():
        found["request_id"] = request
    if trace := TRACE.get():
        found["trace_id"] = trace
    return found | getattr(record, "fields", {})


def told(error: BaseException, *, texts: bool) -> str:
    """An exception and those behind it: kinds and places, and with `texts` what they say."""
    parts: list[str] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        kind = f"{type(now).__module__}.{type(now).__qualname__}".removeprefix("builtins.")
        places = "".join(traceback.format_tb(now.__traceback__))
        parts.append(f"{kind}{f': {now}' if texts else ''}\n{places}".rstrip())
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return "\nbecause of ".join(parts)


class Lines(logging.Formatter):
    """What both forms have in common."""

    def __init__(self, *, texts: bool) -> None:
        super().__init__()
        self.texts = texts

    def error(self, record: logging.LogRecord) -> str:
        """The record's exception; empty where there is none."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        return told(record.exc_info[1], texts=self.texts)


class TextLines(Lines):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, text, fields, and the exception on lines of its own."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        parts = [f"{time}Z", record.levelname, record.getMessage()]
        parts += [f"{name}={value}" for name, value in fields_of(record).items()]
        error = self.error(record)
        return " ".join(parts) + (f"\n{error}" if error else "")


class JsonLines(Lines):
    """For programs: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The object's JSON."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if error := self.error(record):
            line["error"] = error
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send all loggers of the process there, libraries' from warnings on."""
    texts = level == "debug"
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(texts=texts) if form == "json" else TextLines(texts=texts))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger("homelens").setLevel(level.upper())
    logging.getLogger(STARTS).setLevel(logging.INFO)
    logging.captureWarnings(True)
