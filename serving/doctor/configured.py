"""The settings as they are: each with its value, its source, and what is wrong with it.

found = configured(os.environ)
found.settings           # what holds; of a wrong value, the default
found.rows, found.findings
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError

from serving.doctor.finding import Finding
from serving.settings import NOT_SETTINGS, PREFIX, Settings
from serving.store.database import shown

MASK = "***"

BESIDE = (
    *("AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    *("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME"),
)
"""Variables of other makers that count."""

SECRET = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_HEADERS"})
"""Never shown."""


@dataclass(frozen=True)
class Row:
    """One variable; `source` is environment or default."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Configured:
    """All settings."""

    settings: Settings
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]


def configured(environment: Mapping[str, str]) -> Configured:
    """Read all settings, going on where one is wrong."""
    given = {name.upper(): value for name, value in environment.items()}
    known = {f"{PREFIX}{field.upper()}": field for field in Settings.model_fields}
    findings = [
        Finding(
            name,
            "wrong",
            "there is no such setting, and no command runs with it",
            f"correct its name or unset it{like(name, known)}",
        )
        for name in sorted(given)
        if name.startswith(PREFIX) and name not in known and name not in NOT_SETTINGS
    ]
    settings, wrong = valid()
    findings += wrong
    rows = [
        Row(
            name,
            masked(name, str(getattr(settings, field))),
            "environment" if name in given else "default",
        )
        for name, field in sorted(known.items())
    ]
    rows += [
        Row(name, masked(name, given[name]), "environment") for name in BESIDE if name in given
    ]
    if not findings:
        number = sum(row.source == "environment" for row in rows)
        findings.append(Finding("settings", "ok", f"{number} variables are set, all are valid"))
    return Configured(settings, tuple(rows), tuple(findings))


def valid() -> tuple[Settings, list[Finding]]:
    """The settings with the default for each wrong value, and what is wrong."""
    try:
        return Settings(), []
    except ValidationError as error:
        errors = error.errors()
    findings, defaults = [], dict[str, Any]()
    for one in errors:
        field = str(one["loc"][0])
        name = f"{PREFIX}{field.upper()}"
        about = Settings.model_fields[field]
        value = masked(name, str(one["input"]))
        findings.append(
            Finding(
                name,
                "wrong",
                f"is {value!r}: {one['msg'].lower()}",
                f"correct it or unset it; accepted: {about.description}",
            )
        )
        defaults[field] = about.get_default(call_default_factory=True)
    return Settings(**defaults), findings


def like(name: str, known: Mapping[str, str]) -> str:
    """The setting that was probably meant."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def masked(name: str, value: str) -> str:
    """The value without its secrets."""
    if name in SECRET:
        return MASK
    if name == f"{PREFIX}DATABASE_URL" and value != "None":
        try:
            return shown(value)
        except ArgumentError:
            return MASK  # may be a password by itself
    if "@" in value and "://" in value:
        try:
            parts = urlsplit(value)
            return parts._replace(netloc=f"{MASK}@{parts.hostname or ''}").geturl()
        except ValueError:
            return MASK
    return value
