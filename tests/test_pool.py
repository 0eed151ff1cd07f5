"""The pool: places, refusals and the time that a refusal names."""

import asyncio
import threading

import pytest

from serving.errors import Overloaded
from serving.work.pool import Pool


def test_places_are_bounded_and_come_back() -> None:
    pool = Pool(workers=1, queue=2, seconds=1000)
    with pool.place(), pool.place(), pool.place():
        assert pool.full
        with pytest.raises(Overloaded) as caught, pool.place():
            pass
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 1
        assert pool.waiting == 3
    assert (pool.held, pool.full) == (0, False)
    pool.close()


def test_slow_jobs_make_the_queue_shorter() -> None:
    pool = Pool(workers=2, queue=8, seconds=1.5)
    pool.job_seconds = 0.6
    pool.held = 3
    assert not pool.full  # the fourth is answered after 4 × 0.6 / 2 seconds
    pool.held = 5
    assert pool.full
    pool.job_seconds = 100.0
    pool.held = 1
    assert not pool.full  # whoever finds a free worker is never refused
    pool.close()


def test_jobs_run_side_by_side_and_their_time_is_learnt() -> None:
    pool = Pool(workers=2, queue=0, seconds=1000)
    met = threading.Barrier(2, timeout=20)

    async def work() -> list[int]:
        return list(await asyncio.gather(*(pool.run(met.wait) for _ in range(4))))

    before = pool.job_seconds
    assert sorted(asyncio.run(work())) == [0, 0, 1, 1]
    assert pool.running == 0
    assert pool.job_seconds < before
    pool.close()


def test_a_jobs_error_is_the_callers() -> None:
    pool = Pool(workers=1, queue=0, seconds=1000)

    def fail() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        await pool.run(fail)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(work())
    assert pool.running == 0
    pool.close()
