"""A process that looks at shards, with one thread and models that it loads once.

    process = context.Process(target=work, args=(connection, slot, job))

It is told a shard's number and the photos not to touch, writes marks and the shard's file, and
answers with the tally. It ends with the process that started it, however that one ended. In the
shared `slot` stand the index of the photo that it looks at and how many it has looked at: they
outlive it.
"""

import os
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from serving.scan.dest import Dest
from serving.scan.marks import Marks
from serving.scan.plan import Header, Plan, shard_file
from serving.scan.recall import Earlier, Recall
from serving.scan.shard import Eyes, as_parquet, scan_shard
from serving.scan.source import Source
from vision.errors import BundleUnsuitable, HomelensError
from vision.photo import Limits
from vision.rules import Rules

WATCH_SECONDS = 0.3
"""How soon a process notices that the one that started it is gone."""


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know; goes to other processes and machines."""

    header: Header
    out: str
    models: Path
    rules: Rules
    limits: Limits


class Bench:
    """A worker's own: models, source, destination and memory, opened once."""

    def __init__(self, job: Job) -> None:
        """Raises HomelensError; BundleUnsuitable where models here are others than the scan's."""
        self.job = job
        self.eyes = Eyes.open(job.models, job.rules, job.limits)
        if (self.eyes.keys, self.eyes.rules_sha256, self.eyes.versions) != (
            job.header.part_keys(),
            job.header.rules_sha256,
            job.header.models,
        ):
            raise BundleUnsuitable(
                f"the models in {job.models} are not those that the scan was begun with",
                do="put the same models on every machine",
            )
        self.source, self.dest = Source.open(job.header.source), Dest.open(job.out)
        self.plan, self.marks = Plan(self.dest), Marks(self.dest, job.header)
        self.recall = Recall(Earlier.open(job.header.since) if job.header.since else None)

    def do(self, shard: int, deadly: Mapping[bytes, str], slot: Sequence[int]) -> dict[str, int]:
        """Look at a shard, from its last mark on, and write its file; gives the tally."""

        names = self.plan.names(shard)

        def on_photo(index: int) -> None:
            slot[0] = index  # type: ignore[index]
            if index < len(names):  # the last call tells of the end, not of a photo
                slot[1] += 1  # type: ignore[index]

        read = partial(self.source.read, max_bytes=self.job.limits.max_bytes)
        done = scan_shard(
            names,
            read,
            self.eyes,
            known=self.recall,
            deadly=deadly,
            on_photo=on_photo,
            done=self.marks.read(shard, names),
            mark_every=self.marks.rows,
            on_mark=partial(self.marks.write, shard),
        )
        self.dest.put(shard_file(shard), as_parquet(done, self.job.header.id, shard))
        self.marks.remove(shard, len(names))
        return asdict(done.tally)


def work(connection: "Connection[object, tuple[int, dict[bytes, str]]]", slot: Sequence[int],
         job: Job) -> None:  # fmt: skip
    """The process's whole life."""
    import cv2

    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    cv2.setNumThreads(1)  # the other cores have processes of their own
    try:
        bench = Bench(job)
        connection.send("ready")
        while True:
            shard, deadly = connection.recv()
            connection.send((shard, bench.do(shard, deadly, slot)))
    except EOFError:
        return
    except (HomelensError, OSError) as error:
        connection.send(error)
    except Exception:  # a fault of ours or of a library: as if the system had ended the process
        traceback.print_exc()
        os._exit(1)


def watch(parent: int) -> None:
    """End this process, in the middle of whatever it does, when its parent is gone."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(3)
