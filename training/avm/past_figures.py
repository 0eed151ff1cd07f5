"""The figures of a manifest: homes after earlier origins, valued by what was known before them.

    figures = past_figures(fitted)         # avm.mdape, avm.ppe10, … in the one form

Beside `homelens avm evaluate` these cost no further training. Blend and margins were chosen on the
same homes, so coverage is 90% by construction and not among them.
"""

import numpy as np

from avm.metrics import all_figures
from training.avm.fit import Fitted
from training.figures import Figure

NAMES = ("mdape", "mape", "ppe10", "ppe20", "cod", "prd", "prb", "fsd", "bias")


def past_figures(fitted: Fitted) -> tuple[Figure, ...]:
    """The figures; none where there was no earlier origin."""
    past = fitted.past
    if past is None:
        return ()
    comparables = past.comparables(fitted.model.shop.weighing)
    value = past.model + fitted.model.blend * (comparables - past.model) + past.level
    measures = all_figures(np.exp(value), np.exp(past.y), past.groups)
    return tuple(
        Figure(
            name=f"avm.{name}",
            value=round(one.value, 5),
            low=round(one.low, 5),
            high=round(one.high, 5),
            n=one.n,
            unit=one.unit,
        )
        for name, one in measures.items()
        if name in NAMES
    )
