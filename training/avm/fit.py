"""Training one market's model: everything that `homelens avm train` puts into a bundle.

    fitted = fit_market(parts.train, adapter, Settings())     # fitted.model: avm.model.MarketModel
    whole = fit_whole(frame, adapter, settings)               # or once for a market and its cities
    krakow = fit_part(whole, settings, "Kraków")

Takes a market's frame (`avm.market`), or the training side of a split, and no other data. What is
learned from prices is in `training.avm.learn`; this adds what is learned from the past's errors:
how comparables are weighed and blended, the ranges and the tiers, of all homes or of a city's.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.adapter import Adapter
from avm.comparables import Weighing, zone_codes
from avm.model import MarketModel, Seen, leaves_of, see
from training.avm.data import Data, training_data
from training.avm.learn import Learned, forests, learn, make_shop, out_of_fold
from training.avm.look_back import Past, choose_blend, choose_weighing, look_back, steps
from training.avm.ranges import Errors, fit_ranges
from training.avm.settings import Settings
from training.console import note
from vision.errors import DataError

Floats = NDArray[np.float64]

LEAST_HOMES = 60
"""Fewer teach nothing that an average does not."""

LEAST_PAST = 50
"""Homes after the origins, for them to say how comparables are weighed and how wide ranges are."""

RECENT = 15_000
"""Homes whose errors ranges are learned from, the newest: more say the same."""


@dataclass(frozen=True)
class Whole:
    """What a market's homes teach, before it is narrowed down to a part of them."""

    data: Data
    learned: Learned
    seen: Seen
    without: Floats
    """the forest's values of the homes, each without its own group"""
    past: Past | None
    step: int


@dataclass(frozen=True)
class Fitted:
    """A model, how it would have done in the past, and the homes that it is for."""

    model: MarketModel
    past: Past | None
    data: Data


def fit_market(
    frame: pl.DataFrame, adapter: Adapter, settings: Settings, step: int | None = None
) -> Fitted:
    """The model of a market. Raises DataError where there are too few homes."""
    return fit_part(fit_whole(frame, adapter, settings, step), settings)


def fit_whole(
    frame: pl.DataFrame, adapter: Adapter, settings: Settings, step: int | None = None
) -> Whole:
    """What takes the time; `step`: months between origins, by default as the homes allow."""
    data = training_data(
        frame, adapter.records, years=settings.years, half_life_years=settings.half_life_years
    )
    if len(data) < LEAST_HOMES:
        raise DataError(
            f"only {len(data)} homes to learn from", accepted=f"{LEAST_HOMES} homes or more"
        )
    learned = learn(data, settings, daily=adapter.date_step == "day")
    without = out_of_fold(
        learned.x,
        learned.y,
        data.groups,
        forests(settings.hurried, len(data)),
        settings.folds,
        data.weight,
    )
    seen = see(
        data.table, learned.spec, learned.typical, learned.levels, learned.surface, data.groups
    )
    step = step or steps(frame, adapter, settings.origins)[0]
    past = look_back(frame, adapter, settings.hurried, learned, step)
    return Whole(data, learned, seen, without, past, step)


def fit_part(whole: Whole, settings: Settings, city: str | None = None) -> Fitted:
    """The model of all homes, or of a city's."""
    here = whole.data.table["city"] == city
    rows = np.nonzero(here if city is not None else np.ones(len(whole.data), dtype=bool))[0]
    past = whole.past.of_city(city) if whole.past is not None and city is not None else whole.past
    learned, data = whole.learned, whole.data.take(rows)
    weighing, blend = Weighing(), 0.0
    if past is None or len(past.y) < LEAST_PAST:
        past = None
        note("too few homes after any earlier date: ranges come from homes of the same time")
    else:
        weighing = choose_weighing(past)
        blend = choose_blend(past, weighing, settings.seed)
    shop = learned.shop
    if city is not None:
        shop = make_shop(
            data,
            learned.forest,
            learned.surface,
            whole.seen.x[rows],
            whole.seen.at[rows],
            whole.seen.z[rows],
            learned.y[rows],
            learned.surface_without[rows],
            settings,
        )
    learned = replace(learned, shop=replace(shop, weighing=weighing))
    inside = inside_errors(whole, learned, rows, blend)
    outside = outside_errors(past, weighing, blend) if past is not None else None
    ranges, tiers = fit_ranges(inside, outside, settings)
    model = MarketModel(
        spec=learned.spec,
        typical=learned.typical,
        levels=learned.levels,
        forest=learned.forest,
        surface=learned.surface,
        shop=learned.shop,
        blend=blend,
        ranges=ranges,
        tiers=tiers,
        index=learned.index,
    )
    return Fitted(model, past, data)


def inside_errors(whole: Whole, learned: Learned, rows: NDArray[np.int64], blend: float) -> Errors:
    """Errors of the newest of some training homes, each valued without its own group."""
    month = whole.data.table["month"][rows]
    rows = rows[np.sort(np.argsort(-month, kind="stable")[:RECENT])]
    data, x = whole.data.take(rows), whole.seen.x[rows]
    found = learned.shop.nearest(
        whole.seen.at[rows],
        whole.seen.z[rows],
        leaves_of(learned.forest, learned.shop.trees, x),
        np.asarray(data.table["month"]),
        zone_codes(data.table["zone"]),
        data.groups,
    )
    comparables = learned.shop.estimate(whole.learned.surface_without[rows], found)
    model = whole.without[rows]
    return Errors(
        x=x,
        model=model,
        comparables=comparables,
        error=whole.learned.y[rows] - model - blend * (comparables - model),
        groups=data.groups,
        zones=tuple(data.table["zone"].tolist()),
    )


def outside_errors(past: Past, weighing: Weighing, blend: float) -> Errors:
    """Errors of the homes after earlier origins, the drift since among them."""
    comparables = past.comparables(weighing)
    value = past.model + blend * (comparables - past.model)
    return Errors(past.x, past.model, comparables, past.error(value), past.groups, past.zones)
