"""The one place that builds ONNX Runtime sessions.

    session = open_session(path_or_bytes, threads=cpu_quota())

Threads come from the container's CPU quota, not the host's cores: more threads than cores make
inference many times slower, and ONNX Runtime does not see the quota by itself. A session is safe
to share between threads.
"""

import ctypes
import math
import os
import platform
from functools import lru_cache
from pathlib import Path

import onnxruntime as ort

CGROUP_V2 = Path("/sys/fs/cgroup/cpu.max")
CGROUP_V1 = Path("/sys/fs/cgroup/cpu")


def parse_cpu_max(text: str) -> float | None:
    """CPUs that a cgroup v2 `cpu.max` grants ("200000 100000" is 2.0); None is no limit."""
    quota, _, period = text.strip().partition(" ")
    if quota == "max":
        return None
    cpus = float(quota) / float(period or 100_000)
    return cpus if cpus > 0 else None


def _cgroup_cpus() -> float | None:
    if CGROUP_V2.is_file():
        return parse_cpu_max(CGROUP_V2.read_text())
    quota, period = CGROUP_V1 / "cpu.cfs_quota_us", CGROUP_V1 / "cpu.cfs_period_us"
    if quota.is_file() and period.is_file():
        quota_us = int(quota.read_text())
        return quota_us / int(period.read_text()) if quota_us > 0 else None
    return None


def cpu_quota() -> int:
    """Whole CPUs this process may use: the smaller of affinity and cgroup quota, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _cgroup_cpus()
    return max(1, min(allowed or 1, math.ceil(quota) if quota else 10**6))


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Numbers of glibc's mallopt(3)."""

LARGEST_KEPT = 32 << 20
"""Bytes of the largest block that comes from the heap; the most that glibc takes for it."""

MOST_KEPT = 128 << 20
"""Bytes of freed memory that the heap keeps at hand before some goes back to the system."""


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Let glibc give freed blocks of a few megabytes out again, for the whole process.

    By default each goes back to the system and costs its page faults again: a fifth of the time of
    an inference. One heap for all threads, so that what one frees serves another. Elsewhere than
    on glibc this does nothing.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
    libc.mallopt(M_TRIM_THRESHOLD, MOST_KEPT)
    libc.mallopt(M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Return freed memory to the system now: after loading, which needs more than serving."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def open_session(model: Path | bytes, threads: int | None = None) -> ort.InferenceSession:
    """A CPU session for fixed-shape models; `threads` defaults to the CPU quota."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or cpu_quota()
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Threads spin within an inference, which saves a sixth of its time, and sleep between two:
    # there they would steal the CPU from decoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    # One heap for all models and all threads, instead of an arena for each session that keeps the
    # most it ever used: 100 MB less with three models, at the same speed (see keep_freed_memory).
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    keep_freed_memory()
    options.log_severity_level = 3
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
