"""Nested dataclasses as JSON and named arrays, and back: what a bundle's one file holds.

    tree, arrays = pack(model)            # JSON-able, and "forest.value" to an array
    model = unpack(MarketModel, tree, arrays)
    dense, shapes = shuffle(arrays)       # the same numbers, in an order that compresses better
    arrays = unshuffle(dense, shapes)

Fields may be arrays, numbers, texts, tuples and dicts of them, pydantic models, and dataclasses of
these. Nothing is executed in reading: no pickle.
"""

import dataclasses
import zlib
from typing import Any, TypeVar, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, TypeAdapter

Made = TypeVar("Made")
Arrays = dict[str, NDArray[Any]]


def pack(value: Any, prefix: str = "") -> tuple[dict[str, Any], Arrays]:
    """The JSON part and the arrays of a dataclass."""
    tree: dict[str, Any] = {}
    arrays: Arrays = {}
    for one in dataclasses.fields(value):
        item, name = getattr(value, one.name), prefix + one.name
        if isinstance(item, np.ndarray):
            arrays[name] = item
        elif dataclasses.is_dataclass(item):
            tree[one.name], inner = pack(item, name + ".")
            arrays.update(inner)
        elif isinstance(item, BaseModel):
            tree[one.name] = item.model_dump(mode="json")
        else:
            tree[one.name] = item
    return tree, arrays


def unpack(kind: type[Made], tree: dict[str, Any], arrays: Arrays, prefix: str = "") -> Made:
    """The dataclass. Raises KeyError or ValueError where it is not all there."""
    found: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]
        name, hint = prefix + one.name, hints[one.name]
        if get_origin(hint) is np.ndarray:
            found[one.name] = arrays[name]
        elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
            found[one.name] = unpack(hint, tree[one.name], arrays, name + ".")
        else:
            found[one.name] = _adapter(hint).validate_python(tree[one.name], strict=False)
    return kind(**found)


def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


Shapes = dict[str, tuple[str, tuple[int, ...]]]
"""Name to type and shape."""


def shuffle(arrays: Arrays) -> tuple[Arrays, Shapes]:
    """Arrays as planes of bytes, first bytes first, where that compresses better: numbers of one
    kind have alike first bytes and last ones like noise. Shapes are of those that were changed."""
    found: Arrays = {}
    shapes: Shapes = {}
    for name, array in arrays.items():
        planes = np.frombuffer(array.tobytes(), np.uint8).reshape(-1, array.itemsize).T.copy()
        if array.itemsize > 1 and _compressed(planes) < _compressed(array):
            found[name], shapes[name] = planes, (array.dtype.str, array.shape)
        else:
            found[name] = array
    return found, shapes


def unshuffle(arrays: Arrays, shapes: Shapes) -> Arrays:
    """The arrays as they were. Raises KeyError, TypeError or ValueError where they do not fit."""
    found = dict(arrays)
    for name, (kind, shape) in shapes.items():
        planes = arrays[name]
        found[name] = np.frombuffer(planes.T.tobytes(), np.dtype(kind)).reshape(shape).copy()
    return found


def _compressed(array: NDArray[Any]) -> int:
    return len(zlib.compress(array.tobytes()))
