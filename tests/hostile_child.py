"""Decodes each given file in a fork of its own and prints what that cost, one JSON line a file.

    python -m tests.hostile_child FILE...

`exit` is not 0 when anything but a HomelensError escaped, or when the alarm cut a hang.
"""

import contextlib
import gc
import json
import os
import resource
import signal
import sys
from pathlib import Path

import cv2

from tests import hostile
from vision.errors import HomelensError
from vision.photo import decode

HANG_S = 120
"""Wall time after which a fork is ended: far over the CPU contract, for a busy machine."""


def resident() -> int:
    """Bytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def spend(path: Path) -> dict[str, float]:
    """CPU seconds and growth of the peak while decoding the file."""
    data = path.read_bytes()
    held, cpu = resident(), resource.getrusage(resource.RUSAGE_SELF)
    with contextlib.suppress(HomelensError):  # the answer is checked elsewhere
        decode(data)
    done = resource.getrusage(resource.RUSAGE_SELF)
    seconds = done.ru_utime + done.ru_stime - cpu.ru_utime - cpu.ru_stime
    return {"mb": (done.ru_maxrss * 1024 - held) / 1e6, "cpu_s": seconds}


def main() -> None:
    """Warm every decoder up, then measure each file."""
    cv2.setNumThreads(1)  # a pool of threads would not survive the fork
    for kind in ("jpeg", "png", "webp", "heic", "avif"):
        decode(hostile.valid(kind))
    gc.freeze()
    for name in sys.argv[1:]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(HANG_S)
            os.write(writing, json.dumps(spend(Path(name))).encode())
            os._exit(0)
        os.close(writing)
        status = os.waitpid(child, 0)[1]
        answer = os.read(reading, 4096)
        os.close(reading)
        cost = json.loads(answer) if answer else {"mb": 0.0, "cpu_s": 0.0}
        print(json.dumps({"exit": status, **cost}), flush=True)


if __name__ == "__main__":
    main()
