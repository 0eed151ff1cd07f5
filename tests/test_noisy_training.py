"""Training on weighted boxes, out-of-fold views, the refiner, the commands: tiny real models."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from labels.formats import read
from labels.views import Found, iou
from tests.homelens_command import homelens
from tests.made_doors import write_clean_boxes, write_doors, write_weights
from training.bench.noise import read_levels
from training.bench.noise_setup import Size, prepare
from training.check_labels import check_labels, out_of_fold
from training.noisy.folds import MODELS, PAIRS, examples, fold_views, quarters
from training.noisy.kept import joined_views, read_found, write_found
from training.noisy.predict import find
from training.noisy.refiner import Sight, clean_boxes, shaken, train_refiner
from training.noisy.trainer import Example, Recipe, WeightedAssigner, fit
from vision.errors import DataError, SettingsError

pytestmark = pytest.mark.filterwarnings("ignore")  # of ultralytics and torch


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("noisy")
    write_doors(root / "doordetect", 40)
    write_clean_boxes(root / "coco", root / "doordetect", 20)
    write_weights(root / "start.pt")
    return root


def tiny(data: Path) -> Recipe:
    return Recipe(data / "start.pt", image_size=64, epochs=1, batch=8, close_mosaic=0)


def test_weights_scale_the_targets_and_nothing_else() -> None:
    plain, weighted = (WeightedAssigner(topk=5, num_classes=2, stride=[8, 16, 32]) for _ in "ab")
    random = torch.Generator().manual_seed(1)
    scores = torch.rand(1, 64, 2, generator=random)
    points = torch.stack(torch.meshgrid(torch.arange(8), torch.arange(8), indexing="xy"), -1)
    anchors = points.reshape(-1, 2).float() * 8 + 4
    boxes = torch.cat([anchors - 12, anchors + 12], 1)[None]
    truth = torch.tensor([[[4.0, 4, 28, 28], [36, 36, 60, 60]]])
    labels, mask = torch.tensor([[[0.0], [1.0]]]), torch.ones(1, 2, 1)
    full = plain(scores, boxes, anchors, labels, truth, mask)
    half = weighted(scores, boxes, anchors, labels + torch.tensor([[[0.0], [0.6]]]), truth, mask)
    assert (full[3] == half[3]).all()
    assert (full[1] == half[1]).all()
    assert torch.allclose(full[2][..., 0], half[2][..., 0])
    assert torch.allclose(full[2][..., 1] * 0.4, half[2][..., 1])
    assert full[2][..., 1].sum() > 0


def test_a_weight_of_nothing_is_refused_no_class(data: Path, tmp_path: Path) -> None:
    labels = read("yolo", data / "doordetect")
    paths = {image.name: data / "doordetect/images" / image.name for image in labels.images}
    given = examples(labels, paths)[:8]
    given[0] = Example(given[0].path, given[0].classes, given[0].corners, given[0].weights * 0)
    model = fit(given, labels.classes, tiny(data), 1, tmp_path)
    found = find(model, [one.path for one in given], 64)
    assert len(found) == 8
    for one in found:
        assert one.scores.shape == (len(one.labels), 4)
        assert ((one.corners >= 0) & (one.corners <= 1)).all()
        assert (np.diff(one.best) <= 1e-6).all()


def test_every_image_is_seen_by_two_models_that_never_trained_on_it(
    data: Path, tmp_path: Path
) -> None:
    labels = read("yolo", data / "doordetect")
    parts = quarters(labels, 1)
    assert set.union(*parts) == {image.name for image in labels.images}
    for name in set.union(*parts):
        trained = [n for n, pair in enumerate(PAIRS) if any(name in parts[q] for q in pair)]
        assert len(trained) == MODELS - 2
    paths = {image.name: data / "doordetect/images" / image.name for image in labels.images}
    views = fold_views(labels, paths, tiny(data), 1, 2, tmp_path)
    own = parts[PAIRS[2][0]] | parts[PAIRS[2][1]]
    assert set(views) == set(paths) - own
    assert all(len(found) == 2 and found[0].model == 2 for found in views.values())


def test_views_are_kept_as_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    views = {
        name: [Found(random.random((n, 4)), random.random((n, 3)), np.arange(n) % 3, n)]
        for name, n in (("a/b.jpg", 3), ("é.jpg", 0), ("c.jpg", 1))
    }
    write_found(tmp_path / "x.npz", views)
    back = read_found(tmp_path / "x.npz")
    assert list(back) == list(views)
    for name, (found,) in views.items():
        assert (back[name][0].corners == found.corners).all()
        assert (back[name][0].scores == found.scores).all()
        assert back[name][0].model == found.model
    assert len(joined_views([views, views])["a/b.jpg"]) == 2


def test_the_refiner_pulls_edges_towards_the_object(data: Path) -> None:
    photos = clean_boxes(data / "coco/train.json", data / "coco/train")
    sight = Sight(data / "start.pt")
    refiner = train_refiner(sight, photos, seed=1)
    random = np.random.default_rng(5)
    before, after = [], []
    for path, corners in photos:  # random features see little: it must not make things worse
        rough = shaken(corners, random)
        refined = refiner.refine(sight.look(path), rough)
        before.append(iou(rough, corners).diagonal())
        after.append(iou(refined, corners).diagonal())
        assert (refined[:, 2:] > refined[:, :2]).all()
    assert np.concatenate(after).mean() > np.concatenate(before).mean()
    assert refiner.refine(sight.look(photos[0][0]), np.zeros((0, 4))).shape == (0, 4)


def test_an_interrupted_check_goes_on(data: Path, tmp_path: Path) -> None:
    labels = read("yolo", data / "doordetect")
    paths = {image.name: data / "doordetect/images" / image.name for image in labels.images}
    views = out_of_fold(labels, paths, tiny(data), 1, tmp_path)
    files = sorted(tmp_path.rglob("*.npz"))
    assert len(files) == MODELS
    kept = {file: file.stat().st_mtime_ns for file in files}
    files[0].unlink()
    again = out_of_fold(labels, paths, tiny(data), 1, tmp_path)
    assert set(again) == set(views)
    assert all(file.stat().st_mtime_ns == kept[file] for file in files[1:])


def test_too_few_photos_are_refused(data: Path, tmp_path: Path) -> None:
    labels = read("yolo", data / "doordetect")
    few = type(labels)(labels.classes, labels.images[:5])
    with pytest.raises(DataError, match="5 photos"):
        check_labels(few, {}, tiny(data), 1, tmp_path)


def test_the_commands_check_correct_and_revert_a_set(data: Path, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    where = ("--weights", str(data / "start.pt"), "--work", str(tmp_path / "work"))
    small = ("--image-size", "64", "--epochs", "1", "--json")
    doors = str(data / "doordetect")
    done = homelens("labels", "import", doors, "--set", "doors", "--format", "yolo", "--images",
                    f"{doors}/images", "--by", "ana", STATE=state)  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = homelens("labels", "check", "doors", *where, *small, "--out",
                    str(tmp_path / "sheet.png"), STATE=state)  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["revision"] == "doors@1"
    assert told["run"].startswith("run_")
    assert sum(told["rates"].values()) == pytest.approx(1)
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    coco = (str(data / "coco/train.json"), str(data / "coco/train"))
    done = homelens("labels", "correct", "doors", *where, *small, "--edges", *coco, STATE=state)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    changed = made["revision"] != "doors@1"
    assert changed == bool(sum(made["corrections"].values()))
    done = homelens("labels", "choose", "doors", *where, *small, STATE=state)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["photos"] == []  # no seller has agreed to anything


def test_the_parts_of_the_measurement_do_not_overlap(data: Path, tmp_path: Path) -> None:
    setup = prepare(data, data / "start.pt", tmp_path, Size(train=12))
    names = [set(setup.parts[part]) for part in ("train", "development", "test")]
    assert len(names[0]) == 12
    assert not names[0] & names[1] | names[0] & names[2] | names[1] & names[2]
    assert {image.name for image in setup.clean.images} == names[0]


@pytest.mark.parametrize("text", ["", "20,x", "10,30", "20,25"])
def test_levels_that_cannot_be_measured_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="levels"):
        read_levels(text)


def test_the_whole_measurement_runs_and_goes_on(data: Path, tmp_path: Path) -> None:
    run = ("bench", "noise", str(data), "--weights", str(data / "start.pt"), "--work",
           str(tmp_path / "work"), "--size", "16,64,1,1,1", "--choice-seeds", "1", "--json",
           "--levels", "20", "--out", str(tmp_path / "pictures"))  # fmt: skip
    first = homelens(*run)
    assert first.returncode == 0, first.stderr
    figures = {one["name"]: one for one in json.loads(first.stdout)["figures"]}
    for name in ("noise.map50_95.clean", "noise.map50_95.ours.jitter.20",
                 "noise.map50_95.naive.mixed.20",
                 "labels.error_ap", "labels.error_ap.objectlab", "review.boxes_to_half.gain",
                 "choice.ahead"):  # fmt: skip
        assert name in figures
    for picture in ("noise-recovery.png", "noise-review.png", "noise-choice.png"):
        assert (tmp_path / "pictures" / picture).stat().st_size > 5000
    assert not [n for n in figures if n.startswith("noise.") and n.endswith((".10", ".40"))]
    again = homelens(*run)  # everything is there: nothing is trained
    assert json.loads(again.stdout)["figures"] == json.loads(first.stdout)["figures"]
