"""What a command says besides its result: progress and remarks, on standard error alone.

    for path in track(paths, "looking at photos"):
        ...
    note("2 photos could not be read")

Standard output is left to the figures, so that it can be piped.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def track(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items one by one, under a progress bar."""
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, description=what, console=Console(stderr=True))


def note(text: str) -> None:
    """One line for the user; standard output is for the result."""
    print(text, file=sys.stderr)


def some(names: Iterable[str], most: int = 8) -> str:
    """Names for a remark, cut after `most`: "a, b, c and 12 more"."""
    listed = list(names)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")
