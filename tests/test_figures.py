"""The one form of figures, and the intervals: coverage, exactness at the ends, repeatability."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from training.figures import Figure, FigureSet, code_version, data_used, share, show
from training.intervals import (
    calibration_error,
    calibration_interval,
    centred,
    clustered_share,
    percentiles,
    resamples,
    statistic_interval,
    wilson,
)

KEYS = ["command", "data", "code", "models", "figures"]


def example() -> FigureSet:
    return FigureSet(
        command="homelens evaluate rooms photos",
        data={"photos": "0" * 64},
        code="abc",
        models={"rooms": "1" * 64},
        figures=(share("rooms.accuracy", 9, 10),),
    )


def test_json_is_one_object_of_the_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    show(example(), as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == KEYS
    assert list(printed["figures"][0]) == ["name", "value", "low", "high", "n", "unit"]
    assert FigureSet.model_validate(printed) == example()


def test_table_names_value_interval_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    show(example(), as_json=False)
    printed = capsys.readouterr().out
    assert "rooms.accuracy" in printed
    assert "0.9000" in printed
    assert "share" in printed


def test_a_figure_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValidationError, match="finite"):
        Figure(name="x", value=float("nan"), low=0, high=1, n=1, unit="share")
    with pytest.raises(ValidationError):
        Figure(name="x", value=0.5, low=0, high=1, n=0, unit="share")


def test_a_missing_figure_is_named() -> None:
    assert example().value("rooms.accuracy") == 0.9
    with pytest.raises(KeyError, match=r"rooms\.accuracy"):
        example().value("rooms.ece")


def test_code_version_starts_with_the_commit_of_the_checkout() -> None:
    root = Path(__file__).resolve().parent.parent
    if (root / ".git").exists():
        head = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        assert code_version() in (head, f"{head}-dirty")
    else:
        assert code_version().startswith("homelens ")


def test_data_is_known_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    first = data_used([tmp_path])
    assert list(first) == [str(tmp_path)]
    (tmp_path / "a.txt").write_text("two")
    assert data_used([tmp_path]) != first


def test_wilson_agrees_with_published_values() -> None:
    # Newcombe 1998, table I: 81 of 263, and 0 of 20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@settings(deadline=None)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    hits, n = case
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert wilson(n - hits, n) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(hits, n)


def test_resamples_draw_every_unit_and_repeat_exactly() -> None:
    drawn = resamples(30, 100)
    assert (drawn.sum(axis=1) == 30).all()
    assert (drawn == resamples(30, 100)).all()
    assert (drawn != resamples(30, 100, seed=8)).any()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(30), abs=0.5)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from("abcdef")), min_size=1, max_size=60),
)
def test_clustered_share_lies_in_0_to_1(cases: list[tuple[bool, str]]) -> None:
    low, high = clustered_share([hit for hit, _ in cases], [name for _, name in cases])
    assert 0 <= low <= high <= 1


def test_clusters_widen_the_interval_and_perfection_is_not_certain() -> None:
    # 40 homes of 15 cases, each home all right or all wrong: 600 cases know no more than 40
    hits = [home % 10 != 0 for home in range(40) for _ in range(15)]
    homes = [str(home) for home in range(40) for _ in range(15)]
    low, high = clustered_share(hits, homes)
    plain_low, plain_high = wilson(sum(hits), len(hits))
    assert high - low > 2 * (plain_high - plain_low)
    assert clustered_share([True] * 600, homes) == pytest.approx(wilson(40, 40))


def test_percentiles_leave_out_the_undefined() -> None:
    assert percentiles([float("nan"), *range(101)]) == pytest.approx((2.5, 97.5))


@settings(deadline=None)
@given(st.floats(0, 1), st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_centred_holds_the_value(value: float, replicates: list[float]) -> None:
    low, high = centred(value, replicates)
    assert 0 <= low <= value <= high <= 1


def test_the_interval_of_the_median_covers_it_19_times_in_20() -> None:
    random = np.random.default_rng(3)
    trials = [
        statistic_interval(random.normal(10, 2, 60), lambda v: np.median(v, axis=-1))
        for _ in range(200)
    ]
    covered = sum(low <= 10 <= high for low, high in trials)
    assert 180 <= covered <= 199


def test_a_statistic_over_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="last axis"):
        statistic_interval([1.0, 2.0, 3.0], lambda v: np.asarray(np.median(v)))
    with pytest.raises(ValueError, match="nothing"):
        statistic_interval([], lambda v: np.median(v, axis=-1))


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_calibration_error_is_bounded(cases: list[tuple[float, bool]]) -> None:
    confidence = np.array([c for c, _ in cases])
    correct = np.array([float(r) for _, r in cases])
    error = calibration_error(confidence, correct)
    assert abs(float(np.mean(correct - confidence))) - 1e-9 <= error <= 1 + 1e-9
    assert error <= float(np.mean(np.abs(correct - confidence))) + 1e-9


def test_calibration_error_of_known_cases() -> None:
    always = np.full(150, 0.8)
    right = np.array([1.0, 1, 1, 1, 0] * 30)
    assert calibration_error(always, right) == pytest.approx(0)
    assert calibration_error(always, np.ones(150)) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="no photo"):
        calibration_error(np.zeros(0), np.zeros(0))


def test_calibration_interval_holds_the_value() -> None:
    random = np.random.default_rng(5)
    confidence = random.uniform(0.3, 1, 300)
    right = (random.uniform(0, 1, 300) < confidence).astype(float)
    value = calibration_error(confidence, right)
    low, high = calibration_interval(confidence, right)
    assert 0 <= low <= value <= high <= 0.2
    assert calibration_interval(confidence, right) == (low, high)
