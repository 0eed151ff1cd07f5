"""`homelens bench faults`: break what the service stands on, one after the other, under load.

    outcomes, left_out = all_faults(Plan(seconds=30, repeat=3))
    figures = fault_figures(outcomes)                 # docs/reliability.md: faults_report.py

Two replicas on a real PostgreSQL and a real S3, two customers that send photos all the time and try
again until each is acknowledged. Afterwards every acknowledged photo is read back.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.bench.faults_cases import (
    Outcome,
    Stack,
    disk_filled,
    loss,
    model_corrupted,
    replica_killed,
)
from training.bench.faults_clock import clock_skewed
from training.bench.runs import figure
from training.bench.serve_figures import count
from training.console import note
from training.figures import Figure
from vision.errors import DataError, HomelensError

HOUR = 3600.0


@dataclass(frozen=True)
class Plan:
    """How long things are away, how often, and which cases; none named is all."""

    seconds: float = 30.0
    repeat: int = 3
    cases: tuple[str, ...] = ()

    @property
    def short(self) -> float:
        """For what does not need to be waited out."""
        return min(self.seconds, 12.0)


Case = Callable[[Stack, Plan], Outcome]

CASES: dict[str, Case] = {
    "replica": lambda stack, plan: replica_killed(stack, plan.short),
    "database-stopped": lambda stack, plan: loss(
        stack, "database stopped", stack.database.pause, stack.database.resume, plan.seconds
    ),
    "database-killed": lambda stack, plan: loss(
        stack, "database killed", stack.database.kill, stack.database.start, plan.seconds
    ),
    "s3-stopped": lambda stack, plan: loss(
        stack, "S3 stopped", stack.files.pause, stack.files.resume, plan.seconds
    ),
    "s3-killed": lambda stack, plan: loss(
        stack, "S3 killed", stack.files.kill, stack.files.start, plan.seconds
    ),
    "disk": lambda stack, plan: disk_filled(stack, plan.short),
    "clock-ahead": lambda stack, plan: clock_skewed(stack, HOUR, plan.short),
    "clock-behind": lambda stack, plan: clock_skewed(stack, -HOUR, plan.short),
    "model": lambda stack, plan: model_corrupted(stack, plan.short),
}


def all_faults(plan: Plan) -> tuple[list[Outcome], dict[str, str]]:
    """Every case as often as planned, and why cases were left out that this machine does not allow.

    Raises DataError for an unknown case, HomelensError.
    """
    unknown = [name for name in plan.cases if name not in CASES]
    if unknown:
        raise DataError(f"there is no case {unknown[0]!r}", accepted=", ".join(CASES))
    with (
        tempfile.TemporaryDirectory(prefix="homelens-faults-") as folder,
        Stack.start(Path(folder)) as stack,
    ):
        Path(folder).chmod(0o755)  # PostgreSQL's own user passes through
        left_out: dict[str, str] = {}
        return list(run(stack, plan, left_out)), left_out


def run(stack: Stack, plan: Plan, left_out: dict[str, str]) -> Iterator[Outcome]:
    """The cases on one stack; `left_out` gets the reasons of those that cannot be run here."""
    for name in plan.cases or CASES:
        for number in range(1, plan.repeat + 1):
            note(f"{name}, {number} of {plan.repeat}")
            try:
                outcome = CASES[name](stack, plan)
            except HomelensError as error:
                note(f"{name} is left out: {error}")
                left_out[name] = str(error)
                break
            note(
                f"  {outcome.acknowledged} acknowledged, {outcome.lost} lost, longest wait "
                f"{outcome.longest_wait_s:.1f} s"
            )
            yield outcome


def by_case(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The repetitions of each case, in order."""
    found: dict[str, list[Outcome]] = {}
    for one in outcomes:
        found.setdefault(one.case, []).append(one)
    return found


def fault_figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """faults.lost.<case>, faults.told_loss_s.<case>, …: n is photos, or repetitions."""
    figures = []
    for case, found in by_case(outcomes).items():
        name = case.replace(" ", "_").lower()
        kept = sum(one.acknowledged for one in found)
        figures.append(count(f"faults.lost.{name}", sum(one.lost for one in found), kept, "photos"))
        seconds: dict[str, list[float | None]] = {
            "told_loss_s": [one.told_loss_s for one in found],
            "told_return_s": [one.told_return_s for one in found],
            "recovery_s": [one.recovery_s for one in found],
            "longest_answer_s": [one.longest_answer_s for one in found],
            "longest_wait_s": [one.longest_wait_s for one in found],
        }
        for what, values in seconds.items():
            known = [one for one in values if one is not None]
            if known and len(known) == len(values):
                figures.append(figure(f"faults.{what}.{name}", known, "s"))
    return figures
