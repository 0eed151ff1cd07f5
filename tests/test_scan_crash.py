"""Scans that are killed, and workers that die: no photo is lost, none is there twice.

.venv/bin/pytest tests/test_scan_crash.py -s        # prints when it killed and what was repeated
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pytest

from serving.scan.crew import Crew, HomelensError
from serving.scan.dest import Dest
from serving.scan.plan import Header
from serving.scan.run import begun, scan
from serving.scan.source import Source
from serving.scan.worker import Job
from tests.homelens_command import COMMAND
from tests.scan_archive import make_archive, order, rows_of, table_of_scan
from training.bench.scan_runs import repeated_by_kill

KILLS = (None, "shards")
"""What is waited for before a kill: nothing, or the next finished file of a folder."""
PHOTOS = 32
SHARD = 8


def launch(photos: Path, out: Path) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if "HOMELENS_" not in name.upper()}
    return subprocess.Popen(
        [COMMAND, "scan", photos, "--out", out, "--shard", str(SHARD), "--workers", "2"],
        env=kept,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def written(out: Path, folder: str) -> set[str]:
    """The files of a folder: shards that are done, or marks."""
    return {path.name for path in out.glob(f"{folder}/*.parquet")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pa.Table]:
    """An archive, and the rows of a scan that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    photos = make_archive(folder / "photos", good=PHOTOS)
    scan(order(photos, folder / "out", shard_size=SHARD))
    return photos, table_of_scan(folder / "out")


def test_kill_at_any_moment_and_run_again(whole: tuple[Path, pa.Table], tmp_path: Path) -> None:
    moments = random.Random(11)
    photos, rows = whole
    out, kills, done = tmp_path / "killed", [], 0
    while True:
        process = launch(photos, out)
        if len(kills) < len(KILLS):
            if (folder := KILLS[len(kills)]) is not None:
                there = written(out, folder)
                while written(out, folder) <= there and process.poll() is None:
                    time.sleep(0.01)
            time.sleep(moments.uniform(0, 0.5 if folder else 1.5))
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate(timeout=300)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, said.decode()
        before, done = done, len(written(out, "shards"))
        assert done >= before  # what is done stays
        kills.append(done)
    assert len(kills) == len(KILLS)
    print(f"\nkilled with {kills} of {PHOTOS // SHARD} shards done")
    names = [row["photo"] for row in rows_of(out)]
    assert len(names) == len(set(names)) == PHOTOS
    assert table_of_scan(out).equals(rows)
    assert not list(out.rglob("*.part"))
    assert not (out / "marks").exists()


def test_less_than_a_shard_is_looked_at_again(whole: tuple[Path, pa.Table], tmp_path: Path) -> None:
    photos, rows = whole
    killed = order(photos, tmp_path / "killed", shard_size=PHOTOS // 2)
    repeated = repeated_by_kill(killed, workers=2, share=0.7)
    print(f"\n{repeated} photos looked at again, of shards of {killed.shard_size}")
    assert 0 < repeated < killed.shard_size
    assert table_of_scan(killed.out).equals(rows)


def crew_of(tmp_path: Path, good: int, **options: float) -> tuple[Crew, Header]:
    """A crew of one for a plan of one shard."""
    photos = make_archive(tmp_path / "photos", good=good)
    planned = order(photos, tmp_path / "out", shard_size=100)
    dest = Dest.open(planned.out)
    header = begun(planned, Source.open(planned.source), dest, lambda text: None)
    job = Job(header, planned.out, planned.models, planned.rules, planned.limits)
    return Crew(job, 1, **options), header


def test_a_photo_that_kills_twice_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew, _ = crew_of(tmp_path, good=6)
    killed: set[int] = set()

    def murder() -> None:
        for pid, slot in zip(crew.pids, crew._slots, strict=True):
            if slot[0] >= 3 and not crew._deadly and pid not in killed:
                killed.add(pid)
                os.kill(pid, signal.SIGSTOP)  # it stays at this photo until it is gone
                slot[0] = 3
                os.kill(pid, signal.SIGKILL)

    with crew:
        # looked at often, so that the worker is caught at its photo
        monkeypatch.setattr("serving.scan.crew.TICK_SECONDS", 0.01)
        done = list(crew.run([0], murder))
    assert len(killed) == 2
    assert [shard for shard, _ in done] == [0]
    rows = rows_of(tmp_path / "out")
    assert [row["error"] for row in rows] == [None] * 3 + ["photo.deadly"] + [None] * 2
    assert "-9, 2 times" in rows[3]["error_text"]


def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    crew, _ = crew_of(tmp_path, good=2, seconds=3)
    stopped: list[int] = []

    def freeze() -> None:
        if not stopped and crew._slots[0][0] >= 0:
            stopped.append(crew.pids[0])
            os.kill(crew.pids[0], signal.SIGSTOP)

    with crew:
        assert [shard for shard, _ in crew.run([0], freeze)] == [0]
    assert [row["error"] for row in rows_of(tmp_path / "out")] == [None, None]


def test_workers_that_never_get_to_work_end_the_scan(tmp_path: Path) -> None:
    crew, _ = crew_of(tmp_path, good=1)

    def murder() -> None:
        for pid in crew.pids:
            os.kill(pid, signal.SIGKILL)

    with crew:
        murder()
        with pytest.raises(HomelensError, match="keep ending"):
            list(crew.run([0], murder))


def test_workers_end_with_the_scan(tmp_path: Path) -> None:
    photos = make_archive(tmp_path / "photos", good=20)
    process = launch(photos, tmp_path / "out")
    children: list[int] = []
    while len(children) < 2:  # the resource tracker and the workers
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        children = [int(pid) for pid in listed if is_worker(int(pid))]
        assert process.poll() is None
    process.kill()
    process.communicate()
    end = time.monotonic() + 20
    while any(is_worker(pid) for pid in children):
        assert time.monotonic() < end
        time.sleep(0.05)


def is_worker(pid: int) -> bool:
    """Whether a process of multiprocessing's making runs under this number."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
