"""Runs the installed `homelens` command, as a user does, for the tests of the command line."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("homelens")
HOME = "bedrooms=1,bathrooms=1,type=house"


def homelens(
    *arguments: str | Path, folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """The finished process; `settings` are HOMELENS_ variables without the prefix."""
    kept = {name: value for name, value in os.environ.items() if "HOMELENS_" not in name.upper()}
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env={**kept, **{f"HOMELENS_{name}": value for name, value in settings.items()}},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def assert_named_error(done: subprocess.CompletedProcess[str], *texts: str) -> None:
    """Exit code 2, a text on standard error, no traceback, nothing on standard output."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for text in texts:
        assert text in done.stderr
