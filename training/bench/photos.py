"""Time and memory of the product on photos, beside the floor and plain ultralytics, in one run.

    figures = bench_photos(find(folders), reference=None, out=None)

Every round goes over all photos, and on each photo runs findings, floor, reference and copy one
after the other, in turned order in every second round, so that a slower moment of the machine
falls on all of them. The first round warms up and is not counted.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from training.bench.child import Reference, check_command, run, torch_modules
from training.bench.runs import Run, Stopwatch, figure, ratio_figures, stage_figures
from training.bench.stages import FLOOR, time_copy, time_findings, time_floor
from training.console import note, track
from training.evaluate.photos import photos_below
from training.figures import Figure
from vision.checker import PhotoChecker
from vision.errors import DataError, PhotoError
from vision.headers import read_header
from vision.photo import decode

RUNS = 40
"""Runs of each stage that a median needs at least to be steady; few photos get more rounds."""

MOST_PHOTOS = 120
"""Of a larger folder every n-th photo is measured, so that a bench ends within minutes."""

COLD_STARTS = 7
FULL_CHECKS = 3
"""Processes whose start, and whose memory on all photos, are measured."""

LARGE = (10_000_000, 15_000_000)
"""Pixels of what counts as a 12 megapixel photo."""


def find(folder: Path) -> list[Path]:
    """The folder's readable photos, at most MOST_PHOTOS. Raises DataError when there is none."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder", accepted="a folder of photos")
    photos, _ = photos_below(folder)
    step = -(-len(photos) // MOST_PHOTOS)
    chosen = photos[:: step or 1]
    if len(chosen) < len(photos):
        note(f"measuring {len(chosen)} of {len(photos)} photos: every {step}th by name")
    readable = [path for path in chosen if _readable(path)]
    if not readable:
        raise DataError(f"{folder} holds no readable photo")
    return readable


def _readable(path: Path) -> bool:
    try:
        decode(path.read_bytes())
    except PhotoError as error:
        note(f"left out, for it cannot be read: {path}: {error}")
        return False
    return True


def large_ones(photos: Sequence[Path]) -> set[str]:
    """Names of the photos of about 12 megapixels."""
    headers = {str(path): read_header(path.read_bytes()) for path in photos}
    low, high = LARGE
    return {name for name, h in headers.items() if low <= h.width * h.height <= high}


def measure(
    photos: Sequence[Path], checker: PhotoChecker, reference: Reference | None, rounds: int
) -> list[Run]:
    """All runs of `rounds` counted rounds, after one that is not."""
    watch = Stopwatch()

    def on_reference(photo: str, data: bytes, round_: int) -> None:
        if reference is not None:
            wall, cpu = reference.predict(Path(photo))
            watch.runs.append(Run(photo, round_, "ultralytics", wall, cpu))

    steps: list[Callable[[str, bytes, int], None]] = [
        lambda photo, data, round_: time_findings(checker, photo, data, round_, watch),
        lambda photo, data, round_: time_floor(photo, data, round_, watch),
        on_reference,
        lambda photo, data, round_: time_copy(checker, photo, data, round_, watch),
    ]
    plan = [(round_, path) for round_ in range(rounds + 1) for path in photos]
    for round_, path in track(plan, "measuring"):
        data = path.read_bytes()
        for step in steps if round_ % 2 else reversed(steps):
            step(str(path), data, round_)
    return [run for run in watch.runs if run.round > 0]


def run_figures(runs: Sequence[Run], large: set[str]) -> list[Figure]:
    """Stages, totals and ratios."""
    floors = list(FLOOR)
    return [
        *stage_figures(runs, large),
        *ratio_figures(runs, "bench.copy_over_floor", ["copy"], floors, large),
        *ratio_figures(runs, "bench.both_over_floor", ["findings", "copy"], floors, large),
        *ratio_figures(
            runs, "bench.findings_over_ultralytics", ["findings"], ["ultralytics"], large
        ),
    ]


def process_figures(photos: Sequence[Path], large: set[str]) -> list[Figure]:
    """Cold start on one photo, peak memory on one and on all, and whether torch was loaded."""
    first = next((path for path in photos if str(path) in large), photos[0])
    run(check_command([first]))  # fills the file cache, as on a machine in use
    starts = [run(check_command([first])) for _ in track(range(COLD_STARTS), "cold starts")]
    full = [run(check_command(photos)) for _ in track(range(FULL_CHECKS), "checking all photos")]
    loaded = torch_modules([first])
    own = [name for name in sys.modules if name.split(".")[0] in ("torch", "ultralytics")]
    if loaded or own:
        note(f"torch was loaded: {', '.join([*loaded, *own][:5])}")
    count = float(len(loaded) + len(own))
    return [
        figure("bench.cold_start_s", [used.seconds for used in starts], "s"),
        figure("bench.cold_start_cpu_s", [used.cpu_seconds for used in starts], "s of CPU"),
        figure("bench.peak_mb", [used.peak_mb for used in full], "MB"),
        figure("bench.peak_mb.one_photo", [used.peak_mb for used in starts], "MB"),
        Figure(name="bench.torch_modules", value=count, low=count, high=count, n=1, unit="modules"),
    ]


def bench_photos(photos: Sequence[Path], weights: Path | None, out: Path | None) -> list[Figure]:
    """Everything. Raises DataError, BundleError, or HomelensError where a process failed."""
    large = large_ones(photos)
    rounds = max(2, -(-RUNS // len(photos)))
    with ExitStack() as stack:
        reference = stack.enter_context(Reference.start(weights)) if weights else None
        runs = measure(photos, PhotoChecker.load(), reference, rounds)
    if out:
        from training.bench.draw import draw_stages

        draw_stages(runs, large, out / "bench.png")
        note(f"wrote {out / 'bench.png'}")
    return [*run_figures(runs, large), *process_figures(photos, large)]
