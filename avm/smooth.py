"""A smooth price surface: the second opinion that comparables are adjusted by.

    z = surface.scaler.scaled(columns)              # (n, d) numbers of about the same size
    surface.predict(at, z)                          # (n,) log prices in the index's reference month
    surface.kernel(at, z, other_at, other_z)        # how much two homes have in common

Where trees cut, it bends: a Gaussian process over place and features, a straight line in the
features underneath, fitted on as many inducing homes as keep it fast (the subset of regressors;
Quiñonero-Candela and Rasmussen 2005). The covariance of two homes is a sum of four terms: the same
spot, the same part of the market, the same kind of home anywhere, the same kind of home nearby.
`training.avm.surface` fits it; here are numpy alone and the parameters that it found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vision.findings import Frozen

Floats = NDArray[np.float64]
Real = NDArray[np.floating[Any]]

FAR = 4.0
"""Scaled numbers are cut here: one wrong digit must not carry a line out of the market."""

BLOCK = 1024


class Scaler(Frozen):
    """How each column becomes a number of about the size of 1; missing ones get `fill`."""

    names: tuple[str, ...]
    log: tuple[bool, ...] = Field(description="columns whose logarithm is taken")
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    def scaled(self, columns: Mapping[str, Floats]) -> Floats:
        """(n, d), 0 where a column is missing: the market's middle."""
        found = []
        for name, log, centre, scale in zip(
            self.names, self.log, self.centre, self.scale, strict=True
        ):
            values = columns[name]
            if log:
                values = np.log(np.maximum(values, 1e-3))
            found.append(np.clip((values - centre) / scale, -FAR, FAR))
        if not found:
            return np.zeros((len(next(iter(columns.values()))), 0))
        return np.nan_to_num(np.column_stack(found), nan=0.0)


@dataclass(frozen=True)
class Kernel:
    """The covariance: variances of the four terms, their reaches, and each column's length."""

    variances: Floats
    """same spot, same part, same kind, same kind nearby"""
    reaches: Floats
    """metres of the first, second and fourth term"""
    sharpness: float
    """of the fourth term in the features, beside the third's"""
    noise: float
    lengths: Floats

    def parts(self, at: Floats, z: Floats, other_at: Floats, other_z: Floats) -> list[Floats]:
        """The four terms, then the square and the root distance in features."""
        away = np.sqrt(squares(at, other_at))
        square = squares(z / self.lengths, other_z / self.lengths)
        root = np.sqrt(square * self.sharpness + 1e-8)
        v, r = self.variances, self.reaches
        return [
            v[0] * np.exp(-away / r[0]),
            v[1] * np.exp(-away / r[1]),
            v[2] * np.exp(-square / 2),
            v[3] * np.exp(-root - away / r[2]),
            away,
            square,
            root,
        ]

    def __call__(self, at: Floats, z: Floats, other_at: Floats, other_z: Floats) -> Floats:
        """(n, m) covariances."""
        a, b, c, d, *_ = self.parts(at, z, other_at, other_z)
        found: Floats = a + b + c + d
        return found


def squares(one: Real, other: Real, norms: Real | None = None) -> Real:
    """(..., n, m) squared distances between rows; `norms` are the others' own squares, if known."""
    if norms is None:
        norms = (other**2).sum(-1)
    found: Real = one @ np.swapaxes(other, -1, -2)
    found *= -2
    found += (one**2).sum(-1)[..., :, None]
    found += norms[..., None, :]
    return np.maximum(found, 0.0, out=found)


@dataclass(frozen=True)
class Surface:
    """A fitted surface."""

    scaler: Scaler
    kernel: Kernel
    at: Floats
    z: Floats
    weights: Floats
    line: Floats
    """intercept, then a slope for each column"""

    def predict(self, at: Floats, z: Floats) -> Floats:
        """Log prices; homes whose place is not known are taken to be in the middle."""
        at = np.nan_to_num(at, nan=0.0)
        found = self.line[0] + z @ self.line[1:]
        for start in range(0, len(z), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] += self.kernel(at[part], z[part], self.at, self.z) @ self.weights
        return np.asarray(found)
