"""The real service as a process of its own, on a free port, with a database and files of its own.

    state = State.make(folder)
    with Service.start(state) as service:         # returns when /readyz answers 200
        service.ready_s, service.port, service.rss_mb()

HOMELENS_ variables of the caller count (HOMELENS_WORKERS, HOMELENS_QUEUE, …), but for the address,
the database and the file store: those are the bench's and are deleted with its folder.
"""

import contextlib
import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vision.errors import HomelensError

COMMAND = Path(sys.executable).with_name("homelens")
"""The console script of the installation that runs this."""

HOST = "127.0.0.1"
RATE = 1_000_000
"""Requests a minute that the bench's key may send: the queue is measured, not the key's limit."""

POLL_SECONDS = 0.005
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
"""How long a start and a stop may take: far more than they do."""

SERVES = re.compile(rf"homelens serves http://{re.escape(HOST)}:(\d+)\n")


class ServiceEnded(HomelensError):
    """The service that is measured has ended or has not become ready."""

    code = "bench.service_ended"


@dataclass(frozen=True)
class State:
    """A service's folder, and a key for it."""

    folder: Path
    key: str

    @classmethod
    def make(cls, folder: Path) -> "State":
        """Make the database and a key in an empty folder. Raises HomelensError."""
        if sys.platform != "linux":
            raise HomelensError("memory is read from /proc", accepted="Linux")
        made = subprocess.run(
            [COMMAND, "keys", "create", "bench", "--rate", str(RATE)],
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise HomelensError(f"no key could be made for the service: {made.stderr[-2000:]}")
        return cls(folder, made.stdout.strip())

    @property
    def said(self) -> Path:
        """What the service prints."""
        return self.folder / "said"

    def drop_files(self) -> None:
        """Delete the photos and copies that were stored; nobody asks for them.

        Only while no photo is on its way. Without it 5,000 phone photos would take 60 GB.
        """
        shutil.rmtree(self.folder / "files" / "listings", ignore_errors=True)


def environment(folder: Path) -> dict[str, str]:
    """The caller's variables, with address and storage of the bench."""
    storage = ("HOMELENS_DATABASE_URL", "HOMELENS_STORE_URL")
    kept = {name: value for name, value in os.environ.items() if name.upper() not in storage}
    return kept | {
        "HOMELENS_HOST": HOST,
        "HOMELENS_PORT": "0",
        "HOMELENS_STATE": str(folder),
    }


class Service:
    """A running `homelens serve`."""

    def __init__(self, process: "subprocess.Popen[bytes]", state: State, begun: float) -> None:
        self.state = state
        self._process = process
        self.port, ready = self._await_ready(begun + READY_SECONDS)
        self.ready_s = ready - begun

    @classmethod
    @contextlib.contextmanager
    def start(cls, state: State) -> "Iterator[Service]":
        """Start, wait until ready, stop at the end. Raises ServiceEnded where it ends before."""
        with state.said.open("wb") as said:
            begun = time.perf_counter()
            process = subprocess.Popen(
                [COMMAND, "serve"],
                env=environment(state.folder),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        try:
            yield cls(process, state, begun)
        except HomelensError as error:
            # broken connections are seen before the end of the process behind them
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(timeout=0.5)
                raise ended(f"ended with {code}", state) from error
            raise
        finally:
            stop(process)

    def check(self) -> None:
        """Raises ServiceEnded unless the process runs."""
        code = self._process.poll()
        if code is not None:
            raise ended(f"ended with {code}", self.state)

    def rss_mb(self) -> float:
        """Its resident set now, in 10^6 bytes. Raises ServiceEnded."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError as error:
            raise ended("has gone", self.state) from error
        found = re.search(r"VmRSS:\s*(\d+) kB", status)
        if found is None:
            raise ended("has gone", self.state)
        return int(found[1]) * 1024 / 1e6

    def _await_ready(self, until: float) -> tuple[int, float]:
        """(port, time of the answer)."""
        port = None
        while time.perf_counter() < until:
            self.check()
            found = SERVES.search(self.state.said.read_text(errors="replace"))
            if found is not None:
                port = int(found[1])
                break
            time.sleep(POLL_SECONDS)
        if port is not None:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            with contextlib.closing(connection):
                while time.perf_counter() < until:
                    if is_ready(connection):
                        return port, time.perf_counter()
                    self.check()
                    time.sleep(POLL_SECONDS)
        raise ended(f"was not ready within {READY_SECONDS:.0f} seconds", self.state)


def is_ready(connection: http.client.HTTPConnection) -> bool:
    """Whether /readyz answers 200."""
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return False
    return answer.status == 200


def ended(what: str, state: State) -> ServiceEnded:
    """The error with the service's last words."""
    said = state.said.read_text(errors="replace").strip()
    return ServiceEnded(f"the service {what}: {said[-2000:] or 'it said nothing'}")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and SIGKILL where that does not end it."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
