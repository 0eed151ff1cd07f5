"""Schemathesis against the running service: whatever it sends, no server error.

.venv/bin/pytest tests/test_fuzz.py -s          # prints how many requests were made
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from serving.client import Client
from tests.service import picture, running
from vision.home import Home

REQUESTS = 2000
"""At least so many are to be generated."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)
"""All but those that hold the JSON schema for the whole truth: a form may be of the right shape and
still hold no photo (positive_data_acceptance), and 2.0 bedrooms are 2 (negative_data_rejection)."""


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder of its own: schemathesis keeps examples where it runs."""
    folder = tmp_path / "schemathesis"
    folder.mkdir()
    return folder


def test_no_server_error(tmp_path: Path, configured: Path) -> None:
    with running(tmp_path / "state", RATE_PER_MINUTE="10000000") as service:
        key = service.make_key()
        with Client(service.url, key) as client:  # something to be found
            listing = client.create_listing(Home(type="house", bedrooms=1, bathrooms=1))
            client.upload(listing.id, [("a.jpg", picture())])
        report = configured / "report.json"
        done = subprocess.run(
            [
                Path(sys.executable).with_name("st"),
                *("run", f"{service.url}/openapi.json"),
                *("--header", f"Authorization: Bearer {key}"),
                *("--exclude-path-regex", "/events$"),  # a stream without end
                *("--checks", ",".join(CHECKS)),
                *("--max-examples", "80", "--continue-on-failure", "--no-shrink"),
                *("--seed", "1", "--request-timeout", "30", "--workers", "1"),
                *("--report", "json", "--report-json-path", report),
            ],
            cwd=configured,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        (configured / "st.log").write_text(done.stdout)
        said = done.stdout[-6000:] + done.stderr[-2000:]
        found = re.search(r"(\d+) generated", done.stdout)
        assert found, said
        generated = int(found.group(1))
        print(f"\n{generated} requests were generated")
        assert done.returncode == 0, said
        assert json.loads(report.read_text())
        assert generated >= REQUESTS, said
        metrics = httpx.get(f"{service.url}/metrics").text
        errors = re.findall(r'homelens_requests_total\{.*status="5\d\d"\} .*', metrics)
        assert errors == []
        assert "Traceback" not in "".join(service.said)
        assert service.stop() == 0
