"""The workflow: valid, with few rights, and no step that cannot be run by hand."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = re.compile(r"actions/[a-z-]+@v\d+")
"""Of GitHub's own, pinned to a major version."""


def jobs(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"])


STEPS = [
    pytest.param(step, id=f"{file.stem}-{name}-{number}")
    for file in FILES
    for name, job in jobs(file).items()
    for number, step in enumerate(job["steps"])
]
RUN = [param for param in STEPS if "run" in param.values[0]]
USES = [param for param in STEPS if "uses" in param.values[0]]


def runnable(line: str) -> None:
    """Fails unless the line is a make target or an executable of this repository."""
    words = shlex.split(line)
    while words[0] in ("sudo", "env", "--preserve-env") or re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = [word for word in words[1:] if "=" not in word]
        assert targets
        for target in targets:
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target
    else:
        path = ROOT / words[0]
        assert path.is_file(), words[0]
        assert path.stat().st_mode & 0o111, f"{words[0]} is not executable"


def test_there_is_a_workflow() -> None:
    assert FILES
    assert RUN


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_valid_by_the_schema(file: Path) -> None:
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("check-jsonschema")),),
            *("--builtin-schema", "vendor.github-workflows", str(file)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("step", RUN)
def test_every_step_can_be_run_by_hand(step: dict[str, str]) -> None:
    for line in step["run"].strip().splitlines():
        runnable(line)


@pytest.mark.parametrize("line", ["curl example.org", "make nothing-like-this", "echo tests"])
def test_other_steps_are_found(line: str) -> None:
    with pytest.raises(AssertionError):
        runnable(line)


@pytest.mark.parametrize("step", USES)
def test_actions_are_known_and_pinned(step: dict[str, str]) -> None:
    assert ACTION.fullmatch(step["uses"]), step["uses"]


def test_rights() -> None:
    for file in FILES:
        assert yaml.safe_load(file.read_text(encoding="utf-8"))["permissions"] == {
            "contents": "read"
        }
        for job in jobs(file).values():
            more = {name for name, right in job.get("permissions", {}).items() if right == "write"}
            assert more <= {"packages"}
            if more:
                assert job["if"] == "github.ref_type == 'tag'"
                assert {"test", "image"} <= set(job["needs"])


def test_the_two_commands_of_the_readme_are_what_runs() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make test" in ci
    lines = [param.values[0]["run"] for param in RUN]
    assert ".ci/run" in lines


def test_publishing_says_what_it_misses() -> None:
    done = subprocess.run(
        [str(ROOT / "deploy/image/publish.sh")],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "REGISTRY" in done.stderr
