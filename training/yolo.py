"""Runs ultralytics' training the way all stages here do: on the CPU, seeded, resumable.

    last = fine_tune(weights, work, "doors", data=str(file), epochs=24, ...)

The callback is public API; ultralytics itself is not changed.
"""

import os
from pathlib import Path
from typing import Any


def _use_all_cores(trainer: Any) -> None:
    # ultralytics leaves one core idle when it selects the CPU.
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))


def fine_tune(weights: Path, work: Path, name: str, **settings: Any) -> Path:
    """Train under `work`/`name` and return the last checkpoint.

    A finished run is taken over as it is, an interrupted one goes on with its next epoch.
    `settings` are ultralytics' own names.
    """
    from ultralytics.models import YOLO

    last = work / name / "weights" / "last.pt"
    done = work / name / "finished"
    if done.is_file():
        return last
    going_on = last.is_file()
    model = YOLO(str(last if going_on else weights))
    model.add_callback("on_pretrain_routine_end", _use_all_cores)
    if going_on:
        model.train(resume=True)
    else:
        model.train(
            project=str(work.resolve()),
            name=name,
            exist_ok=True,
            optimizer="AdamW",
            cos_lr=True,
            workers=1,
            device="cpu",
            deterministic=True,
            val=False,
            plots=False,
            amp=False,
            **settings,
        )
    done.touch()
    return last
