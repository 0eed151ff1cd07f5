"""`homelens models`: lists and verifies; a damaged or missing bundle is an error."""

import json
import shutil
from pathlib import Path

from avm.bundle import read_manifest as read_market
from tests.homelens_command import homelens
from vision.bundle import models_folder, read_manifest


def copied(folder: Path) -> Path:
    for name in ("objects", "people", "rooms"):
        shutil.copytree(models_folder() / name, folder / name)
    return folder


def test_shipped_bundles_are_listed_and_verified() -> None:
    done = homelens("models", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    rows = {row["bundle"]: row for row in json.loads(done.stdout)["bundles"]}
    assert {"objects", "people", "rooms"} <= set(rows)
    for name, row in rows.items():
        read = read_market if name.startswith("avm/") else read_manifest
        manifest = read(models_folder() / name)
        assert (row["status"], row["error"]) == ("ok", None)
        assert (row["version"], row["sha256"]) == (manifest.version, manifest.sha256)
        assert row["bytes"] == (models_folder() / name / manifest.file).stat().st_size
        assert len(row["metrics"]) == len(manifest.metrics)
        assert row["licences"]


def test_readable_table() -> None:
    done = homelens("models")
    assert done.returncode == 0
    for name in ("objects", "people", "rooms"):
        assert name in done.stdout
    assert "verified" in done.stdout


def test_damaged_model_is_an_error(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    model = folder / "people" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    done = homelens("models", "--json", MODELS=str(folder))
    assert done.returncode == 2
    assert "bundle.damaged" in done.stderr
    assert "Traceback" not in done.stderr
    rows = {row["bundle"]: row["status"] for row in json.loads(done.stdout)["bundles"]}
    assert rows == {"objects": "ok", "people": "bundle.damaged", "rooms": "ok"}


def test_missing_bundle_and_broken_manifest_are_errors(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.rmtree(folder / "rooms")
    (folder / "objects" / "manifest.json").write_text("{", encoding="utf-8")
    done = homelens("models", "--json", MODELS=str(folder))
    assert done.returncode == 2
    rows = {row["bundle"]: row["status"] for row in json.loads(done.stdout)["bundles"]}
    assert rows == {"objects": "bundle.damaged", "people": "ok", "rooms": "bundle.missing"}
    readable = homelens("models", MODELS=str(folder))
    assert readable.returncode == 2
    assert "bundle.missing" in readable.stdout
