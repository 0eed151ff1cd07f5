"""Fitting `avm.smooth`: the covariance by likelihood, then the surface on inducing homes.

    kernel = fit_kernel(at, z, y, seed=7)                 # of a sample: 2,000 homes take seconds
    surface, loo = fit_surface(kernel, scaler, at, z, y)  # and each home's value without itself

The likelihood is that of a Gaussian process, with its gradient by hand (one Cholesky factor a
step), maximised by L-BFGS with weak priors, which decide where a small market says nothing.
Prices far from the straight line are drawn in first, so that single wrong ones do not bend it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from avm.smooth import Kernel, Scaler, Surface

Floats = NDArray[np.float64]

SAMPLE = 1500
"""Homes that the covariance is learned from; 3,000 measured no better."""

INDUCING = 2000
"""Homes that carry the surface: 1,000 lose 0.2 points of MdAPE in King County."""

HOMES = 30_000
"""Homes that the surface is fitted to; the others of a large market are valued by it unseen."""

STEPS = 40
FARTHEST = 4.0
"""Standard deviations from the line at which a price is drawn in."""

START = (0.01, 0.05, 0.5, 0.03, 500.0, 10_000.0, 8_000.0, 1.0, 0.015)
WIDTHS = (1.0, 1.0, 1.0, 1.0, 0.7, 0.7, 0.7, 0.7, 0.7)
"""Middles and, in logs, widths of the priors: variances, reaches, sharpness, noise."""

LENGTH, LENGTH_WIDTH = 5.0, 0.7
"""The same of every column's length."""


def fit_scaler(columns: Mapping[str, Floats]) -> Scaler:
    """Columns that vary; the logarithm where it makes them less lopsided."""
    names, logs, centres, scales = [], [], [], []
    for name, values in columns.items():
        known = values[np.isfinite(values)]
        if len(known) < 2 or (known == known[0]).all():
            continue
        log = bool(known.min() > 0) and abs(_skew(np.log(known))) < abs(_skew(known)) - 0.5
        known = np.log(np.maximum(known, 1e-3)) if log else known
        names.append(name)
        logs.append(log)
        centres.append(round(float(np.median(known)), 6))
        scales.append(round(max(float(known.std()), 1e-6), 6))
    return Scaler(names=tuple(names), log=tuple(logs), centre=tuple(centres), scale=tuple(scales))


def _skew(values: Floats) -> float:
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0


def line_of(z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """A ridge line and what it leaves, the farthest drawn in."""
    one = np.column_stack([np.ones(len(z)), z])
    penalty = np.diag([1e-6, *[1.0] * z.shape[1]])
    line = np.linalg.solve(one.T @ one + penalty, one.T @ y)
    left = y - one @ line
    middle = np.median(left)
    width = FARTHEST * 1.4826 * np.median(np.abs(left - middle))
    return np.asarray(line), np.clip(left, middle - width, middle + width)


def fit_kernel(at: Floats, z: Floats, y: Floats, seed: int = 7, sample: int = SAMPLE) -> Kernel:
    """The most likely covariance of a sample."""
    from scipy.optimize import minimize

    chosen = np.random.default_rng(seed).permutation(len(y))[:sample]
    _, left = line_of(z, y)
    start, width = _start(z.shape[1]), _widths(z.shape[1])
    found = minimize(
        _loss,
        start,
        args=(at[chosen], z[chosen], left[chosen], start, width),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": STEPS},
    )
    return kernel_of(found.x)


def _start(columns: int) -> Floats:
    return np.log(np.array([*START, *[LENGTH] * columns]))


def _widths(columns: int) -> Floats:
    return np.array([*WIDTHS, *[LENGTH_WIDTH] * columns])


def kernel_of(logs: Floats) -> Kernel:
    """The kernel of a vector of logarithms."""
    values = np.exp(logs)
    return Kernel(values[:4], values[4:7], float(values[7]), float(values[8]), values[9:])


def _loss(
    logs: Floats, at: Floats, z: Floats, y: Floats, start: Floats, width: Floats
) -> tuple[float, Floats]:
    """Negative log posterior a home, and its gradient."""
    from scipy.linalg import cho_factor, cho_solve

    kernel, n = kernel_of(logs), len(y)
    *terms, away, _, root = kernel.parts(at, z, at, z)
    covariance = terms[0] + terms[1] + terms[2] + terms[3]
    covariance[np.diag_indices(n)] += kernel.noise
    factor = cho_factor(covariance, lower=True)
    inverse = cho_solve(factor, np.eye(n))
    solved = inverse @ y
    loss = 0.5 * y @ solved + np.log(np.diag(factor[0])).sum()
    slope = 0.5 * (inverse - np.outer(solved, solved))
    gradient = np.zeros_like(logs)
    for k, term in enumerate(terms):
        gradient[k] = (slope * term).sum()
    for k, term in enumerate((terms[0], terms[1], terms[3])):
        gradient[4 + k] = (slope * term * away).sum() / kernel.reaches[k]
    gradient[7] = -(slope * terms[3] * root).sum() / 2
    gradient[8] = kernel.noise * np.trace(slope)
    both = slope * (terms[2] + terms[3] * kernel.sharpness / root)
    scaled = z / kernel.lengths
    gradient[9:] = 2 * (
        (both.sum(axis=1)[:, None] * scaled**2).sum(axis=0) - (scaled * (both @ scaled)).sum(axis=0)
    )
    prior = (logs - start) / width
    return float((loss + 0.5 * prior @ prior) / n), (gradient + prior / width) / n


def fit_surface(
    kernel: Kernel, scaler: Scaler, at: Floats, z: Floats, y: Floats, seed: int = 11
) -> tuple[Surface, Floats]:
    """The surface, and its value of each home as if that home had not been there."""
    at = np.nan_to_num(at, nan=0.0)
    used = np.sort(np.random.default_rng(seed).permutation(len(y))[:HOMES])
    surface, without = _of_used(kernel, scaler, at[used], z[used], y[used], seed)
    rest = np.setdiff1d(np.arange(len(y)), used)
    found = np.empty(len(y))
    found[used] = without
    found[rest] = surface.predict(at[rest], z[rest])
    return surface, found


def _of_used(
    kernel: Kernel, scaler: Scaler, at: Floats, z: Floats, y: Floats, seed: int
) -> tuple[Surface, Floats]:
    """The surface of all homes given."""
    from scipy.linalg import cho_factor, cho_solve

    line, left = line_of(z, y)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(y))[:INDUCING])
    at_m, z_m = at[chosen], z[chosen]
    own = kernel(at_m, z_m, at_m, z_m)
    own[np.diag_indices(len(own))] += 1e-5 * own[0, 0]
    system, right = own * kernel.noise, np.zeros(len(own))
    cross = np.empty((len(y), len(own)), dtype=np.float32)
    for start in range(0, len(y), 2048):
        part = slice(start, start + 2048)
        block = kernel(at[part], z[part], at_m, z_m)
        system += block.T @ block
        right += block.T @ left[part]
        cross[part] = block
    factor = cho_factor(system, lower=True)
    weights = cho_solve(factor, right)
    fitted = cross @ weights
    # the hat matrix of a ridge regression: leaving one out is exact
    inverse = cho_solve(factor, np.eye(len(own))).astype(np.float32)
    leverage = np.minimum(np.einsum("ij,ij->i", cross @ inverse, cross), 0.9)
    without = (fitted - leverage * left) / (1 - leverage)
    surface = Surface(
        scaler=scaler,
        kernel=kernel,
        at=np.asarray(at_m, dtype=np.float32).astype(np.float64),
        z=np.asarray(z_m, dtype=np.float32).astype(np.float64),
        weights=weights,
        line=line,
    )
    return surface, np.asarray(line[0] + z @ line[1:] + without, dtype=np.float64)
