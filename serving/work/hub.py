"""Who listens to which listing: events go from the work to open streams of this process.

    with hub.listen("lst_1") as events:
        event = await events.get()
    hub.tell("lst_1", "photo")             # something is new in the database
    hub.tell("lst_1", Progress(...))       # passed on as it is

Other processes hear nothing of it: their streams look into the database from time to time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from serving.api.models import Progress

Event = Progress | None
"""None says that rows have changed: the stream reads them itself."""

BACKLOG = 200
"""Events that a slow stream may lag behind; what changed is read from the database anyway."""


class Hub:
    """Queues of all open streams; all but `tell_soon` is for the event loop's own thread."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[Event]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closing = False

    def open(self) -> None:
        """Belong to the event loop that runs now."""
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def listen(self, listing: str) -> Iterator["asyncio.Queue[Event]"]:
        """A queue that hears of the listing while the block runs."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        self._queues.setdefault(listing, set()).add(queue)
        try:
            yield queue
        finally:
            self._queues[listing].discard(queue)
            if not self._queues[listing]:
                del self._queues[listing]

    def tell(self, listing: str, event: Event = None) -> None:
        """Pass an event on to the listing's streams; one that lags too far misses it."""
        for queue in self._queues.get(listing, ()):
            if not queue.full():
                queue.put_nowait(event)

    def tell_soon(self, listing: str, event: Event = None) -> None:
        """The same from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.tell, listing, event)

    def listeners(self, listing: str) -> int:
        """How many streams of the listing are open."""
        return len(self._queues.get(listing, ()))

    def close(self) -> None:
        """End all streams."""
        self.closing = True
        for queues in self._queues.values():
            for queue in queues:
                if not queue.full():
                    queue.put_nowait(None)
