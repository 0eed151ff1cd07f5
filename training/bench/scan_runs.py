"""Timed scans, and the bare looks beside them, each in processes of its own.

    bare = time_bare(photos, workers=2)                  # the least that a look costs
    used = time_scan(order, workers=2)
    used.seconds, used.cpu_seconds

Bare looks are the same calls of the checker on the same two cores: photos in memory, one thread for
each process, nothing read, nothing written, nobody watched. Both times run from the moment when all
processes have their models to the last photo; a scan's time counts its files and its pool.
"""

import multiprocessing
import resource
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from serving.scan.crew import Crew
from serving.scan.dest import Dest
from serving.scan.finish import is_complete
from serving.scan.run import Order, begun, scan
from serving.scan.source import Source
from serving.scan.worker import WATCH_SECONDS, Job
from vision.errors import DataError

SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Spent:
    """Wall seconds from ready to done, and the workers' CPU seconds, models' loading included."""

    seconds: float
    cpu_seconds: float


def children() -> float:
    """CPU seconds of all processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare_worker(connection: "Connection[Any, Any]", photos: Sequence[bytes]) -> None:
    """Looks at photos in memory."""
    import cv2

    from vision.checker import PhotoChecker
    from vision.rules import load_rules

    cv2.setNumThreads(1)
    checker, rules = PhotoChecker.load(threads=1), load_rules("default")
    connection.send("ready")
    connection.recv()
    for data in photos:
        checker.look("photo", data, rules)
    connection.send("done")


def time_bare(photos: Sequence[bytes], workers: int) -> Spent:
    """Bare looks at all photos, shared out evenly beforehand."""
    before, hands = children(), []
    for number in range(workers):
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=bare_worker, args=(theirs, photos[number::workers]))
        process.start()
        hands.append((process, ours))
    for _, pipe in hands:
        pipe.recv()
    start = time.perf_counter()
    for _, pipe in hands:
        pipe.send("go")
    for _, pipe in hands:
        pipe.recv()
    seconds = time.perf_counter() - start
    for process, _ in hands:
        process.join()
    return Spent(seconds, children() - before)


def time_scan(order: Order, workers: int) -> Spent:
    """The local engine over a new plan, to its last shard."""
    dest = Dest.open(order.out)
    header = begun(order, Source.open(order.source), dest, lambda text: None)
    job = Job(header, str(dest.folder), order.models, order.rules, order.limits)
    before = children()
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(job, workers))
        crew.wait_until_ready()
        start = time.perf_counter()
        for _ in crew.run(range(header.shards)):
            pass
        seconds = time.perf_counter() - start
    return Spent(seconds, children() - before)


def scan_with_slots(order: Order, slots: Any) -> None:
    """A scan that can be watched, and killed, from another process."""
    scan(replace(order, slots=slots))


def repeated_by_kill(order: Order, workers: int, share: float) -> int:
    """Photos looked at more than once where a scan is killed at `share` of them, and run again.

    Those that were in the workers' hands when they ended count as looked at.
    """
    slots = [SPAWN.RawArray("q", 2) for _ in range(workers)]
    process = SPAWN.Process(target=scan_with_slots, args=(order, slots))
    process.start()
    total = len(Source.open(order.source).list().names)
    while process.is_alive() and sum(slot[1] for slot in slots) < share * total:
        time.sleep(0.005)
    process.kill()
    process.join()
    if is_complete(Dest.open(order.out)):
        raise DataError("the scan came to its end before it was killed", do="give it more photos")
    steady = -1
    while steady != (looked := sum(slot[1] for slot in slots)):  # the workers end by themselves
        steady = looked
        time.sleep(3 * WATCH_SECONDS)
    again = [SPAWN.RawArray("q", 2) for _ in range(workers)]
    scan(replace(order, slots=again))
    return int(looked + sum(slot[1] for slot in again)) - total
