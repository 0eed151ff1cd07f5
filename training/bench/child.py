"""Other processes that a bench measures: `homelens check` from its start, and ultralytics.

    used = run(check_command(photos, home))     # seconds, peak memory, output
    with Reference.start(weights) as reference:
        wall_ms, cpu_ms = reference.predict(path)

A process's peak memory counts from the one that started it, until its program is loaded; so a bare
Python starts and measures each, and the bench's own memory does not show.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vision.errors import DataError, HomelensError

ROOT = Path(__file__).resolve().parent.parent.parent

LAUNCHER = """
import json, os, sys, time
out, err, *command = sys.argv[1:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
actions = [(os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600), (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600)]
start = time.perf_counter()
pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "cpu_seconds": usage.ru_utime + usage.ru_stime,
    "peak": usage.ru_maxrss,
    "code": os.waitstatus_to_exitcode(status),
}))
"""

CHECK = "from serving.cli.main import main; main()"
"""What the console command `homelens` runs."""

LIST_TORCH = """
import sys
from serving.cli.main import main
try:
    main()
finally:
    found = sorted(m for m in sys.modules if m.split('.')[0] in ('torch', 'ultralytics'))
    print('\\n'.join(['MODULES', *found]), file=sys.stderr)
"""


@dataclass(frozen=True)
class Used:
    """What a finished process took; `peak_mb` is the largest resident set in 10^6 bytes."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    out: str
    err: str


def run(command: Sequence[str]) -> Used:
    """Run to the end, from process start to exit. Raises HomelensError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        launched = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(out), str(err), *command],
            capture_output=True,
            text=True,
            check=True,
        )
        used = json.loads(launched.stdout)
        said = err.read_text(errors="replace")
        if used["code"]:
            raise HomelensError(f"{command[-1]!r} ended with {used['code']}: {said[-2000:]}")
        # Linux counts ru_maxrss in units of 1024 bytes, macOS in bytes
        unit = 1 if sys.platform == "darwin" else 1024
        return Used(
            seconds=used["seconds"],
            cpu_seconds=used["cpu_seconds"],
            peak_mb=used["peak"] * unit / 1e6,
            out=out.read_text(errors="replace"),
            err=said,
        )


def check_command(photos: Sequence[Path], program: str = CHECK) -> list[str]:
    """`homelens check` of these photos, as its own process."""
    home = ["--home", "bedrooms=1,bathrooms=1,type=house", "--json"]
    return [sys.executable, "-c", program, "check", *map(str, photos), *home]


def torch_modules(photos: Sequence[Path]) -> list[str]:
    """Modules of torch or ultralytics that `homelens check` has loaded at its end."""
    said = run(check_command(photos, LIST_TORCH)).err
    return said.rpartition("MODULES\n")[2].split()


class Reference:
    """Plain ultralytics predict in a process of its own: torch never enters the bench's."""

    def __init__(self, process: "subprocess.Popen[str]", answers: IO[str], asks: IO[str]) -> None:
        self._process, self._answers, self._asks = process, answers, asks

    @classmethod
    @contextlib.contextmanager
    def start(cls, weights: Path) -> "Iterator[Reference]":
        """Load the weights and wait until ready. Raises DataError or HomelensError."""
        if not weights.is_file():
            raise DataError(f"{weights} is not a file", accepted="ultralytics weights (.pt)")
        with subprocess.Popen(
            [sys.executable, "-m", "training.bench.reference", str(weights.resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as process:
            if process.stdout is None or process.stdin is None:
                raise HomelensError("the reference process has no pipes")
            try:
                reference = cls(process, process.stdout, process.stdin)
                reference._answer()
                yield reference
            finally:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
                process.wait(timeout=60)

    def predict(self, photo: Path) -> tuple[float, float]:
        """Wall and CPU milliseconds of one predict, from the file to the boxes."""
        self._asks.write(json.dumps(str(photo.resolve())) + "\n")
        self._asks.flush()
        answer = self._answer()
        return float(answer["wall_ms"]), float(answer["cpu_ms"])

    def _answer(self) -> dict[str, float]:
        line = self._answers.readline()
        if not line:
            raise HomelensError("the ultralytics process ended; see its messages above")
        answer: dict[str, float] = json.loads(line)
        return answer
