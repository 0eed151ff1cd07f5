"""Scans of an archive: what the engine costs beside bare looks, and what is done twice.

    homelens bench scan listings

scan.over_bare: the local engine's photos a second over those of bare looks, two workers.
scan.photos_per_s.1, .2: the engine by itself; scan.photos_per_cpu_s.1, .2: by CPU second, loading
the models included. scan.growth: .1 over .2 by CPU second, 1 where a second worker costs nothing.
scan.repeated_shards: photos looked at again after a kill, by all workers together, in shards.
scan.looked_again: share looked at when nothing changed since the last scan. scan.ray_identical:
share of the rows that are the same on Ray. Order in a round: bare and engine by turns, so that both
get the machine's good and bad moments.
"""

import random
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from serving.scan.dest import Dest
from serving.scan.plan import read_header
from serving.scan.recall import read_shard
from serving.scan.run import Order, scan
from serving.scan.schema import TIMES
from training.bench.runs import figure
from training.bench.scan_runs import Spent, repeated_by_kill, time_bare, time_scan
from training.console import note, track
from training.figures import Figure, share
from vision.bundle import models_folder
from vision.errors import DataError, PhotoError
from vision.photo import Limits, decode
from vision.rules import load_rules

WORKERS = 2
SHARD = 16
"""Photos in a shard: small, for the archive is; an eighth of it is marked at a time, as of 256."""
FEW = 48
"""Photos for what is not timed."""
KILLS = 6


def bench_scan(folder: Path, most: int, rounds: int) -> list[Figure]:
    """All figures. Raises DataError where there are too few photos."""
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        photos = copy_photos(folder, work / "photos", most)
        copy_photos(folder, work / "few", min(FEW, most))
        base = Order(
            source=str(work / "photos"),
            out=str(work / "out"),
            rules=load_rules("default"),
            models=models_folder(),
            limits=Limits(),
            workers=WORKERS,
            shard_size=SHARD,
        )
        few = replace(base, source=str(work / "few"))
        return [
            *speed(base, [path.read_bytes() for path in photos], rounds),
            *repeated(few, work),
            *again(few, work),
        ]


def copy_photos(folder: Path, to: Path, most: int) -> list[Path]:
    """A mixed sample of the readable photos below a folder."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    random.Random(7).shuffle(found)
    to.mkdir()
    taken: list[Path] = []
    for path in found:
        if len(taken) == most:
            break
        try:
            decode(path.read_bytes())
        except PhotoError as error:
            note(f"left out: {path}: {error}")
            continue
        taken.append(Path(shutil.copy(path, to / f"{len(taken):05}.jpg")))
    if len(taken) < most:
        raise DataError(f"{folder} holds {len(taken)} photos", accepted=f"{most}, or --photos")
    return taken


def speed(order: Order, photos: Sequence[bytes], rounds: int) -> list[Figure]:
    """Throughput, beside bare looks and by CPU second."""
    bare: list[Spent] = []
    two: list[Spent] = []
    one: list[Spent] = []
    for round_ in track(range(rounds), "scanning"):

        def engine(workers: int, round_: int = round_) -> float:
            out = Path(f"{order.out}-{workers}-{round_}")
            spent = time_scan(replace(order, out=str(out)), workers)
            shutil.rmtree(out)
            (two if workers == WORKERS else one).append(spent)
            return spent.seconds

        if round_ % 2:
            engine(WORKERS)
            bare.append(time_bare(photos, WORKERS))
        else:
            bare.append(time_bare(photos, WORKERS))
            engine(WORKERS)
        if round_ < 2:  # one worker takes twice as long
            engine(1)
    n = len(photos)
    ratios = [b.seconds / t.seconds for b, t in zip(bare, two, strict=True)]
    growth = [(a.cpu_seconds / b.cpu_seconds) for a, b in zip(one, two, strict=False)]
    return [
        figure("scan.over_bare", ratios, "ratio"),
        figure("scan.bare_photos_per_s", [n / s.seconds for s in bare], "photos/s"),
        figure("scan.photos_per_s.2", [n / s.seconds for s in two], "photos/s"),
        figure("scan.photos_per_s.1", [n / s.seconds for s in one], "photos/s"),
        figure("scan.photos_per_cpu_s.2", [n / s.cpu_seconds for s in two], "photos/s of CPU"),
        figure("scan.photos_per_cpu_s.1", [n / s.cpu_seconds for s in one], "photos/s of CPU"),
        figure("scan.growth", growth, "ratio"),
    ]


def repeated(order: Order, work: Path) -> list[Figure]:
    """What a killed scan does twice."""
    shards = []
    for kill in track(range(KILLS), "killing"):
        out = replace(order, out=str(work / f"killed-{kill}"))
        shards.append(repeated_by_kill(out, WORKERS, 0.2 + 0.1 * kill) / out.shard_size)
    return [figure("scan.repeated_shards", shards, "shards, all workers together")]


def again(order: Order, work: Path) -> list[Figure]:
    """Nothing changed since the last scan; and Ray beside the local engine."""
    first = replace(order, out=str(work / "first"))
    scan(first)
    second = scan(replace(order, out=str(work / "second"), since=first.out))
    ray = replace(order, out=str(work / "ray"), engine="ray")
    scan(ray)
    local, remote = rows(first.out), rows(ray.out)
    same = sum(a == b for a, b in zip(local, remote, strict=True))
    return [
        share("scan.looked_again", second.work["looked"], second.photos),
        share("scan.ray_identical", same, len(local)),
    ]


def rows(out: str) -> list[dict[str, object]]:
    """All rows without the time columns."""
    dest = Dest.open(out)
    header = read_header(dest)
    if header is None:
        raise DataError(f"{out} holds no scan")
    tables = [read_shard(dest, shard) for shard in range(header.shards)]
    return [row for table in tables for row in table.drop_columns(list(TIMES)).to_pylist()]
