"""How long the parts of looking at a photo take, for whoever wants to know.

    checker.look("a.jpg", data, rules, watch)         # watch("decode") opens a block

The parts are decode, objects (the detector) and rooms; a service measures and traces them.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Watch = Callable[[str], AbstractContextManager[object]]
"""A part's name to the block that it runs in."""


def unwatched(name: str) -> AbstractContextManager[object]:
    """A block that nobody looks at."""
    return nullcontext()
