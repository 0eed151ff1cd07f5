"""Shared fixtures: the development data, counted and named when it is absent."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ABSENT = pytest.StashKey[list[str]]()


def data_folder() -> Path | None:
    """HOMELENS_DATA, else shared/data beside the checkout, else None."""
    given = os.environ.get("HOMELENS_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture
def homelens_data(request: pytest.FixtureRequest) -> Path:
    """The folder of development photos; the one place that skips for want of it."""
    folder = data_folder()
    if folder is None:
        request.config.stash.setdefault(ABSENT, []).append(request.node.nodeid)
        pytest.skip("needs the development photos: set HOMELENS_DATA")
    return folder


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None] | None:
    absent = config.stash.get(ABSENT, [])
    if absent:
        terminalreporter.section("skipped for want of development photos")
        for name in absent:
            terminalreporter.write_line(f"  {name}")
        terminalreporter.write_line(
            f"{len(absent)} tests need the photos that HOMELENS_DATA names; all others ran."
        )
    return None
