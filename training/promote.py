"""Champion and challenger side by side on labelled photos: what `homelens models promote` measures.

suits(theirs, ours)                                   # raises PromotionRefused
found = compare(challenger, champion, models, {"yolo": [Path("work/objects/data/test")]})
found.why                                             # sentences; [] where it may be promoted
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from training.console import note, some
from training.evaluate.labelled import Truth, read_coco, read_yolo
from training.evaluate.paired import Comparison, compare_objects, compare_rooms, present
from training.evaluate.rooms import find_photos
from training.figures import Figure
from training.learned import TRAINING_PHOTOS, learned, learned_sets
from training.promotion_rules import reasons, unmeasured
from vision.bundle import Manifest, read_manifest, verified_model
from vision.errors import BundleDamaged, BundleError, BundleUnsuitable, DataError
from vision.objects import Objects
from vision.rooms import Rooms

RECORDS = ("labels", "promotion", TRAINING_PHOTOS, "torch_difference", "trace_difference")
"""What a manifest's `extra` tells of the past; all else in it changes what the bundle does."""

Loaded = TypeVar("Loaded", Objects, Rooms)


Sources = Mapping[str, Sequence[Path]]
"""Name of the photos to where they are: a YOLO folder, COCO's file and folder, or rooms' folder."""


@dataclass(frozen=True)
class Verdict:
    """Comparisons by the name of their photos, and why the challenger is refused."""

    compared: Mapping[str, Comparison]
    reasons: tuple[str, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All that was measured."""
        return tuple(
            figure
            for name, one in self.compared.items()
            for figure in one.figures(f"promote.{name}")
        )


def comparable(champion: Path, challenger: Path) -> tuple[Manifest, Manifest]:
    """Both manifests, files verified. Raises BundleError, DataError where nothing would change."""
    ours, theirs = read_manifest(champion), read_manifest(challenger)
    for folder, manifest in ((champion, ours), (challenger, theirs)):
        verified_model(folder, manifest)
    for what, mine, other in (
        ("task", ours.task, theirs.task),
        ("classes", ours.classes, theirs.classes),
        ("outputs", ours.outputs, theirs.outputs),
        ("input", ours.input, theirs.input),
        ("classes with a threshold", set(ours.thresholds), set(theirs.thresholds)),
    ):
        if mine != other:
            raise BundleUnsuitable(
                f"{challenger} has other {what} than {champion}: {plain(other)}",
                accepted=plain(mine),
            )
    if works(ours) == works(theirs):
        raise DataError(
            f"{challenger} does what {champion} does: the same model, thresholds and calibration",
            do="there is nothing to promote",
        )
    return ours, theirs


def works(manifest: Manifest) -> dict[str, Any]:
    """All of a manifest that changes what the bundle does."""
    said = manifest.model_dump(include={"sha256", "input", "outputs", "classes", "thresholds"})
    return said | {"extra": {k: v for k, v in manifest.extra.items() if k not in RECORDS}}


def plain(value: Any) -> str:
    """A manifest's value in a message."""
    if isinstance(value, (set, tuple)):
        return ", ".join(sorted(value) if isinstance(value, set) else value)
    return str(value)


def judge_challenger(champion: Path, challenger: Path, models: Path, sources: Sources) -> Verdict:
    """Look at all photos with both and compare. Raises HomelensError.

    `models` has the detector beside which rooms are told.
    """
    ours, theirs = comparable(champion, challenger)
    if ours.task == "detect":
        return of_detectors(champion, challenger, ours, theirs, sources)
    if ours.name == "rooms":
        return of_rooms(champion, challenger, ours, theirs, models, sources)
    raise BundleUnsuitable(
        f"bundles for {ours.task!r} are not compared by this command",
        accepted="objects, rooms",
        do="measure both with `homelens evaluate`",
    )


def of_detectors(
    champion: Path, challenger: Path, ours: Manifest, theirs: Manifest, sources: Sources
) -> Verdict:
    """By average precision on COCO files and YOLO folders."""
    if not sources or "rooms" in sources:
        raise DataError(
            "it is not clear which photos are meant",
            accepted="--yolo DIR, or --coco FILE --images DIR",
        )
    truths = {name: read(paths) for name, paths in sources.items()}
    photos = [photo.path for truth in truths.values() for photo in truth.photos]
    check_unseen(ours, theirs, sources, photos)
    old, new = Objects.load(champion), working(Objects.load, challenger)
    tried(challenger, new.detect)
    found = {name: compare_objects(old, new, truth) for name, truth in truths.items()}
    measured = set().union(*(present(truth) for truth in truths.values()))
    why = [sentence for name, one in found.items() for sentence in reasons(name, one)]
    why += unmeasured(found.values(), [name for name in ours.classes if name not in measured])
    return Verdict(found, tuple(why))


def of_rooms(
    champion: Path,
    challenger: Path,
    ours: Manifest,
    theirs: Manifest,
    models: Path,
    sources: Sources,
) -> Verdict:
    """By accuracy on a folder of photos per room type."""
    if list(sources) != ["rooms"]:
        raise DataError("it is not clear which photos are meant", accepted="--rooms DIR")
    photos = find_photos(sources["rooms"][0], ours.classes)
    check_unseen(ours, theirs, sources, [path for path, _ in photos])
    old, new = Rooms.load(champion), working(Rooms.load, challenger)
    tried(challenger, lambda pixels: new.look(pixels, ()))
    found = compare_rooms(photos, Objects.load(models / "objects"), old, new)
    absent = [kind for kind in ours.classes if kind not in found.classes]
    why = [f"rooms: there is no photo of {some(absent)}"] if absent else []
    return Verdict({"rooms": found}, (*reasons("rooms", found), *why))


def read(paths: Sequence[Path]) -> Truth:
    """A COCO file with its photos, or a YOLO folder."""
    return read_coco(*paths) if len(paths) == 2 else read_yolo(*paths)


def check_unseen(
    ours: Manifest, theirs: Manifest, sources: Sources, photos: Sequence[Path]
) -> None:
    """Raises DataError where the challenger learned from a photo that it is tested on."""
    places = list(sources.values())
    sets = learned_sets(theirs, places)
    if sets:
        raise DataError(
            f"the challenger was trained on these very photos ({', '.join(sets)})",
            accepted="photos that it did not learn from",
        )
    known = learned(theirs, photos)
    if known:
        raise DataError(
            f"the challenger learned from {len(known)} of the {len(photos)} photos, or from copies "
            f"of them: {some((path.name for path in known), 4)}",
            accepted="photos that it did not learn from",
        )
    if learned_sets(ours, places) or learned(ours, photos):
        note("the bundle in use learned from some of these photos: that is to its advantage")


def working(load: Callable[[Path], Loaded], folder: Path) -> Loaded:
    """The challenger, opened. Raises BundleError, for a manifest that lacks something as well."""
    try:
        return load(folder)
    except BundleError:
        raise
    except Exception as error:  # whatever a manifest of wrong shape leads to
        raise BundleDamaged(
            f"{folder}/manifest.json: `extra` is not what the task needs: {error!r}"
        ) from error


def tried(folder: Path, look: Callable[[Any], object]) -> None:
    """Let the challenger look at a grey picture. Raises BundleDamaged where it cannot."""
    try:
        look(np.full((240, 320, 3), 128, np.uint8))
    except Exception as error:  # onnxruntime and numpy raise many unrelated types
        raise BundleDamaged(f"{folder} cannot be used: {error!r}") from error
