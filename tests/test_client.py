"""The Python client against the real service, over connections that break."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from serving.api.models import ListingReport
from serving.client import ApiError, AsyncClient, Client
from serving.client.calls import raise_for, wait_for
from tests.service import HOME, Service, picture
from vision.home import Home


@contextmanager
def losing_answers(service: Service, lost: int) -> Iterator[tuple[str, list[bytes]]]:
    """A way to the service on which the first answers get lost after their requests arrived.

    Gives its address and the first bytes of every request that passed.
    """
    host, port = service.url.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0))
    passed: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            lose = len(passed) < lost
            with client, socket.create_connection((host, int(port))) as server:
                request = read_request(client)
                passed.append(request[:400])
                server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                answer = b""
                while part := server.recv(65536):
                    answer += part
                if not lose:
                    client.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", passed
    finally:
        listener.close()


def read_request(client: socket.socket) -> bytes:
    """One request with its body, as Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def test_lost_answer_makes_nothing_twice(service: Service) -> None:
    with service.client() as direct:
        before = {head.id for head in direct.listings(limit=200).listings}
        with losing_answers(service, 2) as (url, passed), Client(url) as client:
            listing = client.create_listing(Home.model_validate(HOME))
        assert len(passed) == 3
        keys = {line for one in passed for line in one.split(b"\r\n") if b"dempotency" in line}
        assert len(keys) == 1
        after = {head.id for head in direct.listings(limit=200).listings}
        assert after - before == {listing.id}
        with losing_answers(service, 1) as (url, passed), Client(url) as client:
            done = client.upload(listing.id, [("a.jpg", picture(50))])
        assert len(passed) == 2
        assert (done.stored, done.already_there) == (1, 0)
        assert len(direct.listing(listing.id).photos) == 1


def test_files_are_sent_from_the_disk_again(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "küche.jpg"
    path.write_bytes(picture(51))
    with service.client() as direct:
        listing = direct.create_listing(Home.model_validate(HOME))
    with losing_answers(service, 1) as (url, _), Client(url) as client:
        done = client.upload(listing.id, [path])
    assert done.results[0].file == "küche.jpg"
    with service.client() as direct:
        photo = direct.listing(listing.id).photos[0]
        assert direct.original(listing.id, photo.id) == picture(51)


def test_asynchronous_client_does_the_same(service: Service) -> None:
    async def work() -> None:
        async with AsyncClient(service.url) as client:
            assert not (await client.info()).keys_required
            listing = await client.create_listing(Home.model_validate(HOME))
            uploads = [
                client.upload(listing.id, [(f"{seed}.jpg", picture(seed))]) for seed in (52, 53)
            ]
            done = await asyncio.gather(*uploads)
            photo = done[0].results[0].photo
            assert photo is not None
            assert await client.photo(listing.id, photo.id) == photo
            assert await client.original(listing.id, photo.id) == picture(52)
            await client.correct(listing.id, photo.id, ["kitchen"])
            assert (await client.take_back(listing.id, photo.id)).answer is None
            async for name, data in client.events(listing.id):
                if name == "report":
                    report = ListingReport.model_validate_json(data)
                    break
            assert report == await client.report(listing.id)
            assert len((await client.listing(listing.id)).photos) == 2
            found = await client.check(Home.model_validate(HOME), [("a.jpg", picture(52))])
            assert found.findings["a.jpg"] == photo.findings
            names = {model.name for model in (await client.models()).models}
            assert {"objects", "people", "rooms", "avm/warsaw"} <= names
            with pytest.raises(ApiError) as caught:
                await client.photo(listing.id, "pho_AAAAAAAAAAAAAAAA")
            assert caught.value.code == "not_found"
            await client.delete_photo(listing.id, photo.id)
            await client.delete_listing(listing.id)

    asyncio.run(work())


def test_only_what_passes_is_tried_again() -> None:
    def error(status: int, **headers: str) -> ApiError:
        response = httpx.Response(status, headers=headers, request=httpx.Request("GET", "http://x"))
        with pytest.raises(ApiError) as caught:
            raise_for(response)
        return caught.value

    assert wait_for(error(429, **{"Retry-After": "7"})) == 7.0
    assert wait_for(error(503)) is True
    assert wait_for(error(502)) is True
    assert wait_for(error(404)) is False
    assert wait_for(error(500)) is False
    assert wait_for(httpx.ConnectError("x")) is True
    assert wait_for(ValueError()) is False
    assert error(500).code == "http.500"


def test_client_needs_no_server_code() -> None:
    import subprocess
    import sys

    code = (
        "import sys, serving.client\n"
        "bad = {'fastapi', 'sqlalchemy', 'onnxruntime', 'cv2', 'uvicorn'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
