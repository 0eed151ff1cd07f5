"""labels/: sightings, quality, correction, gain, profiles, choice - on simulated models."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score

from labels.boxes import Box, LabelSet
from labels.choose import choose
from labels.correct import correct
from labels.gain import ranked
from labels.locate import drawing_error, settled, share_of_drawn
from labels.objectlab import objectlab, overlooked_scores
from labels.profiles import profiles
from labels.quality import Quality, judge
from labels.views import Found, iou, join
from tests.label_views import CLASSES, drawn_by, seen, true_labels
from training.noise import Corrupted, corrupt

TRUE = true_labels(80)
VIEWS = seen(TRUE)


@pytest.fixture(scope="module")
def mixed() -> tuple[Corrupted, Quality]:
    noisy = corrupt(TRUE, "mixed", 0.2, seed=1)
    return noisy, judge(noisy.labels, VIEWS, seed=1)


def test_probabilities_sum_to_one_and_tell_wrong_boxes(mixed: tuple[Corrupted, Quality]) -> None:
    noisy, quality = mixed
    keys = list(quality.boxes)
    for one in quality.boxes.values():
        total = one.ok + one.badly_located + one.wrong_class + one.bogus
        assert total == pytest.approx(1)
        assert min(one.ok, one.badly_located, one.wrong_class, one.bogus) >= -1e-12
    wrong = np.array([key in noisy.errors for key in keys])
    ours = np.array([quality.boxes[key].wrong for key in keys])
    reference = objectlab(noisy.labels, quality.sightings)
    theirs = np.array([1 - reference[key] for key in keys])
    assert average_precision_score(wrong, ours) > average_precision_score(wrong, theirs)


def test_right_labels_are_mostly_believed() -> None:
    quality = judge(TRUE, VIEWS, seed=1)
    assert np.mean([one.wrong for one in quality.boxes.values()]) < 0.15


def test_estimated_rates_follow_the_noise(mixed: tuple[Corrupted, Quality]) -> None:
    few = corrupt(TRUE, "mixed", 0.05, seed=1)
    wrong = [1 - judge(few.labels, VIEWS, 1).rates["ok"], 1 - mixed[1].rates["ok"]]
    heavy = corrupt(TRUE, "mixed", 0.4, seed=1)
    wrong.append(1 - judge(heavy.labels, VIEWS, 1).rates["ok"])
    assert wrong == sorted(wrong)
    assert wrong[0] < 0.2 < wrong[2]


def test_overlooked_objects_are_found_where_boxes_were_left_out(
    mixed: tuple[Corrupted, Quality],
) -> None:
    noisy, quality = mixed
    missing: dict[str, list[Box]] = {}
    for name, box in noisy.missing:
        missing.setdefault(name, []).append(box)
    surest = [one for one in quality.overlooked if one.probability > 0.5]
    assert len(surest) > len(noisy.missing) / 3
    right = [
        any(iou(np.array([one.suggestion.corners]), np.array([b.corners]))[0, 0] > 0.5
            for b in missing.get(one.image, []))
        for one in surest
    ]  # fmt: skip
    assert np.mean(right) > 0.6


def test_correction_brings_labels_nearer_to_the_truth(mixed: tuple[Corrupted, Quality]) -> None:
    noisy, quality = mixed
    plan = correct(noisy.labels, quality, VIEWS)
    assert matched(plan.labels) > matched(noisy.labels) + 0.1
    assert set(plan.weights) == {image.name for image in noisy.labels.images}
    for image in plan.labels.images:
        weights = plan.weights[image.name]
        assert len(weights) == len(image.boxes)
        assert all(0 < weight <= 1 for weight in weights)
    before = {(i.name, p): b for i in noisy.labels.images for p, b in enumerate(i.boxes)}
    for one in plan.corrections:
        if one.place is not None:
            assert one.before == before[one.image, one.place]
        assert (one.action == "add") == (one.before is None)
        assert (one.action == "delete") == (one.after is None)


def matched(labels: LabelSet) -> float:
    """Share of true objects that have a box of their class with an IoU of .7."""
    right = total = 0
    for true, drawn in zip(TRUE.images, labels.images, strict=True):
        for box in true.boxes:
            same = [b.corners for b in drawn.boxes if b.label == box.label]
            best = iou(np.array([box.corners]), np.array(same).reshape(-1, 4)).max(initial=0)
            right, total = right + (best >= 0.7), total + 1
    return right / total


def test_the_drawing_error_grows_with_the_noise_and_is_none_on_clean_labels() -> None:
    errors = [drawing_error(corrupt(TRUE, "jitter", n, 1).labels, VIEWS) for n in (0, 0.2, 0.4)]
    assert errors[0] == 0
    assert 0 < errors[1] < errors[2]
    assert share_of_drawn(0) == 1
    assert share_of_drawn(0.4) < share_of_drawn(0.1) < 1


def test_jittered_boxes_settle_near_the_truth() -> None:
    noisy = corrupt(TRUE, "jitter", 0.3, seed=2)
    plan = correct(noisy.labels, judge(noisy.labels, VIEWS, 1), VIEWS)
    assert matched(plan.labels) > matched(noisy.labels) + 0.3


def test_clean_labels_do_not_move() -> None:
    plan = correct(TRUE, judge(TRUE, VIEWS, 1), VIEWS)
    moved = sum(one.action != "move" for one in plan.corrections)
    assert moved < 0.05 * 480
    assert matched(plan.labels) > 0.95


def test_where_nothing_is_seen_nothing_moves() -> None:
    nothing = Found(np.zeros((0, 4)), np.zeros((0, 3)), np.zeros(0, np.int64))
    corners = np.array([[0.1, 0.1, 0.4, 0.4]])
    still = settled("a", corners, np.array([0]), [nothing], 0.4, np.zeros(1))
    assert (still.corners == corners).all()


def test_the_queue_prefers_likely_costly_errors_of_rare_classes(
    mixed: tuple[Corrupted, Quality],
) -> None:
    noisy, quality = mixed
    flags = ranked(noisy.labels, quality)
    gains = [flag.gain_per_second for flag in flags]
    assert gains == sorted(gains, reverse=True)
    first = [flag for flag in flags if flag.place is not None][:60]
    hits = np.mean([(flag.image, flag.place) in noisy.errors for flag in first])
    every = np.mean([(i.name, p) in noisy.errors for i in noisy.labels.images
                     for p in range(len(i.boxes))])  # fmt: skip
    assert hits > every + 0.2
    slow = ranked(noisy.labels, quality, dict.fromkeys(
        ("badly_located", "wrong_class", "bogus", "overlooked"), 8.0))  # fmt: skip
    assert slow[0].gain_per_second < flags[0].gain_per_second


def test_objectlab_scores_every_box_and_the_overlooked(mixed: tuple[Corrupted, Quality]) -> None:
    noisy, quality = mixed
    assert set(objectlab(noisy.labels, quality.sightings)) == set(quality.boxes)
    assert all(
        0 <= score <= 1 for _, _, score in overlooked_scores(noisy.labels, quality.sightings)
    )


def test_a_loose_labeler_is_told_from_a_careful_one() -> None:
    labels = drawn_by(TRUE, ("ana", "ben"))
    loose = replace(
        labels,
        images=tuple(
            replace(i, boxes=tuple(widened(b) if b.by == "ben" else b for b in i.boxes))
            for i in labels.images
        ),
    )
    found = {one.by: one for one in profiles(loose, VIEWS)}
    assert "too loose" in found["ben"].says
    assert np.mean(found["ben"].bias) > np.mean(found["ana"].bias) + 0.05
    assert found["ana"].boxes + found["ben"].boxes <= 480
    assert "without a bias" in found["ana"].says


def widened(box: Box) -> Box:
    """A tenth more on each side, as far as the photo goes."""
    w, h = (box.x2 - box.x1) / 10, (box.y2 - box.y1) / 10
    return box.at(max(0, box.x1 - w), max(0, box.y1 - h), min(1, box.x2 + w), min(1, box.y2 + h))


def test_photos_that_models_disagree_about_are_chosen_first() -> None:
    unsure = {name: [replace(f, scores=f.scores * 0.55) for f in v] for name, v in VIEWS.items()}
    mixed_views = {**VIEWS, "000.jpg": unsure["000.jpg"], "001.jpg": unsure["001.jpg"]}
    sure = {n: [replace(f, scores=(f.scores > 0.3) * 0.98) for f in v] for n, v in VIEWS.items()}
    chosen = choose({**sure, "000.jpg": mixed_views["000.jpg"]}, {0: 10, 1: 10, 2: 10}, 3)
    assert chosen[0] == "000.jpg"
    assert len(set(chosen)) == 3
    assert choose({}, {}, 5) == []


def test_twins_are_not_chosen_one_after_the_other() -> None:
    twins = {f"twin{k}": VIEWS["005.jpg"] for k in range(3)}
    chosen = choose({**twins, "other": VIEWS["006.jpg"]}, {}, 2)
    assert "other" in chosen


corners_of = arrays(np.float64, (5, 2, 2), elements=st.floats(0, 0.99)).map(
    lambda a: np.concatenate([a.min(1), a.max(1) + 0.01], axis=1)
)


@settings(max_examples=50, deadline=None)
@given(corners_of, arrays(np.float64, (5, 3), elements=st.floats(0.02, 1)))
def test_one_view_alone_is_joined_to_itself(corners: np.ndarray, scores: np.ndarray) -> None:
    order = np.argsort(-scores.max(1), kind="stable")
    view = Found(corners[order], scores[order], scores[order].argmax(1))
    joined = join([view], same=1.1)  # nothing overlaps that much: every box stays alone
    assert len(joined.support) == 5
    assert np.allclose(np.sort(joined.corners, axis=0), np.sort(corners, axis=0))
    assert (joined.support == 1).all()
    assert np.allclose(iou(joined.corners, joined.corners).diagonal(), 1)


def test_two_models_that_agree_are_one_sighting() -> None:
    a = np.array([[0.1, 0.1, 0.5, 0.5]])
    views = [Found(a + shift, np.array([[0.8, 0.1, 0.1]]), np.array([0]), model)
             for model, shift in ((0, 0.0), (1, 0.02))]  # fmt: skip
    joined = join(views)
    assert joined.models.tolist() == [2]
    assert joined.corners == pytest.approx(a + 0.01)
    assert joined.best == pytest.approx([0.8])
    assert CLASSES[joined.labels[0]] == "door"


def test_an_image_without_views_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="without a view"):
        judge(TRUE, {}, 1)
