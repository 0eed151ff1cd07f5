"""All markets in one process: models loaded when first asked for, the least used dropped.

    markets = Markets(models_folder() / "avm", limit_mb=300)
    markets.route("PL", "Kraków")            # "krakow": the city's model, else the country's
    markets.get("krakow").value(home)

Manifests are read at once, models when they are asked for. The bound is of what models take by
their own count; at least one stays, however large.
"""

import threading
import unicodedata
from collections import OrderedDict
from pathlib import Path

from avm.bundle import AvmManifest, read_manifest
from avm.value import Valuer
from vision.errors import MarketUnknown

MEGABYTE = 1_000_000

LETTERS = str.maketrans("łøå", "loa")
"""Letters that are no letter with an accent."""


class Markets:
    """A folder of bundles, as one thing that threads may share."""

    def __init__(self, folder: Path, limit_mb: float = 300.0) -> None:
        self.folder, self.limit = folder, limit_mb * MEGABYTE
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._held: OrderedDict[str, Valuer] = OrderedDict()
        found = sorted(path.parent.name for path in folder.glob("*/manifest.json"))
        self.manifests: dict[str, AvmManifest] = {
            name: read_manifest(folder / name) for name in found
        }

    def names(self) -> tuple[str, ...]:
        """Every market that there is a bundle of."""
        return tuple(self.manifests)

    def held(self) -> tuple[str, ...]:
        """The markets in memory, the least recently used first."""
        with self._lock:
            return tuple(self._held)

    def route(self, country: str, city: str | None = None) -> str:
        """The market that values a place. Raises MarketUnknown naming those there are."""
        own = {n: m for n, m in self.manifests.items() if m.country == country.upper()}
        for name, manifest in own.items():
            known = (plain(manifest.city), plain(name)) if manifest.city else ()
            if city is not None and plain(city) in known:
                return name
        for name, manifest in own.items():
            if manifest.city is None:
                return name
        raise MarketUnknown(
            f"no model values homes in {city or 'any place'}, {country.upper()}",
            accepted=", ".join(self.names()) or "none: there is no bundle",
        )

    def known(self, name: str) -> str:
        """The name again. Raises MarketUnknown naming those there are."""
        if name not in self.manifests:
            raise MarketUnknown(
                f"no market {name!r}",
                accepted=", ".join(self.names()) or "none: there is no bundle",
            )
        return name

    def get(self, name: str) -> Valuer:
        """The valuer of a market. Raises MarketUnknown, or what is wrong with its bundle."""
        self.known(name)
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
            loading = self._loading.setdefault(name, threading.Lock())
        with loading:  # two requests for one market load it once; other markets go on
            with self._lock:
                if name in self._held:
                    self._held.move_to_end(name)
                    return self._held[name]
            valuer = Valuer.load(self.folder / name)
            with self._lock:
                self._held[name] = valuer
                self._drop()
        return valuer

    def _drop(self) -> None:
        while len(self._held) > 1 and sum(v.nbytes for v in self._held.values()) > self.limit:
            self._held.popitem(last=False)


def plain(name: str) -> str:
    """A name without accents and case: people write Krakow, Lodz, Aarhus and Kobenhavn."""
    letters = name.casefold().translate(LETTERS)
    parts = unicodedata.normalize("NFD", letters)
    return "".join(c for c in parts if not unicodedata.combining(c)).strip()
