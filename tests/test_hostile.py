"""The contract for bad bytes: a named error or the right picture, within 300 MB and 2 s.

    pytest tests/test_hostile.py

The answers are checked here; memory and time in a child that forks once for each file, so that
each fork's peak is that file's alone.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile import hostile_cases, valid
from vision.errors import HomelensError, PhotoError
from vision.photo import decode

CASES = {case.name: case for case in hostile_cases()}
ROOT = Path(__file__).resolve().parent.parent
CHILD = "tests.hostile_child"
MEGABYTES, SECONDS = 300, 2
FORMATS = ("jpeg", "progressive", "restarts", "png", "webp", "lossless", "heic", "avif")


def test_there_are_enough_cases() -> None:
    assert sum(case.error is not None for case in CASES.values()) >= 40
    assert sum(case.pixels is not None for case in CASES.values()) >= 40


@pytest.mark.parametrize("name", CASES)
def test_answer(name: str) -> None:
    case = CASES[name]
    if case.error is not None:
        with pytest.raises(HomelensError) as raised:
            decode(case.data)
        assert type(raised.value) is case.error
        assert raised.value.wrong
        return
    photo = decode(case.data)
    assert case.pixels is not None
    assert photo.pixels.shape == case.pixels.shape
    assert photo.pixels.dtype == np.uint8
    difference = np.abs(photo.pixels.astype(int) - case.pixels).mean()
    assert difference <= case.tolerance


def test_cost(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{number:03}") for number in range(len(CASES))]
    for file, case in zip(files, CASES.values(), strict=True):
        Path(file).write_bytes(case.data)
    done = subprocess.run(
        [sys.executable, "-m", CHILD, *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(costs) == len(CASES)
    over = {
        name: cost
        for name, cost in zip(CASES, costs, strict=True)
        if cost["exit"] != 0 or cost["mb"] > MEGABYTES or cost["cpu_s"] > SECONDS
    }
    assert not over


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_mutations_decode_or_are_refused(kind: str, data: st.DataObject) -> None:
    """Whatever bytes are changed, removed or cut: a whole picture or a PhotoError."""
    content = bytearray(valid(kind))
    for _ in range(data.draw(st.integers(1, 8), label="changes")):
        at = data.draw(st.integers(0, len(content) - 1), label="at")
        content[at] = data.draw(st.integers(0, 255), label="byte")
    start = data.draw(st.integers(0, len(content)), label="hole")
    length = data.draw(st.sampled_from([0, 0, 0, 1, 2, 16, 500]), label="length")
    del content[start : start + length]
    if data.draw(st.booleans(), label="cut"):
        del content[data.draw(st.integers(0, len(content)), label="end") :]
    try:
        photo = decode(bytes(content))
    except PhotoError:
        return
    assert photo.pixels.ndim == 3
    assert photo.pixels.shape[2] == 3
    assert photo.pixels.dtype == np.uint8
    assert min(photo.pixels.shape[:2]) >= 32


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBP", b"\0\0\0\x18ftypavif"]
    ),
    rest=st.binary(max_size=400),
)
def test_noise_is_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(PhotoError):
        decode(start + rest)
