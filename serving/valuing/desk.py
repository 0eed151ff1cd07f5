"""The desk where values are given: market, model, gate, and what the caller may see.

    desk = open_desk(settings, database)
    given = await desk.run(desk.value, home, "krakow", 6, asker, solved, now)
    given.valuation, given.step               # step None: exact

Values wait for models and the database, so they are worked out in threads, `AT_A_TIME` together at
most: photos keep their cores.
"""

import datetime
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from avm.bundle import AvmManifest
from avm.markets import Markets
from avm.schema import DETAIL, HomeRecord
from avm.valuation import Valuation
from avm.value import Valuer
from serving.errors import NoValuations, Overloaded
from serving.settings import Settings
from serving.store.database import Database
from serving.valuing.challenge import Solved
from serving.valuing.days import day_secret, keyed
from serving.valuing.gate import Asker, Gate, Quotas, Trust
from serving.valuing.natural import Natural, fit_natural
from serving.valuing.rounding import rounded, step_of
from serving.valuing.sweeps import Query, code_of
from vision.errors import BundleDamaged, BundleMissing

P = ParamSpec("P")
T = TypeVar("T")

AT_A_TIME = 1
"""Values worked out together: one takes 5 to 25 ms, and holds the interpreter for much of it."""

WAITING = 64
"""Requests that may wait for that, about a second's."""

PLACE = ("latitude", "longitude", "postcode", "zone", "city")


@dataclass(frozen=True)
class Given:
    """A value as the caller sees it."""

    valuation: Valuation
    step: float | None
    level: int


@dataclass(frozen=True)
class Desk:
    """Models, gate and habits of the markets."""

    markets: Markets
    gate: Gate
    versions: dict[str, str] = field(default_factory=dict)
    """market to the sha256 of its manifest, as `homelens models history` lists it"""
    _natural: dict[str, tuple[str, Natural]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _places: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(AT_A_TIME))

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it in a thread, in turn. Raises Overloaded where too many wait."""
        if self._places.statistics().tasks_waiting >= WAITING:
            raise Overloaded(
                "too many values are asked for",
                do="send it again after the seconds that Retry-After names",
                retry_after=2,
            )
        return await to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._places)

    def remark(self) -> str | None:
        """What to say at start about a service without valuations."""
        if self.markets.names():
            return None
        return (
            f"No valuation models in {self.markets.folder}: photos are checked, but values answer "
            "503. Put bundles there and restart."
        )

    def check_any(self) -> None:
        """Raise NoValuations where there is no model at all."""
        if not self.markets.names():
            raise NoValuations(
                "no valuation model is installed here",
                do=f"put bundles into {self.markets.folder}, or set HOMELENS_MODELS, and restart",
            )

    def value(
        self,
        home: HomeRecord,
        market: str,
        comparables: int,
        asker: Asker,
        solved: Solved | None,
        now: datetime.datetime,
    ) -> Given:
        """The value of a home. Raises ThinHome, OutsideExperience or what the gate refuses."""
        if solved is not None:
            self.gate.check(solved, asker, now)
        valuer = self.markets.get(market)
        valuation = valuer.value(home, comparables)
        level = self.gate.pass_(asker, self.query(home, valuer, now.date()), solved, now)
        if asker.trust is Trust.EXACT:
            return Given(valuation, None, level)
        step = step_of(valuation, level)
        return Given(rounded(valuation, step), step, level)

    def query(self, home: HomeRecord, valuer: Valuer, day: datetime.date) -> Query:
        """What is kept of a request."""
        return query_of(home, valuer, self.natural(valuer), day_secret(self.gate.database, day))

    def natural(self, valuer: Valuer) -> Natural:
        """The habits of a market's homes, learned once for each version of its model."""
        name, version = valuer.manifest.name, valuer.manifest.version
        with self._lock:
            found = self._natural.get(name)
            if found is None or found[0] != version:
                found = self._natural[name] = (version, fit_natural(valuer.package))
        return found[1]


def query_of(home: HomeRecord, valuer: Valuer, natural: Natural, secret: bytes) -> Query:
    """A request as the detector sees it: hashes that end with the day, and the log odds."""
    place = "|".join(
        f"{value:.4f}" if isinstance(value, float) else str(value)
        for value in (valuer.manifest.name, *(getattr(home, name) for name in PLACE))
    )
    hashes = [
        None if value is None else keyed(secret, name, str(value), 8)
        for name in valuer.reads()
        if name not in PLACE
        for value in [_field(home, name)]
    ]
    return Query(keyed(secret, "place", place, 12), code_of(hashes), natural.surprise(home))


def open_desk(settings: Settings, database: Database) -> Desk:
    """The desk on the models of HOMELENS_MODELS/avm. Raises BundleMissing or BundleDamaged.

    Every bundle is verified by its hash, without being loaded. No folder at all is no error.
    """
    markets = Markets(settings.models / "avm", settings.valuation_memory_mb)
    for name, manifest in markets.manifests.items():
        verify(markets.folder / name, manifest)
    quotas = Quotas(
        address=settings.valuation_address_per_day,
        key=settings.valuation_key_per_day,
        anonymous=settings.valuation_anonymous_per_day,
    )
    versions = {name: manifest_hash(markets.folder / name) for name in markets.manifests}
    return Desk(markets, Gate(database, quotas), versions)


def manifest_hash(folder: Path) -> str:
    """The sha256 of a bundle's manifest."""
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def verify(folder: Path, manifest: AvmManifest) -> None:
    """Raise unless the file is there and is what its manifest says."""
    path = folder / manifest.file
    if manifest.name != folder.name:
        raise BundleDamaged(f"{folder} holds the manifest of {manifest.name}")
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleMissing(
            f"{path} cannot be read: {error.strerror}", do="restore it from the commit"
        ) from error
    if found != manifest.sha256:
        raise BundleDamaged(
            f"{path} has sha256 {found[:12]}…, its manifest says {manifest.sha256[:12]}…",
            do="restore both from the same commit",
        )


def known_through(manifest: AvmManifest, today: datetime.date) -> datetime.date:
    """The date that values are of where none is asked for: today, or the last that is known."""
    year, month = (int(part) for part in manifest.index_through.split("-"))
    return min(today, datetime.date(year, month, 15))


def _field(home: HomeRecord, name: str) -> object:
    if name.startswith(DETAIL):
        return home.details.get(name.removeprefix(DETAIL))
    return getattr(home, name, None)
