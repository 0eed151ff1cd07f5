"""dvc.yaml names stages that exist: their commands, parameters, code and order."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
STAGES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def test_dvc_reads_the_stages() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--name-only"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert listed == list(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_parameters_and_code_exist(name: str) -> None:
    stage = STAGES[name]
    for parameter in stage.get("params", []):
        table = PARAMS
        for part in parameter.split("."):
            assert part in table, parameter
            table = table[part]
    for dependency in stage["deps"]:
        if dependency.split("/")[0] in ("training", "vision"):
            assert (ROOT / dependency).is_file(), dependency


COMMANDS = sorted(
    {
        tuple(word for word in shlex.split(command)[1:3])
        for stage in STAGES.values()
        for command in (stage["cmd"] if isinstance(stage["cmd"], list) else [stage["cmd"]])
        if command.startswith("homelens")
    }
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_exist(words: tuple[str, str]) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "homelens"), *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_bundles_are_made_by_exactly_one_stage() -> None:
    made = [
        next(iter(out)) if isinstance(out, dict) else out
        for stage in STAGES.values()
        for out in stage["outs"]
    ]
    shipped = sorted(
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "models").rglob("manifest.json")
        if ".history" not in path.parts
    )
    assert sorted(out for out in made if out.startswith("models/")) == shipped
    assert len(shipped) == 15
