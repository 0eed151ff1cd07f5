"""Schemathesis against the running service: whatever it sends, no server error.

.venv/bin/pytest tests/test_fuzz.py -s          # prints how many requests were made
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.client import Client
from tests.service import Service, picture, running
from tests.thorough import often
from vision.home import Home

EXAMPLES = often(20, thorough=80)
"""Of each operation that chance draws, beside those that the schema's edges give."""

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


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("fuzzed"), RATE_PER_MINUTE="10000000") as service:
        yield service
        assert service.stop() == 0


def generated(service: Service, key: str, folder: Path, *options: str) -> int:
    """How many requests schemathesis made without finding a failure."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            *([f"--config-file={folder / 'st.toml'}"] if (folder / "st.toml").exists() else []),
            *("run", f"{service.url}/openapi.json"),
            *("--header", f"Authorization: Bearer {key}"),
            *("--exclude-path-regex", "/events$"),  # a stream without end
            *("--checks", ",".join(CHECKS)),
            *("--continue-on-failure", "--no-shrink", "--seed", "1", "--request-timeout", "30"),
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    said = done.stdout[-6000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) generated", done.stdout)
    assert found, said
    assert done.returncode == 0, said
    metrics = httpx.get(f"{service.url}/metrics").text
    assert re.findall(r'homelens_requests_total\{.*status="5\d\d"\} .*', metrics) == []
    assert "Traceback" not in "".join(service.said)
    return int(found.group(1))


def test_no_server_error(fuzzed: Service, tmp_path: Path) -> None:
    """Every operation, and what follows from creating a listing."""
    number = generated(fuzzed, fuzzed.make_key(), tmp_path, "--max-examples", str(EXAMPLES))
    print(f"\n{number} requests were generated")
    assert number >= REQUESTS


def test_no_server_error_on_a_photo(fuzzed: Service, tmp_path: Path) -> None:
    """Every operation but deletion, on a listing and a photo that are there."""
    key = fuzzed.make_key()
    with Client(fuzzed.url, key) as client:
        listing = client.create_listing(Home(type="house", bedrooms=1, bathrooms=1))
        photo = client.upload(listing.id, [("a.jpg", picture())]).results[0].photo
    assert photo is not None
    (tmp_path / "st.toml").write_text(
        f'[parameters]\n"path.listing" = "{listing.id}"\n"path.photo" = "{photo.id}"\n'
        f'"path.copy" = "{str(photo.copy_.url).rsplit("/", 1)[1]}"\n'
    )
    options = ("--phases", "examples,coverage,fuzzing", "--exclude-method", "DELETE")
    number = generated(fuzzed, key, tmp_path, "--max-examples", str(EXAMPLES // 2), *options)
    print(f"\n{number} requests were generated for one photo")
    assert number >= REQUESTS / 4
    with Client(fuzzed.url, key) as client:
        assert client.photo(listing.id, photo.id).sha256 == photo.sha256
