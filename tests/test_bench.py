"""The bench's parts: stopwatch, figures, child processes, synthetic photos, the picture."""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.bench.child import ROOT, Reference, run
from training.bench.draw import draw_stages
from training.bench.photos import find, large_ones, measure, run_figures
from training.bench.runs import Run, Stopwatch, p95, ratio_figures, stage_figures
from training.bench.stages import FINDINGS, FLOOR, time_floor
from training.bench.synthetic import COUNT, write_photos
from vision.checker import PhotoChecker
from vision.errors import DataError, HomelensError
from vision.photo import decode


def runs(stage: str, *wall: float, photo: str = "a") -> list[Run]:
    return [Run(photo, number, stage, ms, ms / 2) for number, ms in enumerate(wall)]


def test_the_stopwatch_tells_waiting_from_working() -> None:
    watch = Stopwatch()
    with watch("a", 1, "waiting"):
        time.sleep(0.2)
    with watch("a", 2, "working"):
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    waiting, working = watch.runs
    assert waiting.wall_ms >= 200
    assert waiting.cpu_ms < 150
    assert working.wall_ms >= 100  # other threads of the process count as work
    assert working.cpu_ms >= 199


def test_stage_figures_are_medians_with_their_large_photos() -> None:
    measured = runs("decode", 1, 2, 3, 4, 5) + runs("decode", 10, 20, 30, photo="b")
    figures = {figure.name: figure for figure in stage_figures(measured, {"b"})}
    assert figures["bench.decode_ms"].value == 4.5
    assert figures["bench.decode_ms"].n == 8
    assert figures["bench.decode_ms.12mp"].value == 20
    assert figures["bench.decode_cpu_ms"].value == 2.25
    assert figures["bench.decode_ms.p95"].value == pytest.approx(26.5)
    for figure in figures.values():
        assert figure.low <= figure.value <= figure.high
    assert "bench.decode_ms.12mp" not in {f.name for f in stage_figures(measured, set())}


def test_p95_is_along_the_last_axis() -> None:
    assert p95(np.arange(202.0).reshape(2, 101)) == pytest.approx([95, 196])


def test_ratios_are_paired_by_photo_and_round() -> None:
    measured = runs("copy", 10, 20, 90) + runs("floor_decode", 4, 8, 30)
    measured += runs("floor_encode", 1, 2, 15) + runs("copy", 7, photo="heic")
    [ratio] = ratio_figures(measured, "bench.copy_over_floor", ["copy"], list(FLOOR), set())
    assert ratio.value == 2
    assert ratio.n == 3
    names = [f.name for f in ratio_figures(measured, "x", ["copy"], list(FLOOR), {"a"})]
    assert names == ["x", "x.12mp"]
    assert ratio_figures(measured, "x", ["copy"], ["ultralytics"], set()) == []


def test_a_process_is_measured_from_start_to_exit() -> None:
    used = run([sys.executable, "-c", "import time; time.sleep(0.3); print('done')"])
    assert used.out == "done\n"
    assert used.seconds >= 0.3
    assert used.cpu_seconds < used.seconds


def test_peak_memory_is_the_childs_own() -> None:
    ballast = bytearray(300_000_000)  # this process is large: the child's figure must not be
    ballast[::4096] = b"x" * len(ballast[::4096])
    small = run([sys.executable, "-S", "-c", "pass"])
    large = run([sys.executable, "-S", "-c", "b = bytearray(120_000_000); b[::99] = b[::99]"])
    assert small.peak_mb < 60
    assert 120 < large.peak_mb < 200
    assert len(ballast) == 300_000_000


def test_a_failing_process_is_an_error_with_its_words() -> None:
    with pytest.raises(HomelensError, match="the reason"):
        run([sys.executable, "-c", "raise SystemExit('the reason')"])


def test_the_reference_needs_weights(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ultralytics weights"), Reference.start(tmp_path / "no.pt"):
        pass


def test_the_bench_itself_loads_no_torch() -> None:
    code = "import sys, training.bench.photos; print('torch' in sys.modules)"
    assert (
        run([sys.executable, "-c", f"import os; os.chdir({str(ROOT)!r}); {code}"]).out == "False\n"
    )


def test_synthetic_photos_are_photos_and_the_same_each_time(tmp_path: Path) -> None:
    first = write_photos(tmp_path, 640, 480)
    before = [path.read_bytes() for path in first]
    assert len(set(before)) == COUNT
    for path in first:
        photo = decode(path.read_bytes())
        assert (photo.width, photo.height) == (640, 480)
        assert photo.pixels.std() > 20
    assert [path.read_bytes() for path in write_photos(tmp_path, 640, 480)] == before


def test_photos_to_measure_are_readable_and_12_megapixels_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_photos(tmp_path, 320, 240)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    big = cv2.resize(cv2.imread(str(tmp_path / "synthetic-0.jpg")), (4032, 3024))
    cv2.imwrite(str(tmp_path / "big.jpg"), big)
    photos = find(tmp_path)
    assert [path.name for path in photos] == ["big.jpg"] + [f"synthetic-{n}.jpg" for n in range(3)]
    assert "broken.jpg" in capsys.readouterr().err
    assert large_ones(photos) == {str(tmp_path / "big.jpg")}
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="no readable photo"):
        find(tmp_path / "none")
    with pytest.raises(DataError, match="not a folder"):
        find(tmp_path / "nowhere")


def test_a_large_folder_is_thinned_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [path, *_] = write_photos(tmp_path, 64, 64)
    for number in range(250):
        (tmp_path / f"{number:03}.jpg").write_bytes(path.read_bytes())
    assert len(find(tmp_path)) == 85
    assert "85 of 253 photos" in capsys.readouterr().err


def test_the_floor_decodes_and_encodes(tmp_path: Path) -> None:
    [path, *_] = write_photos(tmp_path, 640, 480)
    watch = Stopwatch()
    time_floor("a", path.read_bytes(), 1, watch)
    assert [found.stage for found in watch.runs] == list(FLOOR)


def test_every_stage_is_run_in_every_counted_round(tmp_path: Path) -> None:
    photos = write_photos(tmp_path, 320, 240)[:2]
    measured = measure(photos, PhotoChecker.load(), None, rounds=2)
    for stage in ("findings", *FINDINGS, "copy", "copy_decode", "copy_find", "copy_encode", *FLOOR):
        done = [(found.photo, found.round) for found in measured if found.stage == stage]
        assert sorted(done) == [(str(path), n) for path in photos for n in (1, 2)], stage
    names = {figure.name for figure in run_figures(measured, set())}
    assert {"bench.findings_ms", "bench.copy_ms", "bench.copy_over_floor"} <= names
    assert "bench.ultralytics_ms" not in names


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    measured = [
        found
        for stage in ("decode", "objects", "copy_decode", "floor_decode", "floor_encode")
        for found in runs(stage, 5, 6, 7)
    ]
    draw_stages(measured, {"a"}, tmp_path / "out" / "bench.png")
    drawn = cv2.imread(str(tmp_path / "out" / "bench.png"))
    assert drawn is not None
    assert drawn.std() > 10
