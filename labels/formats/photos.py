"""The photos beside a label file: which there are, how large they are upright, whether they agree.

    width, height = upright_size(Path("photos/a.jpg"))
    check_photo(Path("photos"), "a.jpg", (448, 336), where)

The size is read from the header and turned as EXIF says, as the service does; HEIC and AVIF keep
their turn inside the picture, so that they are decoded.
"""

from pathlib import Path

from labels.formats.geometry import Size
from vision.errors import DataError, EmptyPhoto, PhotoError, UnsupportedPhoto
from vision.headers import read_header, sniff
from vision.photo import decode

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"})


def upright_size(path: Path) -> Size:
    """(width, height) of a photo as it is looked at. Raises DataError."""
    try:
        data = path.read_bytes()
        if data and sniff(data) in ("heic", "avif"):
            photo = decode(data)
            return photo.width, photo.height
        header = read_header(data)
    except PhotoError as error:
        raise DataError(f"{path}: {error.wrong}", accepted=error.accepted, do=error.do) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", accepted="a photo") from error
    size = (header.width, header.height)
    return size[::-1] if header.orientation >= 5 else size


def find_photo(images: Path, name: str, where: str) -> Path:
    """The file of a photo that labels name. Raises DataError."""
    path = images / name
    if not path.is_file():
        raise DataError(f"{where}: {path} is missing", accepted="every photo that the labels name")
    return path


def check_photo(images: Path | None, name: str, size: Size, where: str) -> None:
    """Refuse a photo that is missing or of another shape than its labels say. Raises DataError.

    A smaller copy is the same photo: corners are shares. Width and height exchanged mean that the
    labels were drawn on the photo before it was turned upright.
    """
    if images is None:
        return
    found = upright_size(find_photo(images, name, where))
    # one pixel more or less on each side is rounding
    if abs(found[0] * size[1] - found[1] * size[0]) > max(found + size):
        raise DataError(
            f"{where}: {name} is {found[0]}×{found[1]} pixels upright, "
            f"its labels are for {size[0]}×{size[1]}",
            accepted="the same shape",
            do="label the upright photo",
        )


def photo_names(images: Path) -> tuple[list[str], list[str]]:
    """(photos, other files) below a folder, as sorted names; hidden files are in neither."""
    photos: list[str] = []
    others: list[str] = []
    for name in files_below(images):
        (photos if _is_photo(images / name) else others).append(name)
    return photos, others


def files_below(folder: Path, pattern: str = "*") -> list[str]:
    """Sorted names of files, without hidden ones, such as macOS leaves beside others."""
    names = [
        path.relative_to(folder).as_posix() for path in folder.rglob(pattern) if path.is_file()
    ]
    return sorted((name for name in names if not is_hidden(name)), key=lambda n: n.split("/"))


def is_hidden(name: str) -> bool:
    """Whether a file, or a folder that it is in, begins with a dot."""
    return any(part.startswith(".") for part in name.split("/"))


def _is_photo(path: Path) -> bool:
    """By its content, or by its name: a damaged photo must not be passed over."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            sniff(file.read(512))
    except (EmptyPhoto, UnsupportedPhoto):
        return False
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", accepted="a photo") from error
    return True
