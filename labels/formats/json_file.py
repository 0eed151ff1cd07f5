"""JSON label files, read into models, with the JSON path of what is wrong.

    coco = parse(CocoFile, read_json(file, "a COCO instances file"), str(file), "COCO's images, …")

Nesting, numbers and characters that would break Python's own reader end in DataError as well.
"""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from labels.formats.places import read_bytes
from vision.errors import DataError

Model = TypeVar("Model", bound=BaseModel)

POSITION = re.compile(r" at line (\d+) column \d+$")


def read_json(file: Path, what: str) -> Any:
    """The content of a JSON file in UTF-8. Raises DataError that names the line."""
    content = read_bytes(file, what).removeprefix(b"\xef\xbb\xbf")
    try:
        return from_json(content, cache_strings="keys")
    except ValueError as error:  # stops at 200 levels and at numbers of 4,300 digits
        found = POSITION.search(str(error))
        line, message = found.group(1) if found else "1", POSITION.sub("", str(error))
        raise DataError(f"{file}, line {line}: not JSON: {message}", accepted=what) from error


def parse(model: type[Model], value: Any, where: str, accepted: str) -> Model:
    """The value as a model. Raises DataError that names the JSON path below `where`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = json_path(first["loc"])
        count = error.error_count()
        more = f" ({count} such problems)" if count > 1 else ""
        raise DataError(
            f"{where}: {place or 'file'}: {first['msg']}{more}", accepted=accepted
        ) from error


def json_path(loc: tuple[int | str, ...]) -> str:
    """annotations[3].bbox for ("annotations", 3, "bbox")."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return place.lstrip(".")


def dump_json(value: Any) -> str:
    """JSON text that ends with a line break. Texts must have been checked (sets.check)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
