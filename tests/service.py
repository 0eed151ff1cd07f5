"""Runs the real service as a process of its own, for the tests that talk to it over HTTP.

    with running(tmp_path, RATE_PER_MINUTE="60") as service:
        httpx.get(f"{service.url}/readyz")

`HOMELENS_` variables of the surroundings are left out; `settings` are those without the prefix.
"""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from serving.client import Client
from tests.homelens_command import COMMAND, homelens
from tests.people_photos import as_jpeg, room

START_SECONDS = 60
HOME = {"type": "house", "bedrooms": 1, "bathrooms": 1}


@dataclass
class Service:
    """A running service."""

    process: subprocess.Popen[str]
    url: str
    state: Path
    settings: Mapping[str, str]
    said: list[str] = field(default_factory=list)
    listener: threading.Thread | None = None

    def client(self, key: str | None = None, *, attempts: int = 1) -> Client:
        """A client that does not try again unless told."""
        return Client(self.url, key, attempts=attempts)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The homelens command on the service's own state."""
        return homelens(*arguments, STATE=str(self.state), **self.settings)

    def make_key(self, scope: str = "service", *options: str) -> str:
        """A new key's secret."""
        done = self.command("keys", "create", f"test-{scope}", "--scope", scope, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stored(self) -> list[str]:
        """All files of the local store, by their path in it."""
        root = self.state / "files"
        return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())

    def end(self) -> None:
        """SIGKILL, if it still runs."""
        self.process.kill()
        self.process.wait()
        if self.listener is not None:
            self.listener.join()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def launch(state: Path, *arguments: str, **settings: str) -> Service:
    """Start a service without waiting until it is ready; `url` is empty."""
    kept = {name: value for name, value in os.environ.items() if "HOMELENS_" not in name.upper()}
    given = {f"HOMELENS_{name}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        env={**kept, "HOMELENS_STATE": str(state), **given},
        stderr=subprocess.PIPE,
        text=True,
    )
    service = Service(process, "", state, settings)
    service.listener = threading.Thread(target=listen, args=(service,), daemon=True)
    service.listener.start()
    return service


def listen(service: Service) -> None:
    """Collect what the service says, and its address."""
    assert service.process.stderr is not None
    with service.process.stderr as lines:
        for line in lines:
            found = re.search(r"homelens serves (http://[\w.:\[\]-]+)", line)
            if found:
                service.url = found.group(1)
            service.said.append(line)


def wait_until_ready(service: Service) -> None:
    """Until the service says so; fails with what it said instead."""
    end = time.monotonic() + START_SECONDS
    while not any("homelens is ready" in line for line in service.said):
        assert service.process.poll() is None, "".join(service.said)
        assert time.monotonic() < end, "".join(service.said)
        time.sleep(0.01)


@contextmanager
def running(state: Path, *arguments: str, **settings: str) -> Iterator[Service]:
    """A service that is ready, and stopped at the end of the block."""
    service = launch(state, *arguments, **settings)
    try:
        wait_until_ready(service)
        yield service
    finally:
        service.end()


def picture(seed: int = 0) -> bytes:
    """A small photo without anybody; another seed gives other bytes."""
    return as_jpeg(room(seed=seed))
