"""What a check found, and how checks are run so that none can stop or hold up the others.

finding = checked("database", partial(look_at_database, settings))
finding.status, finding.found, finding.do
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from vision.errors import HomelensError

Status = Literal["ok", "warning", "wrong"]

PATIENCE = 15.0
"""Seconds after which what does not answer is told to be out of reach."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: Status
    found: str
    do: str = ""
    more: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], list[Finding]]
"""Looks, and may raise."""


def checked(name: str, check: Check, seconds: float = PATIENCE) -> list[Finding]:
    """What the check finds; what it raises, and that it does not end, are findings too."""
    result: list[list[Finding]] = []

    def run() -> None:
        try:
            result.append(check())
        except HomelensError as error:
            accepted = f"accepted: {error.accepted}" if error.accepted else ""
            advice = "; ".join(part for part in (error.do, accepted) if part)
            result.append([Finding(name, "wrong", error.wrong, advice, {"code": error.code})])
        except Exception as error:  # a check that fails says that something is wrong
            kind = type(error).__name__
            result.append([Finding(name, "wrong", f"cannot be looked at: {kind}: {error}")])

    thread = threading.Thread(target=run, name=f"doctor-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not result:
        return [
            Finding(
                name,
                "wrong",
                f"does not answer within {seconds:g} seconds",
                "check its address, and that the network lets this machine reach it",
            )
        ]
    return result[0]
