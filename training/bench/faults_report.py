"""docs/reliability.md and its picture, from what a bench of faults saw.

write_report(outcomes, measured, Path("docs"), left_out)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Template

from training.bench.faults import by_case
from training.bench.faults_cases import Outcome
from training.figures import FigureSet
from training.intervals import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GOAL_SECONDS = 5
GREEN, ORANGE, GREY = "#2ca02c", "#e6550d", "#555555"

TEMPLATE = Path(__file__).with_name("reliability.md.j2")


def write_report(
    outcomes: Sequence[Outcome],
    measured: FigureSet,
    folder: Path,
    left_out: Mapping[str, str] | None = None,
) -> None:
    """Write both files; a case that was left out is named with its reason."""
    cases = by_case(outcomes)
    acknowledged = sum(one.acknowledged for one in outcomes)
    lost = sum(one.lost for one in outcomes)
    text = Template(TEMPLATE.read_text(encoding="utf-8"), keep_trailing_newline=True).render(
        code=measured.code[:12],
        acknowledged=acknowledged,
        lost=lost,
        high=wilson(lost, acknowledged)[1],
        goal=GOAL_SECONDS,
        rows=[row(case, found) for case, found in cases.items()],
        left_out=left_out or {},
        said=[line for case, found in cases.items() for line in seen(case, found)],
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reliability.md").write_text(text, encoding="utf-8")
    draw(cases, folder / "reliability.png")


def row(case: str, found: Sequence[Outcome]) -> str:
    """A case's line of the table."""
    cells = [
        case,
        f"{middle([one.lasted_s for one in found]):.0f} s",
        str(len(found)),
        str(sum(one.acknowledged for one in found)),
        str(sum(one.lost for one in found)),
        *(
            seconds(values)
            for values in (
                [one.told_loss_s for one in found],
                [one.told_return_s for one in found],
                [one.recovery_s for one in found],
                [one.longest_answer_s for one in found],
                [one.longest_wait_s for one in found],
            )
        ),
    ]
    return f"| {' | '.join(cells)} |"


def seconds(values: Sequence[float | None]) -> str:
    """The median, with the worst in brackets; a dash where it does not apply."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return "–" if not known else "not always"
    return f"{middle(known):.1f} s ({max(known):.1f})"


def middle(values: Sequence[float]) -> float:
    """The median."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def seen(case: str, found: Sequence[Outcome]) -> list[str]:
    """What customers were answered, and what else there is to say."""
    said: Counter[str] = Counter()
    for one in found:
        said += one.said
    answers = ", ".join(f"{n} × {what}" for what, n in said.most_common())
    remarks = dict.fromkeys(remark for one in found for remark in one.remarks)
    return [f"* **{case}**: {answers}", *(f"  * {remark}" for remark in remarks)]


def draw(cases: dict[str, list[Outcome]], path: Path) -> None:
    """One strip a case, of its first repetition."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 1.0 + 0.9 * len(cases)), layout="constrained")
    axes = figure.subplots(len(cases), 1, sharex=True, squeeze=False)[:, 0]
    for one, (case, found) in zip(axes, cases.items(), strict=True):
        strip(one, case, found[0])
    axes[-1].set_xlabel("seconds since the fault")
    figure.savefig(path, dpi=120)


def strip(axes: "Axes", case: str, outcome: Outcome) -> None:
    """Readiness above, acknowledged photos below."""
    axes.axvspan(0, outcome.lasted_s, color="#dddddd", zorder=0)
    for good, colour in ((True, GREEN), (False, ORANGE)):
        moments = [at for at, ready in outcome.ready if ready is good]
        axes.plot(moments, [1] * len(moments), "|", color=colour, markersize=11)
    times = outcome.acknowledgements
    axes.plot(times, [0] * len(times), "o", color=GREY, markersize=3)
    axes.set_ylim(-0.6, 1.6)
    axes.set_yticks([0, 1], ["photos", "ready"], fontsize=8)
    axes.set_title(case, loc="left", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
