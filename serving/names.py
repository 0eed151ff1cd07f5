"""Names of photos: printable, and no two alike in any spelling.

unique(["a.jpg", "A.jpg"])          # ["a.jpg", "A-2.jpg"]
"""

from collections.abc import Iterable
from pathlib import Path


def unique(names: Iterable[str]) -> list[str]:
    """Names as printable text, no two alike in any spelling: a.jpg and A.jpg become two names."""
    used: set[str] = set()
    found = []
    for name in names:
        clean = "".join(c if c.isprintable() else "_" for c in name)
        candidate, number = clean, 1
        while candidate.casefold() in used:
            number += 1
            candidate = f"{Path(clean).stem}-{number}{Path(clean).suffix}"
        used.add(candidate.casefold())
        found.append(candidate)
    return found
