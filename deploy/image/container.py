"""One container of the image, run as a cluster would: nothing writable, no rights, limited CPUs.

    with Container.made("homelens", state, cpus=2) as container:
        container.start()
        print(container.until_ready())                 # seconds

It shares the machine's network, because a port has to be reached and nothing else is needed of it.
"""

import contextlib
import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.image.engine import EngineFailed, call, podman

USER = 10001
"""Whom the image runs as."""

POLL_SECONDS = 0.005
READY_SECONDS = 120.0


LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
"""Far above what is needed; podman's own are higher than some machines allow to set."""

LOCKED = (
    *(*LIMITS, "--no-healthcheck"),  # podman's timer for it needs systemd
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,nosuid,nodev,size=64m"),
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--pids-limit", "256", "--memory", "1g", "--network", "host"),
)
"""As the chart's security context has it."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def make_state(folder: Path) -> Path:
    """A folder for /state that the image's user may write."""
    folder.mkdir(parents=True, exist_ok=True)
    call("podman", "unshare", "chown", str(USER), str(folder)) if rootless() else folder.chmod(
        0o777
    )
    return folder


def rootless() -> bool:
    """Whether podman runs without root."""
    return podman("info", "--format", "{{.Host.Security.Rootless}}") == "true"


def once(image: str, state: Path, *arguments: str, options: tuple[str, ...] = ()) -> "Ended":
    """Run one homelens command of the image to its end."""
    done = call(
        *("podman", "run", "--rm", *LOCKED, "--volume", f"{state}:/state", *options),
        *(image, *arguments),
        ok=tuple(range(256)),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    said: str
    complained: str


@dataclass
class Container:
    """A service that was created; `begun` is when its start was asked for."""

    id: str
    port: int
    begun: float = 0.0

    @classmethod
    @contextlib.contextmanager
    def made(cls, image: str, state: Path, cpus: float, *options: str) -> "Iterator[Container]":
        """Create it; it is removed at the end."""
        port = free_port()
        id = podman(
            *("create", *LOCKED, "--cpus", f"{cpus:g}", "--volume", f"{state}:/state"),
            *("--env", f"HOMELENS_PORT={port}", *options, image),
        )
        try:
            yield cls(id, port)
        finally:
            call("podman", "rm", "--force", "--time", "0", id)

    def start(self) -> None:
        """Ask for the start. The clock runs from here, the engine's own work included."""
        self.begun = time.perf_counter()
        podman("start", self.id)

    def until_ready(self) -> float:
        """Seconds from the start until /readyz answered 200. Raises EngineFailed."""
        while time.perf_counter() < self.begun + READY_SECONDS:
            if self.status("/readyz") == 200:
                return time.perf_counter() - self.begun
            time.sleep(POLL_SECONDS)
        raise EngineFailed(f"not ready within {READY_SECONDS:.0f} s: {self.log()[-2000:]}")

    def cpu_seconds(self) -> float:
        """CPU time that the service has used since it began; all threads."""
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.id)
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def status(self, path: str) -> int | None:
        """The status of an answer, or None where nobody answers yet."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                return None

    def exec(self, code: str, *options: str) -> str:
        """What Python code prints inside."""
        return podman("exec", *options, self.id, "python3", "-c", code)

    def healthy(self) -> bool:
        """Whether the image's own health check, run inside, agrees."""
        image = json.loads(podman("inspect", self.id))[0]["Image"]
        test = json.loads(podman("image", "inspect", image))[0]["Healthcheck"]["Test"]
        if test[0] != "CMD":
            raise EngineFailed(f"the health check {test} needs a shell", accepted="CMD [...]")
        return call("podman", "exec", self.id, *test[1:], ok=tuple(range(256))).returncode == 0

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        podman("stop", "--time", "40", self.id)
        return int(json.loads(podman("inspect", self.id))[0]["State"]["ExitCode"])

    def log(self) -> str:
        """What it said."""
        done = call("podman", "logs", self.id)
        return done.stdout + done.stderr
