"""Threads come from the container's quota."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.session import cpu_quota, parse_cpu_max


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("max 100000\n", None), ("200000 100000\n", 2.0), ("50000 100000", 0.5), ("150000", 1.5)],
)
def test_cgroup_v2_quota(text: str, cpus: float | None) -> None:
    assert parse_cpu_max(text) == cpus


@given(st.integers(1, 10**7), st.integers(1000, 10**6))
def test_quota_is_the_ratio(quota: int, period: int) -> None:
    assert parse_cpu_max(f"{quota} {period}") == pytest.approx(quota / period)


def test_at_least_one_and_at_most_the_allowed_cores() -> None:
    assert 1 <= cpu_quota() <= len(os.sched_getaffinity(0))


def test_a_quota_below_the_cores_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("cgroup") / "cpu.max"
    file.write_text("50000 100000")
    monkeypatch.setattr("vision.session.CGROUP_V2", file)
    assert cpu_quota() == 1
