"""Under load: shedding, slow clients cut, what is under way ends, start without models refused."""

import json
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from serving.client import ApiError
from tests.made_bundles import break_at_run_time
from tests.people_photos import as_jpeg, room
from tests.service import HOME, Service, launch, picture, running, wait_until_ready
from vision.bundle import models_folder, read_manifest
from vision.home import Home

PART = (
    b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n"
)


def head(service: Service, path: str, length: int) -> bytes:
    """A request's headers up to its body."""
    host = service.url.removeprefix("http://")
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()


def connect(service: Service) -> socket.socket:
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_beyond_the_queue_requests_are_shed(tmp_path: Path) -> None:
    with running(tmp_path, WORKERS="1", QUEUE="1") as service, service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        url = f"{service.url}/v1/listings/{listing.id}/photos"
        large = [as_jpeg(room(3000, 2000, seed)) for seed in range(8)]

        def send(data: bytes) -> httpx.Response:
            return httpx.post(url, files={"photos": ("a.jpg", data)}, timeout=60)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, large))
        statuses = [got.status_code for got in answers]
        assert set(statuses) == {201, 429}
        assert statuses.count(201) >= 2
        for got in answers:
            if got.status_code == 429:
                assert got.json()["code"] == "limit.load"
                assert int(got.headers["retry-after"]) >= 1
        metrics = httpx.get(f"{service.url}/metrics").text
        assert f"homelens_shed_requests_total {float(statuses.count(429))}" in metrics
        assert "homelens_queue_depth 0.0" in metrics
        with service.client(attempts=20) as patient:  # the client waits, and gets through
            assert patient.upload(listing.id, [("b.jpg", large[0])])
        assert len(client.listing(listing.id).photos) >= statuses.count(201)


def test_stalled_upload_is_cut(tmp_path: Path) -> None:
    with running(tmp_path, STALL_SECONDS="0.5") as service, service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        path = f"/v1/listings/{listing.id}/photos"
        with connect(service) as connection:
            connection.sendall(head(service, path, 100_000) + PART + picture()[:5000])
            answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"request.timeout" in answer
        assert b"connection: close" in answer.lower()
        assert client.listing(listing.id).photos == ()
        assert list((tmp_path / "incoming").iterdir()) == []


def test_trickling_upload_is_cut(tmp_path: Path) -> None:
    with running(tmp_path, SLOWEST_UPLOAD="100000") as service, service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        with connect(service) as connection:
            path = f"/v1/listings/{listing.id}/photos"
            connection.sendall(head(service, path, 100_000) + PART)
            stop = threading.Event()

            def trickle() -> None:
                while not stop.wait(0.2):
                    try:
                        connection.sendall(b"x" * 100)
                    except OSError:
                        return

            thread = threading.Thread(target=trickle)
            thread.start()
            answer = connection.recv(65536)
            stop.set()
            thread.join()
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_connection_without_headers_is_closed(tmp_path: Path) -> None:
    with running(tmp_path, STALL_SECONDS="0.5") as service:
        for begin in (b"", b"POST /v1/check HTTP/1.1\r\nHost: "):
            with connect(service) as connection:
                connection.sendall(begin)
                assert everything(connection) == b""
        with connect(service) as connection:  # a second request on the same connection, too
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while b"alive" not in answer:
                answer += connection.recv(65536)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
            assert everything(connection) == b""


def test_interrupted_upload_leaves_nothing(service: Service) -> None:
    with service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        with connect(service) as connection:
            path = f"/v1/listings/{listing.id}/photos"
            connection.sendall(head(service, path, 100_000) + PART + picture()[:5000])
            time.sleep(0.2)
        end = time.monotonic() + 10
        while list((service.state / "incoming").iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        assert list((service.state / "incoming").iterdir()) == []
        assert client.listing(listing.id).photos == ()


def test_too_long_request_is_refused_from_its_header(tmp_path: Path) -> None:
    with running(tmp_path, MAX_REQUEST_BYTES="300000", MAX_BYTES="100000") as service:
        with connect(service) as connection:
            connection.sendall(head(service, "/v1/check", 300_001))
            answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 413 ")
        with service.client() as client:
            listing = client.create_listing(Home.model_validate(HOME))
            big = ("big.jpg", picture() + bytes(50_000))
            done = client.upload(listing.id, [big, ("small.jpg", picture(1))])
        codes = [result.problem and result.problem.code for result in done.results]
        assert codes == ["photo.too_large", None]


def test_shutdown_lets_requests_end(tmp_path: Path) -> None:
    with running(tmp_path, WORKERS="1") as service, service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        photos = [(f"{seed}.jpg", as_jpeg(room(2000, 1500, seed))) for seed in range(6)]
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(client.upload, listing.id, photos)
            time.sleep(0.5)
            assert service.stop() == 0
            assert sent.result().stored == 6


def test_readyz_waits_for_the_models(tmp_path: Path) -> None:
    service = launch(tmp_path)
    try:
        seen: list[int] = []
        while 200 not in seen:
            assert service.process.poll() is None
            if service.url:
                got = httpx.get(f"{service.url}/readyz")
                seen.append(got.status_code)
                assert got.status_code in (200, 503)
                assert httpx.get(f"{service.url}/healthz").status_code == 200
            time.sleep(0.01)
        wait_until_ready(service)
    finally:
        service.end()


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_without_models_it_refuses_to_start(tmp_path: Path, damage: str) -> None:
    models = tmp_path / "models"
    shutil.copytree(models_folder(), models)
    path = models / "people" / "model.onnx"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    service = launch(tmp_path / "state", MODELS=str(models))
    assert service.process.wait(30) == 2
    service.end()
    text = "".join(service.said)
    assert f"[bundle.{'missing' if damage == 'missing' else 'damaged'}]" in text
    assert "people" in text
    assert "Traceback" not in text


def test_a_model_that_opens_and_cannot_be_run_ends_the_service(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(models_folder(), models)
    break_at_run_time(models / "people")
    service = launch(tmp_path / "state", MODELS=str(models))
    assert service.process.wait(30) == 2
    service.end()
    text = "".join(service.said)
    assert "the models cannot be run" in text
    assert "out of data bounds" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DATABASE_URL": "mysql://x"}, "HOMELENS_DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/x"}, "cannot be used"),
        ({"STORE_URL": "ftp://x"}, "HOMELENS_STORE_URL"),
        ({"RULES": "none"}, "no rules"),
        ({"STATE": "/proc/nowhere"}, "/proc/nowhere"),
    ],
)
def test_what_it_cannot_use_is_named_at_start(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    from tests.homelens_command import homelens

    done = homelens("serve", "--port", "0", **{"STATE": str(tmp_path), **settings})
    assert done.returncode == 2
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use_is_named(service: Service, tmp_path: Path) -> None:
    from tests.homelens_command import homelens

    port = service.url.rsplit(":", 1)[1]
    done = homelens("serve", "--port", port, STATE=str(tmp_path))
    assert done.returncode == 2
    assert "address already in use" in done.stderr


def test_metrics_count_photos_by_room_and_finding(service: Service) -> None:
    with service.client() as client:
        listing = client.create_listing(Home.model_validate(HOME))
        photo = client.upload(listing.id, [("a.jpg", picture(40))]).results[0].photo
        assert photo is not None
        with pytest.raises(ApiError):
            client.upload(listing.id, [("a.pdf", b"%PDF")])
    text = httpx.get(f"{service.url}/metrics").text
    assert f'homelens_photos_total{{room="{photo.findings.rooms[0].type}"' in text
    assert 'homelens_findings_total{code="photo.unsupported"}' in text
    assert f'homelens_findings_total{{code="{photo.copy_.receipt.code}"}}' in text
    for stage in ("wait", "look", "copy", "store"):
        assert f'homelens_stage_seconds_count{{stage="{stage}"}}' in text
    rooms = read_manifest(models_folder() / "rooms")
    label = f'bundle="rooms",sha256="{rooms.sha256}",version="{rooms.version}"'
    assert f"homelens_model_info{{{label}}} 1.0" in text
    assert 'route="/v1/listings/{listing}/photos"' in text
    assert listing.id not in text


def test_models_are_told(service: Service) -> None:
    found = httpx.get(f"{service.url}/v1/models").json()
    for model in found["models"]:
        manifest = json.loads((models_folder() / model["name"] / "manifest.json").read_text())
        assert model["sha256"] == manifest["sha256"]
        assert model["code"] == manifest["code"]
        assert model["data"] == manifest["data"]
        assert model["parameters"] == manifest["parameters"]
        assert model["classes"] == manifest.get("classes", [])
        assert model["metrics"]
        assert all(metric in manifest["metrics"] for metric in model["metrics"])
    shipped = {path.name for path in (models_folder() / "avm").iterdir() if path.is_dir()}
    names = {"objects", "people", "rooms", *(f"avm/{name}" for name in shipped)}
    assert {model["name"] for model in found["models"]} == names
