"""Writes all or nothing: to a hidden sibling first, which is then renamed.

write_file(Path("labels.json"), text)                        # takes the place of an older one
write_folder(Path("export"), {"labels/a.txt": "0 …"})        # refuses a folder that holds files
"""

import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vision.errors import DataError


def write_file(out: Path, text: str) -> None:
    """Raises DataError when it cannot be written; an older file is then untouched."""
    if out.is_dir():
        raise DataError(f"{out} is a folder", accepted="the path of a file")
    scratch = _scratch(out)
    try:
        scratch.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(out)
    except OSError as error:
        raise _failed(out, error) from error
    finally:
        with suppress(OSError):  # nothing is left there but of a failure
            scratch.unlink(missing_ok=True)


def write_folder(out: Path, files: Mapping[str, str], folders: tuple[str, ...] = ()) -> None:
    """Texts by their path below the folder, and `folders` even if nothing lies in them.

    The paths must have been checked (places.image_name). Raises DataError.
    """
    out = out.resolve()
    if out.exists() and not (out.is_dir() and next(out.iterdir(), None) is None):
        raise DataError(
            f"{out} is there already and is not empty", accepted="a new or an empty folder"
        )
    scratch = _scratch(out)
    try:
        for folder in folders:
            (scratch / folder).mkdir(parents=True)
        for name, text in files.items():
            path = scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(out)
    except OSError as error:
        raise _failed(out, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _scratch(out: Path) -> Path:
    return out.parent / f".homelens-{secrets.token_hex(6)}"


def _failed(out: Path, error: OSError) -> DataError:
    return DataError(f"{out} cannot be written: {error.strerror or error}")
