"""`homelens train objects --labels`: out of the store, judged, corrected, trained, named."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from labels.boxes import LabelSet
from labels.formats import read
from labels.store import resolve
from serving.store.database import Database
from tests.homelens_command import assert_named_error, homelens
from tests.made_doors import write_doors, write_weights
from training import export_objects
from training.doors import NAMES, prepare
from training.export_objects import export_objects as export
from training.label_report import as_bytes, read_report
from training.learned import TRAINING_PHOTOS, marks
from training.objects import INDOOR
from vision.bundle import read_manifest

pytestmark = pytest.mark.filterwarnings("ignore")  # of ultralytics and torch

PARTS = ("train", "val", "test")
DOORS: dict[str, Any] = {
    "test": 8, "val": 8, "shared_layers": 5, "image_size": 64, "epochs": 1, "batch": 8,
    "learning_rate": 0.001, "final_share": 0.1, "warmup_epochs": 0, "close_mosaic": 0,
    "scale": 0.5, "fliplr": 0.5, "degrees": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the set doors@1, of 48 photos; weights with COCO's names in them."""
    folder = tmp_path_factory.mktemp("store")
    write_doors(folder / "doors", 48)
    named_weights(folder / "start.pt")
    params = {"seed": 1, "doors": DOORS, "labels": {"image_size": 64, "epochs": 1}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    done = homelens(
        "labels", "import", folder / "doors", "--set", "doors", "--format", "yolo", "--by", "ana",
        STATE=str(folder / "state"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def named_weights(path: Path) -> None:
    from ultralytics.models import YOLO

    write_weights(path)
    model: Any = YOLO(str(path))
    model.model.names = dict(enumerate([*INDOOR, *(f"other {i}" for i in range(68))]))
    model.save(path)


def train(root: Path, work: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return homelens(
        "train", "objects", "--weights", root / "start.pt", "--params", root / "params.yaml",
        "--work", work, *more, STATE=str(root / "state"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def work(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of a finished training on doors@1, corrected."""
    folder = tmp_path_factory.mktemp("work")
    done = train(root, folder, "--labels", "doors@1")
    assert done.returncode == 0, done.stderr
    return folder


def boxes(labels: LabelSet) -> dict[str, list[tuple[float, ...]]]:
    """Name to class numbers and corners, rounded as label files are."""
    return {
        image.name: sorted(
            (labels.classes.index(b.label), *(round(v, 5) for v in b.corners)) for b in image.boxes
        )
        for image in labels.images
    }


def test_parts_are_those_of_a_training_from_the_folder(
    root: Path, work: Path, tmp_path: Path
) -> None:
    prepare(root / "doors", tmp_path, DOORS["test"], DOORS["val"])
    for part in PARTS:
        mine, theirs = work / "objects/data" / part, tmp_path / part
        assert [p.name for p in sorted((mine / "images").iterdir())] == [
            p.name for p in sorted((theirs / "images").iterdir())
        ]
        if part != "train":  # the labels that people gave, and nothing else
            assert boxes(read("yolo", mine)) == boxes(read("yolo", theirs))


def test_test_and_validation_photos_are_judged_by_nobody(work: Path) -> None:
    names = {p.name for p in (work / "objects/data/train/images").iterdir()}
    files = sorted((work / "objects/folds").rglob("*.npz"))
    assert len(files) == 4
    for file in files:
        with np.load(file) as kept:
            assert {str(name) for name in kept["names"]} <= names


def test_the_report_lies_beside_the_checkpoint(root: Path, work: Path) -> None:
    told = read_report(work / "objects/doors/weights")
    assert told is not None
    assert (told.revision, told.corrected, told.withdrawn) == ("doors@1", True, False)
    database = Database.open(f"sqlite:///{root / 'state' / 'homelens.db'}")
    with database.read() as session:
        assert told.digest == resolve(session, "doors").digest
    database.close()
    assert told.photos == {"test": 8, "val": 8, "train": 32}
    assert set(told.corrections) == {"move", "relabel", "delete", "add"}
    assert sum(told.rates.values()) == pytest.approx(1, abs=0.01)
    assert told.drawing_error is not None
    assert 0 < told.mean_weight <= 1
    for one in told.doubtful:
        assert one.badly_located + one.wrong_class + one.bogus >= 0.49
        assert one.box is not None


def test_the_checkpoint_is_a_plain_one(root: Path, work: Path) -> None:
    """Read by ultralytics alone, in a process that knows nothing of weighted training."""
    code = (
        "import sys\n"
        "from ultralytics import YOLO\n"
        f"model = YOLO({str(work / 'objects/doors/weights/last.pt')!r}).model\n"
        "print(type(model).__module__, type(model).__name__, list(model.names.values()))\n"
        "print([name for name in sys.modules if name.startswith('training')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = done.stdout.splitlines()[-2:]
    assert said == [f"ultralytics.nn.tasks DetectionModel {list(NAMES)}", "[]"], done.stderr


def test_the_manifest_names_revision_and_report(
    root: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exported for real, but calibrated on made scores: such a small training finds nothing."""
    (tmp_path / "coco/val").mkdir(parents=True)
    picture = (root / "doors/images/000.png").read_bytes()
    (tmp_path / "coco/val/a.png").write_bytes(picture)
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 128, "height": 96}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 50, 50]}],
        "categories": [{"id": 1, "name": "bed"}],
    }
    (tmp_path / "coco/val.json").write_text(json.dumps(content))
    found = (np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False]), 2)
    monkeypatch.setattr(export_objects, "judged", lambda *_: found)
    out = tmp_path / "bundle"
    export(tmp_path, root / "start.pt", work / "objects", out, DOORS)
    manifest = read_manifest(out)
    told = read_report(work / "objects/doors/weights")
    assert told is not None
    said = manifest.extra["labels"]
    assert (said["revision"], said["digest"]) == ("doors@1", told.digest)
    assert said["report_sha256"] == fingerprint_of(as_bytes(told))
    assert (work / "objects/doors/weights/quality.json").read_bytes() == as_bytes(told)
    assert manifest.data["labels doors@1"] == told.digest
    assert "doordetect" not in json.dumps([*manifest.data, manifest.licences["data"]])
    learned = (work / "objects/data/train/images").iterdir()
    assert manifest.extra[TRAINING_PHOTOS] == marks(learned)
    assert "doors@1 validation part" in manifest.thresholds["door"].rule


def fingerprint_of(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def test_a_finished_run_is_taken_over_and_no_other_is(root: Path, work: Path) -> None:
    last = work / "objects/doors/weights/last.pt"
    before = last.stat().st_mtime_ns
    done = train(root, work, "--labels", "doors")  # the newest is doors@1
    assert done.returncode == 0, done.stderr
    assert last.stat().st_mtime_ns == before
    assert_named_error(train(root, work, "--labels", "doors@1", "--as-is"), "as_is", "--fresh")
    (root / "doordetect").unlink(missing_ok=True)
    (root / "doordetect").symlink_to(root / "doors")
    assert_named_error(train(root, work, "--data", str(root)), "begun with --labels", "--fresh")
    (work / "objects/doors/finished").rename(work / "objects/doors/unfinished")
    try:
        done = homelens("export", "objects", "--data", root, "--weights", root / "start.pt",
                        "--work", work, "--params", root / "params.yaml")  # fmt: skip
        assert_named_error(done, "was cut")
    finally:
        (work / "objects/doors/unfinished").rename(work / "objects/doors/finished")
    done = homelens("export", "objects", "--data", root, "--weights", root / "start.pt", "--work",
                    work, "--params", root / "params.yaml", "--out",
                    Path(__file__).parent.parent / "models/objects")  # fmt: skip
    assert_named_error(done, "only a comparison replaces", "homelens models promote")


def test_labels_are_taken_as_they_are_where_that_is_asked_for(root: Path, tmp_path: Path) -> None:
    done = train(root, tmp_path, "--labels", "doors@1", "--as-is")
    assert done.returncode == 0, done.stderr
    told = read_report(tmp_path / "objects/doors/weights")
    assert told is not None
    assert (told.corrected, told.rates, told.mean_weight) == (False, {}, 1.0)
    found: dict[str, Any] = {}
    for part in PARTS:
        found |= boxes(read("yolo", tmp_path / "objects/data" / part))
    assert found == boxes(read("yolo", root / "doors"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--labels", "windows"), "windows"),
        (("--labels", "doors@9"), "no revision 9"),
        (("--labels", "doors", "--test-set", "clean"), "clean"),
        ((), "--data or --labels"),
    ],
)
def test_what_is_not_there_is_named(
    root: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    assert_named_error(train(root, tmp_path, *more), said)
