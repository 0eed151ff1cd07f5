"""Shared fixtures: the development data, counted and named when it is absent."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends import postgres, s3
from tests.service import Service, running

ROOT = Path(__file__).resolve().parent.parent
ABSENT = "needs the development photos: set HOMELENS_DATA"


def data_folder() -> Path | None:
    """HOMELENS_DATA, else shared/data beside the checkout, else None."""
    given = os.environ.get("HOMELENS_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture
def homelens_data() -> Path:
    """The folder of development photos; the one place that skips for want of it."""
    folder = data_folder()
    if folder is None:
        pytest.skip(ABSENT)
    return folder


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without any key: for this machine, on SQLite and local files."""
    with running(tmp_path_factory.mktemp("service")) as found:
        yield found


@pytest.fixture(scope="session")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that asks for keys."""
    with running(tmp_path_factory.mktemp("keyed")) as found:
        found.make_key()
        yield found


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL."""
    with postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket of a real S3 server, whose credentials are in the environment meanwhile."""
    with s3(tmp_path_factory.mktemp("s3")):
        yield "s3://homelens"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> Iterator[None] | None:
    skipped = terminalreporter.stats.get("skipped", [])  # of all processes that ran tests
    absent = [report.nodeid for report in skipped if ABSENT in str(report.longrepr)]
    if absent:
        terminalreporter.section("skipped for want of development photos")
        for name in absent:
            terminalreporter.write_line(f"  {name}")
        terminalreporter.write_line(
            f"{len(absent)} tests need the photos that HOMELENS_DATA names; all others ran."
        )
    return None
