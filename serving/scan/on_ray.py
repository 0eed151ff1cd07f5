"""The same shards on a Ray cluster: Ray Data hands them to actors that hold the models.

    for shard, tally in run_on_ray(job, shards, workers=None):
        ...

An actor is a crew of one worker process, so a photo that kills is found out as on one machine, and
an actor that dies with its machine is started elsewhere by Ray. `ray.init` joins the cluster that
RAY_ADDRESS names (as in a RayJob), or starts one on this machine.
"""

import json
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from serving.scan.crew import Crew
from serving.scan.worker import Job
from vision.errors import HomelensError

MOST_BLOCKS = 10_000
"""Blocks that Ray keeps track of; with more shards than that a block holds several."""


class Actor:
    """Holds the models, and looks at one shard after the other."""

    def __init__(self, job: Job) -> None:
        self._crew = Crew(job, 1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """The batch's shards, each with its tally as JSON."""
        done = list(self._crew.run([int(shard) for shard in batch["shard"]]))
        return {
            "shard": [shard for shard, _ in done],
            "tally": [json.dumps(tally) for _, tally in done],
        }


def run_on_ray(
    job: Job, shards: Sequence[int], workers: int | None
) -> Iterator[tuple[int, dict[str, int]]]:
    """Shards as they are finished; `workers` actors, by default one for each CPU of the cluster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own deprecations and of the packages it looks for
        import ray
        import ray.data

        started = not ray.is_initialized()
        if started:
            # Ray would tell its makers of each start.
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        try:
            # Standard error is for our own progress; Ray keeps its logs in files as well.
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            ray.data.DataContext.get_current().enable_progress_bars = False
            count = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            rows = [{"shard": shard} for shard in shards]
            blocks = min(len(rows), MOST_BLOCKS)
            found = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
                Actor,
                fn_constructor_args=(job,),
                batch_size=1,
                num_cpus=1,
                compute=ray.data.ActorPoolStrategy(size=min(count, len(rows))),
            )
            for row in found.iter_rows():
                yield int(row["shard"]), json.loads(row["tally"])
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, HomelensError):
                raise cause from error
            raise HomelensError(
                f"the Ray cluster ended the scan: {str(error).strip().splitlines()[-1]}",
                do="run the same command again: finished shards are kept",
            ) from error
        finally:
            if started:
                ray.shutdown()
