"""Nested dataclasses as JSON and named arrays, and back: what a bundle's one file holds.

    tree, arrays = pack(model)            # JSON-able, and "forest.value" to an array
    model = unpack(MarketModel, tree, arrays)

Fields may be arrays, numbers, texts, tuples and dicts of them, pydantic models, and dataclasses of
these. Nothing is executed in reading: no pickle.
"""

import dataclasses
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
