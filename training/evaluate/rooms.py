"""How well the product tells rooms apart, on a folder with one folder per room type.

    homelens evaluate rooms photos            # photos/kitchen/…, photos/bedroom/…

    seen = look(find_photos(folder, known), objects, rooms)   # the product's own path
    figures = score(seen)                                     # pure

A photo that cannot be read counts as wrong, with no confidence, and is named; it is left out of
the calibration error alone (15 bins of equal mass). The 85% most confident are the product's
answers when it may ask about the rest; of equally confident photos the wrong ones come first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.console import note, some, track
from training.evaluate.photos import photos_below
from training.figures import Figure, share
from training.intervals import calibration_error, calibration_interval
from vision.errors import DataError, PhotoError
from vision.findings import RoomGuess
from vision.objects import Objects
from vision.photo import decode
from vision.rooms import Rooms

SELECTED = 0.85
"""Share of photos in rooms.accuracy_at_85."""

UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Seen:
    """One photo: its folder's room type, and every guess, most probable first; none if unread."""

    path: Path
    truth: str
    guesses: tuple[RoomGuess, ...]

    @property
    def room(self) -> str:
        """The answer."""
        return self.guesses[0].type if self.guesses else UNREADABLE

    @property
    def confidence(self) -> float:
        """The answer's probability."""
        return self.guesses[0].probability if self.guesses else 0.0

    @property
    def right(self) -> bool:
        """Whether the answer is the folder's room type."""
        return self.room == self.truth


def find_photos(folder: Path, known: Sequence[str]) -> list[tuple[Path, str]]:
    """Each photo with its room type, sorted by path. Raises DataError for another layout."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder", accepted="a folder with one per room type")
    rooms = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    unknown = [room.name for room in rooms if room.name not in known]
    if unknown or not rooms:
        raise DataError(
            f"{folder} has folders that are no room type: {some(unknown)}"
            if unknown
            else f"{folder} has no folder",
            accepted=f"folders named {', '.join(known)}",
        )
    found: list[tuple[Path, str]] = []
    passed: list[Path] = []
    for room in rooms:
        photos, others = photos_below(room)
        found += [(photo, room.name) for photo in photos]
        passed += others
    if passed:
        note(f"{len(passed)} files are no photos and left out: {some(map(str, passed))}")
    if not found:
        raise DataError(f"{folder} holds no photo", accepted="JPEG, PNG, WebP, HEIC or AVIF")
    return found


def look(photos: Sequence[tuple[Path, str]], objects: Objects, rooms: Rooms) -> list[Seen]:
    """Decode, detect and classify every photo, as the product does; names the unreadable."""
    seen = []
    for path, truth in track(photos, "looking at rooms"):
        try:
            pixels = decode(path.read_bytes()).pixels
        except PhotoError as error:
            note(f"{path} counts as wrong: {error}")
            seen.append(Seen(path, truth, ()))
            continue
        view = rooms.look(pixels, objects.detect(pixels, floor=rooms.object_floor))
        seen.append(Seen(path, truth, view.rooms))
    return seen


def score(seen: Sequence[Seen]) -> list[Figure]:
    """rooms.accuracy, .ece, .accuracy_at_85 and .accuracy.<type> of each type in the data.

    Raises DataError when there is no photo, or none that could be read.
    """
    read = [photo for photo in seen if photo.guesses]
    if not read:
        raise DataError("no photo could be read", accepted="JPEG, PNG, WebP, HEIC or AVIF")
    confidence = np.array([photo.confidence for photo in read])
    correct = np.array([float(photo.right) for photo in read])
    low, high = calibration_interval(confidence, correct)
    surest = sorted(seen, key=lambda photo: (-photo.confidence, photo.right))
    surest = surest[: max(1, round(SELECTED * len(seen)))]
    figures = [
        _accuracy("rooms.accuracy", seen),
        Figure(
            name="rooms.ece",
            value=calibration_error(confidence, correct),
            low=low,
            high=high,
            n=len(read),
            unit="probability",
        ),
        _accuracy("rooms.accuracy_at_85", surest),
    ]
    for room in sorted({photo.truth for photo in seen}):
        of_room = [photo for photo in seen if photo.truth == room]
        figures.append(_accuracy(f"rooms.accuracy.{room}", of_room))
    return figures


def _accuracy(name: str, seen: Sequence[Seen]) -> Figure:
    return share(name, sum(photo.right for photo in seen), len(seen))


def confusion(seen: Sequence[Seen]) -> tuple[list[str], list[str], list[list[int]]]:
    """Room types of the data (rows), answers given (columns), and how many photos."""
    rows = sorted({photo.truth for photo in seen})
    columns = sorted({photo.room for photo in seen} | set(rows), key=lambda r: (r == UNREADABLE, r))
    counts = [[0] * len(columns) for _ in rows]
    for photo in seen:
        counts[rows.index(photo.truth)][columns.index(photo.room)] += 1
    return rows, columns, counts


def worst(seen: Sequence[Seen], most: int = 30) -> list[Seen]:
    """The mistakes of which the product was surest, surest first."""
    wrong = [photo for photo in seen if not photo.right]
    return sorted(wrong, key=lambda photo: (-photo.confidence, str(photo.path)))[:most]
