"""What the public sees of a valuation: coarse enough to be of use to people and not to a copy.

    public = rounded(valuation, step_of(valuation, level=0))
    public.value % step == 0; public.base + sum(c.amount for c in public.contributions) == value

The step is about a twentieth of the range: who is told 200,000 to 260,000 loses nothing when the
middle is rounded to 2,500. All amounts are multiples of one step, so that no sum tells more than
its parts, and they follow from the value alone: asking again gives the same. What is left out (the
exact logarithms, the model without comparables, weights, floors and years of the comparables) would
tell more about the model than about the home.
"""

import math

from avm.valuation import ComparableHome, Contribution, Narrow, Valuation

STEPS_IN_RANGE = (20, 20, 6)
"""Of a range's width, by level of suspicion: a sweep gets coarser answers."""

NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Leading digits of a step."""

COMPARABLES = 3
"""That the public sees at most."""

AREA_M2 = 5
"""Step of a comparable's area."""

METRES = 100
"""Step of its distance; coordinates are to about 100 m already."""

SAVES = 0.05
"""Step of what a field would save."""


def step_of(valuation: Valuation, level: int) -> float:
    """The largest nice step that is no more than a share of the range's width."""
    width = valuation.high - valuation.low
    most = width / STEPS_IN_RANGE[min(level, len(STEPS_IN_RANGE) - 1)]
    most = max(1.0, min(most, valuation.value / 10))
    scale = 10.0 ** math.floor(math.log10(most))
    return scale * max(nice for nice in NICE if nice * scale <= most * (1 + 1e-9))


def rounded(valuation: Valuation, step: float) -> Valuation:
    """The valuation in multiples of the step; the range outwards, so that it covers no less."""
    value = max(step, to(valuation.value, step))
    parts = [(one, to(one.amount, step)) for one in valuation.contributions]
    contributions = tuple(
        Contribution(topic=one.topic, label=one.label, amount=amount, log=0.0)
        for one, amount in parts
        if amount != 0
    )
    return valuation.model_copy(
        update={
            "value": value,
            "low": max(step, math.floor(valuation.low / step) * step),
            "high": math.ceil(valuation.high / step) * step,
            "without_comparables": value,
            # the base takes what rounding the parts left over
            "base": value - sum(one.amount for one in contributions),
            "contributions": contributions,
            "comparables": tuple(card(one, step) for one in valuation.comparables[:COMPARABLES]),
            "narrows": tuple(narrow(one) for one in valuation.narrows),
        }
    )


def card(one: ComparableHome, step: float) -> ComparableHome:
    """A comparable with what a buyer would look at."""
    return one.model_copy(
        update={
            "date": one.date.replace(day=1),
            "price": to(one.price, step),
            "price_today": to(one.price_today, step),
            "adjusted_price": to(one.adjusted_price, step),
            "weight": 0.0,
            "likeness": 0.0,
            "metres": None if one.metres is None else to(one.metres, METRES),
            "area_m2": None if one.area_m2 is None else to(one.area_m2, AREA_M2),
            "floor": None,
            "year_built": None,
        }
    )


def narrow(one: Narrow) -> Narrow:
    """What would narrow the range, about."""
    return one.model_copy(update={"saves": max(SAVES, round(to(one.saves, SAVES), 2))})


def to(amount: float, step: float) -> float:
    """The nearest multiple of the step."""
    return round(amount / step) * step
