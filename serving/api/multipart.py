"""Uploads: a multipart/form-data body to text fields and files on disk, never whole in memory.

    async with received(request, folder, limits) as form:
        form.fields["home"], form.files[0].path, form.files[0].sha256

Bytes are hashed as they pass. A file that is too large is cut off and marked as refused, the others
are kept. All files are deleted at the end of the block, whatever happens in it.
"""

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from serving.errors import BadRequest, RequestTooLarge, Unprocessable, WrongMedia
from vision.errors import EmptyPhoto, HomelensError, PhotoTooLarge

PHOTOS = "photos"
"""Name of the parts that are files."""

FIELD_BYTES = 100_000
"""Most bytes of all text fields of one request."""

HEADER_BYTES = 8_000
"""Most bytes of one part's headers."""

WRITE_BYTES = 262_144
"""Bytes that are collected before a thread writes them to the disk."""

LONGEST_NAME = 120
"""Characters of a file's name that are kept, from its end, where the suffix is."""


@dataclass(frozen=True)
class UploadLimits:
    """Most bytes of one file and of the whole request, and most files."""

    file_bytes: int
    request_bytes: int
    files: int


@dataclass
class ReceivedFile:
    """A file that was sent: its name as sent (cleaned), and where it lies, or why it does not."""

    name: str
    path: Path
    size: int = 0
    sha256: str = ""
    refused: HomelensError | None = None


@dataclass
class Form:
    """A request's text fields and files, in the order sent."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[ReceivedFile] = field(default_factory=list)


def clean(name: str) -> str:
    """A file's name without folders and unprintable characters, not too long, never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c if c.isprintable() else "_" for c in last).strip()
    return kept[-LONGEST_NAME:].strip() or "photo"


class Reader:
    """The parser's callbacks, which collect fields and fill files."""

    def __init__(self, boundary: bytes, folder: Path, limits: UploadLimits) -> None:
        self.form = Form()
        self._folder, self._limits = folder, limits
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._field: str | None = None
        self._text = bytearray()
        self._text_bytes = 0
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self.pending: list[bytes] = []
        self.pending_bytes = 0
        self.ended = False
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self.part_begin,
                "on_header_field": self.header_field,
                "on_header_value": self.header_value,
                "on_header_end": self.header_end,
                "on_headers_finished": self.headers_finished,
                "on_part_data": self.part_data,
                "on_part_end": self.part_end,
                "on_end": self.end,
            },
        )

    def part_begin(self) -> None:
        """A part starts."""
        self._headers, self._field, self._file = {}, None, None

    def header_field(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's name."""
        self._name += data[start:end]
        self._limit_headers()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's value."""
        self._value += data[start:end]
        self._limit_headers()

    def _limit_headers(self) -> None:
        if len(self._name) + len(self._value) > HEADER_BYTES:
            raise BadRequest("a part of the form has very long headers")

    def header_end(self) -> None:
        """A header is complete."""
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def headers_finished(self) -> None:
        """The part's kind is known: a photo or a text field."""
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if name == PHOTOS and filename is not None:
            self._begin_file(clean(filename.decode("utf-8", "replace")))
        elif filename is not None or name == PHOTOS:
            raise Unprocessable(
                f"the form's part {name!r} is {'a file' if filename is not None else 'no file'}",
                accepted=f"files in parts named {PHOTOS!r}, each with a file name",
            )
        elif name in self.form.fields:
            raise Unprocessable(f"the form has the field {name!r} twice")
        else:
            self._field, self._text = name, bytearray()

    def _begin_file(self, name: str) -> None:
        if len(self.form.files) >= self._limits.files:
            raise RequestTooLarge(
                "there are more photos than fit",
                accepted=f"up to {self._limits.files}",
                do="send them in several requests, or delete some of the listing's",
            )
        handle, path = tempfile.mkstemp(dir=self._folder)
        self._file = os.fdopen(handle, "wb")
        self._hash = hashlib.sha256()
        self.form.files.append(ReceivedFile(name, Path(path)))

    def part_data(self, data: bytes, start: int, end: int) -> None:
        """A piece of the part's content."""
        if self._file is not None:
            self._file_data(data[start:end])
        elif self._field is not None:
            self._text_bytes += end - start
            if self._text_bytes > FIELD_BYTES:
                raise RequestTooLarge(
                    "the form's text fields are too long", accepted=f"up to {FIELD_BYTES} bytes"
                )
            self._text += data[start:end]

    def _file_data(self, piece: bytes) -> None:
        file = self.form.files[-1]
        file.size += len(piece)
        if file.refused is not None:
            return
        if file.size > self._limits.file_bytes:
            file.refused = PhotoTooLarge(
                f"{file.name} has more than {self._limits.file_bytes / 1e6:.3g} MB",
                accepted=f"up to {self._limits.file_bytes / 1e6:.3g} MB",
                do="save it as JPEG and upload that",
            )
            self.pending, self.pending_bytes = [], 0
            return
        self._hash.update(piece)
        self.pending.append(piece)
        self.pending_bytes += len(piece)

    def part_end(self) -> None:
        """The part is complete."""
        if self._file is not None:
            self.flush()
            self._file.close()
            self._file = None
            file = self.form.files[-1]
            file.sha256 = self._hash.hexdigest()
            if file.size == 0:
                file.refused = EmptyPhoto(f"{file.name} is empty", do="upload the photo again")
        elif self._field is not None:
            self.form.fields[self._field] = self._text.decode("utf-8", "replace")

    def end(self) -> None:
        """The closing boundary was read."""
        self.ended = True

    def flush(self) -> None:
        """Write what is collected."""
        if self._file is not None and self.pending:
            self._file.writelines(self.pending)
        self.pending, self.pending_bytes = [], 0

    def close(self) -> None:
        """Close and delete every file."""
        if self._file is not None:
            self._file.close()
        for file in self.form.files:
            file.path.unlink(missing_ok=True)


def boundary_of(request: Request, limits: UploadLimits) -> bytes:
    """The form's boundary. Raises WrongMedia, BadRequest or RequestTooLarge from the headers."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        raise WrongMedia(
            f"the body is {kind.decode('latin-1') or 'of no named type'}",
            accepted="multipart/form-data",
        )
    if not options.get(b"boundary"):
        raise BadRequest("the content type names no boundary")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limits.request_bytes:
        raise too_long(limits)
    return options[b"boundary"]


def too_long(limits: UploadLimits) -> RequestTooLarge:
    """The error for a body that is too long as a whole."""
    return RequestTooLarge(
        "the request has too many bytes",
        accepted=f"up to {limits.request_bytes / 1e6:.3g} MB in one request",
        do="send the photos in several requests",
    )


@asynccontextmanager
async def received(
    request: Request,
    folder: Path,
    limits: UploadLimits,
    progress: Callable[[Form, int], None] = lambda form, received: None,
) -> AsyncIterator[Form]:
    """Read the body into `folder`; `progress` hears of the bytes so far.

    Raises WrongMedia, BadRequest, RequestTooLarge, Unprocessable, and RequestTimeout where the
    body comes too slowly (serving/api/guard.py).
    """
    reader = Reader(boundary_of(request, limits), folder, limits)
    try:
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > limits.request_bytes:
                raise too_long(limits)
            try:
                reader.parser.write(chunk)
            except MultipartParseError as error:
                raise BadRequest(f"the form cannot be read: {error}") from error
            if reader.pending_bytes >= WRITE_BYTES:
                await run_in_threadpool(reader.flush)
            progress(reader.form, total)
        if not reader.ended:
            raise BadRequest("the form ends too early")
        yield reader.form
    finally:
        reader.close()
