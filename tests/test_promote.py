"""A retrained bundle replaces the one in use only when it is no worse; real files throughout."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.made_bundles import write_bundle, write_coco, write_photos
from training.evaluate.labelled import read_yolo
from training.evaluate.paired import compare_objects
from training.learned import TRAINING_PHOTOS, marks
from training.manifests import fingerprint, write_manifest
from training.promote import Verdict, comparable, judge_challenger
from vision.bundle import models_folder, read_manifest
from vision.errors import BundleDamaged, BundleUnsuitable, DataError
from vision.objects import Objects
from vision.photo import decode

SHIPPED = models_folder() / "objects"
FEW = 40


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos") / "clean", FEW)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder whose detector draws its boxes two pixels off."""
    root = tmp_path_factory.mktemp("models")
    write_bundle(root / "objects", shift=(2, 2, 2))
    return root


def judged(models: Path, challenger: Path, **sources: Path | list[Path]) -> Verdict:
    given = {n: [p] if isinstance(p, Path) else p for n, p in sources.items()}
    return judge_challenger(models / "objects", challenger, models, given)


def changed(bundle: Path, **changes: object) -> Path:
    write_manifest(bundle, read_manifest(bundle).model_copy(update=changes))
    return bundle


def figures(found: Verdict) -> dict[str, tuple[float, float, float]]:
    return {one.name: (one.value, one.low, one.high) for one in found.figures}


def test_a_better_one_may_replace(models: Path, photos: Path, tmp_path: Path) -> None:
    found = judged(models, write_bundle(tmp_path / "new"), yolo=photos)
    assert found.reasons == ()
    told = figures(found)
    assert told["promote.yolo.challenger.objects.map50_95"][0] == pytest.approx(1, abs=0.01)
    value, low, high = told["promote.yolo.difference.objects.map50_95"]
    assert 0 < low <= value <= high
    for name in ("red", "green", "blue"):
        assert told[f"promote.yolo.difference.objects.map50_95.{name}"][0] > 0


def test_an_equal_one_may_replace(models: Path, photos: Path, tmp_path: Path) -> None:
    """Other thresholds, the same boxes: no difference, and no doubt about it."""
    new = write_bundle(tmp_path / "new", shift=(2, 2, 2), threshold=0.45)
    found = judged(models, new, yolo=photos)
    assert found.reasons == ()
    assert figures(found)["promote.yolo.difference.objects.map50_95"] == (0, 0, 0)


def test_a_worse_one_is_refused_with_every_reason(
    models: Path, photos: Path, tmp_path: Path
) -> None:
    found = judged(models, write_bundle(tmp_path / "new", shift=(4, 4, 4)), yolo=photos)
    text = "; ".join(found.reasons)
    assert "yolo: it is worse: objects.map50_95 " in text
    for name in ("red", "green", "blue"):
        assert f"clearly worse: objects.map50_95.{name}" in text


def test_a_class_that_is_clearly_worse_is_refused(
    models: Path, photos: Path, tmp_path: Path
) -> None:
    """Better on the whole, but one class has paid for it."""
    found = judged(models, write_bundle(tmp_path / "new", shift=(0, 0, 2.5)), yolo=photos)
    assert figures(found)["promote.yolo.difference.objects.map50_95"][1] > 0
    assert len(found.reasons) == 1
    assert "clearly worse: objects.map50_95.blue" in found.reasons[0]


def test_thresholds_that_hide_everything_are_refused(
    models: Path, photos: Path, tmp_path: Path
) -> None:
    """mAP does not know of thresholds; who uses the model does."""
    found = judged(models, write_bundle(tmp_path / "new", threshold=0.99), yolo=photos)
    assert len(found.reasons) == 1
    assert "clearly worse: objects.f1" in found.reasons[0]


def test_too_few_photos_tell_nothing(models: Path, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "clean", 5)
    found = judged(models, write_bundle(tmp_path / "new"), yolo=photos)
    assert "5 photos are too few" in found.reasons[0]


def test_what_may_be_worse_is_refused() -> None:
    from training.evaluate.paired import Comparison, Paired
    from training.promotion_rules import reasons

    random = np.random.default_rng(1)
    ours = 0.5 + random.normal(0, 0.002, 301)
    wide = ours + 0.005 + random.normal(0, 0.03, 301)
    wide[0] = ours[0] + 0.005
    one = Paired("objects.map50_95", "AP", 100, 500, ours, wide)
    assert "cannot tell" in reasons("yolo", Comparison(one, (), {}))[0]
    sure = Paired("objects.map50_95", "AP", 100, 500, ours, ours + 0.005)
    assert reasons("yolo", Comparison(sure, (), {})) == []
    # a class with few objects says nothing
    bad = Paired("objects.map50_95.bed", "AP", 20, 29, ours, ours - 0.1)
    assert reasons("yolo", Comparison(sure, (), {"bed": bad})) == []


def test_classes_that_no_photo_labels_must_be_seen_as_before(models: Path, tmp_path: Path) -> None:
    """Labels of two classes alone: the third must not be spoiled unseen."""
    photos = write_photos(tmp_path / "clean", FEW, ("red", "green"))
    kept = write_bundle(tmp_path / "kept", shift=(0, 0, 2))
    assert judged(models, kept, yolo=photos).reasons == ()
    blind = write_bundle(tmp_path / "blind", shift=(0, 0, 2), gain=(1, 1, 0))
    (reason,) = judged(models, blind, yolo=photos).reasons
    assert reason.startswith("blue: no photo labels any, and it agrees with")
    none = write_photos(tmp_path / "none", FEW, ("red",))
    for file in (none / "images").iterdir():  # nothing but red in them
        picture = np.asarray(cv2.imread(str(file)))
        picture[:, :, :2] = 10
        cv2.imwrite(str(file), picture)
    (reason,) = judged(models, kept, yolo=none).reasons
    assert "green, blue: no photo labels any, and the champion reports only 0" in reason


def test_photos_with_other_labels_measure_the_rest(models: Path, tmp_path: Path) -> None:
    doors = write_photos(tmp_path / "clean", FEW, ("red", "green"))
    names = ("blue", "zebra")
    coco = list(write_coco(tmp_path, write_photos(tmp_path / "more", FEW, ("blue",), 1), names))
    blind = write_bundle(tmp_path / "blind", gain=(1, 1, 0))
    found = judged(models, blind, yolo=doors, coco=coco)
    assert any(reason.startswith("coco: it is worse") for reason in found.reasons)
    found = judged(models, write_bundle(tmp_path / "new"), yolo=doors, coco=coco)
    assert found.reasons == ()
    assert {"promote.yolo.difference.objects.map50_95.red",
            "promote.coco.difference.objects.map50_95.blue"} <= set(figures(found))  # fmt: skip


def test_the_pair_is_surer_than_its_parts(models: Path, photos: Path, tmp_path: Path) -> None:
    old, new = Objects.load(models / "objects"), Objects.load(write_bundle(tmp_path / "new"))
    found = compare_objects(old, new, read_yolo(photos)).overall
    apart = found.difference[2] - found.difference[1]
    alone_ = np.ptp(np.nanpercentile(found.champion[1:], [2.5, 97.5]))
    again = np.ptp(np.nanpercentile(found.challenger[1:], [2.5, 97.5]))
    assert apart < alone_ + again + 1e-9
    assert found.cases == sum(len(p.boxes) for p in read_yolo(photos).photos)


def test_bundles_that_cannot_stand_there_are_errors(models: Path, tmp_path: Path) -> None:
    champion = models / "objects"
    for number, (changes, said) in enumerate(
        (
            ({"classes": ("red", "green", "pink")}, "other classes"),
            ({"task": "classify"}, "other task"),
            ({"outputs": ("found", "more")}, "other outputs"),
            ({"thresholds": {}}, "other classes with a threshold"),
            ({"input": read_manifest(SHIPPED).input}, "other input"),
        )
    ):
        new = changed(write_bundle(tmp_path / str(number)), **changes)  # type: ignore[arg-type]
        with pytest.raises(BundleUnsuitable, match=said):
            comparable(champion, new)
    shutil.copytree(champion, tmp_path / "copy")
    with pytest.raises(DataError, match="nothing to promote"):
        comparable(champion, changed(tmp_path / "copy", version="2", extra={
            **read_manifest(champion).extra, "labels": {"revision": "doors@2"}}))  # fmt: skip
    damaged = write_bundle(tmp_path / "damaged")
    (damaged / "model.onnx").write_bytes(b"no model")
    with pytest.raises(BundleDamaged):
        comparable(champion, damaged)


@pytest.mark.parametrize(
    "extra", [{}, {"branches": 3}, {"branches": [{"classes": ["pink"], "slope": 1, "offset": 0}]}]
)
def test_a_manifest_that_leads_nowhere_is_an_error(
    models: Path, photos: Path, tmp_path: Path, extra: dict[str, object]
) -> None:
    with pytest.raises(BundleDamaged):
        judged(models, changed(write_bundle(tmp_path / "new"), extra=extra), yolo=photos)


def test_photos_that_the_challenger_learned_from_are_an_error(
    models: Path, photos: Path, tmp_path: Path
) -> None:
    new = write_bundle(tmp_path / "new")
    changed(new, data={"mine": fingerprint(photos)})
    with pytest.raises(DataError, match=r"trained on these very photos \(mine\)"):
        judged(models, new, yolo=photos)
    one = photos / "images" / "007.png"
    copy = tmp_path / "copy.jpg"  # written again and larger: still the same photo
    larger = cv2.resize(np.asarray(cv2.imread(str(one))), (128, 128), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(copy), np.asarray(larger), [cv2.IMWRITE_JPEG_QUALITY, 95])
    old = read_manifest(new)
    changed(new, data={}, extra={**old.extra, TRAINING_PHOTOS: marks([copy])})
    with pytest.raises(DataError, match=r"learned from 1 of the 40 photos.*007\.png"):
        judged(models, new, yolo=photos)


def test_a_set_that_only_thresholds_were_chosen_on_is_none(
    models: Path, photos: Path, tmp_path: Path
) -> None:
    new = write_bundle(tmp_path / "new")
    rule = "largest F1 of the branch on val (0.7)"
    before = read_manifest(new).thresholds
    limits = {name: one.model_copy(update={"rule": rule}) for name, one in before.items()}
    changed(new, data={"val": fingerprint(photos)}, thresholds=limits)
    assert judged(models, new, yolo=photos).reasons == ()


def test_rooms_are_compared_by_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped bundle against one whose answers are turned round."""
    known = read_manifest(models_folder() / "rooms").classes
    random = np.random.default_rng(0)
    for room in known:
        (tmp_path / "photos" / room).mkdir(parents=True)
        for number in range(4):
            small = random.integers(0, 255, (6, 8, 3), np.uint8)
            picture = cv2.resize(small, (160, 120), interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(tmp_path / "photos" / room / f"{number}.png"), np.asarray(picture))
    champion, challenger = models_folder() / "rooms", tmp_path / "rooms"
    shutil.copytree(champion, challenger)
    extra = read_manifest(champion).extra
    turned = {**extra["fusion"], "offset": [-v for v in extra["fusion"]["offset"]]}
    changed(challenger, extra={**extra, "fusion": turned})
    found = judge_challenger(
        champion, challenger, models_folder(), {"rooms": [tmp_path / "photos"]}
    )
    told = figures(found)
    value = told["promote.rooms.difference.rooms.accuracy"][0]
    both = [told[f"promote.rooms.{who}.rooms.accuracy"][0] for who in ("challenger", "champion")]
    assert value == pytest.approx(both[0] - both[1])
    assert {f"promote.rooms.difference.rooms.accuracy.{room}" for room in known} <= set(told)
    assert "lists no training photos" in capsys.readouterr().err


def test_the_shipped_model_with_spoiled_weights_is_refused(tmp_path: Path) -> None:
    """On photos whose labels are what the shipped model surely sees."""
    import ultralytics

    folder = tmp_path / "clean"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    model = Objects.load(SHIPPED)
    (folder / "names.txt").write_text("\n".join(model.classes))
    random = np.random.default_rng(0)
    for source in sorted((Path(ultralytics.__file__).parent / "assets").glob("*.jpg")):
        whole = np.asarray(cv2.imread(str(source)))
        for number in range(16):
            x, y = (int(random.integers(0, size // 5)) for size in whole.shape[1::-1])
            picture = whole[y : y + whole.shape[0] * 4 // 5, x : x + whole.shape[1] * 4 // 5]
            path = folder / "images" / f"{source.stem}{number}.jpg"
            cv2.imwrite(str(path), picture[:, :: -1 if number % 2 else 1])
            found = [d for d in model.detect(decode(path.read_bytes()).pixels) if d.score > 0.5]
            (folder / "labels" / f"{path.stem}.txt").write_text(
                "".join(
                    f"{model.classes.index(d.label)} {(d.x1 + d.x2) / 2} {(d.y1 + d.y2) / 2} "
                    f"{d.x2 - d.x1} {d.y2 - d.y1}\n"
                    for d in found
                )
            )
    spoiled = variant(tmp_path / "spoiled", 1.0)
    found_ = judge_challenger(SHIPPED, spoiled, models_folder(), {"yolo": [folder]})
    assert any(reason.startswith("yolo: it is worse") for reason in found_.reasons)


def variant(folder: Path, change: float) -> Path:
    """The shipped model with its weights changed, under its own hash."""
    import onnx
    from onnx import numpy_helper

    shutil.copytree(SHIPPED, folder)
    file = folder / read_manifest(folder).file
    model = onnx.load(str(file))
    random = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim == 4:
            noise = random.normal(0, change, values.shape) * (np.abs(values).mean() + 1e-9)
            changed_ = (values + noise).astype(values.dtype)
            tensor.CopyFrom(numpy_helper.from_array(changed_, tensor.name))
    data = model.SerializeToString()
    file.write_bytes(data)
    return changed(folder, sha256=hashlib.sha256(data).hexdigest())
