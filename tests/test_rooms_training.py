"""The room classifier's training: data, cleaning, augmentation, fusion, and a small real run."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from training.augment import augment
from training.fusion import fit_fusion
from training.rooms import doubtful, fine_tune, train_rooms
from training.rooms_data import TYPES, Sample, assign, collect
from training.rooms_model import RoomNet
from vision.errors import DataError
from vision.rooms import Fusion, object_scores, softmax

PARAMS: dict[str, Any] = {
    "start": "lite0",
    "side": 64,
    "shares": {"places": {"test": 0.3, "val": 0.3}, "listings": {"test": 0.3, "val": 0.3}},
    "doubtful_below": 0.01,
    "epochs": 2,
    "batch": 8,
    "backbone_rate": 1e-3,
    "head_rate": 1e-2,
    "weight_decay": 0.0,
    "frozen_blocks": 5,
    "label_smoothing": 0.0,
    "mixup": 0.2,
    "turned": 0.25,
    "smallest_crop": 0.6,
    "average": 0.9,
    "blend": 0.8,
}


def write(path: Path, seed: int, hue: int) -> None:
    """A picture whose colour tells its room, different in every other way."""
    rng = np.random.default_rng(seed)
    noise = cv2.resize(rng.integers(0, 90, (5, 7, 3), np.uint8), (96, 80))
    noise[..., hue % 3] += np.uint8(80 + 80 * (hue // 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), noise)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the known layout with two rooms of Places and twelve homes."""
    root = tmp_path_factory.mktemp("data")
    for number in range(24):
        write(root / "rooms/places/kitchen" / f"{number:03}.jpg", number, 0)
        write(root / "rooms/places/bedroom" / f"{number:03}.jpg", 100 + number, 1)
    for number in range(6):
        write(root / "rooms/exterior" / f"{number:03}.jpg", 200 + number, 2)
        write(root / "rooms/other" / f"{number:03}.jpg", 300 + number, 3)
    for house in range(12):
        for hue, name in enumerate(("kitchen", "bedroom", "frontal", "bathroom")):
            write(root / "listings" / str(house) / f"{name}.jpg", 400 + 10 * house + hue, hue)
    (root / "listings/homes.json").write_text("[]")
    write(root / "coco/train/1.jpg", 900, 3)
    image = {"id": 1, "file_name": "1.jpg", "width": 96, "height": 80}
    coco = {"images": [image], "annotations": [], "categories": [{"id": 1, "name": "person"}]}
    (root / "coco/train.json").write_text(json.dumps(coco))
    return root


def test_houses_and_twins_stay_on_one_side(data: Path) -> None:
    samples = collect(data)
    parts = assign(samples, PARAMS["shares"])
    side: dict[tuple[str, str], set[str]] = {}
    for sample, part in zip(samples, parts, strict=True):
        side.setdefault((sample.source, sample.group), set()).add(part)
    assert all(len(found) == 1 for found in side.values())
    assert {s.room for s in samples if s.source == "listings"} == {
        "kitchen", "bedroom", "exterior", "bathroom",
    }  # fmt: skip
    assert "test" in parts
    assert "val" in parts


def test_unknown_room_folder(data: Path, tmp_path: Path) -> None:
    import shutil

    broken = Path(shutil.copytree(data, tmp_path / "data"))
    write(broken / "rooms/places/dungeon/000.jpg", 1, 0)
    with pytest.raises(DataError, match="dungeon"):
        collect(broken)


def test_training_learns_writes_and_resumes(data: Path, tmp_path: Path) -> None:
    train_rooms(data, tmp_path, PARAMS, seed=3)
    log = json.loads((tmp_path / "metrics.json").read_text())
    assert len(log) == PARAMS["epochs"]
    # chance is a quarter: colour alone tells these rooms apart
    assert log[-1]["val_accuracy"] > 0.6
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list((tmp_path / "test/both").iterdir())
    assert (tmp_path / "test/homes/homes.json").is_file()
    train_rooms(data, tmp_path, PARAMS | {"epochs": 3}, seed=3)
    longer = json.loads((tmp_path / "metrics.json").read_text())
    assert longer[:2] == log
    assert len(longer) == 3


def test_same_seed_same_weights(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 255, (16, 70, 70, 3), np.uint8)
    labels = np.arange(16) % len(TYPES)
    torch.manual_seed(1)
    start = RoomNet.start("lite0").state_dict()

    def run(name: str) -> torch.Tensor:
        net = RoomNet.start("lite0")
        net.load_state_dict(start)
        (tmp_path / name).mkdir()
        part = stack[:4], labels[:4]
        params = PARAMS | {"epochs": 1}
        return fine_tune(net, stack, labels, part, tmp_path / name, params, seed=5).rooms.weight

    assert torch.allclose(run("a"), run("b"), atol=1e-6)


def test_wrong_labels_are_doubted() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    # many features, each weak, as those of a network
    centres = rng.normal(0, 1, (3, 300))
    features = centres[labels] + rng.normal(0, 1, (300, 300))
    wrong = labels.copy()
    wrong[:9] = (wrong[:9] + 1) % 3
    groups = np.array([str(i) for i in range(300)])
    bad, _ = doubtful(features.astype(np.float32), wrong, groups, 0.2)
    assert bad[:9].all()
    assert bad[9:].mean() < 0.05


def test_turns_are_clockwise() -> None:
    pixels = np.zeros((90, 90, 3), np.uint8)
    pixels[:30] = 255  # bright on top
    seen = set()
    for seed in range(60):
        view, turn = augment(
            pixels, 60, np.random.default_rng(seed), {"smallest_crop": 0.95, "turned": 0.75}
        )
        edges = {
            0: view[:8].mean(),
            1: view[:, -8:].mean(),
            2: view[-8:].mean(),
            3: view[:, :8].mean(),
        }
        assert max(edges, key=lambda k: edges[k]) == turn
        seen.add(turn)
    assert seen == {0, 1, 2, 3}


def test_fusion_learns_what_objects_say() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 400)
    logits = rng.normal(0, 0.1, (400, 3)).astype(np.float32)
    objects = np.zeros((400, 2), np.float32)
    objects[labels == 1, 0] = 0.9
    fitted = fit_fusion(logits, objects, labels)
    assert fitted.log_loss < 0.6 * fitted.log_loss_without_objects
    fusion = Fusion(("bed", "tv"), fitted.of_logits, fitted.of_objects, fitted.offset)
    assert fusion(logits[0], np.array([0.9, 0], np.float32)).argmax() == 1


def test_fusion_of_useless_objects_is_temperature_scaling() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, (3000, 3))
    labels = np.array([rng.choice(3, p=softmax(row.astype(np.float32))) for row in truth * 0.5])
    noise = rng.random((3000, 2)).astype(np.float32)
    fitted = fit_fusion(truth.astype(np.float32), noise, labels)
    fusion = Fusion(("a", "b"), fitted.of_logits, fitted.of_objects, fitted.offset)
    honest = softmax((truth[0] * 0.5).astype(np.float32))
    assert np.abs(fusion(truth[0].astype(np.float32), noise[0]) - honest).max() < 0.08


def test_object_scores_take_the_best() -> None:
    from vision.findings import Detection

    found = [Detection(label="bed", score=s, x1=0, y1=0, x2=1, y2=1) for s in (0.2, 0.7, 0.4)]
    assert object_scores(found, ("bed", "tv")).tolist() == pytest.approx([0.7, 0])


def test_sources_without_shares_are_for_training() -> None:
    samples = [Sample(Path(str(i)), "other", "coco", str(i)) for i in range(50)]
    assert set(assign(samples, {})) == {"train"}
