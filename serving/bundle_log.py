"""What happened to the bundles of a models folder: which version came when, how and why.

    note(models, "objects", Change(action="pulled", version=new, before=old, why="…"))
    changes(models, "objects")                    # the oldest first
    version_before(models, "objects", active)     # where a rollback goes

models/.history/NAME/log.jsonl has a line for every change on this machine, beside the earlier
bundles themselves. A bundle that came with the checkout or the image has no line: it was there.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from serving.bundles import history, sync
from vision.bundle import read_manifest
from vision.errors import BundleError, RegistryError
from vision.findings import Frozen

LOG = "log.jsonl"


class Change(Frozen):
    """One version that took another's place."""

    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    action: Literal["promoted", "pulled", "rolled_back"]
    version: str = Field(description="sha256 of the manifest that is in use since")
    before: str | None = Field(description="the one until then; null: there was none")
    why: str


def note(models: Path, name: str, change: Change) -> None:
    """Add a line; to be called within `alone`."""
    path = history(models, name) / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        kept = path.read_bytes()
        file.truncate(kept.rfind(b"\n") + 1)  # a line that a crash has cut
        file.write(change.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def changes(models: Path, name: str) -> tuple[Change, ...]:
    """Every change, the oldest first. Raises RegistryError for a line that is none.

    A last line that a crash has cut is left out: the bundle in use is what its manifest says.
    """
    path = history(models, name) / LOG
    if not path.is_file():
        return ()
    *lines, _cut = path.read_text(encoding="utf-8").split("\n")
    return tuple(read_lines(path, lines))


def read_lines(path: Path, lines: list[str]) -> Iterator[Change]:
    """The changes of whole lines."""
    for number, line in enumerate(lines, 1):
        try:
            yield Change.model_validate_json(line)
        except ValidationError as error:
            raise RegistryError(
                f"{path}, line {number} is no change of a bundle: {error.errors()[0]['msg']}",
                do="remove the line; the bundles themselves are verified by their hashes",
            ) from error


def version_before(models: Path, name: str, active: str) -> str | None:
    """What the version in use took the place of when it came; None where nobody knows.

    Going back is no coming: after two rollbacks the third-last version is in use.
    """
    seen = changes(models, name)
    for change in reversed(seen):
        if change.version == active and change.action != "rolled_back":
            return change.before
    try:
        promotion = read_manifest(models / name).extra.get("promotion", {})
    except BundleError:
        promotion = {}
    if isinstance(promotion, dict) and isinstance(promotion.get("over_manifest"), str):
        return str(promotion["over_manifest"])
    # Neither came it by these commands, nor is it the first: it was put there by hand.
    if seen and seen[-1].version != active and all(one.before != active for one in seen):
        return seen[-1].version
    return None
