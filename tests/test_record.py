"""Figures go into a manifest only with the model they were measured with."""

import json
import shutil
from pathlib import Path

import pytest

from training.figures import FigureSet, share
from training.record import record
from vision.bundle import models_folder, read_manifest
from vision.errors import DataError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models_folder() / "people", tmp_path / "people"))


def figures(bundle: Path, sha256: str | None = None) -> str:
    return FigureSet(
        command="evaluate",
        data={"val": "0" * 64},
        code="c",
        models={"people": sha256 or read_manifest(bundle).sha256},
        figures=(share("privacy.hidden", 9, 10),),
    ).model_dump_json()


def test_figures_are_recorded_with_their_set(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(figures(bundle))
    before = read_manifest(bundle)
    assert record(bundle, {"coco/val": tmp_path / "a.json"}) == 1
    after = read_manifest(bundle)
    (metric,) = after.metrics
    assert (metric.name, metric.value, metric.n, metric.data) == (
        "privacy.hidden", 0.9, 10, "coco/val",
    )  # fmt: skip
    assert after.model_copy(update={"metrics": before.metrics}) == before


def test_figures_of_another_model(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(figures(bundle, "1" * 64))
    with pytest.raises(DataError, match="not with this file"):
        record(bundle, {"coco/val": tmp_path / "a.json"})


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"figures": []})])
def test_no_figures(bundle: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match="holds no figures"):
        record(bundle, {"coco/val": tmp_path / "a.json"})
