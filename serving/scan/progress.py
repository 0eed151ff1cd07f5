"""How far a scan is, on standard error: rate and time left.

    with progress(total=5260, done=1024) as show:
        show(1100)

A bar on a terminal; elsewhere a line every half minute, for a log.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINE_SECONDS = 30.0
"""Seconds between two lines where there is no terminal."""


def duration(seconds: float) -> str:
    """Seconds for people: "2 h 05 min", "4 min", "12 s"."""
    if seconds >= 3600:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def line(now: int, total: int, start: int, seconds: float) -> str:
    """Where the scan stands, `seconds` after it (again) began with `start` photos done."""
    rate = (now - start) / seconds if seconds > 0 else 0.0
    left = f"{duration((total - now) / rate)} left" if rate > 0 else "time left not known yet"
    return f"{now:,} of {total:,} photos, {rate:.1f} a second, {left}"


@contextmanager
def progress(total: int, done: int) -> Iterator[Callable[[int], None]]:
    """Gives the function that is told how many photos are done."""
    begun = time.monotonic()
    if not sys.stderr.isatty():
        said = begun

        def tell(now: int) -> None:
            nonlocal said
            if time.monotonic() - said >= LINE_SECONDS:
                said = time.monotonic()
                print(line(now, total, done, said - begun), file=sys.stderr, flush=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("scan", total=total, completed=done, said="")

        def move(now: int) -> None:
            said = line(now, total, done, time.monotonic() - begun)
            bar.update(task, completed=now, said=said)

        yield move
