"""What a bench of the service is to do, and what it saw; the figures are made of this.

plan = Plan(seconds=10)
Window(begin, seconds, answers).photos_per_s
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.bench.load import Answer

EARLY = 500
"""Photos after which memory is read first: caches and pools have their size by then."""


@dataclass(frozen=True)
class Plan:
    """How much is measured. `steady`: customers whose rate counts as sustainable."""

    seconds: float = 30.0
    requests: int = 5000
    clients: tuple[int, ...] = (1, 4, 16)
    steady: int = 4
    starts: int = 7

    @property
    def early(self) -> int:
        """Photos after which memory is read first; a tenth where only few are sent."""
        return EARLY if self.requests > EARLY else max(1, self.requests // 10)


@dataclass(frozen=True)
class Window:
    """The answers of one load, and the time that counts of it."""

    begin: float
    seconds: float
    answers: Sequence[Answer]

    @property
    def inside(self) -> list[Answer]:
        """Those that were read within the time."""
        return [a for a in self.answers if 0 <= a.done - self.begin < self.seconds]

    def per_second(self, times: Sequence[float]) -> list[float]:
        """How many of these moments a second, bin by bin; a bin has a second or a little more."""
        bins = max(1, int(self.seconds))
        counts = [0] * bins
        for moment in times:
            after = moment - self.begin
            if 0 <= after < self.seconds:
                counts[int(after * bins / self.seconds)] += 1
        return [count * bins / self.seconds for count in counts]

    @property
    def photos_per_s(self) -> float:
        """Accepted photos a second."""
        return sum(answer.accepted for answer in self.inside) / self.seconds


@dataclass(frozen=True)
class Measured:
    """Everything that a bench of the service saw."""

    plan: Plan
    ready_s: Sequence[float]
    ready_mb: Sequence[float]
    closed: Mapping[int, Window]
    overload: Window
    generator_ms: float
    early_mb: Sequence[float]
    late_mb: Sequence[float]
