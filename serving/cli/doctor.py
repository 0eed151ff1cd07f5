"""`homelens doctor`: what is configured, reachable and wrong, and what to do.

    homelens doctor
    homelens doctor --json | jq '.checks[] | select(.status != "ok")'

Looks at every setting and its source (secrets are masked), database and migrations, file store
(writes, reads and deletes a file), models and their hashes, CPUs, memory, disk, clock and the
collector of traces. Nothing is changed. Exit code 0: nothing is wrong, though there may be
warnings; 1: something is.
"""

import json
import os
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.doctor.configured import Configured
    from serving.doctor.finding import Finding

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

MARKS = {"ok": "ok", "warning": "WARNING", "wrong": "WRONG"}


@command.command(epilog="What to do for each: docs/operations.md.")
def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Look at everything that the service needs; exit code 1 where something is wrong."""
    from dataclasses import asdict

    from serving.doctor.configured import configured

    found = configured(os.environ)
    findings = [*found.findings, *looked(found)]
    wrong = sum(finding.status == "wrong" for finding in findings)
    if as_json:
        settings = [asdict(row) for row in found.rows]
        checks = [asdict(finding) for finding in findings]
        print(json.dumps({"ok": not wrong, "settings": settings, "checks": checks}, indent=2))
    else:
        show(found, findings)
    if wrong:
        raise typer.Exit(1)


def looked(found: "Configured") -> "list[Finding]":
    """All checks, one after the other; each ends."""
    from serving.doctor import machine, stores
    from serving.doctor.finding import checked

    settings = found.settings
    checks = {
        "database": partial(stores.look_at_database, settings),
        "store": partial(stores.look_at_files, settings),
        "models": partial(machine.look_at_models, settings),
        "rules": partial(machine.look_at_rules, settings),
        "pages": partial(machine.look_at_pages, settings),
        "cpu": partial(machine.look_at_cpus, settings),
        "memory": partial(machine.look_at_memory, settings),
        "disk": partial(machine.look_at_disk, settings),
        "traces": partial(machine.look_at_traces, os.environ),
    }
    return [one for name, check in checks.items() for one in checked(name, check)]


def show(found: "Configured", findings: "list[Finding]") -> None:
    """For people: what is set, then what was found, then what is to be done."""
    print("Set (all others have their defaults, docs/settings.md):")
    for row in found.rows:
        if row.source == "environment":
            print(f"  {row.name} = {row.value}")
    print("\nFound:")
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"  {MARKS[finding.status]:<8}{finding.name:<{width}}  {finding.found}")
    todo = [finding for finding in findings if finding.status != "ok"]
    if todo:
        print("\nTo do:")
    for finding in todo:
        print(f"  {finding.name}: {finding.do or finding.found}")
    if not any(finding.status == "wrong" for finding in findings):
        print("\nNothing is wrong.")
