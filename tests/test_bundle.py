"""A bundle that is missing, damaged or of another kind is refused and says why."""

import json
import shutil
from pathlib import Path

import pytest

from vision.bundle import Bundle, Task, models_folder, read_manifest
from vision.errors import BundleDamaged, BundleMissing, BundleUnsuitable

TASKS: dict[str, Task] = {"rooms": "classify", "objects": "detect", "people": "segment"}
MOST_MEGABYTES = 45
MOST_MARKETS_MEGABYTES = 40


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models_folder() / "people", tmp_path / "people"))


@pytest.mark.parametrize("name", TASKS)
def test_shipped_bundles_open_and_agree_with_their_manifest(name: str) -> None:
    bundle = Bundle.load(models_folder() / name, TASKS[name])
    manifest = bundle.manifest
    assert manifest.name == name
    (fed,) = bundle.session.get_inputs()
    assert fed.name == manifest.input.name
    assert fed.shape[1:] == [3, manifest.input.height, manifest.input.width]
    assert [out.name for out in bundle.session.get_outputs()] == list(manifest.outputs)
    assert set(manifest.thresholds) <= set(manifest.classes)
    assert manifest.licences["initial weights"]
    assert manifest.licences["data"]
    assert all(len(digest) == 64 for digest in manifest.data.values())


def test_shipped_bundles_are_small() -> None:
    files = [f for f in models_folder().rglob("*") if f.is_file()]
    markets = [f for f in files if f.is_relative_to(models_folder() / "avm")]
    assert sum(f.stat().st_size for f in markets) < MOST_MARKETS_MEGABYTES * 10**6
    assert sum(f.stat().st_size for f in set(files) - set(markets)) < MOST_MEGABYTES * 10**6


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleMissing, match=r"manifest\.json"):
        Bundle.load(tmp_path, "detect")


def test_no_model(people: Path) -> None:
    (people / "model.onnx").unlink()
    with pytest.raises(BundleMissing, match=r"model\.onnx is missing"):
        Bundle.load(people, "segment")


def test_one_changed_byte(people: Path) -> None:
    model = people / "model.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    with pytest.raises(BundleDamaged, match="sha256"):
        Bundle.load(people, "segment")


def test_right_hash_of_something_that_is_no_model(people: Path) -> None:
    import hashlib

    (people / "model.onnx").write_bytes(b"no model")
    manifest = json.loads((people / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256(b"no model").hexdigest()
    (people / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        Bundle.load(people, "segment")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"name": 1}'])
def test_manifest_that_is_none(people: Path, text: str) -> None:
    (people / "manifest.json").write_text(text)
    with pytest.raises(BundleDamaged, match="is not a manifest"):
        read_manifest(people)


def test_another_task(people: Path) -> None:
    with pytest.raises(BundleUnsuitable, match="segment"):
        Bundle.load(people, "classify")


def change(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))


@pytest.mark.parametrize("changes", [{"width": 320}, {"height": 320}, {"name": "photo"}])
def test_another_input_than_the_graphs(people: Path, changes: dict[str, object]) -> None:
    given = json.loads((people / "manifest.json").read_text())["input"]
    change(people, input={**given, **changes})
    with pytest.raises(BundleUnsuitable, match="one input"):
        Bundle.load(people, "segment")


def test_an_output_that_the_graph_has_not(people: Path) -> None:
    outputs = json.loads((people / "manifest.json").read_text())["outputs"]
    change(people, outputs=[outputs[0], "masks"])
    with pytest.raises(BundleUnsuitable, match="masks"):
        Bundle.load(people, "segment")
