"""From homes with prices to the parts of a model, without ranges.

    learned = learn(training_data(frame, "sales"), Settings())
    f, c = learned.forest, learned.shop        # see avm.model for what they are

In this order: the price index, found together with a quick model of what homes are worth whatever
the date; prices brought to one month; what a place adds; the forest; the surface; comparables.
Every value that a home is described by leaves its own dwelling group out.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avm.comparables import Shop, Weighing, zone_codes
from avm.features import LOCATION, PLACE_COLUMNS, Features, Table, fit_features, topic
from avm.impute import Typical, fit_typical
from avm.index import PriceIndex, observe, smooth
from avm.location import Levels, fit_levels, folds
from avm.model import leaves_of, see, surface_columns
from avm.smooth import Surface
from avm.trees import Forest
from training.avm.boosting import Boosting, boost_mix
from training.avm.data import Data
from training.avm.settings import Settings
from training.avm.surface import fit_kernel, fit_scaler, fit_surface

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUICK = Boosting(objective="mae", rounds=100, leaves=31, rate=0.15, least_in_leaf=20)
"""The model that the index and the place are found with."""

QUICK_FOLDS = 3
INDEX_ROUNDS = 2
"""The index and the quick model settle: a third round moves no month by 0.2%."""

LARGE = 20_000
"""Homes above which trees have more leaves, twice as many at twice the homes: that saved 1% of the
error in Poland and in Spain. Three times as many saved 0.4% more and are too large to ship."""

LEAVES_FROM = 48
"""Trees that comparables are compared by, evenly through the forest."""

KEPT_LEVELS = ("zone", "city", "market")
"""Of typical values."""

KEPT = ("area_m2", "rooms", "bedrooms")
"""Fields that every home has: nothing is learned of their absence."""

MASKED_PART = 0.35
"""Share of a masked copy's fields that are taken away."""
MASKED_WEIGHT = 0.5


@dataclass(frozen=True)
class Learned:
    """The parts of `avm.model.MarketModel` that are learned from prices; y: log prices of one month
    of the homes learned from, x and place: their features."""

    spec: Features
    typical: Typical
    index: PriceIndex
    levels: Levels
    forest: Forest
    surface: Surface
    shop: Shop
    y: Floats
    x: Floats
    surface_without: Floats


def learn(
    data: Data, settings: Settings, like: Learned | None = None, daily: bool = False
) -> Learned:
    """All parts; `like` gives the columns and the covariance, as they were found before."""
    spec = like.spec if like is not None else fit_features(data.table, settings.less)
    typical = coarse(fit_typical(data.frame))
    index = find_index(data, spec, settings, daily)
    y = data.log_price - index.levels(data.table["city"], data.table["month"], data.table["day"])
    levels = fit_levels(data.table, premiums(data, spec, y, settings), data.groups, spec)
    seen = see(data.table, spec, typical, levels, None, data.groups)
    forest = grow(data, spec, levels, seen.x, y, settings)
    place = seen.x[:, -len(PLACE_COLUMNS) :]
    columns = surface_columns(data.table, spec, typical, place)
    scaler = like.surface.scaler if like is not None else fit_scaler(columns)
    z = scaler.scaled(columns)
    at = np.nan_to_num(seen.at, nan=0.0)
    kernel = like.surface.kernel if like is not None else fit_kernel(at, z, y, settings.seed)
    surface, without = fit_surface(kernel, scaler, at, z, y)
    shop = make_shop(data, forest, surface, seen.x, seen.at, z, y, without, settings)
    return Learned(spec, typical, index, levels, forest, surface, shop, y, seen.x, without)


def coarse(typical: Typical) -> Typical:
    """Without the cells of streets: a market has tens of thousands of them, and twelve markets are
    to fit one process."""
    return Typical(
        latitude=typical.latitude,
        values={
            name: {level: places for level, places in levels.items() if level in KEPT_LEVELS}
            for name, levels in typical.values.items()
        },
    )


def find_index(data: Data, spec: Features, settings: Settings, daily: bool = False) -> PriceIndex:
    """The price index, from what a model without a date leaves of each price."""
    table = data.table
    reference = int(table["month"].max())
    per_m2 = data.log_price - np.log(table["area_m2"])
    index = smooth(observe(table["month"], table["city"], per_m2), reference, daily)
    x = np.column_stack([*spec.columns(table).values()])
    for _ in range(INDEX_ROUNDS):
        y = data.log_price - index.levels(table["city"], table["month"], table["day"])
        zone = zone_means(table, y - np.log(table["area_m2"]))
        left = data.log_price - out_of_fold(
            np.column_stack([x, zone]), y, data.groups, (quick(settings),), QUICK_FOLDS
        )
        index = smooth(observe(table["month"], table["city"], left), reference, daily)
    return index


def quick(settings: Settings) -> Boosting:
    """The quick model with the run's seed and threads."""

    return replace(QUICK, seed=settings.seed, threads=settings.threads)


def zone_means(table: Table, values: Floats, few: float = 10.0) -> Floats:
    """Means of values by zone, drawn to the mean of all."""
    names, of = np.unique([zone or "" for zone in table["zone"]], return_inverse=True)
    centre = values.mean()
    sums = np.bincount(of, values - centre, len(names))
    return np.asarray(centre + (sums / (np.bincount(of, minlength=len(names)) + few))[of])


def premiums(data: Data, spec: Features, y: Floats, settings: Settings) -> Floats:
    """What a price is beyond what the home's features, its place not among them, explain."""
    own = {
        name: values for name, values in spec.columns(data.table).items() if topic(name) != LOCATION
    }
    x = np.column_stack([*own.values()])
    return y - out_of_fold(x, y, data.groups, (quick(settings),), QUICK_FOLDS)


def out_of_fold(
    x: Floats,
    y: Floats,
    groups: Ints,
    how: tuple[Boosting, ...],
    count: int,
    weight: Floats | None = None,
) -> Floats:
    """Predictions for each home by a forest that saw none of its group."""
    fold = folds(groups, count)
    found = np.full(len(y), np.median(y))
    for k in range(count):
        own = fold == k
        if own.any() and not own.all():
            rest = weight[~own] if weight is not None else None
            found[own] = boost_mix(x[~own], y[~own], how, rest).predict(x[own])
    return found


def forests(settings: Settings, homes: int) -> tuple[Boosting, ...]:
    """The forests whose mean is the model: of the median, of the mean, or of both."""
    one = Boosting(
        rounds=settings.rounds,
        leaves=round(settings.leaves * min(2.0, max(1.0, homes / LARGE))),
        rate=settings.rate,
        least_in_leaf=settings.least_in_leaf,
        columns=settings.columns,
        seed=settings.seed,
        threads=settings.threads,
    )

    if settings.mean_share <= 0:
        return (one,)
    mean = replace(one, objective="mse", seed=settings.seed + 1)
    return (mean,) if settings.mean_share >= 1 else (one, mean)


def grow(
    data: Data, spec: Features, levels: Levels, x: Floats, y: Floats, settings: Settings
) -> Forest:
    """The model's forest, from homes as they are and copies with fields taken away."""
    x_all, y_all, weight = with_masked(data, spec, levels, x, y, settings)
    return boost_mix(x_all, y_all, forests(settings, len(data)), weight)


def with_masked(
    data: Data, spec: Features, levels: Levels, x: Floats, y: Floats, settings: Settings
) -> tuple[Floats, Floats, Floats]:
    """Homes and their masked copies: features, log prices, weights."""
    count = int(settings.masked * len(data))
    if not count:
        return x, y, data.weight
    random = np.random.default_rng(settings.seed)
    rows = random.choice(len(data), count, replace=False)
    copy = data.take(np.sort(rows))
    masked = dict(copy.table)
    for name in spec.fields:
        if name not in KEPT and masked[name].dtype != object:
            gone = random.random(count) < MASKED_PART
            masked[name] = np.where(gone, np.nan, masked[name])
    place = levels.columns(copy.table, spec, copy.groups)
    extra = spec.matrix(masked, place)
    return (
        np.concatenate([x, extra]),
        np.concatenate([y, y[np.sort(rows)]]),
        np.concatenate([data.weight, copy.weight * MASKED_WEIGHT]),
    )


def make_shop(
    data: Data,
    forest: Forest,
    surface: Surface,
    x: Floats,
    at: Floats,
    z: Floats,
    y: Floats,
    without: Floats,
    settings: Settings,
) -> Shop:
    """The newest homes as comparables."""
    newest = np.sort(np.argsort(-data.table["month"], kind="stable")[: settings.comparables])
    trees = np.unique(np.linspace(0, forest.trees - 1, LEAVES_FROM).astype(np.int64))
    return Shop(
        weighing=Weighing(),
        lengths=surface.kernel.lengths,
        trees=trees,
        at=np.nan_to_num(at[newest], nan=0.0).astype(np.float32),
        z=z[newest].astype(np.float32),
        leaf=leaves_of(forest, trees, x[newest]),
        month=data.table["month"][newest].astype(np.int32),
        zone=zone_codes(data.table["zone"][newest]),
        group=data.groups[newest],
        log_price=y[newest].astype(np.float32),
        beyond=(y - without)[newest].astype(np.float32),
    )
