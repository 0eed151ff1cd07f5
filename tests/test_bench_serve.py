"""The bench of the service: connections, load, figures by small known answers, one real run."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.homelens_command import assert_named_error, homelens
from training.bench.load import Answer, Load, arrive, customers, form, poisson
from training.bench.serve import bench_serve
from training.bench.serve_figures import closed_figures, overload_figures, ratio
from training.bench.serve_process import Service, ServiceEnded, State
from training.bench.serve_runs import Plan, Window
from training.bench.synthetic import write_photos
from training.bench.wire import Client, Reply
from training.figures import Figure
from vision.errors import HomelensError

HEAD = b"HTTP/1.1 200 OK\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(sent: float, ms: float, status: int = 201, late: float = 0.0) -> Answer:
    return Answer(sent - late, sent, sent + ms / 1e3, status)


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


@contextlib.asynccontextmanager
async def served(talk: Talk) -> AsyncIterator[Client]:
    """A client of a server that talks like this on every connection, as long as it stands."""
    talks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    client = Client("127.0.0.1", server.sockets[0].getsockname()[1], {"X-Of": "bench"})
    try:
        yield client
    finally:
        client.close()
        server.close()
        await asyncio.gather(*talks)


def test_a_connection_is_used_again() -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked.append(head + await reader.readexactly(4))
            writer.writelines([HEAD, b"o"])
            await asyncio.sleep(0.05)
            writer.write(b"k")

    async def run() -> tuple[Reply, Reply]:
        async with served(talk) as client:
            return (
                await client.send("POST", "/one", "text/plain", b"1234"),
                await client.send("POST", "/two", "text/plain", b"5678"),
            )

    first, second = asyncio.run(run())
    assert (first.status, first.body, first.headers[b"retry-after"]) == (200, b"ok", b"3")
    assert 0.045 < first.done - first.sent < 1
    assert second.sent >= first.done
    [one, two] = asked
    assert one.startswith(b"POST /one HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-Of: bench\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n1234" in one
    assert two.endswith(b"5678")


def test_an_answer_before_the_end_of_the_photo_ends_the_connection() -> None:
    connections = 0
    answered = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"ok")
        await answered.wait()

    async def run() -> list[int]:
        async with served(talk) as client:
            replies = [await client.send("POST", "/", "x/y", bytes(30_000_000)) for _ in range(2)]
            answered.set()
            return [reply.status for reply in replies]

    assert asyncio.run(run()) == [200, 200]
    assert connections == 2


def test_a_connection_without_an_answer_is_an_error() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD[:20])

    async def run() -> None:
        async with served(talk) as client:
            await client.send("GET", "/", "x/y", b"")

    with pytest.raises(ConnectionError, match="lost"):
        asyncio.run(run())


class Scripted:
    """A client whose uploads are answered as the script says; listings are always made."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.listings = 0
        self.uploads: list[tuple[str, bytes]] = []

    async def send(self, method: str, path: str, kind: str, body: bytes) -> Reply:
        await asyncio.sleep(0.001)
        if path == "/v1/listings":
            self.listings += 1
            made = json.dumps({"id": f"lst_{self.listings}"}).encode()
            return Reply(201, {}, made, 0.0, 0.0)
        self.uploads.append((path, body))
        status = self.statuses.pop(0) if self.statuses else 201
        if status == 0:
            raise ConnectionError("gone")
        return Reply(status, {b"retry-after": b"0.01"}, b"", 1.0, 1.5)


def test_no_photo_goes_twice_to_one_listing() -> None:
    client = Scripted()
    load = Load(client, [b"a", b"b", b"c"])

    async def run() -> None:
        async with customers(load, 4):
            while load.accepted < 50:
                await asyncio.sleep(0.001)

    asyncio.run(run())
    assert len(set(client.uploads)) == len(client.uploads) == load.accepted >= 50
    assert client.listings <= load.accepted // 3 + 4
    assert form("photo-0", b"a") in {body for _, body in client.uploads}


def test_a_customer_waits_after_429_and_sends_the_photo_again() -> None:
    client = Scripted(201, 429, 429, 0, 500)
    load = Load(client, [b"a", b"b"])

    async def run() -> None:
        async with customers(load, 1):
            while load.accepted < 4:
                await asyncio.sleep(0.001)

    asyncio.run(run())
    assert [a.status for a in load.answers[:6]] == [201, 429, 429, 0, 500, 201]
    assert client.uploads[1] == client.uploads[2] == client.uploads[3]
    assert client.uploads[4] != client.uploads[3]
    assert load.answers[0].ms == 500
    assert set(load.trouble) == {"ConnectionError('gone')", "500 "}


def test_what_stops_a_customer_is_told() -> None:
    class Refusing(Scripted):
        async def send(self, method: str, path: str, kind: str, body: bytes) -> Reply:
            return Reply(401, {}, b'{"code": "auth.required", "detail": "no key"}', 0.0, 0.0)

    async def run() -> None:
        async with customers(Load(Refusing(), [b"a"]), 2) as check:
            await asyncio.sleep(0.01)
            check()

    with pytest.raises(HomelensError, match=r"401 auth\.required: no key"):
        asyncio.run(run())


def test_arrivals_wait_for_nobody_and_lateness_is_seen() -> None:
    class Slow(Scripted):
        async def send(self, method: str, path: str, kind: str, body: bytes) -> Reply:
            begun = asyncio.get_running_loop().time()
            reply = await super().send(method, path, kind, body)
            await asyncio.sleep(0.1)
            return Reply(reply.status, {}, reply.body, begun, begun + 0.1)

    load = Load(Slow(), [b"a", b"b"])

    async def run() -> float:
        await load.stock(10)
        begun = asyncio.get_running_loop().time()
        await arrive(load, [0.0, 0.02, 0.04, 0.06, 0.08])
        return asyncio.get_running_loop().time() - begun

    assert asyncio.run(run()) < 0.4
    assert load.accepted == 5
    assert all(-1 < a.late_ms < 50 for a in load.answers)


def test_poisson_arrivals_have_their_rate() -> None:
    times = poisson(200, 50)
    assert times == poisson(200, 50)
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] < 50
    assert len(times) == pytest.approx(10_000, rel=0.05)
    gaps = np.diff(times)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.1)


def test_a_window_counts_what_was_answered_within_it() -> None:
    answers = [answer(9.9, 50), answer(9.9, 200), answer(11, 500), answer(11.5, 1000, 429)]
    window = Window(10.0, 2.0, [*answers, answer(11.9, 200)])
    assert window.inside == answers[1:3]
    assert window.photos_per_s == 1.0
    assert window.per_second([9.9, 10.0, 10.5, 11.5, 12.0]) == [2.0, 1.0]
    assert sum(Window(0, 2.5, []).per_second([0.1, 1.2, 1.3, 2.4])) == pytest.approx(4 * 2 / 2.5)


def test_figures_of_a_closed_loop() -> None:
    answers = [answer(0.1 * n, 10 * (n + 1)) for n in range(20)]
    answers += [answer(1, 1, 429)] * 5 + [answer(1, 1, 500)] * 2
    figures = by_name(closed_figures(16, Window(0, 4, answers)))
    assert figures["serve.photos_per_s.16"].value == 5
    assert figures["serve.p50_ms.16"].value == pytest.approx(105)
    assert figures["serve.p95_ms.16"].value == pytest.approx(190.5)
    assert figures["serve.p99_ms.16"].value == pytest.approx(198.1)
    assert figures["serve.shed_share.16"].value == 0.2
    assert figures["serve.other_errors.16"].value == 2
    for figure in figures.values():
        assert figure.low <= figure.value <= figure.high


def test_figures_of_an_overload(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [answer(0.5, 400, late=0.03), answer(1.5, 800), answer(0.2, 5, 503)]
    answers += [answer(0.02 * n, 50 + 100 * (n == 0), 429) for n in range(97)]
    figures = by_name(overload_figures(Window(0, 2, answers), 0.5))
    assert figures["serve.overload.offered_per_s"].value == 50
    assert figures["serve.overload.accepted_per_s"].value == 0.5
    assert figures["serve.overload.accepted_p95_ms"].value == pytest.approx(780)
    assert figures["serve.overload.shed_p50_ms"].value == pytest.approx(50)
    assert figures["serve.overload.shed_within_100ms"].value == pytest.approx(96 / 97)
    assert figures["serve.overload.other_errors"].value == 1
    assert figures["serve.overload.late_p95_ms"].value == pytest.approx(0)
    assert figures["serve.overload.generator_cpu_ms"].value == 0.5
    assert "later than planned" not in capsys.readouterr().err
    late = [answer(0.1, 5, 429, late=0.05)] * 3
    names = set(by_name(overload_figures(Window(0, 2, late), 0.5)))
    said = capsys.readouterr().err
    assert "later than planned" in said
    assert "accepted_p95_ms is left out" in said
    assert "serve.overload.accepted_p95_ms" not in names


def test_growth_is_median_over_median() -> None:
    grown = ratio("x", [330, 300, 360], [300, 300, 300])
    assert (grown.value, grown.low, grown.high) == (pytest.approx(1.1), 1.0, 1.2)


def test_few_requests_read_the_memory_earlier() -> None:
    assert Plan().early == 500
    assert Plan(requests=40).early == 4


def test_a_service_that_ends_is_an_error_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State.make(tmp_path)
    started: list[Service] = []

    def killed() -> None:
        with Service.start(state) as service:
            started.append(service)
            os.kill(service._process.pid, signal.SIGKILL)
            raise HomelensError("a connection broke")

    with pytest.raises(ServiceEnded, match=r"(?s)ended with -9: .*is ready"):
        killed()
    [service] = started
    assert 0.1 < service.ready_s < 60
    with pytest.raises(ServiceEnded):
        service.check()
    monkeypatch.setenv("HOMELENS_MODELS", str(tmp_path / "nowhere"))
    with pytest.raises(ServiceEnded, match=r"(?s)ended with 2: .*nowhere"), Service.start(state):
        pass


def test_a_folder_without_photos_is_a_named_error(tmp_path: Path) -> None:
    assert_named_error(homelens("bench", "serve", tmp_path), "no readable photo")


def test_the_real_service_under_load(tmp_path: Path) -> None:
    photos = write_photos(tmp_path, 640, 480)
    plan = Plan(seconds=2, requests=30, clients=(1, 2), steady=2, starts=1)
    figures = by_name(bench_serve(photos, plan, tmp_path / "out"))
    closed = ("photos_per_s", "p50_ms", "p95_ms", "p99_ms", "shed_share", "other_errors")
    overload = (
        *("offered_per_s", "accepted_per_s", "accepted_p95_ms", "shed_p50_ms", "shed_p95_ms"),
        *("shed_p99_ms", "shed_within_100ms", "other_errors", "late_p95_ms", "generator_cpu_ms"),
    )
    assert list(figures) == [
        *("serve.ready_s", "serve.rss_mb"),
        *(f"serve.{name}.{clients}" for clients in (1, 2) for name in closed),
        *(f"serve.overload.{name}" for name in overload),
        *("serve.rss_mb.after_3", "serve.rss_mb.after_30", "serve.rss_growth"),
    ]
    value = {name: figure.value for name, figure in figures.items()}
    for clients in (1, 2):
        assert value[f"serve.photos_per_s.{clients}"] > 0
        assert value[f"serve.p50_ms.{clients}"] <= value[f"serve.p95_ms.{clients}"]
        assert value[f"serve.p95_ms.{clients}"] <= value[f"serve.p99_ms.{clients}"]
        assert value[f"serve.other_errors.{clients}"] == 0
        assert value[f"serve.shed_share.{clients}"] == 0  # there is room for two
    assert value["serve.overload.other_errors"] == 0
    offered = value["serve.overload.offered_per_s"]
    assert offered == pytest.approx(10 * value["serve.photos_per_s.2"], rel=0.5)
    assert value["serve.overload.accepted_per_s"] < offered
    assert value["serve.overload.shed_p50_ms"] < value["serve.overload.accepted_p95_ms"]
    assert value["serve.rss_mb"] > 50
    assert 0.5 < value["serve.rss_growth"] < 2
    drawn = cv2.imread(str(tmp_path / "out" / "load.png"))
    assert drawn is not None
    assert drawn.std() > 10
