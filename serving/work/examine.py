"""One photo, looked at: findings, safe copy and thumbnail. Runs in a thread of the pool.

seen = examine(checker, "IMG_1.jpg", Path("incoming/x").read_bytes, rules, Policy.BLUR, watch)
seen.findings, seen.copy.jpeg, seen.thumbnail
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.report_html import thumbnail
from vision.findings import PhotoFindings
from vision.policy import Policy
from vision.privacy import SafeCopy
from vision.rules import Rules
from vision.watch import Watch

if TYPE_CHECKING:
    from vision.checker import PhotoChecker


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
    watch: Watch,
    on_found: Callable[[PhotoFindings], None] = lambda findings: None,
) -> Seen:
    """Look at a photo, and copy it where `policy` is given. Raises PhotoError.

    `watch` hears of the stages look and copy, and of the parts of look (vision/watch.py).
    """
    data = read()
    if policy is None:
        with watch("look"):
            return Seen(checker.look(name, data, rules, watch), None, None)
    with ExitStack() as stage:
        stage.enter_context(watch("look"))

        def found(findings: PhotoFindings) -> None:
            stage.close()
            on_found(findings)
            stage.enter_context(watch("copy"))

        findings, copy = checker.look_and_copy(name, data, rules, policy, found, watch)
        small = None
        if copy.jpeg is not None:
            small = thumbnail(copy.jpeg, max(copy.receipt.width or 1, copy.receipt.height or 1))
    return Seen(findings, copy, small)
