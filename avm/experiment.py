"""Do explanations help? Shares of visits with their intervals, and what they say together.

    compare(Arm(820, 41), Arm(790, 62))       # Difference(value=0.028, low=0.005, high=0.052)
    verdict(...)                              # "explanations help: +2.8 points [0.5–5.2]"
    visits_needed(0.05, worth=0.02)           # for each variant, to see two points more

Intervals are 95%: Wilson's score interval for a share, and for a difference of two the one that
Newcombe (1998, method 10) makes of them, which holds for few visits and for rare steps. Two-sided,
at 80% power, for the number of visits.
"""

import math
from dataclasses import dataclass

Z = 1.959964
"""Of the normal distribution, for 95%."""

Z_POWER = 0.841621
"""For a power of 80%."""


@dataclass(frozen=True)
class Arm:
    """Visits that saw one explanation, and how many of them took the next step."""

    seen: int
    taken: int

    def __post_init__(self) -> None:
        if not 0 <= self.taken <= self.seen:
            raise ValueError(f"{self.taken} of {self.seen} visits")

    @property
    def rate(self) -> float:
        """Share that took the step."""
        return self.taken / self.seen if self.seen else 0.0

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(self.seen + other.seen, self.taken + other.taken)


@dataclass(frozen=True)
class Difference:
    """How much more often the step is taken, as a share, with its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def wilson(arm: Arm) -> tuple[float, float]:
    """Both ends of Wilson's 95% interval; (0, 1) where nobody came."""
    if not arm.seen:
        return 0.0, 1.0
    n, share = arm.seen, arm.rate
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low = 0.0 if arm.taken == 0 else max(0.0, middle - half)
    return low, 1.0 if arm.taken == n else min(1.0, middle + half)


def compare(base: Arm, other: Arm) -> Difference:
    """`other` less `base`, with Newcombe's hybrid score interval."""
    low1, high1 = wilson(base)
    low2, high2 = wilson(other)
    value = other.rate - base.rate
    down = math.hypot(other.rate - low2, high1 - base.rate)
    up = math.hypot(high2 - other.rate, base.rate - low1)
    return Difference(value, max(-1.0, value - down), min(1.0, value + up))


def visits_needed(rate: float, worth: float) -> int:
    """Visits of each variant to see a difference of `worth` from `rate` in four of five tests."""
    other = min(1.0, rate + worth)
    middle = (rate + other) / 2
    spread = Z * math.sqrt(2 * middle * (1 - middle))
    spread += Z_POWER * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil((spread / (other - rate)) ** 2) if other > rate else 0


def verdict(base: Arm, other: Arm, what: str, worth: float) -> str:
    """One sentence: whether it helps, or how many visits are missing to know."""
    if not base.seen or not other.seen:
        return f"not known yet: no visits {'without explanation' if not base.seen else 'with it'}"
    found = compare(base, other)
    points = f"{100 * found.value:+.1f} points [{100 * found.low:.1f} to {100 * found.high:.1f}]"
    if found.low > 0:
        return f"{what} help: {points}"
    if found.high < 0:
        return f"{what} do harm: {points}"
    if -worth < found.low and found.high < worth:
        return f"{what} make no difference of {100 * worth:g} points or more: {points}"
    pooled = base + other
    # the arm that has fewer visits decides how long it takes
    more = visits_needed(pooled.rate, worth) - min(base.seen, other.seen)
    if more <= 0:
        return (
            f"not clear: {points}; a difference of {100 * worth:g} points would likely have shown"
        )
    return (
        f"not known yet: {points}; about {more} more visits of each are needed to see "
        f"{100 * worth:g} points"
    )
