"""`homelens bench avm`: every market's model in one process, how much memory and how long a value.

    figures = bench_avm(models_folder() / "avm", homes=200)

A fresh process loads all bundles of a folder and values homes of each, like those that it knows.
`avm.value_ms` is a value with its range, `avm.explained_ms` one with reasons and comparables in
words, both one after another on one thread; `avm.rss_mb` is what the process then holds.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.figures import Figure
from training.intervals import statistic_interval
from vision.errors import DataError

CHILD = """
import datetime, json, math, sys, time
from pathlib import Path
import numpy as np
from avm.explain import explain
from avm.markets import Markets
from avm.schema import make_record
from vision.errors import HomelensError

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6

def homes(name, valuer, count):
    cards, random = valuer.package.cards, np.random.default_rng(7)
    year, month = (int(part) for part in valuer.manifest.index_through.split("-"))
    found = []
    for row in random.integers(0, len(cards.price), count):
        fields = {"market": name, "date": datetime.date(year, month, 15)}
        city = cards.cities[int(cards.city[row])]
        if city:
            fields["city"] = city
        for field in ("latitude", "longitude", "area_m2", "rooms", "bedrooms", "floor"):
            value = float(getattr(cards, field)[row])
            if math.isfinite(value):
                fields[field] = value
        if not valuer.package.model.spec.located:
            zones = sorted(valuer.package.model.levels.zones)
            fields["zone"] = zones[int(random.integers(len(zones)))]
        found.append(make_record(fields))
    return found

def timed(call, refused):
    start = time.perf_counter()
    try:
        call()
    except HomelensError:
        refused.append(1)
        return None
    return 1000 * (time.perf_counter() - start)

folder, count = Path(sys.argv[1]), int(sys.argv[2])
markets = Markets(folder, limit_mb=1e9)
before, plain, full, refused = resident(), [], [], []
for name in markets.names():
    valuer = markets.get(name)
    asked = homes(name, valuer, count + 3)
    for number, home in enumerate(asked):
        one = timed(lambda: valuer.value(home, reasons=False), refused)
        other = timed(lambda: explain(valuer.value(home), "en"), refused)
        if number >= 3 and one is not None and other is not None:
            plain.append(one)
            full.append(other)
heavy = sorted({"lightgbm", "polars", "scipy", "torch", "pandas", "shap"} & set(sys.modules))
print(json.dumps({"before": before, "rss": resident(), "plain": plain, "full": full,
                  "refused": len(refused), "markets": len(markets.held()), "heavy": heavy}))
"""


def bench_avm(models: Path, homes: int) -> list[Figure]:
    """The figures. Raises DataError where there is no bundle, or the process fails."""
    if not list(models.glob("*/manifest.json")):
        raise DataError(f"no bundle in {models}", do="train some with 'homelens avm train'")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(models), str(homes)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DataError(f"the process that values homes failed: {done.stderr[-500:]}")
    found = json.loads(done.stdout)
    if found["heavy"]:
        raise DataError(f"values were given with the help of {', '.join(found['heavy'])}")
    middle: Callable[..., NDArray[np.float64]] = lambda v: np.median(v, axis=-1)  # noqa: E731
    last: Callable[..., NDArray[np.float64]] = lambda v: np.percentile(v, 95, axis=-1)  # noqa: E731
    rss, count = float(found["rss"]), int(found["markets"])
    return [
        Figure(name="avm.rss_mb", value=rss, low=rss, high=rss, n=count, unit="MB"),
        _times("avm.value_ms", found["plain"], middle),
        _times("avm.value_ms.p95", found["plain"], last),
        _times("avm.explained_ms", found["full"], middle),
        _times("avm.explained_ms.p95", found["full"], last),
    ]


def _times(name: str, values: list[float], of: Callable[..., NDArray[np.float64]]) -> Figure:
    times = np.array(values)
    low, high = statistic_interval(times, of)
    return Figure(name=name, value=float(of(times)), low=low, high=high, n=len(times), unit="ms")
