"""Promote or keep: a champion and a challenger on homes that neither has seen.

    trial = compare(champion, challenger, fresh)          # Packages, and rows of a market
    decision = decide(trial)
    decision.promote, decision.because

Both value the same fresh homes with their own features, zones, index and comparables. The
challenger is refused where its mean error is not the smaller one, or where the paired bootstrap
finds it clearly worse in any large zone.
"""

import datetime
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from avm.bundle import AvmManifest, Package
from avm.market import Market
from avm.metrics import Paired, all_figures, paired
from training.avm.evaluate import Valued, valued_by
from training.avm.fit import fit_market
from training.avm.package import make_package
from training.avm.settings import Settings
from vision.errors import DataError

Floats = NDArray[np.float64]

LARGE_ZONE = 30
"""Fresh homes of a zone in which being worse counts by itself."""

CLEARLY = 0.005
"""Share of resamples in which a challenger that is clearly worse in a zone may look better: many
zones are looked at, and 1 in 20 of them would be worse by chance."""

FEW = 100
"""Fresh homes below which nothing is decided."""


@dataclass(frozen=True)
class Trial:
    """Both on the same homes."""

    champion: Valued
    challenger: Valued
    overall: Paired
    zones: dict[str, Paired]


@dataclass(frozen=True)
class Decision:
    """What to do, and why, in words."""

    promote: bool
    because: tuple[str, ...]
    figures: dict[str, dict[str, float]]
    """champion and challenger to figure to value"""


def fresh_homes(market: Market, since: datetime.date) -> pl.DataFrame:
    """One row of each dwelling group that had none before `since`. Raises DataError without any."""
    first = pl.col("date").min().over("twin_group")
    new = market.frame.with_columns(first.alias("_first")).filter(pl.col("_first") >= since)
    found = (
        new.drop("_first")
        .sort("date", "row")
        .unique("twin_group", keep="first", maintain_order=True)
    )
    if found.height < FEW:
        raise DataError(
            f"{found.height} fresh homes since {since:%Y-%m}",
            accepted=f"{FEW} homes that neither model has seen",
            do="wait for more, or give a newer market file",
        )
    return found


def seen_until(*manifests: AvmManifest) -> datetime.date:
    """The first day after the prices and the index of all models."""
    newest = max(max(one.trained_through, one.index_through) for one in manifests)
    year, month = (int(part) for part in newest.split("-"))
    return datetime.date(year + month // 12, month % 12 + 1, 1)


def compare(champion: Package, challenger: Package, fresh: pl.DataFrame) -> Trial:
    """Value the fresh homes by both."""
    one, other = valued_with(champion, fresh), valued_with(challenger, fresh)
    zones = {}
    for name in sorted({str(zone) for zone in one.zone if zone is not None}):
        rows = one.zone == name
        if rows.sum() >= LARGE_ZONE:
            zones[name] = _paired(one, other, rows)
    everyone = np.ones(len(one.price), dtype=bool)
    return Trial(one, other, _paired(one, other, everyone), zones)


def valued_with(package: Package, rows: pl.DataFrame) -> Valued:
    """Values by a bundle of rows of another file, whose zones are not the bundle's."""
    own = rows.with_columns(pl.Series("zone", zones_of(package, rows), dtype=pl.String))
    found = valued_by(package.model, own)
    return replace(found, zone=np.array(rows["zone"].to_list(), dtype=object))


def zones_of(package: Package, rows: pl.DataFrame) -> list[str | None]:
    """The bundle's zones of some rows."""
    if package.zones.kind == "named":
        return list(rows["zone"].to_list())
    at = [
        rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for name in ("latitude", "longitude")
    ]
    return package.zones.assign(at[0], at[1], rows["city"].to_list())


def _paired(champion: Valued, challenger: Valued, rows: NDArray[np.bool_]) -> Paired:
    return paired(
        challenger.value[rows], champion.value[rows], champion.price[rows], champion.groups[rows]
    )


def decide(trial: Trial) -> Decision:
    """Promote only what is better, and worse nowhere."""
    overall = trial.overall
    gain = -overall.difference * 100
    between = f"95% interval {-overall.high * 100:+.2f} to {-overall.low * 100:+.2f}"
    on = f"on {overall.n:,} fresh homes ({between} points)"
    worse = {name: one for name, one in trial.zones.items() if one.worse >= 1 - CLEARLY}
    promote = overall.difference < 0 and not worse
    sure = "beyond chance" if overall.low > 0 or overall.high < 0 else "within chance"
    if overall.difference < 0:
        said = (
            f"The challenger is nearer, {sure}: its mean error is {gain:.2f} points smaller {on}."
        )
    elif overall.difference > 0:
        said = f"The challenger is worse, {sure}: its mean error is {-gain:.2f} points larger {on}."
    else:
        said = f"Both give the same values {on}: there is nothing to change."
    because = [said]
    for name, one in sorted(worse.items(), key=lambda item: -item[1].difference):
        because.append(
            f"In {name} the challenger is clearly worse: {one.difference * 100:.1f} points on "
            f"{one.n} homes (95% interval {one.low * 100:+.1f} to {one.high * 100:+.1f})."
        )
    if not worse:
        because.append(
            f"It is clearly worse in none of the {len(trial.zones)} zones with {LARGE_ZONE} homes."
        )
    figures = {
        who: {
            name: one.value
            for name, one in all_figures(v.value, v.price, v.groups, v.low, v.high, draws=2).items()
        }
        for who, v in (("champion", trial.champion), ("challenger", trial.challenger))
    }
    return Decision(promote, tuple(because), figures)


def of_market(market: Market, manifest: AvmManifest) -> Market:
    """The market's homes that a bundle is for: a city's, or all."""
    if manifest.city is None:
        return market
    return replace(market, frame=market.frame.filter(pl.col("city") == manifest.city))


def learned_from(market: Market, manifest: AvmManifest) -> Market:
    """The market's homes that a bundle learns from: a pooled city's model does from all."""
    return market if manifest.pooled else of_market(market, manifest)


def without(manifest: AvmManifest, market: Market, less: tuple[str, ...], threads: int) -> Package:
    """The champion as it would be without some fields, from the prices of its training period.

    Raises DataError where the file does not reach back to that period.
    """
    first = datetime.date.fromisoformat(f"{manifest.trained_from}-01")
    year, month = (int(part) for part in manifest.trained_through.split("-"))
    end = datetime.date(year + month // 12, month % 12 + 1, 1)
    rows = learned_from(market, manifest).frame.filter(
        pl.col("date").is_between(first, end, "left")
    )
    if rows.height < FEW:
        raise DataError(
            f"the file holds {rows.height} prices of {first:%Y-%m} to {manifest.trained_through}",
            accepted="a file that holds the prices that the champion was trained on",
        )
    names = set(Settings.__dataclass_fields__) - {"threads", "less"}
    kept = {name: value for name, value in manifest.parameters.items() if name in names}
    settings = Settings(**kept, less=less, threads=threads)
    fitted = fit_market(rows, market.adapter, settings)
    return make_package(fitted, replace(market, frame=rows))
