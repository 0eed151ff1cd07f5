"""The photos that a command line names: files and folders to ids and bytes.

    given = photo_files([Path("photos"), Path("extra/kitchen.heic")])
    given.files["kitchen.heic"], given.skipped

An id is the file's name, made unique and printable. In a folder (not its subfolders) files with a
picture's suffix are taken and others skipped; a file that is named itself is always taken: what it
is, is told from its content.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from serving.names import unique
from vision.errors import DamagedPhoto, DataError, PhotoTooLarge
from vision.evidence import natural

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".hif", ".avif"),
        *(".gif", ".bmp", ".tif", ".tiff"),
    }
)
"""What pictures are called; also kinds that are not accepted, so that they are refused aloud."""


@dataclass(frozen=True)
class PhotoFiles:
    """Photo id to file, in natural order, and the files of folders that were not taken."""

    files: dict[str, Path]
    skipped: tuple[Path, ...]


def photo_files(paths: Sequence[Path]) -> PhotoFiles:
    """All photos under these files and folders, each once. Raises DataError."""
    taken: dict[Path, Path] = {}
    skipped: list[Path] = []
    for path in paths:
        if path.is_dir():
            for file in sorted(path.iterdir(), key=lambda file: natural(file.name)):
                if file.name.startswith(".") or not file.is_file():
                    continue
                if file.suffix.lower() in SUFFIXES:
                    taken.setdefault(file.resolve(), file)
                else:
                    skipped.append(file)
        elif path.is_file():
            taken.setdefault(path.resolve(), path)
        else:
            there = "is neither a file nor a folder" if path.exists() else "does not exist"
            raise DataError(f"{path} {there}", accepted="photo files and folders of photos")
    if not taken:
        raise DataError(
            f"no photos in {', '.join(map(str, paths))}",
            accepted="files named " + ", ".join(sorted(SUFFIXES)),
            do="name the photos or the folder that they lie in",
        )
    names = unique(file.name for file in taken.values())
    return PhotoFiles(dict(zip(names, taken.values(), strict=True)), tuple(skipped))


def reader(path: Path, max_bytes: int) -> Callable[[], bytes]:
    """A function that reads the file. It raises PhotoTooLarge (unread) or DamagedPhoto."""

    def read() -> bytes:
        try:
            size = path.stat().st_size
            if size > max_bytes:
                raise PhotoTooLarge(
                    f"the file has {size / 1e6:.0f} MB",
                    accepted=f"up to {max_bytes / 1e6:.0f} MB",
                    do="save it as JPEG and use that",
                )
            return path.read_bytes()
        except OSError as error:
            raise DamagedPhoto(f"the file cannot be read: {error.strerror or error}") from error

    return read
