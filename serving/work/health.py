"""Whether what the service depends on answers: looked at all the time, told at once.

    health = Health({"database": database_probe(address), "files": files.ping})
    health.start()
    health.trouble()                 # None, or the error that /readyz answers with
    health.lost("database")          # away for so long that requests need not try

Each is asked every second by a thread of its own, over a connection of its own: a database that
is stopped answers nothing at all, and whoever asked it while answering /readyz would hang as well.
What has not answered for SILENT_SECONDS counts as away.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from serving.errors import NotReady, StorageError
from vision.errors import HomelensError

log = logging.getLogger("homelens")

EVERY_SECONDS = 1.0
"""Between two looks at the same thing."""

SILENT_SECONDS = 4.0
"""Since the last answer, for what is asked every second: then it is away."""

LOST_SECONDS = 5.0
"""Away for longer than this: requests are answered at once, and connections that wait are cut."""

Probe = Callable[[], None]
"""Raises HomelensError where something is wrong; may take its time."""


class Watch:
    """One thing that is looked at. Only `error` and the moments are read by other threads."""

    def __init__(self, name: str, probe: Probe) -> None:
        self.name, self.probe = name, probe
        self.error: HomelensError | None = None
        self.answered: float | None = None
        """when it last said anything, be it an error"""
        self.well = time.monotonic()
        """when it was last all right"""

    def look(self) -> None:
        """Ask once."""
        try:
            self.probe()
        except HomelensError as error:
            found: HomelensError | None = error
        except Exception as error:  # a probe that fails in any way is a thing that is not well
            found = StorageError(f"{self.name} cannot be looked at: {error!r}")
        else:
            found = None
        if (found is None) != (self.error is None):
            log.warning("%s: %s", self.name, found or "is back")
        self.answered = time.monotonic()
        if found is None:
            self.well = self.answered
        self.error = found

    def trouble(self) -> HomelensError | None:
        """What is wrong now."""
        silent = time.monotonic() - (self.well if self.answered is None else self.answered)
        if silent > SILENT_SECONDS:
            return StorageError(
                f"{self.name} has not answered for {silent:.0f} s", do="see whether it runs"
            )
        if self.answered is None:
            return NotReady(f"{self.name} is being asked", do="try again", retry_after=1)
        return self.error

    def away_seconds(self) -> float:
        """For how long it has not been all right; 0 while it is."""
        return 0.0 if self.trouble() is None else time.monotonic() - self.well


class Health:
    """Watches, each with its thread; `on_lost` is called again and again while one is away."""

    def __init__(
        self, probes: Mapping[str, Probe], on_lost: Mapping[str, Callable[[], None]] | None = None
    ) -> None:
        self.watches = {name: Watch(name, probe) for name, probe in probes.items()}
        self._on_lost = dict(on_lost or {})
        self._closed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        for watch in self.watches.values():
            self._thread(watch.name, watch.look)
        self._thread("lost", self._act)

    def _thread(self, name: str, work: Callable[[], None]) -> None:
        def again() -> None:
            work()
            while not self._closed.wait(EVERY_SECONDS):
                work()

        threading.Thread(target=again, name=f"homelens-watch-{name}", daemon=True).start()

    def _act(self) -> None:
        for name, act in self._on_lost.items():
            if self.lost(name) is not None:
                act()

    def close(self) -> None:
        """End the threads; one that still waits for an answer ends with the process."""
        self._closed.set()

    @property
    def looked(self) -> bool:
        """Whether each was asked and has answered, or kept silent."""
        return not any(isinstance(watch.trouble(), NotReady) for watch in self.watches.values())

    def trouble(self) -> HomelensError | None:
        """The first thing that is wrong; None where the service can do its work."""
        for watch in self.watches.values():
            if (error := watch.trouble()) is not None:
                return error
        return None

    def lost(self, name: str) -> HomelensError | None:
        """What is wrong with one that has been away for long; None before."""
        watch = self.watches.get(name)
        if watch is None or watch.away_seconds() < LOST_SECONDS:
            return None
        return watch.trouble()
