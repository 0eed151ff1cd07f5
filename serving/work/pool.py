"""A bounded pool of threads for inference: beyond its bound, work is refused, not queued to death.

    pool = Pool(workers=2, queue=8, seconds=1.5)
    pool.refuse_if_full()                       # before a body is read
    with pool.place():                          # one of workers + queue places
        found = await pool.run(look, data)

The bound is a number of places and a time: where photos are large, and a place in the queue means a
longer wait, fewer wait. A request holds one place however many photos it brings, and has its photos
looked at one after the other: a large upload cannot starve small ones. Threads run at a lower
priority than the event loop, so that refusals and health checks stay fast while all cores compute.
"""

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

from serving.errors import Overloaded

T = TypeVar("T")

NICE = 5
"""How much the threads yield to the event loop; 19 would starve them beside other programs."""

SMOOTHING = 0.1
"""Weight of the newest job in the running mean of their time."""

FIRST_GUESS = 0.2
"""Seconds that a job is taken to last before any was measured."""


class Pool:
    """`workers` threads, and `queue` places for requests that wait for one.

    Nobody waits who would, as things are, get the answer later than after `seconds`.
    """

    def __init__(self, workers: int, queue: int, seconds: float) -> None:
        self.workers, self.queue, self.seconds = workers, queue, seconds
        self.held = 0
        self.running = 0
        self.job_seconds = FIRST_GUESS
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(workers, "homelens-work", initializer=yield_to_others)

    @property
    def full(self) -> bool:
        """Whether no place is left, or the wait for the next one would be too long."""
        if self.held < self.workers:
            return False
        expected = (self.held + 1) * self.job_seconds / self.workers
        return self.held >= self.workers + self.queue or expected > self.seconds

    @property
    def waiting(self) -> int:
        """Requests that hold a place and are not being worked on."""
        return max(0, self.held - self.running)

    def retry_after(self) -> int:
        """Whole seconds until about half of the queue is done, at least 1."""
        return max(1, math.ceil(self.held * self.job_seconds / self.workers / 2))

    def refuse_if_full(self) -> None:
        """Raises Overloaded, with the time after which to try again."""
        if self.full:
            raise Overloaded(
                "the service has as many photos to look at as it can in good time",
                do="send it again after the seconds that Retry-After names",
                retry_after=self.retry_after(),
            )

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one place. Raises Overloaded when there is none."""
        self.refuse_if_full()
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1

    async def run(self, job: Callable[[], T]) -> T:
        """The job's result, from one of the threads. Raises what the job raises."""
        loop, context = asyncio.get_running_loop(), copy_context()  # whose request it is, and trace
        return await loop.run_in_executor(self._threads, context.run, self._timed, job)

    def _timed(self, job: Callable[[], T]) -> T:
        start = time.perf_counter()
        with self._lock:
            self.running += 1
        try:
            return job()
        finally:
            took = time.perf_counter() - start
            with self._lock:
                self.running -= 1
                self.job_seconds += SMOOTHING * (took - self.job_seconds)

    def close(self) -> None:
        """Let running jobs end; none is started any more."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def yield_to_others() -> None:
    """Lower this thread's priority, where the system has priorities for threads (Linux)."""
    if os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
