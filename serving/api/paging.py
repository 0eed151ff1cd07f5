"""Cursors: an opaque text that names the last row of a page.

cursor(row.created_at, row.id)          # "MjAyNi0…"
position(text)                          # (created_at, id)
"""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated

from fastapi import Query

from serving.errors import Unprocessable

Limit = Annotated[int, Query(ge=1, le=200, description="most entries of one page")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next` of the page before; none for the first")
]


def cursor(when: datetime, key: str) -> str:
    """The position as text."""
    return base64.urlsafe_b64encode(f"{when.isoformat()} {key}".encode()).decode()


def position(text: str | None) -> tuple[datetime, str] | None:
    """The position of a cursor. Raises Unprocessable for a text that is none."""
    if not text:
        return None
    try:
        when, _, key = base64.b64decode(text.encode(), b"-_", validate=True).decode().partition(" ")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key):
            raise ValueError(key)
        return datetime.fromisoformat(when).replace(tzinfo=None), key
    except (ValueError, binascii.Error, OverflowError) as error:
        raise Unprocessable(
            "the cursor is none of this service's", accepted="`next` of an earlier page"
        ) from error
