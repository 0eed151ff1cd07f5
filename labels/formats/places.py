"""Small readers of untrusted label files that name the place and the rule of what is wrong.

    text = read_text(file, "one class a line")
    name = image_name("rooms/a.jpg", f"{file}, line 3")

`where` is "FILE, line 3" for text and XML and "FILE: annotations[3].bbox" for JSON. Every function
raises DataError.
"""

import math
import re
from collections import Counter
from pathlib import Path, PurePosixPath, PureWindowsPath

from vision.errors import DataError

LARGEST_SIDE = 1_000_000
"""Pixels of a side beyond which a file is in error; no camera or scanner comes near."""

IGNORED = "ignored"
"""The note of a label set that says what of its file was not read; it is not written on."""

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
UNSTATED = {"": False, "unspecified": False}
"""What some tools write where nobody said anything."""


class Remarks:
    """What is said of a file that was read all the same."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._counts: Counter[str] = Counter()

    def say(self, sentence: str) -> None:
        """Something about the whole file."""
        self._sentences.append(sentence)

    def count(self, what: str, times: int = 1) -> None:
        """Something that happened so many `times`, which stand behind it in the end."""
        if times:
            self._counts[what] += times

    def notes(self) -> dict[str, str]:
        """The note `ignored`, one sentence a line; nothing when there was nothing to say."""
        counted = [f"{what}: {count}" for what, count in self._counts.items()]
        said = self._sentences + counted
        return {IGNORED: "\n".join(said)} if said else {}


def read_bytes(file: Path, what: str) -> bytes:
    """The content of a file that should be `what`."""
    if not file.is_file():
        raise DataError(f"{file} is not a file", accepted=what)
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}", accepted=what) from error


def read_lines(file: Path, what: str) -> list[str]:
    """Lines of a UTF-8 file, without what is blank at their ends."""
    content = read_bytes(file, what).removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{file}, line {line}: not text: {error}", accepted="UTF-8") from error
    # not splitlines(), which also breaks at characters that may stand in a name
    lines = [line.strip() for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def number(text: str, where: str, what: str) -> float:
    """A finite number in plain digits."""
    value = float(text) if NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(value):
        raise DataError(f"{where}: {what} is {short(text)}", accepted="a number")
    return value


def side(value: float, where: str, what: str) -> int:
    """The width or height of a photo in pixels."""
    if not 1 <= value <= LARGEST_SIDE or value != int(value):
        raise DataError(
            f"{where}: {what} is {value:g}", accepted=f"whole pixels, 1 to {LARGEST_SIDE}"
        )
    return int(value)


def flag(value: object, where: str, what: str) -> bool:
    """True, false, 1, 0, yes or no, as JSON has it or as text."""
    text = str(value).strip().lower() if isinstance(value, (str, bool, int)) else "?"
    found = (FLAGS | UNSTATED).get(text)
    if found is None:
        raise DataError(f"{where}: {what} is {short(value)}", accepted=", ".join(FLAGS))
    return found


def image_name(text: str, where: str) -> str:
    """A photo's path below the image folder, with slashes; nothing that leads out of it."""
    path = PurePosixPath(text)
    if "\0" in text or path.is_absolute() or ".." in path.parts or PureWindowsPath(text).anchor:
        raise DataError(
            f"{where}: the photo's name {short(text)} leads out of the image folder",
            accepted="a path below it",
        )
    if not path.parts or "\\" in text or CONTROL.search(text):
        raise DataError(
            f"{where}: {short(text)} cannot be a photo's name",
            accepted="a path with slashes, without control characters and backslashes",
        )
    return str(path)


def short(value: object) -> str:
    """repr, cut to what fits into a sentence."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
