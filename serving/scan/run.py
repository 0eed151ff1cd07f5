"""A scan from its beginning, or from where it was stopped, to its end.

    summary = scan(Order(source="photos", out="scans/november", rules=load_rules("default"), …))

The plan is written once. A shard is done when its file is there; one that was under way when the
scan was stopped goes on from its last mark.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from serving.scan.crew import Crew
from serving.scan.dest import Dest
from serving.scan.finish import MANIFEST, finish, is_complete, summary_of
from serving.scan.plan import Header, read_header, write_plan
from serving.scan.progress import progress
from serving.scan.recall import Earlier
from serving.scan.shard import Eyes
from serving.scan.source import Source
from serving.scan.summary import Summary
from serving.scan.worker import Job
from vision.errors import DataError
from vision.photo import Limits
from vision.rules import Rules
from vision.session import cpu_quota

Engine = Literal["local", "ray"]
SHARD = re.compile(r"([0-9]{8})\.parquet")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be scanned, how and where to. `workers` None: one a CPU."""

    source: str
    out: str
    rules: Rules
    models: Path
    limits: Limits
    since: str | None = None
    engine: Engine = "local"
    workers: int | None = None
    shard_size: int = 256
    slots: Any = None


def scan(order: Order, say: Say = lambda text: None) -> Summary:
    """Begin or go on, to the end. Raises HomelensError or OSError where it cannot go on."""
    source, dest = Source.open(order.source), Dest.open(order.out)
    out = str(dest.folder) if dest.folder else order.out.rstrip("/")
    since = absolute(order.since)
    if out in (source.address, since):
        raise DataError(f"--out {order.out} is read from", do="name another place with --out")
    order = replace(order, out=out, since=since)
    with dest.alone():
        header = begun(order, source, dest, say)
        if not is_complete(dest):
            go_on(order, header, dest, say)
            return finish(dest, header, order.rules)
    say(f"this scan is complete already: {out}/{MANIFEST}")
    found = summary_of(out)
    assert found is not None
    return found


def absolute(address: str | None) -> str | None:
    """An address that holds in every process: a folder's full path."""
    if address is None or "://" in address:
        return address and address.rstrip("/")
    return str(Path(address).resolve())


def begun(order: Order, source: Source, dest: Dest, say: Say) -> Header:
    """The header of the scan in the destination; a new plan where there is none."""
    eyes = Eyes.open(order.models, order.rules, order.limits)
    fixed = {
        "source": source.address,
        "since": order.since,
        "models": eyes.versions,
        "rules": order.rules.name,
        "rules_sha256": eyes.rules_sha256,
        "keys": vars(eyes.keys),
    }
    header = read_header(dest)
    if header is not None:
        for name, value in fixed.items():
            if getattr(header, name) != value:
                raise DataError(
                    f"{order.out} holds a scan with another {name}: {getattr(header, name)}",
                    accepted="the same source, models, rules and limits to go on with it",
                    do=f"begin a new one: --since {order.out} --out another place",
                )
        return header
    if order.since is not None:
        Earlier.open(order.since)  # says at once where there is none
    listed = source.list(leave_out=dest.folder)
    if not listed.names:
        raise DataError(f"no photos in {order.source}", accepted="files with a picture's suffix")
    if listed.skipped:
        left = ", ".join(f"{count} {why}" for why, count in listed.skipped.items())
        say(f"left out: {left}")
    return write_plan(dest, listed, order.shard_size, **fixed)


def go_on(order: Order, header: Header, dest: Dest, say: Say) -> None:
    """All shards that have no file yet."""
    there = {int(m.group(1)) for name in dest.names("shards") if (m := SHARD.fullmatch(name))}
    todo = [shard for shard in range(header.shards) if shard not in there]
    if there:
        say(f"going on: {len(there):,} of {header.shards:,} shards are done")
    if not todo:
        return
    size, last = header.shard_size, header.shards - 1
    short = header.shards * size - header.photos

    def photos(shards: set[int]) -> int:
        return len(shards) * size - (short if last in shards else 0)

    with progress(header.photos, photos(there)) as show, ExitStack() as stack:
        for shard, _ in engine(order, header, todo, stack, lambda n: show(photos(there) + n)):
            there.add(shard)
            show(photos(there))


def engine(
    order: Order, header: Header, todo: list[int], stack: ExitStack, on_tick: Callable[[int], None]
) -> Iterator[tuple[int, dict[str, int]]]:
    """Shards as the chosen engine finishes them."""
    job = Job(header, order.out, order.models, order.rules, order.limits)
    if order.engine == "ray":
        from serving.scan.on_ray import run_on_ray

        return run_on_ray(job, todo, order.workers)
    workers = min(order.workers or cpu_quota(), len(todo))
    crew = stack.enter_context(Crew(job, workers, slots=order.slots))
    return crew.run(todo, lambda: on_tick(crew.under_way))
