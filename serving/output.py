"""The folder that `homelens check --out DIR` writes.

    folder = OutputFolder.prepare(Path("report"), inputs=[Path("photos/a.jpg")])
    folder.add("a.jpg", copy)
    folder.finish(report)

    DIR/report.html                     for people; holds everything that it shows
    DIR/report.json                     for programs: vision/report.py
    DIR/copies/NAME.jpg                 the shareable copy, where one could be made
    DIR/copies/NAME.receipt.json        what was done to it, or why there is none

Every file appears whole or not at all. Copies of an earlier run, known by their receipts, are
removed first: a photo that is withheld today must not lie there from yesterday.
"""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from serving.names import unique
from serving.report_html import CopyCard, render, thumbnail
from vision.errors import DataError
from vision.privacy import SafeCopy
from vision.report import Report

RECEIPT = ".receipt.json"

LONGEST_STEM = 55
"""Characters of up to four bytes; with number and suffix a name stays within 255 bytes."""


@dataclass
class OutputFolder:
    """The folder while it is being written."""

    folder: Path
    cards: dict[str, CopyCard] = field(default_factory=dict)

    @classmethod
    def prepare(cls, folder: Path, inputs: Iterable[Path]) -> "OutputFolder":
        """Make the folder and clear it of an earlier run's copies. Raises DataError."""
        copies = folder / "copies"
        for place in (folder, copies):
            if place.exists() and not place.is_dir():
                raise DataError(f"{place} is not a folder", do="name another folder with --out")
        inside = copies.resolve()
        for photo in inputs:
            if photo.resolve().is_relative_to(inside):
                raise DataError(
                    f"{photo} lies in {copies}, where the copies are written",
                    do="name another folder with --out",
                )
        copies.mkdir(parents=True, exist_ok=True)
        for receipt in copies.glob(f"*{RECEIPT}"):
            receipt.with_name(receipt.name.removesuffix(RECEIPT) + ".jpg").unlink(missing_ok=True)
            receipt.unlink()
        return cls(folder)

    def add(self, photo_id: str, copy: SafeCopy) -> None:
        """Write a photo's copy and receipt."""
        taken = [card.name for card in self.cards.values()]
        name = unique([*taken, f"{Path(photo_id).stem[:LONGEST_STEM]}.jpg"])[-1]
        if copy.jpeg is not None:
            write(self.folder / "copies" / name, copy.jpeg)
        receipt = copy.receipt.model_dump_json(indent=2) + "\n"
        write(self.folder / "copies" / (name.removesuffix(".jpg") + RECEIPT), receipt.encode())
        self.cards[photo_id] = CopyCard(
            name=name,
            receipt=copy.receipt,
            thumbnail=None if copy.jpeg is None else thumbnail(copy.jpeg, longer_side(copy)),
        )

    def finish(self, report: Report) -> None:
        """Write report.json and report.html."""
        write(self.folder / "report.json", (report.model_dump_json(indent=2) + "\n").encode())
        write(self.folder / "report.html", render(report, self.cards).encode())


def longer_side(copy: SafeCopy) -> int:
    """Pixels of the copy's longer side, from its receipt."""
    return max(copy.receipt.width or 1, copy.receipt.height or 1)


def write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".homelens-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp is for secrets; what is shared gets the mode that any new file would have.
        Path(name).chmod(0o666 & ~current_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def current_umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
