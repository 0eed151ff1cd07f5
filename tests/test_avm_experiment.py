"""Whether explanations help: intervals, differences, verdicts, and the visits that are needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avm.experiment import Arm, compare, verdict, visits_needed, wilson

arms = st.integers(1, 5000).flatmap(
    lambda seen: st.builds(Arm, st.just(seen), st.integers(0, seen))
)


def test_known_intervals() -> None:
    """Wilson's of 81 in 263 and Newcombe's example (a), both from Newcombe (1998)."""
    assert wilson(Arm(263, 81)) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    found = compare(Arm(80, 48), Arm(70, 56))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(arms)
def test_interval_holds_the_share(arm: Arm) -> None:
    low, high = wilson(arm)
    assert 0 <= low <= arm.rate <= high <= 1


@given(arms, arms)
def test_difference_turns_with_its_sides(one: Arm, other: Arm) -> None:
    found, back = compare(one, other), compare(other, one)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (back.value, back.low, back.high) == pytest.approx(
        (-found.value, -found.high, -found.low)
    )


def test_nobody_came() -> None:
    assert wilson(Arm(0, 0)) == (0.0, 1.0)
    assert verdict(Arm(0, 0), Arm(9, 1), "explanations", 0.02).startswith("not known yet")


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Arm(2, 3)


def test_verdicts() -> None:
    base = Arm(4000, 200)
    assert verdict(base, Arm(4000, 320), "explanations", 0.02) == (
        "explanations help: +3.0 points [1.9 to 4.1]"
    )
    assert verdict(base, Arm(4000, 100), "explanations", 0.02).startswith("explanations do harm")
    assert "make no difference" in verdict(base, Arm(4000, 204), "explanations", 0.02)
    assert "not clear" in verdict(Arm(3000, 150), Arm(3000, 180), "explanations", 0.02)
    early = verdict(Arm(100, 5), Arm(100, 8), "explanations", 0.02)
    assert early.startswith("not known yet: +3.0 points")
    assert "more visits of each are needed to see 2 points" in early


def test_enough_visits_are_enough() -> None:
    """The textbook's 5% against 7% takes about 2,200 of each at 80% power."""
    n = visits_needed(0.05, 0.02)
    assert n == pytest.approx(2213, abs=10)
    assert visits_needed(0.05, 0.01) > 3 * n
