"""Customers that send photos whatever happens, and a watch that asks each replica if it is ready.

    with Customers(replicas, key, photos) as customers, Readiness(replicas) as readiness:
        ...                                     # break something
    customers.attempts, customers.kept          # every answer, every acknowledged photo
    lost(customers.kept, replicas[0], key)

A customer has one photo at a time. Where an answer is no success it turns to the next replica with
the same Idempotency-Key, as a client behind any balancer does, until the photo is acknowledged.
"""

import hashlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx

from serving.client import ApiError, Client
from training.bench.faults_servers import Replica, readiness
from vision.home import Home

PAUSE_SECONDS = 0.25
"""Before a customer tries again."""
ATTEMPT_SECONDS = 30.0
"""A customer waits no longer for one answer."""
POLL_SECONDS = 0.1
MOST = 60
"""Photos of one listing."""


@dataclass(frozen=True)
class Attempt:
    """One request as its customer saw it: moments by time.monotonic()."""

    begun: float
    ended: float
    said: str
    """201, 503 storage.failed, no connection, …"""


@dataclass(frozen=True)
class Kept:
    """An acknowledged photo."""

    listing: str
    photo: str
    data: bytes
    asked: float
    """when it was sent first"""
    at: float
    """when it was acknowledged"""


def numbered(photo: bytes) -> Iterator[bytes]:
    """The same JPEG with ever another remark in it: other bytes, the same picture."""
    for number in itertools.count():
        remark = f"photo {number:09d}".encode()
        yield photo[:2] + b"\xff\xfe" + (len(remark) + 2).to_bytes(2, "big") + remark + photo[2:]


@dataclass
class Customers:
    """Threads that send, one photo each at a time."""

    replicas: Sequence[Replica]
    key: str
    photos: Iterator[bytes]
    count: int = 2
    attempts: list[Attempt] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._closing = threading.Event()
        self._photos = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(self.count)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        clients = [
            Client(one.url, self.key, timeout=ATTEMPT_SECONDS, attempts=1) for one in self.replicas
        ]
        turn = itertools.cycle(clients[number % len(clients) :] + clients[: number % len(clients)])
        client = next(turn)
        listing, left = "", 0
        while not self._closing.is_set():
            with self._photos:
                data = next(self.photos)
            key = hashlib.sha256(data).hexdigest()
            asked = time.monotonic()
            while not self._closing.is_set():
                try:
                    begun = time.monotonic()
                    if not left:
                        home = Home(type="house", bedrooms=1, bathrooms=1)
                        listing = client.create_listing(home, idempotency_key=f"l-{key}").id
                        left = MOST
                        begun = time.monotonic()
                    done = client.upload(listing, [("a.jpg", data)], idempotency_key=key)
                    photo = done.results[0].photo
                    assert photo is not None
                    self._note(begun, "200 or 201")
                    self.kept.append(Kept(listing, photo.id, data, asked, time.monotonic()))
                    left -= 1
                    break
                except ApiError as error:
                    self._note(begun, f"{error.problem.status} {error.code}")
                except httpx.TimeoutException:
                    self._note(begun, f"no answer in {ATTEMPT_SECONDS:.0f} s")
                except httpx.TransportError:
                    self._note(begun, "no connection, or it broke")
                client = next(turn)
                self._closing.wait(PAUSE_SECONDS)
        for one in clients:
            one.close()

    def _note(self, begun: float, said: str) -> None:
        self.attempts.append(Attempt(begun, time.monotonic(), said))


@dataclass
class Readiness:
    """Asks every replica ten times a second; `seen` are (moment, status or None) of each."""

    replicas: Sequence[Replica]

    def __post_init__(self) -> None:
        self.seen: list[list[tuple[float, int | None]]] = [[] for _ in self.replicas]
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=pair, daemon=True)
            for pair in zip(self.replicas, self.seen, strict=True)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _run(self, replica: Replica, seen: list[tuple[float, int | None]]) -> None:
        while not self._closing.wait(POLL_SECONDS):
            status = readiness(replica.port)
            seen.append((time.monotonic(), status))

    def back(self, number: int, since: float) -> bool:
        """Whether a replica has said since then that it is ready."""
        return any(at >= since and status == 200 for at, status in list(self.seen[number]))

    def wrong_until(self, number: int, begin: float, end: float, ready: bool) -> float:
        """Seconds from `begin` to the last time before `end` that it still said so; else 0."""
        false = [
            at
            for at, status in list(self.seen[number])
            if begin <= at < end and (status == 200) is ready
        ]
        return max(false) - begin if false else 0.0


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def lost(kept: Sequence[Kept], replica: Replica, key: str) -> list[Kept]:
    """The acknowledged photos that are not there, whole: row, original, copy."""
    gone = []
    with Client(replica.url, key) as client:
        rows = {
            one: {photo.id: photo for photo in client.listing(one).photos}
            for one in {photo.listing for photo in kept}
        }
        for photo in kept:
            row = rows[photo.listing].get(photo.photo)
            try:
                whole = (
                    row is not None
                    and client.original(photo.listing, photo.photo) == photo.data
                    and client.download(str(row.copy_.url))[:2] == b"\xff\xd8"
                )
            except ApiError:
                whole = False
            if not whole:
                gone.append(photo)
    return gone
