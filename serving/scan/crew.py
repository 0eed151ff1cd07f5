"""Workers on this machine: hands shards out, and goes on when a worker dies.

    with Crew(job, workers=2) as crew:
        for shard, tally in crew.run([0, 1, 2], on_tick):
            ...

A worker that dies (out of memory, a crash in a decoder) or does not come back is started anew and
the shard is tried again. A photo at which a worker ended twice is left alone and gets its error.
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from serving.scan.dest import Dest
from serving.scan.plan import Plan
from serving.scan.worker import Job, work
from vision.errors import HomelensError

STRIKES = 2
"""Deaths at one photo after which it is left alone: once may be the fault of another process."""
IDLE_DEATHS = 3
"""Deaths in a row outside any photo after which the scan gives up."""
PHOTO_SECONDS = 600.0
"""Without a step for so long a worker is ended: longer than S3 is tried for, with room to spare."""
TICK_SECONDS = 0.5


@dataclass
class Hand:
    """One worker process; `shard` is what it has in hand, `index` and `since` its last step."""

    process: BaseProcess
    connection: "Connection[Any, Any]"
    slot: Sequence[int]
    ready: bool = False
    shard: int | None = None
    index: int = -1
    since: float = field(default_factory=time.monotonic)
    stuck: bool = False


class Crew:
    """Processes that live until the end of the block."""

    def __init__(
        self, job: Job, workers: int, seconds: float = PHOTO_SECONDS, slots: Any = None
    ) -> None:
        """`slots` may be given to look on from outside: an array of 2 × workers 64-bit integers."""
        self._context = multiprocessing.get_context("spawn")
        self._job, self._seconds = job, seconds
        self._plan = Plan(Dest.open(job.out))
        self._slots = slots or [self._context.RawArray("q", 2) for _ in range(workers)]
        self._strikes: dict[tuple[int, int], int] = {}
        self._deadly: dict[int, dict[bytes, str]] = {}
        self._idle_deaths = 0
        self._hands = [self._start(number) for number in range(workers)]

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, in the middle of whatever they do."""
        for hand in self._hands:
            hand.process.kill()
            hand.process.join()
            hand.connection.close()
        self._hands = []

    @property
    def under_way(self) -> int:
        """Photos that were looked at in shards that are not finished."""
        return sum(max(0, hand.slot[0]) for hand in self._hands if hand.shard is not None)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [hand.process.pid for hand in self._hands if hand.process.pid is not None]

    def wait_until_ready(self) -> None:
        """Until every worker has its models. Raises what stops one for good."""
        while not all(hand.ready for hand in self._hands):
            for _ in self._round(deque()):
                pass

    def run(
        self, shards: Iterable[int], on_tick: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[int, dict[str, int]]]:
        """Shards as they are finished, with their tallies. Raises what stops a worker for good."""
        todo = deque(shards)
        while todo or any(hand.shard is not None for hand in self._hands):
            for hand in self._hands:
                if hand.ready and hand.shard is None and todo:
                    self._give(hand, todo.popleft())
            yield from self._round(todo)
            on_tick()

    def _round(self, todo: "deque[int]") -> Iterator[tuple[int, dict[str, int]]]:
        """Wait a moment, and see to every worker."""
        watched = [hand.connection for hand in self._hands]
        ends = [hand.process.sentinel for hand in self._hands]
        woken = wait([*watched, *ends], TICK_SECONDS)
        for number, hand in enumerate(self._hands):
            if hand.connection in woken and (answer := self._heard(hand)) is not None:
                yield answer
            elif not hand.process.is_alive():
                if hand.shard is not None:
                    todo.appendleft(hand.shard)
                self._bury(hand)
                self._hands[number] = self._start(number)
            else:
                self._look_after(hand)

    def _start(self, number: int) -> Hand:
        ours, theirs = self._context.Pipe()
        slot = self._slots[number]
        slot[0] = -1
        process = self._context.Process(target=work, args=(theirs, slot, self._job), daemon=True)
        process.start()
        theirs.close()
        return Hand(process, ours, slot)

    def _give(self, hand: Hand, shard: int) -> None:
        hand.slot[0] = -1  # type: ignore[index]
        hand.shard, hand.since = shard, time.monotonic()
        try:
            hand.connection.send((shard, self._deadly.get(shard, {})))
        except OSError:  # it died while it waited: the next round notices
            return

    def _heard(self, hand: Hand) -> tuple[int, dict[str, int]] | None:
        try:
            answer = hand.connection.recv()
        except (EOFError, OSError):  # it died: the next round notices
            hand.process.join()
            return None
        hand.since = time.monotonic()
        if isinstance(answer, BaseException):
            raise answer
        self._idle_deaths = 0
        if answer == "ready":
            hand.ready = True
            return None
        hand.shard = None
        return answer  # type: ignore[no-any-return]

    def _look_after(self, hand: Hand) -> None:
        if hand.slot[0] != hand.index or hand.shard is None:
            hand.index, hand.since = hand.slot[0], time.monotonic()
        elif time.monotonic() - hand.since > self._seconds:
            hand.stuck = True
            hand.process.kill()

    def _bury(self, hand: Hand) -> None:
        """Note at which photo a worker died."""
        hand.process.join()
        hand.connection.close()
        index, shard = hand.slot[0], hand.shard
        names = self._plan.names(shard) if shard is not None else []
        how = (
            f"it did not come back within {self._seconds:g} s"
            if hand.stuck
            else f"the process that looked at it ended with {hand.process.exitcode}"
        )
        if shard is None or not 0 <= index < len(names):
            self._idle_deaths += 1
            if self._idle_deaths >= IDLE_DEATHS:
                raise HomelensError(
                    f"worker processes keep ending, with {hand.process.exitcode}",
                    do="see what they said above, and give them more memory",
                )
            return
        strikes = self._strikes[shard, index] = self._strikes.get((shard, index), 0) + 1
        if strikes >= STRIKES:
            self._deadly.setdefault(shard, {})[names[index]] = f"{how}, {strikes} times"
