"""The door branch is trained for real, on made photos: shared layers stay, an end is remembered."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from training.doors import NAMES, prepare, train
from training.objects import INDOOR, JoinedDetector, joined, load_detector
from vision.errors import DataError

PARAMS: dict[str, Any] = {
    "shared_layers": 5,
    "image_size": 64,
    "epochs": 1,
    "batch": 4,
    "learning_rate": 0.001,
    "final_share": 0.1,
    "warmup_epochs": 0,
    "close_mosaic": 0,
    "scale": 0.5,
    "fliplr": 0.5,
    "degrees": 2,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Initial weights (random, 80 classes), the work folder and the trained checkpoint."""
    from ultralytics.models import YOLO

    root = tmp_path_factory.mktemp("yolo")
    (root / "doors/images").mkdir(parents=True)
    (root / "doors/labels").mkdir()
    (root / "doors/names.txt").write_text("\n".join(NAMES))
    for number in range(8):
        rng = np.random.default_rng(number)
        picture = cv2.resize(rng.integers(0, 255, (5, 6, 3), np.uint8), (96, 80))
        cv2.imwrite(str(root / f"doors/images/{number}.jpg"), picture)
        (root / f"doors/labels/{number}.txt").write_text(f"{number % 4} 0.5 0.5 0.4 0.6\n")
    weights = root / "start.pt"
    torch.manual_seed(0)
    start = YOLO("yolo26n.yaml")
    start.model.names = dict(enumerate([*INDOOR, *(f"other {i}" for i in range(68))]))
    start.save(weights)
    file = prepare(root / "doors", root / "work/data", test=2, val=2)
    return weights, root / "work", train(weights, file, root / "work", PARAMS, seed=1)


@pytest.mark.filterwarnings("ignore")  # ultralytics' and torch's own, beyond our reach
def test_shared_layers_stay_and_the_branches_join(trained: tuple[Path, Path, Path]) -> None:
    weights, _, last = trained
    sample = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        indoor, doors = joined(weights, last, PARAMS["shared_layers"])(sample)
        alone = load_detector(weights)(sample)[0]
    assert indoor.shape[1] == 4 + len(INDOOR)
    assert doors.shape[1] == 4 + len(NAMES)
    # the scores of the classes that were there before are those of the initial weights
    assert torch.allclose(indoor[:, 4:], alone[:, 4 : 4 + len(INDOOR)], atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_more_shared_layers_than_were_frozen(trained: tuple[Path, Path, Path]) -> None:
    weights, _, last = trained
    coco, doors = load_detector(weights), load_detector(last)
    names: Any = coco.names
    with pytest.raises(ValueError, match="shared layers differ"):
        JoinedDetector(coco, doors, 9, names)


def test_a_finished_run_is_taken_over(trained: tuple[Path, Path, Path]) -> None:
    weights, work, last = trained
    before = last.stat().st_mtime_ns
    assert train(weights, work / "data/doors.yaml", work, PARAMS, seed=1) == last
    assert last.stat().st_mtime_ns == before


def test_other_classes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\n")
    with pytest.raises(DataError, match=r"names\.txt"):
        prepare(tmp_path, tmp_path / "out", 1, 1)
