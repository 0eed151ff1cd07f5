"""Model bundles: a folder with model.onnx and manifest.json, verified before it is used.

bundle = Bundle.load(models_folder() / "rooms", task="classify")
outputs = bundle.session.run(None, {bundle.manifest.input.name: tensor})
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import onnxruntime as ort
from pydantic import Field, ValidationError

from vision.errors import BundleDamaged, BundleMissing, BundleUnsuitable
from vision.findings import Frozen
from vision.session import open_session

Task = Literal["classify", "detect", "segment"]


class Input(Frozen):
    """What the model is fed: RGB, NCHW float32, (pixel / 255 - mean) / std."""

    name: str
    width: int
    height: int
    resize: Literal["stretch", "letterbox"] = "stretch"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


class Threshold(Frozen):
    """A class's score threshold and the rule by which it was chosen."""

    value: float
    rule: str


class Metric(Frozen):
    """A figure in the one form: value with its 95% interval, n, unit and the set's name."""

    name: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    data: str


class Manifest(Frozen):
    """manifest.json of a bundle."""

    name: str
    version: str
    task: Task
    file: str = "model.onnx"
    sha256: str
    input: Input
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(
        default_factory=dict, description="numbers that the code for this task needs"
    )
    metrics: tuple[Metric, ...] = ()
    code: str = Field(description="git commit of the training code")
    data: dict[str, str] = Field(description="data set name to sha256 of its listing")
    licences: dict[str, str] = Field(description="licence of data, initial weights and model")
    parameters: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A verified manifest with its open session."""

    folder: Path
    manifest: Manifest
    session: ort.InferenceSession
    manifest_sha256: str
    """of manifest.json as it was read: the version by which `homelens models` knows the bundle"""

    @classmethod
    def load(cls, folder: Path, task: Task, threads: int | None = None) -> "Bundle":
        """Read, verify and open. Raises BundleMissing, BundleDamaged or BundleUnsuitable."""
        manifest, manifest_sha256 = known_manifest(folder)
        if manifest.task != task:
            raise BundleUnsuitable(
                f"{folder} is a bundle for {manifest.task!r}", accepted=f"a bundle for {task!r}"
            )
        model = verified_model(folder, manifest)
        try:
            session = open_session(model, threads)
        except Exception as error:  # onnxruntime raises many unrelated types
            raise BundleDamaged(f"{folder / manifest.file} cannot be opened: {error}") from error
        check_graph(folder, manifest, session)
        return cls(folder, manifest, session, manifest_sha256)


def check_graph(folder: Path, manifest: Manifest, session: ort.InferenceSession) -> None:
    """Raise BundleUnsuitable unless the graph takes and gives what its manifest says.

    A number that the graph leaves open (a name in the place of a size) takes any.
    """
    given = manifest.input
    wanted = [3, given.height, given.width]
    shapes = {one.name: one.shape for one in session.get_inputs()}
    found = shapes.get(given.name)
    fits = (
        len(shapes) == 1
        and found is not None
        and len(found) == 4
        and all(not isinstance(a, int) or a == b for a, b in zip(found[1:], wanted, strict=True))
    )
    if not fits:
        raise BundleUnsuitable(
            f"{folder / manifest.file} takes {shapes}",
            accepted=f"one input {given.name!r} of (photos, 3, {given.height}, {given.width})",
            do="restore model and manifest from the same commit",
        )
    names = [one.name for one in session.get_outputs()]
    absent = [name for name in manifest.outputs if name not in names]
    if absent:
        raise BundleUnsuitable(
            f"{folder / manifest.file} gives {', '.join(names)}, not {', '.join(absent)}",
            accepted=f"the outputs {', '.join(manifest.outputs)}",
            do="restore model and manifest from the same commit",
        )


def models_folder() -> Path:
    """The shipped bundles: models/ beside the packages, in a checkout and in a wheel alike."""
    return Path(__file__).resolve().parent.parent / "models"


def read_manifest(folder: Path) -> Manifest:
    """The bundle's manifest, validated. Raises BundleMissing or BundleDamaged."""
    return known_manifest(folder)[0]


def known_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and the sha256 of its bytes. Raises BundleMissing or BundleDamaged."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise BundleMissing(
            f"no model bundle at {folder}",
            accepted="a folder with manifest.json and model.onnx",
            do="restore it from the commit, or set HOMELENS_MODELS",
        )
    try:
        data = path.read_bytes()
        return Manifest.model_validate(json.loads(data)), hashlib.sha256(data).hexdigest()
    except (ValueError, ValidationError) as error:
        raise BundleDamaged(f"{path} is not a manifest: {error}") from error


def verified_model(folder: Path, manifest: Manifest) -> bytes:
    """The model's bytes, after their sha256 agreed with the manifest's."""
    path = folder / manifest.file
    if not path.is_file():
        raise BundleMissing(f"{path} is missing", do="restore it from the commit")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.sha256:
        raise BundleDamaged(
            f"{path} has sha256 {found[:12]}…, its manifest says {manifest.sha256[:12]}…",
            do="restore both from the same commit",
        )
    return data
