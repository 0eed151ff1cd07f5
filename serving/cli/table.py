"""The report as a table on the terminal.

show(report, Path("report"))

Names of files are printed as they are: nothing in them is read as markup.
"""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from serving.report_html import count_words, home_words
from vision.report import LineStatus, Report

MARKS: dict[LineStatus, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "unsure": ("?", "blue"),
    "partial": ("!", "yellow"),
    "missing": ("✗", "red"),
    "optional": ("–", "dim"),
}
"""Sign and colour of a line; the sentence says the same in words."""


def show(report: Report, out: Path | None) -> None:
    """Print the report on standard output."""
    console = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("", "Checklist", "Photos", "What to do"):
        table.add_column(heading)
    for line in report.lines:
        mark, style = MARKS[line.status]
        table.add_row(
            Text(mark, style),
            Text(line.title, style),
            Text(count_words(line)),
            Text(line.next_step or line.sentence, "" if line.next_step else "dim"),
        )
    console.print(Text(f"{home_words(report)}. Rules: {report.rules_title}.", "bold"))
    console.print(table)
    for heading, lines in (
        ("To take again", grouped(report)),
        ("Questions", [question.sentence for question in report.questions]),
        ("Not readable", [f"{file.id}: {file.message}" for file in report.refused]),
        ("Notes", [line.note for line in report.lines if line.note]),
    ):
        if lines:
            console.print(Text(heading, "bold"))
            for text in lines:
                console.print(Text(f"  • {text}"))
            console.print()
    verdict = ("Complete.", "bold green") if report.complete else ("Not complete yet.", "bold")
    console.print(Text(*verdict))
    if out:
        # never broken, so that the path can be copied
        console.print(Text(f"Report and copies: {out / 'report.html'}"), soft_wrap=True)


def grouped(report: Report) -> list[str]:
    """One line for each thing that is wrong, with all photos of which it is."""
    photos: dict[str, list[str]] = {}
    for again in report.retakes:
        photos.setdefault(again.sentence, []).append(again.photo)
    return [f"{', '.join(names)}: {sentence}" for sentence, names in photos.items()]
