"""Keeps what models found, so that a long measurement goes on where it was interrupted.

write_found(path, {"a.jpg": [found, ...]})
views = read_found(path)
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labels.views import Found


def write_found(path: Path, views: Mapping[str, Sequence[Found]]) -> None:
    """Write all views to one .npz file, whole or not at all."""
    arrays: dict[str, Any] = {"names": np.array(list(views))}
    every = [found for one in views.values() for found in one]
    classes = every[0].scores.shape[1] if every else 0
    arrays["counts"] = np.array([len(one) for one in views.values()], np.int64)
    arrays["sizes"] = np.array([len(found.labels) for found in every], np.int64)
    arrays["models"] = np.array([found.model for found in every], np.int64)
    arrays["corners"] = np.concatenate([np.zeros((0, 4)), *[f.corners for f in every]])
    arrays["scores"] = np.concatenate([np.zeros((0, classes)), *[f.scores for f in every]])
    arrays["labels"] = np.concatenate([np.zeros(0, np.int64), *[f.labels for f in every]])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **arrays)
    unfinished.replace(path)


def read_found(path: Path) -> dict[str, list[Found]]:
    """What `write_found` wrote."""
    with np.load(path) as kept:
        ends = np.cumsum(kept["sizes"])[:-1]
        corners, scores, labels = (
            np.split(kept[name], ends) for name in ("corners", "scores", "labels")
        )
        every = iter(zip(corners, scores, labels, kept["models"].tolist(), strict=True))
        return {
            str(name): [Found(*next(every)) for _ in range(count)]
            for name, count in zip(kept["names"], kept["counts"].tolist(), strict=True)
        }


def joined_views(parts: Sequence[Mapping[str, Sequence[Found]]]) -> dict[str, list[Found]]:
    """All models' views of every image."""
    views: dict[str, list[Found]] = {}
    for part in parts:
        for name, found in part.items():
            views.setdefault(name, []).extend(found)
    return views
