"""Bundles of valuation models: a manifest and one file, verified before anything is read.

    package = load_package(models_folder() / "avm" / "krakow")
    package.model.estimate(table)
    save_package(folder, package, manifest)        # in one step each, the manifest last

The file holds arrays and JSON, no code: reading it executes nothing and needs numpy alone. A
manifest leads back to the data (its hash), the code (its commit), what was measured of the model,
and the licences that its data came under.
"""

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, ValidationError

from avm.experience import Experience
from avm.model import MarketModel
from avm.packing import pack, shuffle, unpack, unshuffle
from avm.schema import PriceKind
from avm.zones import Zones
from vision.errors import BundleDamaged, BundleMissing, BundleUnsuitable
from vision.findings import Frozen

FILE = "model-{}.npz"
"""The file's name holds the start of its hash, so that swapping a bundle is one rename: that of the
manifest, which is written last."""

FILE_NAME = r"^model-[0-9a-f]{8}\.npz$"
TREE = "tree"
"""The array that holds the JSON part, as bytes."""

SHAPES = "shapes"
"""The key in it of what `shuffle` changed."""

FORMAT = 2
"""Raised when older code could not read the file, or newer code needs more than is in it."""


class Metric(Frozen):
    """A figure in the one form, with the data that it was measured on."""

    name: str
    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    n: int
    unit: str
    data: str


class AvmManifest(Frozen):
    """manifest.json of a valuation bundle."""

    name: str = Field(description="of the market, as its folder")
    version: str
    task: Literal["value"] = "value"
    format: int = FORMAT
    file: str = Field("model-00000000.npz", pattern=FILE_NAME)
    sha256: str
    title: str
    country: str
    city: str | None = Field(None, description="the one city that it values; None: the country")
    cities: tuple[str, ...] = Field((), description="that it knows by name")
    currency: str
    price_kind: PriceKind
    trained_from: str = Field(description="first and last month of the prices learned from")
    trained_through: str
    index_through: str = Field(description="last month that the price index has seen")
    homes: int
    pooled: bool = Field(False, description="learned from the whole country")
    blend: float = Field(description="share of the comparables in a value")
    metrics: tuple[Metric, ...] = ()
    code: str = Field(description="git commit of the training code")
    data: dict[str, str] = Field(description="data set name to sha256 of its content")
    licences: dict[str, str]
    parameters: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Cards:
    """What people are shown of the shop's homes, one row a home; NaN is not known."""

    price: NDArray[np.float64]
    day: NDArray[np.uint8]
    latitude: NDArray[np.float32]
    longitude: NDArray[np.float32]
    area_m2: NDArray[np.float32]
    rooms: NDArray[np.float32]
    bedrooms: NDArray[np.float32]
    floor: NDArray[np.float32]
    year_built: NDArray[np.float32]
    city: NDArray[np.int16]
    """number in `cities`"""
    cities: tuple[str | None, ...]


@dataclass(frozen=True)
class Widening:
    """What the absence of a field does to a range; "location": a place guessed from the zone."""

    factors: dict[str, float]
    """field to times as wide as the range must be made for it"""
    saves: dict[str, float]
    """field to the share of the range's width that knowing it saves"""


@dataclass(frozen=True)
class Package:
    """All that a bundle holds beside its manifest."""

    model: MarketModel
    zones: Zones
    experience: Experience
    cards: Cards
    widening: Widening


def save_package(folder: Path, package: Package, manifest: AvmManifest) -> AvmManifest:
    """Write the bundle; the manifest gets the file's hash, and a version from it."""
    data = to_bytes(package)
    sha256 = hashlib.sha256(data).hexdigest()
    version = f"{manifest.trained_through}-{sha256[:8]}"
    name = FILE.format(sha256[:8])
    full = manifest.model_copy(update={"sha256": sha256, "version": version, "file": name})
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / name, data)
    text = full.model_dump_json(indent=1) + "\n"
    _replace(folder / "manifest.json", text.encode("utf-8"))
    for old in folder.glob("model-*.npz"):
        if old.name != name:
            old.unlink()
    return full


def _replace(path: Path, data: bytes) -> None:
    scratch = path.with_name(path.name + ".part")
    scratch.write_bytes(data)
    scratch.replace(path)


def to_bytes(package: Package) -> bytes:
    """The file; the same package gives the same bytes."""
    tree, plain = pack(package)
    arrays, shapes = shuffle(plain)
    tree = {**tree, SHAPES: shapes}
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=True)
    arrays[TREE] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def read_manifest(folder: Path) -> AvmManifest:
    """The manifest of a valuation bundle. Raises BundleMissing, -Damaged or -Unsuitable."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise BundleMissing(
            f"no valuation bundle at {folder}",
            accepted="a folder with manifest.json and the file that it names",
            do="train one with 'homelens avm train', or restore it from the commit",
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        task = found.get("task") if isinstance(found, dict) else None
        if isinstance(task, str) and task != "value":
            raise BundleUnsuitable(
                f"{folder} is a bundle for {task!r}", accepted="a bundle for 'value'"
            )
        manifest = AvmManifest.model_validate(found)
    except (ValueError, ValidationError) as error:
        raise BundleDamaged(f"{path} is not a manifest: {error}") from error
    if manifest.format != FORMAT:
        raise BundleUnsuitable(
            f"{folder} has format {manifest.format}",
            accepted=f"format {FORMAT}",
            do="train it again with 'homelens avm train', or use the release that it came with",
        )
    return manifest


def load_package(folder: Path) -> tuple[Package, AvmManifest]:
    """The verified package with its manifest."""
    manifest = read_manifest(folder)
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
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        tree = json.loads(arrays.pop(TREE).tobytes().decode("utf-8"))
        shapes = {name: (str(kind), tuple(shape)) for name, (kind, shape) in tree[SHAPES].items()}
        return unpack(Package, tree, unshuffle(arrays, shapes)), manifest
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error, OSError) as error:
        raise BundleDamaged(f"{path} cannot be read: {error}") from error


def size_of(package: Package) -> int:
    """Bytes that the arrays take in memory, and an allowance for what is derived from them."""
    _, arrays = pack(package)
    leaves = len(package.model.forest.value)
    return sum(array.nbytes for array in arrays.values()) + 100 * leaves
