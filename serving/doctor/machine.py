"""The machine and what is installed on it: models, CPUs, memory, disk, pages, rules, traces.

look_at_models(settings), look_at_cpus(settings), look_at_memory(settings), look_at_disk(settings)
"""

import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from serving.doctor.finding import Finding
from serving.observe.traces import endpoint, open_traces
from serving.settings import Settings
from vision.rules import load_rules
from vision.session import cpu_quota

MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of cgroup v2 and v1."""

NO_LIMIT = 1 << 60
"""What v1 has for no limit is about this much."""

READY_BYTES = 350_000_000
"""Memory of a service that is ready, at the most (README)."""

COPYING_BYTES = 8
"""Memory for each pixel while a photo is copied (docs/operations.md)."""

VALUATION_SHARE = 1.75
"""Memory that valuation models take, beside what they count themselves (docs/operations.md)."""

SEND_SECONDS = 5.0


def look_at_models(settings: Settings) -> list[Finding]:
    """Each bundle's version and hash, verified."""
    from serving.cli.models import look

    findings = []
    for row in look(settings.models):
        name = f"model {row['bundle']}"
        if row["error"]:
            do = "install homelens again, or `homelens models rollback`; see HOMELENS_MODELS"
            code = {"code": row["status"]}
            findings.append(Finding(name, "wrong", str(row["error"]), do, code))
        else:
            found = f"version {row['version']}, sha256 {row['sha256'][:12]} verified"
            more = {"version": row["version"], "sha256": row["sha256"]}
            findings.append(Finding(name, "ok", found, more=more))
    return findings


def look_at_rules(settings: Settings) -> list[Finding]:
    """The rule file can be read."""
    return [Finding("rules", "ok", load_rules(settings.rules).title)]


def look_at_pages(settings: Settings) -> list[Finding]:
    """The built pages are there."""
    from serving.api.pages import DIST

    if (DIST / "index.html").is_file():
        return [Finding("pages", "ok", "the pages are built")]
    do = "`make serve` in a checkout builds them; the API works without"
    return [Finding("pages", "warning", "the pages are not built", do)]


def look_at_cpus(settings: Settings) -> list[Finding]:
    """Threads beside the CPUs that may be used."""
    cpus = cpu_quota()
    workers = settings.workers or cpus
    threads = settings.threads or 1
    found = f"{cpus} of the machine's {os.cpu_count()} may be used; "
    found += f"{workers} photos at a time, {threads} thread{'s' * (threads > 1)} each"
    more = {"cpus": cpus, "workers": workers, "threads": threads}
    if workers * threads > cpus:
        do = "unset HOMELENS_WORKERS and HOMELENS_THREADS: more threads than CPUs are slower"
        return [Finding("cpu", "warning", found, do, more)]
    return [Finding("cpu", "ok", found, more=more)]


def memory_limit(files: tuple[Path, ...] = MEMORY_LIMITS) -> int | None:
    """The container's limit in bytes; None is no limit."""
    for path in files:
        if path.is_file():
            text = path.read_text().strip()
            if text.isdigit() and int(text) < NO_LIMIT:
                return int(text)
            return None
    return None


def look_at_memory(settings: Settings) -> list[Finding]:
    """The limit beside what the largest photos and the valuation models take."""
    limit = memory_limit()
    workers = settings.workers or cpu_quota()
    models = int(settings.valuation_memory_mb * 1e6 * VALUATION_SHARE)
    most = READY_BYTES + models + workers * settings.max_pixels * COPYING_BYTES
    megapixels = settings.max_pixels / 1e6
    needs = (
        f"{workers} photos of {megapixels:.0f} MP at a time and valuation models of "
        f"{settings.valuation_memory_mb:g} MB take {most / 1e9:.1f} GB"
    )
    if limit is None:
        return [Finding("memory", "ok", f"no limit; {needs}")]
    found, more = f"the limit is {limit / 1e9:.2f} GB; {needs}", {"limit": limit, "most": most}
    if limit < READY_BYTES:
        do = f"give it {most / 1e9:.1f} GB"
        return [Finding("memory", "wrong", found, do, more)]
    if limit < most:
        do = "raise the limit, or lower HOMELENS_MAX_PIXELS or HOMELENS_VALUATION_MEMORY_MB"
        return [Finding("memory", "warning", found, do, more)]
    return [Finding("memory", "ok", found, more=more)]


def look_at_disk(settings: Settings) -> list[Finding]:
    """The state folder is writable and has room for uploads."""
    folder = settings.state
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        return [Finding("disk", "wrong", f"{there} is no folder", "set HOMELENS_STATE")]
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        found = f"{folder} cannot be written: {error.strerror}"
        return [Finding("disk", "wrong", found, "set HOMELENS_STATE to a folder of its user")]
    free = shutil.disk_usage(there).free
    found, more = f"{folder}: {free / 1e9:.1f} GB are free", {"free": free}
    do = "free some, or put HOMELENS_STATE elsewhere: uploads are kept there while they arrive"
    if free < settings.max_bytes:
        return [Finding("disk", "wrong", found, do, more)]
    if free < 2 * settings.max_request_bytes:
        return [Finding("disk", "warning", found, do, more)]
    return [Finding("disk", "ok", found, more=more)]


def look_at_traces(environment: Mapping[str, str]) -> list[Finding]:
    """The collector takes an empty message; it is sent without its headers' being shown."""
    address = endpoint(environment)
    if address is None:
        return [Finding("traces", "ok", "no endpoint is configured, so none are sent")]
    open_traces(environment).close()  # raises where address or library is wrong
    headers = {"Content-Type": "application/x-protobuf"}
    for pair in environment.get("OTEL_EXPORTER_OTLP_HEADERS", "").split(","):
        name, equals, value = pair.partition("=")
        if equals:
            headers[name.strip()] = urllib.parse.unquote(value.strip())
    message = urllib.request.Request(address, data=b"", headers=headers, method="POST")
    do = "check OTEL_EXPORTER_OTLP_ENDPOINT: OTLP over HTTP, port 4318 of a collector"
    try:
        with urllib.request.urlopen(message, timeout=SEND_SECONDS) as answer:
            return [Finding("traces", "ok", f"the collector takes them ({answer.status})")]
    except urllib.error.HTTPError as error:
        return [Finding("traces", "wrong", f"the collector answers {error.code}", do)]
    except OSError as error:
        reason = getattr(error, "reason", error)
        return [Finding("traces", "warning", f"the collector does not answer: {reason}", do)]
