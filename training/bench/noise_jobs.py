"""The single pieces of the noise measurement, each kept as one file, run two at a time.

    run_all(setup, jobs)            # what is there already is not done again

Every training runs in a process of its own with one thread: two at once are faster on two cores
than two threads of one.
"""

import contextlib
import io
import json
import logging
import multiprocessing
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labels.boxes import LabelSet
from labels.correct import Plan, correct
from labels.locate import Refine
from labels.quality import Quality, judge
from labels.views import Found
from training.bench.noise_review import after_review, order_of
from training.bench.noise_setup import Setup
from training.console import note
from training.noisy.folds import MODELS, examples, fold_views
from training.noisy.kept import joined_views, read_found, write_found

if TYPE_CHECKING:
    from training.noisy.trainer import Recipe

PROCESSES = 2


@dataclass(frozen=True)
class Job:
    """One training: `arm` is "naive", "ours", "fold", "review-ORDER" or "label-CHOICE".

    `number` is the fold, the percentage of boxes that were reviewed, or the photos added.
    """

    arm: str
    kind: str
    level: float
    seed: int
    number: int | None = None

    @property
    def condition(self) -> str:
        """Such as mixed-20-1; clean labels are one condition of both kinds."""
        return f"{self.kind if self.level else 'clean'}-{round(self.level * 100)}-{self.seed}"

    def file(self, work: Path) -> Path:
        """Where its result is kept."""
        number = "" if self.number is None else f"-{self.number}"
        return work / f"{self.condition}-{self.arm}{number}.npz"


def folds(kind: str, level: float, seed: int) -> list[Job]:
    """The out-of-fold models of a condition."""
    return [Job("fold", kind, level, seed, number) for number in range(MODELS)]


def run_all(setup: Setup, jobs: Sequence[Job], what: str) -> None:
    """Run those whose result is missing."""
    missing = [job for job in jobs if not job.file(setup.work).is_file()]
    if not missing:
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
    spawn = multiprocessing.get_context("spawn")
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool,
    ):
        bar = progress.add_task(what, total=len(missing))
        for done in as_completed([pool.submit(run, setup, job) for job in missing]):
            done.result()
            progress.advance(bar)


def run(setup: Setup, job: Job) -> None:
    """Train, look at the photos, keep what was found."""
    os.environ["OMP_NUM_THREADS"] = "1"
    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    scratch = Path(tempfile.mkdtemp(prefix="homelens-noise-"))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = result(setup, job, scratch)
        write_found(job.file(setup.work), found)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def result(setup: Setup, job: Job, scratch: Path) -> dict[str, list[Found]]:
    """What the job's model finds."""
    arm, _, way = job.arm.partition("-")
    if arm == "label":
        from training.bench.noise_choice import chosen_labels

        labels = chosen_labels(setup, way, job.number or 0, job.seed)
        return trained(setup, labels, None, job.seed, scratch, setup.recipe(few=True))
    noisy = setup.noisy(job.kind, job.level, job.seed)
    if arm == "fold":
        recipe, number = setup.recipe(folds=True), job.number or 0
        return fold_views(noisy.labels, setup.paths, recipe, job.seed, number, scratch)
    if arm == "ours":
        plan = planned(setup, job, noisy.labels)
        return trained(setup, plan.labels, plan.weights, job.seed, scratch, setup.recipe())
    labels = noisy.labels
    if arm == "review":
        quality = judged(setup, job.kind, job.level, job.seed, labels)
        total = sum(len(image.boxes) for image in labels.images)
        order = order_of(way, labels, quality, job.seed)
        labels = after_review(noisy, order, round(total * (job.number or 0) / 100))
    return trained(setup, labels, None, job.seed, scratch, setup.recipe())


def trained(
    setup: Setup,
    labels: LabelSet,
    weights: Mapping[str, tuple[float, ...]] | None,
    seed: int,
    scratch: Path,
    recipe: "Recipe",
) -> dict[str, list[Found]]:
    """What a detector trained on these labels finds in the development and test photos."""
    from training.noisy.predict import find
    from training.noisy.trainer import fit

    given = examples(labels, setup.paths, weights)
    model = fit(given, setup.classes, recipe, seed, scratch)
    names = [*setup.parts["development"], *setup.parts["test"]]
    found = find(model, [setup.paths[name] for name in names], recipe.image_size)
    return {name: [one] for name, one in zip(names, found, strict=True)}


def views_of(setup: Setup, kind: str, level: float, seed: int) -> dict[str, list[Found]]:
    """What the out-of-fold models of a condition saw."""
    return joined_views([read_found(job.file(setup.work)) for job in folds(kind, level, seed)])


def judged(setup: Setup, kind: str, level: float, seed: int, labels: LabelSet) -> Quality:
    """The quality of a condition's labels."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return judge(labels, views_of(setup, kind, level, seed), seed)


def planned(setup: Setup, job: Job, labels: LabelSet) -> Plan:
    """The corrected labels of a condition, with a note of what was done beside the result."""
    views = views_of(setup, job.kind, job.level, job.seed)
    quality = judged(setup, job.kind, job.level, job.seed, labels)
    plan = correct(labels, quality, views, refine_with(setup))
    told = {
        "rates": quality.rates,
        "drawing_error": plan.drawing_error,
        "corrections": Counter(one.action for one in plan.corrections),
    }
    job.file(setup.work).with_suffix(".json").write_text(json.dumps(told, indent=2))
    return plan


def refine_with(setup: Setup) -> Refine:
    """The edge refiner, trained once and kept."""
    import torch

    from training.noisy.refiner import Refiner, Sight, clean_boxes, refine_by, train_refiner

    kept = setup.work / "refiner.pt"
    sight = Sight(setup.weights)
    if kept.is_file():
        state = torch.load(kept, weights_only=True)
        refiner = Refiner(state["layers.0.weight"].shape[0])
        refiner.load_state_dict(state)
        refiner.eval()
    else:
        coco = setup.data / "coco"
        refiner = train_refiner(sight, clean_boxes(coco / "train.json", coco / "train"), seed=1)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        torch.save(refiner.state_dict(), unfinished)
        unfinished.replace(kept)
    return refine_by(refiner, sight, setup.paths)


def say_size(setup: Setup) -> None:
    """What was reduced, for whoever reads the figures."""
    size = setup.size
    note(
        f"{len(setup.parts['train'])} training photos, {len(setup.parts['test'])} test photos, "
        f"{size.image_size} px, {size.epochs} epochs (models that judge labels: "
        f"{size.fold_epochs} on half of the photos), yolo26n with its first layers frozen"
    )
