"""Digits that say nothing, taken out of a model's arrays: bundles become a fifth smaller.

    model = compact(model)            # values move by less than a thousandth of their range

Bits below what the data can know are set to 0, which compression then leaves out: places to a
metre, and of what is only ever weighed or averaged 12 bits after the first (1 in 8,000). Leaves,
whose values are summed, keep 15.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avm.model import MarketModel

BITS = 12
LEAF_BITS = 15
"""Kept of the 23 bits of a 32-bit number's fraction."""


def compact(model: MarketModel) -> MarketModel:
    """The model with shorter numbers."""
    levels, shop, forest = model.levels, model.shop, model.forest
    return replace(
        model,
        forest=replace(forest, value=shaved(forest.value, LEAF_BITS)),
        levels=replace(levels, at=np.rint(levels.at), premium=shaved(levels.premium)),
        shop=replace(shop, at=np.rint(shop.at), z=shaved(shop.z), beyond=shaved(shop.beyond)),
    )


def shaved(values: NDArray[np.float32], bits: int = BITS) -> NDArray[np.float32]:
    """Values rounded to so many bits after the first; what is not a number stays so."""
    found: NDArray[Any] = np.array(values, dtype=np.float32)
    known = np.isfinite(found)
    fraction, power = np.frexp(found[known])
    found[known] = np.ldexp(np.rint(np.ldexp(fraction, bits + 1)), power - bits - 1)
    return found
