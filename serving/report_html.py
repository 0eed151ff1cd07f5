"""report.html: one file for people, with everything that it shows inside it.

    html = render(report, {"a.jpg": CopyCard(name="a.jpg", receipt=receipt, thumbnail=jpeg)})

Pictures are thumbnails of the safe copies, never of the photos themselves; where there is no copy
a placeholder says why. No script, no outside address; the page forbids both to itself.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from vision.errors import RedactionError
from vision.messages import room_name
from vision.receipt import RedactionReceipt
from vision.report import Line, PhotoCard, Report

THUMBNAIL = 480
"""Longer side in pixels: a card on a phone at double density, about 30 kB."""


ICON = 128
"""The same beside a line of the checklist, about 4 kB."""

REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
"""OpenCV's flags for JPEG decoding at a fraction of the size and of the time."""


@dataclass(frozen=True)
class CopyCard:
    """A photo's copy as the report shows it: file name in copies/, receipt, small JPEG."""

    name: str
    receipt: RedactionReceipt
    thumbnail: bytes | None


@dataclass(frozen=True)
class PhotoView:
    """One photo on the page. `image` and `icon` are data URIs; without them `why` says why."""

    card: PhotoCard
    anchor: str
    image: str | None
    icon: str | None
    why: str
    people: str
    copy: CopyCard | None


def thumbnail(jpeg: bytes, longer: int, side: int = THUMBNAIL) -> bytes:
    """A JPEG with its longer side at most `side`, from one whose longer side is `longer` pixels.

    Raises RedactionError for what is no JPEG.
    """
    scale = max((n for n in REDUCED if longer >= n * side), default=1)
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), REDUCED[scale])
    if pixels is None:
        raise RedactionError("the copy cannot be read for its thumbnail")
    height, width = pixels.shape[:2]
    factor = min(1.0, side / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise RedactionError("the thumbnail cannot be written as JPEG")
    return data.tobytes()


def data_uri(jpeg: bytes) -> str:
    """The JPEG as an address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def render(report: Report, copies: Mapping[str, CopyCard]) -> str:
    """The page. `copies` by photo id; a photo that has none gets a placeholder."""
    # Imported here: the command line without --out needs no templates.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("serving"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["room"] = room_name
    environment.filters["count"] = count_words
    views = [view(card, number, copies.get(card.id)) for number, card in enumerate(report.photos)]
    return environment.get_template("report.html.j2").render(
        report=report,
        photos=views,
        by_id={photo.card.id: photo for photo in views},
        home=home_words(report),
        done=sum(line.status == "ok" for line in report.lines if line.required),
        asked=sum(line.required for line in report.lines),
    )


def view(card: PhotoCard, number: int, copy: CopyCard | None) -> PhotoView:
    """What the page shows of one photo."""
    image = icon = None
    why = "No copy was asked for, so there is no picture here."
    if copy is not None and copy.thumbnail is not None:
        image = data_uri(copy.thumbnail)
        icon = data_uri(thumbnail(copy.thumbnail, THUMBNAIL, ICON))
    elif copy is not None:
        why = f"No picture here, because there is no copy. {copy.receipt.message}"
    return PhotoView(
        card=card,
        anchor=f"photo-{number}",
        image=image,
        icon=icon,
        why=why,
        people=people_words(card, copy),
        copy=copy,
    )


HOW = {
    "blur": "blurred beyond recovery",
    "pixelate": "covered with coarse squares",
    "remove": "removed and the background filled in",
    "withhold": "not shown",
}
"""What each policy did to people, in words."""


def people_words(card: PhotoCard, copy: CopyCard | None) -> str:
    """Whether people were found, and what was done about it."""
    if copy is None:
        return "There may be people in this photo." if card.people else ""
    if copy.receipt.code == "privacy.hidden":
        share = max(1, round(100 * copy.receipt.mask_share))
        return f"People were found and {HOW[copy.receipt.policy]} ({share}% of the picture)."
    return ""


def count_words(line: Line) -> str:
    """How many of how many: "1 of 2", "perhaps 2 of 2", "3, 1 needed"."""
    if line.have > line.need:
        return f"{line.have}, {line.need} needed"
    return f"{'perhaps ' if line.status == 'unsure' else ''}{line.have} of {line.need}"


def home_words(report: Report) -> str:
    """The declared home in words: "House · 3 bedrooms · 2.5 bathrooms · garage"."""
    home = report.home
    parts = [home.type.capitalize()]
    for number, name in ((home.bedrooms, "bedroom"), (home.bathrooms, "bathroom")):
        parts.append(f"{number:g} {name}{'' if number == 1 else 's'}")
    return " · ".join([*parts, *(room_name(extra) for extra in sorted(home.extras))])
