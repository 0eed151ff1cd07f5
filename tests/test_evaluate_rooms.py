"""Scores of room answers that the test makes, the folder layout, and the pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from training.bench.synthetic import write_photos
from training.evaluate.cli import app
from training.evaluate.draw import draw_confusion, draw_worst
from training.evaluate.photos import photos_below
from training.evaluate.rooms import Seen, confusion, find_photos, score, worst
from training.figures import FigureSet
from training.intervals import wilson
from vision.errors import DataError
from vision.findings import RoomGuess

KNOWN = ("bedroom", "kitchen", "other")


def seen(truth: str, answer: str, probability: float, path: str = "a.jpg") -> Seen:
    guesses = [RoomGuess(type=answer, probability=probability)]
    guesses += [RoomGuess(type=t, probability=0) for t in KNOWN if t != answer]
    return Seen(Path(path), truth, tuple(guesses))


def unread(truth: str) -> Seen:
    return Seen(Path("broken.jpg"), truth, ())


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    gradient = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    assert cv2.imwrite(str(path), gradient)
    return path


def values(photos: list[Seen]) -> dict[str, float]:
    return {figure.name: figure.value for figure in score(photos)}


def test_figures_of_known_answers() -> None:
    photos = [seen("kitchen", "kitchen", 0.9)] * 8 + [seen("bedroom", "kitchen", 0.3)] * 2
    found = values(photos)
    assert found["rooms.accuracy"] == pytest.approx(0.8)
    assert found["rooms.accuracy.kitchen"] == 1
    assert found["rooms.accuracy.bedroom"] == 0
    # 15 bins of 10 photos are single photos: 8 gaps of 0.1 and 2 of 0.3
    assert found["rooms.ece"] == pytest.approx((8 * 0.1 + 2 * 0.3) / 10)
    # round(0.85 * 10) = 8 surest photos, all right
    assert found["rooms.accuracy_at_85"] == 1
    assert "rooms.accuracy.other" not in found


def test_intervals_are_wilsons_and_n_is_photos() -> None:
    photos = [seen("kitchen", "kitchen", 0.9)] * 30 + [seen("kitchen", "other", 0.5)] * 10
    accuracy = score(photos)[0]
    assert (accuracy.low, accuracy.high) == wilson(30, 40)
    assert (accuracy.n, accuracy.unit) == (40, "share")


def test_unreadable_photos_are_wrong_but_not_miscalibrated() -> None:
    photos = [seen("kitchen", "kitchen", 1.0)] * 3 + [unread("kitchen")]
    figures = {figure.name: figure for figure in score(photos)}
    assert figures["rooms.accuracy"].value == 0.75
    assert figures["rooms.ece"].value == 0
    assert figures["rooms.ece"].n == 3
    with pytest.raises(DataError, match="no photo could be read"):
        score([unread("kitchen")])


def test_ties_of_confidence_do_not_flatter() -> None:
    photos = [seen("kitchen", "kitchen", 0.5)] * 17 + [seen("kitchen", "other", 0.5)] * 3
    assert values(photos)["rooms.accuracy_at_85"] == pytest.approx(14 / 17)


answers = st.builds(seen, st.sampled_from(KNOWN), st.sampled_from(KNOWN), st.floats(0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(answers | st.builds(unread, st.sampled_from(KNOWN)), min_size=1, max_size=40))
def test_figures_agree_with_the_confusion_matrix(photos: list[Seen]) -> None:
    rows, columns, counts = confusion(photos)
    assert sum(map(sum, counts)) == len(photos)
    right = sum(counts[rows.index(room)][columns.index(room)] for room in rows)
    if not any(photo.guesses for photo in photos):
        return
    for figure in score(photos):
        assert 0 <= figure.low <= figure.value <= figure.high <= 1, figure.name
    assert values(photos)["rooms.accuracy"] == pytest.approx(right / len(photos))


def test_worst_are_the_surest_mistakes() -> None:
    photos = [
        seen("kitchen", "kitchen", 0.99),
        seen("kitchen", "other", 0.4, "b.jpg"),
        seen("kitchen", "bedroom", 0.8, "c.jpg"),
    ]
    assert [photo.path.name for photo in worst(photos)] == ["c.jpg", "b.jpg"]
    assert len(worst(photos, most=1)) == 1


def test_photos_are_found_by_content_and_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(tmp_path / "kitchen" / "a.jpg")
    picture(tmp_path / "kitchen" / "deep" / "b.png").rename(tmp_path / "kitchen" / "deep" / "b")
    (tmp_path / "kitchen" / "broken.JPG").write_bytes(b"no picture")
    (tmp_path / "kitchen" / "notes.txt").write_text("ours")
    (tmp_path / "kitchen" / ".hidden.jpg").write_bytes(b"")
    (tmp_path / "bedroom").mkdir()
    found = find_photos(tmp_path, KNOWN)
    assert [(p.name, room) for p, room in found] == [
        ("a.jpg", "kitchen"),
        ("broken.JPG", "kitchen"),
        ("b", "kitchen"),
    ]
    said = capsys.readouterr()
    assert "notes.txt" in said.err
    assert said.out == ""
    assert photos_below(tmp_path / "bedroom") == ([], [])


def test_wrong_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        find_photos(tmp_path / "none", KNOWN)
    with pytest.raises(DataError, match="has no folder"):
        find_photos(tmp_path, KNOWN)
    (tmp_path / "kitchen").mkdir()
    with pytest.raises(DataError, match="holds no photo"):
        find_photos(tmp_path, KNOWN)
    (tmp_path / "cellar").mkdir()
    with pytest.raises(DataError, match=r"cellar.*bedroom, kitchen, other"):
        find_photos(tmp_path, KNOWN)


def test_pictures_are_drawn(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg")
    photos = [
        seen("kitchen", "bedroom", 0.8, str(path)),
        seen("kitchen", "kitchen", 0.9, str(path)),
        Seen(tmp_path / "broken.jpg", "bedroom", ()),
    ]
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    draw_confusion(photos, tmp_path / "out" / "confusion.png")
    assert draw_worst(photos, tmp_path / "out" / "mistakes.png")
    for name in ("confusion.png", "mistakes.png"):
        drawn = cv2.imread(str(tmp_path / "out" / name))
        assert drawn is not None
        assert drawn.std() > 5
    assert not draw_worst(photos[1:2], tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_the_command_prints_figures_and_draws(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for room in ("kitchen", "bedroom"):
        (photos / room).mkdir(parents=True)
        for path in write_photos(photos / room, 320, 240):
            assert path.is_file()
    (photos / "kitchen" / "broken.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["rooms", str(photos), "--json", "--out", str(out)])
    assert result.exit_code == 0, result.output
    printed = FigureSet.model_validate_json(result.stdout)
    assert printed.figures[0].n == 7
    assert "broken.jpg counts as wrong" in result.stderr
    assert {path.name for path in out.iterdir()} == {"confusion.png", "mistakes.png"}
    # each photo lies under both labels: at most one of the two can be right
    assert printed.value("rooms.accuracy") <= 3 / 7
