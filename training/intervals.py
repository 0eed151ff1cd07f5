"""How sure a figure is: 95% intervals, and the calibration error.

    low, high = wilson(hits=97, n=100)
    weights = resamples(len(photos), seed=7)          # how often each photo is drawn
    low, high = percentiles([median(w) for w in weights])

Shares of independent cases get Wilson's interval (Wilson 1927), which is honest at 0 and 1.
Everything else is resampled with replacement (Efron 1979): by image, or by house where several
cases come from one house. All draws are seeded, so a figure repeats exactly.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z95 = 1.959963984540054
"""Two-sided 95% quantile of the normal distribution."""

DRAWS = 1000
"""Resamples of a cheap statistic: the interval's ends then vary by about 1% of its width."""

ECE_BINS = 15
"""Bins of the calibration error (Guo et al. 2017 use 15), of equal mass."""


def wilson(hits: float, n: int) -> tuple[float, float]:
    """95% interval of the share hits / n. Raises ValueError unless 0 <= hits <= n and n > 0."""
    if n <= 0 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a share")
    share, spread = hits / n, Z95**2 / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def resamples(n: int, draws: int = DRAWS, seed: int = 7) -> NDArray[np.int64]:
    """(draws, n) integers: how often each of n units is drawn; every row sums to n."""
    if n <= 0:
        raise ValueError("nothing to resample")
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)


def percentiles(replicates: Floats | Sequence[float]) -> tuple[float, float]:
    """The middle 95% of the replicates; those that are not defined (nan) are left out."""
    low, high = np.nanpercentile(np.asarray(replicates, dtype=np.float64), [2.5, 97.5])
    return float(low), float(high)


def centred(value: float, replicates: Floats | Sequence[float]) -> tuple[float, float]:
    """The middle 95% of the replicates after their mean is moved onto `value`, within 0 and 1.

    For statistics that resampling shifts (a calibration error grows, an average precision shrinks
    or grows a little): the width is the data's, the shift is the method's.
    """
    found = np.asarray(replicates, dtype=np.float64)
    low, high = percentiles(found - np.nanmean(found) + value)
    return max(0.0, min(low, value)), min(1.0, max(high, value))


def clustered_share(
    hits: Sequence[bool], clusters: Sequence[str], seed: int = 7
) -> tuple[float, float]:
    """95% interval of a share whose cases come in clusters (the cases of one house).

    Whole clusters are resampled. Where every cluster has the same share, resampling shows no
    uncertainty at all; then it is Wilson's interval with the number of clusters as n.
    """
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    right = np.bincount(index, weights=np.asarray(hits, dtype=np.float64))
    size = np.bincount(index).astype(np.float64)
    shares = right / size
    if np.allclose(shares, shares[0]):
        return wilson(float(shares[0]) * len(size), len(size))
    weights = resamples(len(size), seed=seed)
    return percentiles((weights @ right) / (weights @ size))


def statistic_interval(
    values: Sequence[float] | Floats, statistic: Callable[[Floats], Floats], seed: int = 7
) -> tuple[float, float]:
    """95% percentile interval of `statistic` over independent values (a median, a p95).

    `statistic` works along the last axis: (B, n) resamples to (B,). Raises ValueError when it does
    not, or when there is no value.
    """
    found = np.asarray(values, dtype=np.float64)
    if not len(found):
        raise ValueError("nothing to resample")
    draws = np.random.default_rng(seed).integers(0, len(found), (DRAWS, len(found)))
    replicates = np.asarray(statistic(found[draws]))
    if replicates.shape != (DRAWS,):
        raise ValueError("the statistic must work along the last axis")
    return percentiles(replicates)


def calibration_error(confidence: Floats, correct: Floats, bins: int = ECE_BINS) -> float:
    """Expected calibration error: mean gap of confidence and share right over equal-mass bins.

    Both arrays have one entry a photo, 0–1. Bins hold as near as possible the same number of
    photos, in the order of confidence; fewer photos than bins make one bin each.
    """
    if not len(confidence):
        raise ValueError("no photo")
    return float(_calibration_errors(confidence[None], correct[None], bins)[0])


def _calibration_errors(confidence: Floats, correct: Floats, bins: int) -> Floats:
    """(B,) errors of B rows of n photos each."""
    n = confidence.shape[1]
    order = np.argsort(confidence, axis=1, kind="stable")
    gap = np.take_along_axis(correct - confidence, order, axis=1)
    # bins as even as possible, the larger ones first
    starts = [part[0] for part in np.array_split(np.arange(n), min(bins, n))]
    found: Floats = np.abs(np.add.reduceat(gap, starts, axis=1)).sum(axis=1) / n
    return found


def calibration_interval(confidence: Floats, correct: Floats, seed: int = 7) -> tuple[float, float]:
    """95% interval of `calibration_error`, resampled by photo and centred on its value."""
    draws = np.random.default_rng(seed).integers(0, len(confidence), (DRAWS, len(confidence)))
    found = _calibration_errors(confidence[draws], correct[draws], ECE_BINS)
    return centred(calibration_error(confidence, correct), found)
