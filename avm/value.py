"""Values of single homes by one market's bundle.

    valuer = Valuer.load(models_folder() / "avm" / "krakow")
    valuation = valuer.value(make_record({"market": "krakow", "date": "2024-06-01", ...}))

A home needs an area, rooms (or bedrooms) and a place; the rest may be missing and makes the range
wider. Nothing is kept between calls, so threads may share a valuer.
"""

import datetime
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avm.bundle import AvmManifest, Package, load_package, size_of
from avm.features import LOCATION, PLACE_COLUMNS, Table, homes_table, topic
from avm.model import Estimate
from avm.schema import HomeRecord, label
from avm.valuation import ComparableHome, Contribution, Narrow, Valuation
from avm.zones import Zones
from vision.errors import ThinHome

LOCATION_GUESSED = "location"
"""The key of the widening for a home whose place is that of its zone."""

MOST_NARROWS = 3
WORTH_SAYING = 0.02
"""Of the range's width: a field that saves less is not asked for."""

SHOWN_PLACES = 3
"""Decimals of a comparable's coordinates: about 100 m, no door."""


@dataclass(frozen=True)
class Valuer:
    """One market's model, ready to value."""

    package: Package
    manifest: AvmManifest

    @classmethod
    def load(cls, folder: Path) -> "Valuer":
        """Read and verify a bundle. Raises BundleMissing, BundleDamaged or BundleUnsuitable."""
        return cls(*load_package(folder))

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        return size_of(self.package)

    def reads(self) -> tuple[str, ...]:
        """The fields that the model reads; the market's own numbers as "x_NAME"."""
        return self.package.model.spec.fields

    def needs(self) -> tuple[str, ...]:
        """What no value is given without, in words."""
        places = ["latitude and longitude"] if self.package.model.spec.located else []
        if self.package.zones.kind == "named":
            places.append("postcode")
        if self.package.zones.cities:
            places.append("city")
        return "area_m2", "rooms or bedrooms", " or ".join([*places, "zone"])

    def value(self, home: HomeRecord, comparables: int = 6, reasons: bool = True) -> Valuation:
        """The valuation, `reasons` with contributions and comparables.

        Raises ThinHome or OutsideExperience.
        """
        home, guessed = self.placed(home)
        model = self.package.model
        table = homes_table([home], model.details)
        estimate = model.estimate(table)
        reach = float(estimate.seen.x[0, -len(PLACE_COLUMNS) + PLACE_COLUMNS.index("near_reach")])
        self.package.experience.check(home, reach)
        missing = tuple(name for name in self.reads() if not np.isfinite(_number(table, name)))
        widen = self.widening(missing, guessed)
        value = float(np.exp(estimate.value[0] + estimate.level[0]))
        down = float(estimate.value[0] - estimate.low[0]) * widen
        up = float(estimate.high[0] - estimate.value[0]) * widen
        tier = model.tiers.of(down + up)
        base, contributions = self.contributions(estimate, value) if reasons else (value, ())
        return Valuation(
            market=self.manifest.name,
            version=self.manifest.version,
            date=home.date,
            currency=self.manifest.currency,
            price_kind=self.manifest.price_kind,
            value=value,
            low=value * math.exp(-down),
            high=value * math.exp(up),
            coverage=model.ranges.margins.coverage,
            tier=tier,
            tier_shown=model.tiers.shown.get(tier),
            without_comparables=float(np.exp(estimate.model[0] + estimate.level[0])),
            blend=model.blend,
            base=base,
            contributions=contributions,
            comparables=self.comparables(estimate, comparables if reasons else 0),
            narrows=self.narrows(missing, guessed),
            missing=missing,
            zone=home.zone,
            latitude=home.latitude,
            longitude=home.longitude,
            area_m2=home.area_m2 or 0.0,
            home={
                name: _number(table, name)
                for name in self.reads()
                if np.isfinite(_number(table, name))
            },
        )

    def placed(self, home: HomeRecord) -> tuple[HomeRecord, bool]:
        """The home with its zone, and a place from the zone where it has none; whether it did."""
        zones = self.package.zones
        lacks = [] if home.area_m2 is not None else ["area_m2"]
        if home.rooms is None and home.bedrooms is None:
            lacks.append("rooms (or bedrooms)")
        city = home.city or self.manifest.city
        if city is None and len(self.manifest.cities) == 1:
            city = self.manifest.cities[0]
        home = home.model_copy(update={"city": city})
        zone = zones.of(home)
        update: dict[str, object] = {"zone": zone}
        guessed = False
        if self.package.model.spec.located and (home.latitude is None or home.longitude is None):
            middle = _middle(zones, home.zone or zone, city)
            if middle is None:
                lacks.append("a location")
            else:
                guessed = True
                update.update(latitude=middle[0], longitude=middle[1], location_precision="area")
                update["zone"] = zone or home.zone
        elif zone is None and not self.package.model.spec.located:
            lacks.append("a location")
        if lacks:
            raise ThinHome(
                f"the home lacks {' and '.join(lacks)}", accepted=", ".join(self.needs())
            )
        return home.model_copy(update=update), guessed

    def widening(self, missing: tuple[str, ...], guessed: bool) -> float:
        """How much wider the range is for what is not known."""
        factors = self.package.widening.factors
        names = [*missing, *([LOCATION_GUESSED] if guessed else [])]
        beyond = sum(factors.get(name, 1.0) ** 2 - 1 for name in names)
        return math.sqrt(1 + max(0.0, beyond))

    def narrows(self, missing: tuple[str, ...], guessed: bool) -> tuple[Narrow, ...]:
        """The unknown fields that would save most of the range's width."""
        saves = self.package.widening.saves
        names = [*missing, *([LOCATION_GUESSED] if guessed else [])]
        found = [
            Narrow(field=name, label=label(name), saves=saves[name])
            for name in names
            # nobody measures how far away a school is: the place says that
            if saves.get(name, 0.0) >= WORTH_SAYING and not asks_too_much(name)
        ]
        return tuple(sorted(found, key=lambda one: -one.saves)[:MOST_NARROWS])

    def contributions(
        self, estimate: Estimate, value: float
    ) -> tuple[float, tuple[Contribution, ...]]:
        """The mean home's value, and what each topic moves it by.

        Log parts become money by the logarithmic mean of value and base (Ang 2005): the parts keep
        their proportions and their sum is exact.
        """
        model = self.package.model
        mean, parts = model.forest.contributions(estimate.seen.x[0])
        logs: dict[str, float] = {}
        for name, part in zip(model.spec.names, parts.tolist(), strict=True):
            logs[topic(name)] = logs.get(topic(name), 0.0) + part
        if model.blend > 0:
            logs["comparables"] = float(estimate.value[0] - estimate.model[0])
        base = math.exp(mean + float(estimate.level[0]))
        # what rounding of the trees' 32 bits leaves goes to the largest part
        rest = math.log(value / base) - sum(logs.values())
        largest = max(logs, key=lambda name: abs(logs[name]))
        logs[largest] += rest
        scale = _log_mean(value, base)
        found = [
            Contribution(topic=name, label=label(name), amount=scale * part, log=part)
            for name, part in logs.items()
            if part != 0
        ]
        return base, tuple(sorted(found, key=lambda one: -abs(one.log)))

    def comparables(self, estimate: Estimate, most: int) -> tuple[ComparableHome, ...]:
        """The weightiest comparables, one of each dwelling group."""
        model, cards = self.package.model, self.package.cards
        found, shop = estimate.found, model.shop
        weights = found.weights[0]
        total = float(weights.sum()) or 1.0
        adjusted = shop.adjusted(float(estimate.surface[0]), found)
        chosen: list[ComparableHome] = []
        groups: set[int] = set()
        for k in np.argsort(-weights, kind="stable"):
            number = int(found.homes[0, k])
            group = int(shop.group[number])
            if len(chosen) == most or weights[k] <= 0:
                break
            if group in groups:
                continue
            groups.add(group)
            month = int(shop.month[number])
            metres = float(found.metres[0, k])
            chosen.append(
                ComparableHome(
                    date=datetime.date(month // 12, month % 12 + 1, int(cards.day[number])),
                    price=float(cards.price[number]),
                    price_today=math.exp(float(shop.log_price[number] + estimate.level[0])),
                    adjusted_price=math.exp(float(adjusted[k] + estimate.level[0])),
                    weight=float(weights[k]) / total,
                    likeness=float(found.likeness[0, k]),
                    metres=metres if math.isfinite(metres) else None,
                    latitude=_shown(cards.latitude[number], SHOWN_PLACES),
                    longitude=_shown(cards.longitude[number], SHOWN_PLACES),
                    city=cards.cities[int(cards.city[number])],
                    area_m2=_shown(cards.area_m2[number], 1),
                    rooms=_shown(cards.rooms[number], 1),
                    bedrooms=_shown(cards.bedrooms[number], 1),
                    floor=_shown(cards.floor[number], 0),
                    year_built=_shown(cards.year_built[number], 0),
                )
            )
        return tuple(chosen)


def asks_too_much(name: str) -> bool:
    """A detail of the place, which people know by its address and not as a number."""
    return name != LOCATION_GUESSED and topic(name) == LOCATION


def _number(table: Table, name: str) -> float:
    values = table[name]
    if values.dtype == object:
        return math.nan if values[0] is None else 0.0
    return float(values[0])


def _shown(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


def _log_mean(one: float, other: float) -> float:
    """(a - b) / (ln a - ln b), which is a where both are equal."""
    apart = math.log(one / other)
    return one if abs(apart) < 1e-9 else (one - other) / apart


def _middle(zones: Zones, zone: str | None, city: str | None) -> tuple[float, float] | None:
    """Where a zone lies; failing that, the middle of the city's zones."""
    found = zones.middle(zone) if zone is not None else None
    if found is not None:
        return found
    own = zones.middles.get(city or "")
    if own:
        points = np.array(list(own.values()))
        return float(np.median(points[:, 0])), float(np.median(points[:, 1]))
    return None
