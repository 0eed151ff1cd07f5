"""What is broken, for how long, and what was seen: one outcome for each time.

stack = Stack.start(folder)                       # PostgreSQL, S3, two replicas, a key
outcome = loss(stack, "database stopped", stack.database.pause, stack.database.resume, 30)
outcome.lost, outcome.longest_wait_s, outcome.told_loss_s, outcome.recovery_s
"""

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from serving.client import Client
from training.bench.faults_load import Customers, Readiness, lost, numbered, wait_for
from training.bench.faults_servers import S3, Postgres, Replica
from training.bench.synthetic import write_photos
from vision.bundle import models_folder
from vision.errors import HomelensError

SETTLE_SECONDS = 3.0
"""Of load before something is broken, and after all is well again."""
RECOVERY_SECONDS = 90.0
"""After this a service that is not back counts as one that does not come back."""
DISK_MB = 160


@dataclass(frozen=True)
class Outcome:
    """One fault. Moments in `ready` and `acknowledged` are seconds since it began."""

    case: str
    said: Counter[str]
    """answers from the fault on, by what they said"""
    acknowledged: int
    lost: int
    longest_answer_s: float
    longest_wait_s: float
    """from a photo's first attempt to its acknowledgement, retries included"""
    told_loss_s: float | None
    """until the last time that /readyz still said ready, on the replica that took longest; None:
    there is nothing that it should tell"""
    told_return_s: float
    """from the end of the fault to the last time that it still said not ready"""
    recovery_s: float | None
    """from the end of the fault to the next acknowledged photo"""
    lasted_s: float
    ready: Sequence[tuple[float, bool]] = ()
    """of the first replica that the fault concerns"""
    acknowledgements: Sequence[float] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class Stack:
    """Two replicas on one database and one file store."""

    folder: Path
    database: Postgres
    files: S3
    replicas: list[Replica]
    key: str
    photos: Iterator[bytes]
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> "Iterator[Stack]":
        """All of it; ended with the block."""
        database, files = Postgres(folder / "postgres"), S3(folder / "s3")
        replicas: list[Replica] = []
        try:
            database.start()
            files.start()
            settings = {
                "HOMELENS_DATABASE_URL": database.address,
                "HOMELENS_STORE_URL": files.address,
                "HOMELENS_WORKERS": "1",
                **files.environment,
            }
            replicas += [Replica(folder / f"replica-{number}", settings) for number in range(2)]
            key = replicas[0].make_key()
            for replica in replicas:
                replica.start()
            yield cls(folder, database, files, replicas, key, small_photos(folder), settings)
        finally:
            for server in (*replicas, files, database):
                server.kill()


def small_photos(folder: Path) -> Iterator[bytes]:
    """Photos of 640 by 480: what is looked at is the service, not the models."""
    place = folder / "photos"
    place.mkdir(exist_ok=True)
    return numbered(write_photos(place, 640, 480)[0].read_bytes())


def loss(
    stack: Stack,
    case: str,
    breaks: Callable[[], None],
    mends: Callable[[], None],
    seconds: float,
    concerned: Sequence[int] = (0, 1),
    told: bool = True,
) -> Outcome:
    """Load, break, wait, mend, wait until all is well, and look for every acknowledged photo.

    `mends` returns when what was broken answers again. `concerned` are the replicas whose readiness
    should tell; `told` False: it should stay.
    """
    with (
        Readiness(stack.replicas) as ready,
        Customers(stack.replicas, stack.key, stack.photos) as customers,
    ):
        if not wait_for(lambda: len(customers.kept) >= 2, RECOVERY_SECONDS):
            raise HomelensError(f"{case}: no photo was taken before anything was broken")
        time.sleep(SETTLE_SECONDS)
        begun = time.monotonic()
        breaks()
        time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
        mending = time.monotonic()
        mends()
        mended = time.monotonic()

        def well() -> bool:
            back = all(ready.back(one, mended) for one in concerned)
            return back and any(photo.at > mended for photo in customers.kept)

        wait_for(well, RECOVERY_SECONDS)
        time.sleep(SETTLE_SECONDS)
    end = time.monotonic()
    losses = [ready.wrong_until(one, begun, mending, ready=True) for one in concerned]
    returns = [ready.wrong_until(one, mended, end, ready=False) for one in concerned]
    after = [photo.at for photo in customers.kept if photo.at > mended]
    touched = [photo for photo in customers.kept if photo.at > begun]
    tries = [attempt for attempt in customers.attempts if attempt.ended > begun]
    return Outcome(
        case=case,
        said=Counter(attempt.said for attempt in tries),
        acknowledged=len(customers.kept),
        lost=len(lost(customers.kept, stack.replicas[0], stack.key)),
        longest_answer_s=max((one.ended - one.begun for one in tries), default=0.0),
        longest_wait_s=max((one.at - one.asked for one in touched), default=0.0),
        told_loss_s=max(losses) if told else None,
        told_return_s=max(returns),
        recovery_s=min(after) - mended if after else None,
        lasted_s=mended - begun,
        ready=tuple((at - begun, status == 200) for at, status in ready.seen[concerned[0]]),
        acknowledgements=tuple(photo.at - begun for photo in customers.kept),
    )


def replica_killed(stack: Stack, seconds: float) -> Outcome:
    """SIGKILL to the second replica under load; started again after a while."""
    return loss(
        stack,
        "replica killed",
        stack.replicas[1].kill,
        stack.replicas[1].launch,
        seconds,
        concerned=(1,),
    )


def disk_filled(stack: Stack, seconds: float) -> Outcome:
    """The disk of a service of its own, with database and files on it. Raises HomelensError."""
    with small_disk(stack.folder / "disk") as disk:
        replica = Replica(disk / "state", {"HOMELENS_WORKERS": "1"})
        replica.said = stack.folder / "disk.log"
        own = Stack(disk, stack.database, stack.files, [replica], replica.make_key(), stack.photos)
        try:
            replica.start()
            ballast = disk / "ballast"
            return loss(own, "disk full", lambda: fill(ballast), ballast.unlink, seconds, (0,))
        finally:
            replica.kill()


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system in memory of DISK_MB. Raises HomelensError where mounting is not allowed."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        place.rmdir()
        raise HomelensError(f"no small disk can be mounted: {done.stderr.strip()}", do="be root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        place.rmdir()


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def model_corrupted(stack: Stack, seconds: float) -> Outcome:
    """A model file changed under a running replica, which is then started again: it must refuse."""
    models = stack.folder / "models"
    shutil.copytree(models_folder(), models, ignore=shutil.ignore_patterns(".history", "avm"))
    replica = stack.replicas[1]
    whole = (models / "people" / "model.onnx").read_bytes()
    replica.kill()
    replica.settings["HOMELENS_MODELS"] = str(models)
    replica.start()
    remarks: list[str] = []

    def corrupt() -> None:
        remarks.append(f"before: {running(replica, stack.key)}")
        (models / "people" / "model.onnx").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    def restart() -> None:
        remarks.append(f"while it runs on: {running(replica, stack.key)}")
        replica.kill()
        before = len(replica.said.read_bytes())
        replica.launch()
        code = replica.running.wait(60)
        text = replica.said.read_bytes()[before:].decode(errors="replace")
        reason = next((line for line in text.splitlines() if line.startswith("Error")), text[-200:])
        remarks.append(f"started with it, it ends with exit code {code}: {shorter(reason, models)}")
        (models / "people" / "model.onnx").write_bytes(whole)
        replica.launch()

    try:
        found = loss(stack, "model corrupted", corrupt, restart, seconds, (1,), told=False)
    finally:
        replica.kill()
        del replica.settings["HOMELENS_MODELS"]
        replica.start()
        shutil.rmtree(models)
    return Outcome(**{**found.__dict__, "remarks": tuple(remarks)})


def running(replica: Replica, key: str) -> str:
    """Whether a replica is ready, and which model it says that it runs."""
    with Client(replica.url, key) as client:
        people = next(one for one in client.models().models if one.name == "people")
    ready = "ready" if replica.answers() else "not ready"
    return f"{ready}, people {people.sha256[:12]}"


def shorter(text: str, folder: Path) -> str:
    """A message without this machine's folder."""
    return text.replace(str(folder), "models")
