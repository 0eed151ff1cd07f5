"""`homelens avm report`: do explanations help? What the valuation page's visits did next.

    homelens avm report
    homelens avm report --since 2026-10-01 --market krakow --json | jq .figures
    homelens avm report --out report.html          # or a picture, report.png

Counts are those of the service's database (HOMELENS_DATABASE_URL): totals a day, no more.

Decide beforehand how long to count; who looks every day and stops at the first good one is misled.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vision.errors import SettingsError

if TYPE_CHECKING:
    from avm.experiment import Arm

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

BASE = "none"
"""What the others are compared with: value and range alone."""

TITLES = {
    "none": "value and range alone",
    "words": "with reasons in words",
    "full": "with reasons, comparables and pictures",
    "explained": "with any explanation",
}

PICTURES = (".png", ".svg", ".pdf")


@command.command(epilog="The page and its counts: docs/value-page.md.")
def report(
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="First day, such as 2026-10-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Last day.")] = None,
    market: Annotated[str | None, typer.Option(help="One market alone.")] = None,
    language: Annotated[str | None, typer.Option(help="One language alone: en or it.")] = None,
    worth: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="The least difference that matters, 0–1.")
    ] = 0.02,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an .html, .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Say whether explanations of values lead to the next step."""
    from serving.cli.keys import database
    from serving.store.visits import totals

    if out is not None and out.suffix.lower() not in (*PICTURES, ".html"):
        raise SettingsError(f"--out {out}", accepted="a file .html, .png, .svg or .pdf")
    first, last = day(since, "--since"), day(until, "--until")
    with database().read() as session:
        found = totals(session, since=first, until=last, market=market, language=language)
    arms = arms_of([(one.variant, one.seen, one.taken) for one in found])
    options = {"since": since, "until": until, "market": market, "language": language}
    if out is not None:
        write_out(out, arms, worth)
    if as_json:
        print(json.dumps(figure_set(arms, options), ensure_ascii=False))
        return
    for line in sentences(arms, worth):
        print(line)


def day(text: str | None, option: str) -> date | None:
    """A day. Raises SettingsError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{option} {text}", accepted="a day such as 2026-10-01") from None


def arms_of(counts: list[tuple[str, int, int]]) -> "dict[str, Arm]":
    """Every variant in the order of what it shows, then all that explain together."""
    from avm.experiment import Arm

    known = {variant: Arm(seen, taken) for variant, seen, taken in counts}
    arms = {name: known.get(name, Arm(0, 0)) for name in ("none", "words", "full")}
    return {**arms, "explained": arms["words"] + arms["full"]}


def sentences(arms: "dict[str, Arm]", worth: float) -> list[str]:
    """The report as text, the answer first."""
    from avm.experiment import verdict, wilson

    base = arms[BASE]
    found = [answer(verdict(base, arms["explained"], "explanations", worth)), ""]
    for name, arm in arms.items():
        low, high = wilson(arm)
        share = f"{arm.rate:6.1%} [{low:.1%} to {high:.1%}]" if arm.seen else "     –"
        found.append(f"{TITLES[name]:<40} {arm.taken:>6} of {arm.seen:>7} visits  {share}")
    found.append("")
    for name, what in (("words", "reasons in words"), ("full", "full explanations")):
        found.append(answer(verdict(base, arms[name], what, worth)))
    return found


def answer(text: str) -> str:
    """A sentence with its capital."""
    return text[:1].upper() + text[1:]


def figure_set(arms: "dict[str, Arm]", options: dict[str, str | None]) -> dict[str, Any]:
    """The figures in their one form; a variant that nobody saw has none."""
    from avm.experiment import compare, wilson
    from vision.privacy import homelens_version

    figures = []
    for name, arm in arms.items():
        if arm.seen:
            low, high = wilson(arm)
            figures.append(figure(f"avm.next_step.{name}", arm.rate, low, high, arm.seen))
    base = arms[BASE]
    for name, arm in arms.items():
        if name != BASE and arm.seen and base.seen:
            found = compare(base, arm)
            seen = base.seen + arm.seen
            label = f"avm.next_step_gain.{name}"
            figures.append(figure(label, found.value, found.low, found.high, seen))
    counts = {name: (arm.seen, arm.taken) for name, arm in arms.items()}
    given = [f"--{name} {value}" for name, value in options.items() if value is not None]
    return {
        "command": " ".join(["homelens avm report", *given]),
        "data": {"visits": hashlib.sha256(json.dumps(counts).encode()).hexdigest()},
        "code": f"homelens {homelens_version()}",
        "models": {},
        "figures": figures,
    }


def figure(name: str, value: float, low: float, high: float, n: int) -> dict[str, Any]:
    """One figure."""
    return {"name": name, "value": value, "low": low, "high": high, "n": n, "unit": "share"}


def write_out(out: Path, arms: "dict[str, Arm]", worth: float) -> None:
    """The picture, or a page that holds it with the text."""
    from serving.cli.draw_report import draw, page
    from serving.output import write

    lines = sentences(arms, worth)
    titled = {TITLES[name]: arm for name, arm in arms.items()}
    if out.suffix.lower() == ".html":
        write(out, page(lines, draw(titled, "svg").decode()).encode())
    else:
        write(out, draw(titled, out.suffix.lower().removeprefix(".")))
    typer.echo(f"wrote {out}", err=True)
