"""`homelens train objects --labels`: out of the store, judged, corrected, trained, named."""

import json
from pathlib import Path

import pytest
import yaml

from labels.formats import read
from tests.homelens_command import assert_named_error, homelens
from tests.made_doors import write_doors, write_weights
from training.export_objects import labels_quality

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write_doors(folder / "doors", 48)
    write_weights(folder / "start.pt")
    doors = {
        "test": 8, "val": 8, "shared_layers": 5, "image_size": 64, "epochs": 1, "batch": 8,
        "learning_rate": 0.001, "final_share": 0.1, "warmup_epochs": 0, "close_mosaic": 0,
        "scale": 0.5, "fliplr": 0.5, "degrees": 2,
    }  # fmt: skip
    params = {"seed": 1, "doors": doors, "labels": {"image_size": 64, "epochs": 1}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    done = homelens(
        "labels", "import", folder / "doors", "--set", "doors", "--format", "yolo", "--images",
        folder / "doors/images", "--by", "ana", STATE=str(folder / "state"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def train(root: Path, work: Path, *more: str) -> dict[str, object]:
    done = homelens(
        "train", "objects", "--labels", "doors@1", "--weights", root / "start.pt", "--params",
        root / "params.yaml", "--work", work, *more, STATE=str(root / "state"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (work / "objects/doors/weights/last.pt").is_file()
    told = labels_quality(work / "objects")
    assert told is not None
    return told


def test_only_the_training_part_is_corrected_and_the_report_names_the_revision(
    root: Path, tmp_path: Path
) -> None:
    told = train(root, tmp_path / "work")
    assert told["revision"] == "doors@1"
    assert len(str(told["digest"])) == 64
    assert told["corrected"] is True
    assert {"rates", "corrections", "drawing_error", "left_out"} <= set(told)
    drawn = read("yolo", root / "doors")
    boxes = sorted(len(image.boxes) for image in drawn.images)
    kept = []
    for part in ("train", "val", "test"):
        found = read("yolo", tmp_path / "work/objects/data" / part)
        assert len(found.images) == told["photos"][part]  # type: ignore[index]
        kept += [len(image.boxes) for image in found.images]
        if part != "train":  # people's labels, as they are
            corners = {box.corners for image in found.images for box in image.boxes}
            known = [box.corners for image in drawn.images for box in image.boxes]
            for one in corners:
                assert any(one == pytest.approx(other, abs=1e-6) for other in known)
    assert len(kept) == len(boxes)


def test_labels_are_taken_as_they_are_where_that_is_asked_for(root: Path, tmp_path: Path) -> None:
    told = train(root, tmp_path / "work", "--as-is")
    assert told["corrected"] is False
    found = [
        read("yolo", tmp_path / "work/objects/data" / part) for part in ("train", "val", "test")
    ]
    total = sum(len(image.boxes) for one in found for image in one.images)
    assert total == sum(len(image.boxes) for image in read("yolo", root / "doors").images)


def test_an_unknown_set_is_named(root: Path, tmp_path: Path) -> None:
    done = homelens(
        "train", "objects", "--labels", "windows", "--weights", root / "start.pt", "--params",
        root / "params.yaml", "--work", tmp_path, STATE=str(root / "state"),
    )  # fmt: skip
    assert_named_error(done, "windows")


def test_a_run_without_a_store_has_no_report(tmp_path: Path) -> None:
    assert labels_quality(tmp_path) is None
    (tmp_path / "quality.json").write_text(json.dumps({"revision": "doors@2"}))
    assert labels_quality(tmp_path) == {"revision": "doors@2"}
