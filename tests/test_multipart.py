"""The reader of uploads: any form in any pieces comes out as it went in, nothing is left behind."""

import asyncio
import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from serving.api.multipart import UploadLimits, clean, received
from serving.errors import BadRequest, RequestTooLarge, ServiceError, Unprocessable, WrongMedia
from vision.errors import EmptyPhoto, PhotoTooLarge

LIMITS = UploadLimits(file_bytes=5000, request_bytes=50_000, files=5)
BOUNDARY = "x-boundary"

NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n'), min_size=1, max_size=40)
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=6000)), max_size=5)
FIELDS = st.dictionaries(
    st.sampled_from(["home", "rules", "copies"]), st.text(st.characters(codec="utf-8"), max_size=50)
)


def form_of(fields: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    """A multipart body."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, data in files:
        head = f'Content-Disposition: form-data; name="photos"; filename="{name}"'
        parts.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request_of(
    chunks: list[bytes], kind: str = f"multipart/form-data; boundary={BOUNDARY}"
) -> Request:
    """A request whose body comes in these pieces."""
    pieces = list(chunks)

    async def receive() -> Message:
        body = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


def cut(body: bytes, at: list[int]) -> list[bytes]:
    """The body in pieces that end at these places."""
    ends = sorted({min(place, len(body)) for place in at} | {len(body)})
    return [body[a:b] for a, b in zip([0, *ends], ends, strict=False) if b > a]


def read(
    request: Request, folder: Path, limits: UploadLimits = LIMITS
) -> tuple[dict[str, str], list[object]]:
    """Fields, and of each file its name, content and refusal."""

    async def work() -> tuple[dict[str, str], list[object]]:
        async with received(request, folder, limits) as form:
            files: list[object] = []
            for file in form.files:
                if file.refused is None:
                    data = file.path.read_bytes()
                    assert hashlib.sha256(data).hexdigest() == file.sha256
                    files.append((file.name, data))
                else:
                    files.append((file.name, type(file.refused)))
            return form.fields, files

    return asyncio.run(work())


@given(FIELDS, FILES, st.lists(st.integers(0, 40_000), max_size=12))
@settings(max_examples=150, deadline=None)
def test_form_comes_out_as_it_went_in(
    fields: dict[str, str], files: list[tuple[str, bytes]], at: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        body = form_of(fields, files)
        found, got = read(request_of(cut(body, at)), Path(folder))
        expected = [
            (clean(name), EmptyPhoto if not data else PhotoTooLarge if len(data) > 5000 else data)
            for name, data in files
        ]
        assert found == fields
        assert got == expected
        assert list(Path(folder).iterdir()) == []


@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000), max_size=5))
@settings(max_examples=150, deadline=None)
def test_rubbish_is_a_named_error(body: bytes, at: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n'
        )
        for given_body in (body, start.encode() + body):
            with pytest.raises(ServiceError):
                read(request_of(cut(given_body, at) or [b""]), Path(folder))
        assert list(Path(folder).iterdir()) == []


@given(st.text(max_size=300))
def test_names_are_harmless(name: str) -> None:
    found = clean(name)
    assert 1 <= len(found) <= 120
    assert found.isprintable()
    assert "/" not in found
    assert "\\" not in found


def test_limits_are_kept(tmp_path: Path) -> None:
    many = form_of({}, [("a.jpg", b"x")] * 6)
    with pytest.raises(RequestTooLarge, match="more photos"):
        read(request_of([many]), tmp_path)
    long = form_of({"home": "x" * 49_000}, [("a.jpg", b"x" * 4000)])
    with pytest.raises(RequestTooLarge, match="too many bytes"):
        read(request_of(cut(long, list(range(0, 60_000, 1000)))), tmp_path)
    with pytest.raises(Unprocessable, match="twice"):
        read(request_of([form_of({"home": "1"}, [])[:-16] + form_of({"home": "2"}, [])]), tmp_path)
    with pytest.raises(BadRequest, match="too early"):
        read(request_of([form_of({}, [("a.jpg", b"x" * 100)])[:-40]]), tmp_path)
    with pytest.raises(WrongMedia):
        read(request_of([b"{}"], "application/json"), tmp_path)
    assert list(tmp_path.iterdir()) == []
