"""Plain ultralytics predict, timed photo by photo, for a bench to set itself beside.

    python -m training.bench.reference yolo26n.pt

Reads a JSON string with a photo's path from each line of standard input and answers with one line
{"wall_ms", "cpu_ms"}; the first line says that the weights are loaded. Nothing is set: image
size, threads and thresholds are the package's own.
"""

import json
import os
import sys
import time
from typing import IO


def main(weights: str) -> None:
    """Answer until standard input ends."""
    # ultralytics prints to standard output: the answers keep the real one to themselves
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from ultralytics.models import YOLO

    model = YOLO(weights)
    _say(answers, {"ready": 1.0})
    for line in sys.stdin:
        photo = json.loads(line)
        cpu, wall = time.process_time(), time.perf_counter()
        model.predict(photo, device="cpu", verbose=False)
        took, used = time.perf_counter() - wall, time.process_time() - cpu
        _say(answers, {"wall_ms": took * 1e3, "cpu_ms": used * 1e3})


def _say(answers: IO[str], what: dict[str, float]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
