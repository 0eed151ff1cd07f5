"""Load on the service: customers who wait for their answers, and arrivals that wait for nobody.

    load = Load(client, [path.read_bytes() for path in photos])
    async with customers(load, 4) as check:       # closed loop: each sends, waits, sends again
        ...
    await arrive(load, poisson(rate=400, seconds=30))     # open loop: each is sent when it is due
    load.answers

A request is the upload of one photo. The same bytes twice in one listing are one photo and are not
looked at again, so each photo goes to a place of its own: a listing that does not hold it yet.
Making listings is not timed.
"""

import asyncio
import contextlib
import itertools
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from training.bench.wire import Client, Reply
from vision.errors import HomelensError

PHOTOS_PER_LISTING = 8
"""A small home's; all of them different."""

SHED = 429
NO_ANSWER = 0
"""Status of a request whose connection broke."""

AFTER_ERROR_SECONDS = 0.1
"""A customer's pause after an answer that should not be."""

BOUNDARY = "homelens-bench-e1f7"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
LISTING = json.dumps({"home": {"type": "house", "bedrooms": 2, "bathrooms": 1}}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """One upload's: when it was due, sent and answered (time.perf_counter), and the status."""

    due: float
    sent: float
    done: float
    status: int
    retry_after: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the photo was stored."""
        return 200 <= self.status < 300

    @property
    def shed(self) -> bool:
        """Whether the service had no room."""
        return self.status == SHED

    @property
    def ms(self) -> float:
        """From the first byte sent until the answer was read."""
        return (self.done - self.sent) * 1e3

    @property
    def late_ms(self) -> float:
        """How much later than due it was sent."""
        return (self.sent - self.due) * 1e3


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one photo can go: a listing's path, and the form with the photo."""

    path: str
    form: bytes


class Load:
    """Sends photos and keeps what came back."""

    def __init__(self, client: Client, photos: Sequence[bytes]) -> None:
        self._client = client
        self._forms = [form(f"photo-{n}", data) for n, data in enumerate(photos)]
        self._per_listing = min(PHOTOS_PER_LISTING, len(self._forms))
        self._next = itertools.cycle(self._forms)
        self._spots: deque[Spot] = deque()
        self.answers: list[Answer] = []
        self.accepted = 0
        self.trouble: Counter[str] = Counter()

    async def take(self) -> Spot:
        """A free spot; in a new listing where there is none. Raises HomelensError."""
        if not self._spots:
            await self._new_listing()
        return self._spots.popleft()

    def give_back(self, spot: Spot) -> None:
        """The photo was not taken: the spot is free again."""
        self._spots.append(spot)

    async def stock(self, spots: float) -> None:
        """Make listings until that many spots are free. Raises HomelensError."""
        while len(self._spots) < spots:
            await self._new_listing()

    async def _new_listing(self) -> None:
        try:
            reply = await self._client.send("POST", "/v1/listings", "application/json", LISTING)
        except OSError as error:
            raise HomelensError(f"no listing could be made: {error!r}") from error
        if reply.status != 201:
            raise HomelensError(f"no listing could be made: {said(reply)}")
        path = f"/v1/listings/{json.loads(reply.body)['id']}/photos"
        self._spots.extend(Spot(path, next(self._next)) for _ in range(self._per_listing))

    async def upload(self, spot: Spot, due: float | None = None) -> Answer:
        """Send a photo to its spot; a broken connection is an answer too."""
        begun = time.perf_counter()
        try:
            reply = await self._client.send("POST", spot.path, FORM, spot.form)
        except OSError as error:
            self.trouble[repr(error)] += 1
            now = time.perf_counter()
            answer = Answer(begun if due is None else due, begun, now, NO_ANSWER)
        else:
            wait = float(reply.headers.get(b"retry-after", b"1"))
            due = reply.sent if due is None else due
            answer = Answer(due, reply.sent, reply.done, reply.status, wait)
            if not answer.accepted and not answer.shed:
                self.trouble[said(reply)] += 1
        self.accepted += answer.accepted
        self.answers.append(answer)
        return answer


def form(name: str, photo: bytes) -> bytes:
    """The multipart body with one photo."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


def said(reply: Reply) -> str:
    """A refusal in words, the same for the same reason."""
    try:
        problem = json.loads(reply.body)
        return f"{reply.status} {problem['code']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{reply.status} {reply.body[:200].decode(errors='replace')}"


async def customer(load: Load, closing: asyncio.Event) -> None:
    """Send a photo, wait for the answer, and so on; after a 429 for as long as it says."""
    while not closing.is_set():
        spot = await load.take()
        answer = await load.upload(spot)
        if answer.shed:
            load.give_back(spot)
            await pause(closing, answer.retry_after)
        elif not answer.accepted:
            await pause(closing, AFTER_ERROR_SECONDS)


async def pause(closing: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until it is closing time."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(closing.wait(), seconds)


@contextlib.asynccontextmanager
async def customers(load: Load, count: int) -> AsyncIterator[Callable[[], None]]:
    """That many customers; at the end each still gets the answer that it waits for.

    Yields a function that raises what stopped one of them.
    """
    closing = asyncio.Event()
    tasks = [asyncio.create_task(customer(load, closing)) for _ in range(count)]

    def check() -> None:
        for task in tasks:
            if task.done():
                task.result()

    try:
        yield check
    finally:
        closing.set()
        await asyncio.gather(*tasks, return_exceptions=True)
    check()


def poisson(rate: float, seconds: float, seed: int = 7) -> list[float]:
    """Seconds after the start at which independent arrivals of this mean rate come."""
    draws = np.random.default_rng(seed).exponential(1 / rate, int(rate * seconds * 2) + 100)
    times = np.cumsum(draws)
    return [float(time) for time in times[times < seconds]]


async def arrive(load: Load, times: Sequence[float]) -> float:
    """Send a photo at each of these times, whatever became of those before; returns the start.

    Stock up first: a listing that is made in between makes its photo late.
    """

    async def one(due: float) -> None:
        spot = await load.take()
        if (await load.upload(spot, due)).shed:
            load.give_back(spot)

    start, sent = time.perf_counter(), []
    for after in times:
        await asyncio.sleep(max(0.0, start + after - time.perf_counter()))
        sent.append(asyncio.create_task(one(start + after)))
    await asyncio.gather(*sent)
    return start
