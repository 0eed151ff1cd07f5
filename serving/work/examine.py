"""One photo, looked at: findings, safe copy and thumbnail. Runs in a thread of the pool.

seen = examine(checker, "IMG_1.jpg", Path("incoming/x").read_bytes, rules, Policy.BLUR, on_found)
seen.findings, seen.copy.jpeg, seen.thumbnail
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.report_html import thumbnail
from vision.findings import PhotoFindings
from vision.policy import Policy
from vision.privacy import SafeCopy
from vision.rules import Rules

if TYPE_CHECKING:
    from vision.checker import PhotoChecker

Clock = Callable[[str, float], None]
"""Hears of a stage's name and seconds."""


@dataclass(frozen=True)
class Seen:
    """All that was made of one photo; without a wanted copy `copy` is None."""

    findings: PhotoFindings
    copy: SafeCopy | None
    thumbnail: bytes | None


def examine(
    checker: "PhotoChecker",
    name: str,
    read: Callable[[], bytes],
    rules: Rules,
    policy: Policy | None,
    clock: Clock,
    on_found: Callable[[PhotoFindings], None] = lambda findings: None,
) -> Seen:
    """Look at a photo, and copy it where `policy` is given. Raises PhotoError."""
    data, start = read(), time.perf_counter()
    if policy is None:
        findings = checker.look(name, data, rules)
        clock("look", time.perf_counter() - start)
        return Seen(findings, None, None)

    def found(findings: PhotoFindings) -> None:
        nonlocal start
        clock("look", time.perf_counter() - start)
        start = time.perf_counter()
        on_found(findings)

    findings, copy = checker.look_and_copy(name, data, rules, policy, found)
    small = None
    if copy.jpeg is not None:
        small = thumbnail(copy.jpeg, max(copy.receipt.width or 1, copy.receipt.height or 1))
    clock("copy", time.perf_counter() - start)
    return Seen(findings, copy, small)
