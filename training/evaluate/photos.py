"""Which files of a folder are photos.

    photos, passed = photos_below(folder)

A file is a photo by its content, or by its name where the content is not known: a damaged photo
must not be passed over, and a photo under a wrong name is one all the same.
"""

from pathlib import Path

from vision.errors import EmptyPhoto, UnsupportedPhoto
from vision.headers import sniff

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"})


def is_photo(path: Path) -> bool:
    """Whether the file is a photo, perhaps a damaged one."""
    if path.suffix.lower() in SUFFIXES:
        return True
    with path.open("rb") as file:
        head = file.read(512)
    try:
        sniff(head)
    except (EmptyPhoto, UnsupportedPhoto):
        return False
    return True


def photos_below(folder: Path) -> tuple[list[Path], list[Path]]:
    """(photos, other files) in the folder and below, sorted; hidden files are in neither."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    photos = [path for path in files if is_photo(path)]
    held = set(photos)
    return photos, [path for path in files if path not in held]
