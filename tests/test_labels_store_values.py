"""The label store's pure parts: matching, verdicts, turns of checks, agreement, statistics."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.agreement import kappa, report, share
from labels.boxes import Box, LabelledImage, LabelSet
from labels.digest import digest, on_grid
from labels.flags import Edit, Suggestion
from labels.merge import match, overlap
from labels.stats import count, spread
from labels.turns import checks_ahead, is_check_turn
from labels.verdict import Verdict, edits_of, score, verdict
from tests.label_sets import door, label_set, moved
from training.intervals import wilson

corners = st.tuples(*[st.integers(0, 900)] * 2, *[st.integers(1, 100)] * 2).map(
    lambda c: (c[0] / 1000, c[1] / 1000, (c[0] + c[2]) / 1000, (c[1] + c[3]) / 1000)
)
boxes = st.lists(st.builds(lambda label, at: Box(label, *at), st.sampled_from("ab"), corners))


@given(boxes, boxes)
def test_matching_pairs_every_box_once(old: list[Box], new: list[Box]) -> None:
    old = [replace(box, id=f"box_{place}") for place, box in enumerate(old)]
    pairs = match(old, new)
    assert sorted(at for at, _ in pairs if at is not None) == list(range(len(old)))
    assert [place for _, place in pairs if place is not None] == list(range(len(new)))
    for at, place in pairs:
        if at is not None and place is not None:
            assert overlap(old[at].corners, new[place].corners) >= 0.5


@given(boxes)
def test_what_is_alike_is_the_same_box(found: list[Box]) -> None:
    old = [replace(box, id=f"box_{place}") for place, box in enumerate(found)]
    assert all(
        at is not None and place is not None and old[at].corners == found[place].corners
        for at, place in match(old, found[::-1][::-1])
    )


def test_ids_come_before_overlap() -> None:
    a, b = replace(door(0), id="a"), replace(door(1), id="b")
    drawn, carried = replace(b, id=None), replace(a, id="b", x1=0.9, x2=1.0)
    assert match([a, b], [drawn, carried]) == [(None, 0), (1, 1), (0, None)]


@given(boxes, st.floats(-4e-8, 4e-8))
def test_digest_does_not_see_order_or_rounding(found: list[Box], noise: float) -> None:
    def labels(boxes: list[Box]) -> LabelSet:
        return LabelSet(("a", "b"), (LabelledImage("x.jpg", 100, 50, tuple(boxes)),))

    kept = [box.at(*on_grid(box.corners)) for box in found]
    shaken = [
        box.at(*(min(1.0, max(0.0, value + noise)) for value in box.corners)) for box in kept[::-1]
    ]
    assert digest(labels(kept)) == digest(labels(shaken))
    if kept:
        assert digest(labels(kept[1:])) != digest(labels(kept))
        assert digest(labels([replace(kept[0], crowd=True), *kept[1:]])) != digest(labels(kept))


def test_whole_numbers_are_the_same_as_fractions() -> None:
    whole = Box("a", 0, -0.0, 1, 1)
    assert str(on_grid(whole.corners)) == "(0.0, 0.0, 1.0, 1.0)"


@given(st.integers(0, 60), st.integers(0, 80), st.integers(0, 12), st.integers(0, 12))
def test_open_tasks_fall_by_one(serial: int, tasks: int, checks: int, every: int) -> None:
    salt = "set_1 key:1"
    ahead = checks_ahead(serial, tasks, checks, every, salt)
    # the plain way: go through the turns one by one
    at, left, expected = serial, tasks, 0
    while left and every:
        if is_check_turn(at, every, salt) and expected < checks:
            expected += 1
        else:
            left -= 1
        at += 1
    assert ahead == expected


def test_turns_are_one_in_each_block() -> None:
    turns = [n for n in range(1000) if is_check_turn(n, 10, "a")]
    assert [n // 10 for n in turns] == list(range(100))
    assert len(Counter(n % 10 for n in turns)) == 10
    assert turns != [n for n in range(1000) if is_check_turn(n, 10, "b")]
    assert not any(is_check_turn(n, 0, "a") for n in range(100))


SHOWN = {"a": replace(door(0), id="a"), "b": replace(door(1), id="b")}


@pytest.mark.parametrize(
    ("flagged", "outcome", "edits", "what", "label"),
    [
        ("a", "reject", [], "kept", "door"),
        ("a", "skip", [], "skipped", None),
        ("a", "edit", [Edit("delete", None, "a")], "deleted", None),
        ("a", "edit", [Edit("delete", None, "b")], "kept", "door"),
        ("a", "edit", [Edit("relabel", None, "a", "handle")], "relabelled", "handle"),
        ("a", "edit", [Edit("move", None, "a", None, moved(door()).corners)], "moved", "door"),
        ("a", "edit", [Edit("move", None, "a", None, door().corners)], "kept", "door"),
        ("a", "edit", [Edit("change", None, "a", "x", moved(door()).corners)], "changed", "x"),
        (None, "reject", [], "nothing", None),
        (None, "edit", [Edit("add", "-", None, "x", (0.5, 0.5, 0.6, 0.6))], "added", "x"),
        (None, "edit", [Edit("delete", None, "b")], "nothing", None),
    ],
)
def test_verdict(
    flagged: str | None, outcome: str, edits: list[Edit], what: str, label: str | None
) -> None:
    found = verdict(SHOWN, flagged, outcome, edits)  # type: ignore[arg-type]
    assert found.what == what
    assert (found.box and found.box.label) == label
    assert Verdict.of_json(found.as_json()).category == found.category


def test_box_that_is_drawn_anew_is_the_same_object() -> None:
    edits = [
        Edit("delete", None, "a"),
        Edit("add", "-", None, "x", (0.8, 0.8, 0.9, 0.9)),
        Edit("add", "-", None, "door", moved(door()).corners),
    ]
    found = verdict(SHOWN, "a", "edit", edits)
    assert (found.what, found.box and found.box.corners) == ("moved", moved(door()).corners)
    overlooked = verdict(SHOWN, None, "edit", edits, (0.8, 0.8, 0.9, 0.9))
    assert overlooked.category == "added x"


def test_accepting_is_an_edit() -> None:
    for suggestion, op in (
        (Suggestion("move", "handle", (0, 0, 1, 1)), "change"),
        (Suggestion("relabel", "handle"), "change"),
        (Suggestion("delete"), "delete"),
        (Suggestion("add", "handle", (0, 0, 1, 1)), "add"),
    ):
        (edit,) = edits_of("accept", (), "a", suggestion)
        assert (edit.op, edit.label, edit.corners) == (op, suggestion.label, suggestion.corners)
    assert edits_of("reject", (), "a", None) == ()


def test_score() -> None:
    truth = door()
    assert score(Verdict("kept", truth), truth).right
    assert score(Verdict("kept", truth), truth).iou == pytest.approx(1)
    assert not score(Verdict("kept", moved(truth, 0.05)), truth).right
    assert not score(Verdict("kept", replace(truth, label="x")), truth).right
    assert not score(Verdict("deleted"), truth).right
    assert score(Verdict("deleted"), None).right
    assert not score(Verdict("kept", truth), None).right


@given(st.integers(0, 50), st.integers(1, 50))
def test_shares_are_wilsons(hits: int, more: int) -> None:
    found = share(hits, hits + more)
    assert (found.low, found.high) == pytest.approx(wilson(hits, hits + more))
    assert share(0, 0).share is None


def test_kappa() -> None:
    # Cohen's own example has 0.5 of agreement that chance explains to one third
    assert kappa([("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15) == (
        pytest.approx(0.4)
    )
    assert kappa([("a", "b"), ("b", "a")]) == -1
    assert kappa([("a", "a")]) is None
    assert kappa([]) is None


def test_edges_tell_how_a_labeler_draws() -> None:
    truth = Box("door", 0.2, 0.2, 0.4, 0.6)
    wide = Verdict("moved", Box("door", 0.18, 0.2, 0.42, 0.6))
    wider = Verdict("moved", Box("door", 0.16, 0.2, 0.44, 0.6))
    found = report(Counter(a=3), {"a": [(wide, truth), (wider, truth)]}, [])
    edges = {edge.name: edge for edge in found.labelers[0].edges}
    assert edges["left"].bias == pytest.approx(0.15)
    assert edges["right"].bias == pytest.approx(0.15)
    assert edges["top"].bias == 0
    assert edges["left"].spread == pytest.approx(0.0707, abs=1e-3)
    assert found.agreed.n == 0


def test_counts_of_a_set() -> None:
    labels = label_set(2, 2)
    big = Box("handle", 0, 0, 1, 1, by="ben")
    images = (replace(labels.images[0], boxes=(*labels.images[0].boxes, big)), labels.images[1])
    found = count(replace(labels, images=(*images, LabelledImage("c.jpg", 9, 9))))
    assert (found.images, found.empty, found.boxes) == (3, 1, 5)
    assert [(one.name, one.boxes, one.images) for one in found.classes] == [
        ("door", 4, 2),
        ("handle", 1, 1),
        ("cabinet door", 0, 0),
    ]
    assert (found.classes[0].small, found.classes[0].medium, found.classes[0].large) == (0, 4, 0)
    assert found.classes[1].large == 1
    assert found.classes[1].side is not None
    assert found.classes[1].side.median == 1
    assert found.labelers == {"unknown": 4, "ben": 1}
    assert spread([]) is None
