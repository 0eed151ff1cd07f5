"""The real service under load: start, memory, throughput and latency, and what overload does.

    figures = bench_serve(find(folder), Plan(), out=None)

`homelens serve` runs as a process of its own; the load comes from this one. On a machine where
both share the cores, what the load costs is told too: serve.overload.generator_cpu_ms a request.

Starts come first, then on one service: photos until EARLY are stored and the memory then; closed
loops; overload; photos until `requests` are stored and the memory then. Both memory figures are
read while `steady` customers send, so that they differ in nothing but what was done before.
"""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from training.bench.load import Answer, Load, arrive, customers, poisson
from training.bench.serve_figures import serve_figures
from training.bench.serve_process import HOST, Service, State
from training.bench.serve_runs import Measured, Plan, Window
from training.bench.wire import Client
from training.console import note, some, track
from training.figures import Figure
from vision.errors import DataError, HomelensError

OVERLOAD = 10
"""Arrivals under overload, as a multiple of what `steady` customers get done."""

READINGS, READING_SECONDS = 11, 0.1
"""Readings of the memory, and the time between two."""

WARM_UP_SECONDS = 3.0
"""Of each closed loop, not counted; a fifth of the loop where that is less."""

TICK_SECONDS = 0.5
"""Between two looks at whether the service still runs."""

STOCK = 1.5
"""Spots made ready for overload, as a multiple of what should be accepted."""


class Session:
    """The loads on one running service."""

    def __init__(self, service: Service, load: Load, plan: Plan) -> None:
        self.service, self.load, self.plan = service, load, plan

    async def fill(self, photos: int) -> list[float]:
        """Send until that many photos were accepted in all; then the memory, under way."""
        async with customers(self.load, self.plan.steady) as check:
            missing = range(self.load.accepted, photos)
            for before in track(missing, f"until {photos} photos are stored"):
                while self.load.accepted <= before:
                    await asyncio.sleep(0.02)
                    self.service.check()
                    check()
            readings = []
            for _ in range(READINGS):
                await asyncio.sleep(READING_SECONDS)
                readings.append(self.service.rss_mb())
        self.clear()
        return readings

    async def closed(self, clients: int) -> Window:
        """What so many customers get done."""
        warm_up = min(WARM_UP_SECONDS, self.plan.seconds / 5)
        seconds = self.plan.seconds + warm_up
        async with customers(self.load, clients) as check:
            begin = time.perf_counter() + warm_up
            await self.elapse(seconds, f"{clients} at a time", check)
        return Window(begin, self.plan.seconds, self.clear())

    async def overload(self, photos_per_s: float) -> tuple[Window, float]:
        """Arrivals at OVERLOAD times this rate, and the milliseconds of CPU that one costs here."""
        rate, seconds = photos_per_s * OVERLOAD, self.plan.seconds
        await self.load.stock(STOCK * photos_per_s * seconds + rate)
        times = poisson(rate, seconds)
        cpu = time.process_time()
        arriving = asyncio.create_task(arrive(self.load, times))
        try:
            await self.elapse(seconds, f"overload: {rate:.0f} photos a second", lambda: None)
            begin = await arriving
        finally:
            arriving.cancel()
        used = (time.process_time() - cpu) * 1e3 / max(1, len(times))
        return Window(begin, seconds, self.clear()), used

    async def elapse(self, seconds: float, what: str, check: Callable[[], None]) -> None:
        """Let time pass under a progress bar, as long as all is well."""
        begin, steps = time.perf_counter(), max(1, round(seconds / TICK_SECONDS))
        for step in track(range(1, steps + 1), what):
            await asyncio.sleep(begin + seconds * step / steps - time.perf_counter())
            self.service.check()
            check()

    def clear(self) -> list[Answer]:
        """The answers since the last time; what was stored is deleted."""
        answers, self.load.answers = self.load.answers, []
        self.service.state.drop_files()
        return answers


async def under_load(
    service: Service, photos: Sequence[bytes], plan: Plan, starts: Sequence[tuple[float, float]]
) -> Measured:
    """All loads one after the other. Raises HomelensError where there is nothing to measure."""
    client = Client(HOST, service.port, {"Authorization": f"Bearer {service.state.key}"})
    load = Load(client, photos)
    session = Session(service, load, plan)
    try:
        early = await session.fill(plan.early)
        closed = {clients: await session.closed(clients) for clients in plan.clients}
        sustainable = closed[plan.steady].photos_per_s
        if not sustainable:
            raise HomelensError(
                f"no photo was accepted within {plan.seconds:g} seconds", do="measure for longer"
            )
        overload, generator = await session.overload(sustainable)
        late = await session.fill(plan.requests)
    finally:
        client.close()
        if load.trouble:
            seen = [f"{count} × {what}" for what, count in load.trouble.most_common()]
            note(f"answers that should not be: {some(seen, 3)}")
    ready_s, ready_mb = zip(*starts, strict=True)
    return Measured(plan, ready_s, ready_mb, closed, overload, generator, early, late)


def start_and_stop(state: State) -> tuple[float, float]:
    """(seconds until ready, MB then)."""
    with Service.start(state) as service:
        return service.ready_s, service.rss_mb()


def bench_serve(paths: Sequence[Path], plan: Plan, out: Path | None) -> list[Figure]:
    """Everything. Raises DataError, ServiceEnded, or HomelensError."""
    photos = {hashlib.sha256(data).digest(): data for data in (p.read_bytes() for p in paths)}
    if not photos:
        raise DataError("there is no photo to send")
    with tempfile.TemporaryDirectory() as folder:
        state = State.make(Path(folder))
        start_and_stop(state)  # fills the file cache, as on a machine in use
        starts = [start_and_stop(state) for _ in track(range(plan.starts), "starts")]
        with Service.start(state) as service:
            measured = asyncio.run(under_load(service, list(photos.values()), plan, starts))
    if out:
        from training.bench.draw_serve import draw_load

        draw_load(measured, out / "load.png")
        note(f"wrote {out / 'load.png'}")
    return serve_figures(measured)
