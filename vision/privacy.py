"""The shareable copy of a photo: people hidden, metadata gone, and a receipt of what was done.

    copy = safe_copy(data, Policy.BLUR, finder)
    copy.jpeg                               # bytes, or None where no safe copy can be made
    copy.receipt.status, copy.receipt.code

It fails closed. The finished JPEG is decoded and looked at again by the same finder; whom it still
sees is hidden in a second pass, and if that does not help, or anything throws, there is no copy
and the receipt says why. Pixels are read upright and in sRGB and written without any metadata.
"""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from vision.errors import HomelensError, RedactionError
from vision.finders import PeopleMask, PersonFinder
from vision.people import Mask, PersonMask, Pixels
from vision.photo import DEFAULT_LIMITS, Limits, decode
from vision.policy import Policy
from vision.receipt import MESSAGES, RedactionReceipt, Redetection, Status
from vision.redact import MOST_REMOVED, redact

VIEW_SIDE = 960
"""Least longer side in pixels of the picture that finders look at and masks are made in."""

COVERED = 0.9
"""Share of a find that must be redacted for it to count as hidden."""

PASSES = 2
"""After the second pass a person who is still seen means that there is no copy."""

QUALITY = 90
"""JPEG quality: no visible loss; the size of a phone's own files."""


@dataclass(frozen=True)
class SafeCopy:
    """The copy's bytes, or None, and the receipt that says why."""

    jpeg: bytes | None
    receipt: RedactionReceipt


@dataclass(frozen=True)
class Hidden:
    """What was done to a picture: the finds of the first look, the mask (h, w) in the view's
    pixels, the finished JPEG (None where there is none) and the look at it."""

    people: tuple[PersonMask, ...]
    mask: Mask
    jpeg: bytes | None
    code: str
    redetection: Redetection | None


def safe_copy(
    data: bytes, policy: Policy, finder: PersonFinder, limits: Limits = DEFAULT_LIMITS
) -> SafeCopy:
    """Make the copy. What goes wrong is in the receipt, and then there is no copy.

    Nothing is raised for the photo's or the models' sake.
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        pixels = decode(data, limits, analysis_side=None).pixels
    except HomelensError as error:
        return SafeCopy(None, failed(policy, finder, digest, error.code, str(error)))
    return copy_of(pixels, small(pixels), digest, policy, finder, limits)


def copy_of(
    pixels: Pixels,
    view: Pixels,
    digest: str,
    policy: Policy,
    finder: PersonFinder,
    limits: Limits = DEFAULT_LIMITS,
) -> SafeCopy:
    """The copy of a picture that is decoded already; `view` is `small(pixels)`.

    `digest` is the file's sha256. Nothing is raised for the picture's or the models' sake.
    """
    try:
        done = hide(pixels, policy, finder, limits, view)
        return SafeCopy(done.jpeg, written(done, policy, finder, digest, pixels.shape))
    except HomelensError as error:
        return SafeCopy(None, failed(policy, finder, digest, error.code, str(error)))
    except Exception as error:  # whatever throws, a photo that was not checked is not shared
        text = f"{MESSAGES['privacy.failed']} ({type(error).__name__})"
        return SafeCopy(None, failed(policy, finder, digest, RedactionError.code, text))


def hide(
    pixels: Pixels,
    policy: Policy,
    finder: PersonFinder,
    limits: Limits = DEFAULT_LIMITS,
    view: Pixels | None = None,
) -> Hidden:
    """Find, redact, encode and look again. `pixels` (H, W, 3) is upright RGB and stays as it is.

    `view` is `small(pixels)` where the caller has it.

    Raises what the finder or a codec raises.
    """
    view = small(pixels) if view is None else view
    found = finder.find(view)
    if not found.people:
        return Hidden((), found.mask, encode(pixels), "privacy.nobody", None)
    if policy is Policy.WITHHOLD:
        return Hidden(found.people, found.mask, None, "privacy.withheld", None)
    mask = found.mask
    for number in range(1, PASSES + 1):
        if policy is Policy.REMOVE and mask.mean() > MOST_REMOVED:
            return Hidden(found.people, mask, None, "privacy.too_much", None)
        redacted = pixels.copy()
        redact(redacted, mask, view, policy)
        jpeg = encode(redacted)
        seen = finder.find(look_at(jpeg, view.shape, limits))
        result = judged(seen, mask, number)
        if not result.persons:
            return Hidden(found.people, mask, jpeg, "privacy.hidden", result)
        # From the photo again, with all of them: a rim of its own would keep finer averages.
        mask = mask | seen.mask
    return Hidden(found.people, mask, None, "privacy.still_visible", result)


def small(pixels: Pixels) -> Pixels:
    """The picture reduced by a whole number, as far as its longer side stays VIEW_SIDE.

    Averaging whole blocks is several times faster than any other factor.
    """
    height, width = pixels.shape[:2]
    factor = max(1, max(height, width) // VIEW_SIDE)
    if factor == 1:
        return pixels
    size = max(1, round(width / factor)), max(1, round(height / factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def encode(pixels: Pixels) -> bytes:
    """JPEG with nothing but the picture. Raises RedactionError."""
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise RedactionError("the copy cannot be written as JPEG")
    return data.tobytes()


def look_at(jpeg: bytes, shape: tuple[int, ...], limits: Limits) -> Pixels:
    """The finished copy as whoever receives it sees it, at the size (h, w) of the first look."""
    # The copy may be larger in bytes than the photo was allowed to be.
    allowed = limits.model_copy(update={"max_bytes": max(limits.max_bytes, len(jpeg))})
    pixels = decode(jpeg, allowed, analysis_side=VIEW_SIDE).pixels
    if pixels.shape[:2] == shape[:2]:
        return pixels
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def judged(seen: PeopleMask, mask: Mask, number: int) -> Redetection:
    """What was seen in pass `number`, and how much of it the mask did not redact."""
    uncovered = [1 - covered(person, mask) for person in seen.people]
    return Redetection(
        passes=number,
        finds=len(uncovered),
        persons=sum(share > 1 - COVERED for share in uncovered),
        uncovered_share=round(max(uncovered, default=0.0), 4),
    )


def covered(person: PersonMask, mask: Mask) -> float:
    """Share of the find's area that the mask redacted. Raises RedactionError for an empty find."""
    area = int(person.mask.sum())
    if not area:
        raise RedactionError("a find without any area cannot be checked")
    height, width = person.mask.shape
    part = mask[person.top : person.top + height, person.left : person.left + width]
    return int((part & person.mask).sum()) / area


def written(
    done: Hidden, policy: Policy, finder: PersonFinder, digest: str, shape: tuple[int, ...]
) -> RedactionReceipt:
    """The receipt of what `hide` did."""
    status: Status = "copied" if done.jpeg is not None else "failed"
    if done.code in ("privacy.withheld", "privacy.too_much"):
        status = "withheld"
    return RedactionReceipt(
        homelens=homelens_version(),
        input_sha256=digest,
        output_sha256=None if done.jpeg is None else hashlib.sha256(done.jpeg).hexdigest(),
        policy=policy,
        status=status,
        code=done.code,
        message=MESSAGES[done.code],
        people=tuple(person.box for person in done.people),
        mask_share=round(float(done.mask.mean()), 6),
        finder=finder.name,
        models=dict(finder.models),
        redetection=done.redetection,
        width=None if done.jpeg is None else shape[1],
        height=None if done.jpeg is None else shape[0],
    )


def failed(
    policy: Policy, finder: PersonFinder, digest: str, code: str, message: str
) -> RedactionReceipt:
    """The receipt where something threw."""
    return RedactionReceipt(
        homelens=homelens_version(),
        input_sha256=digest,
        output_sha256=None,
        policy=policy,
        status="failed",
        code=code,
        message=message,
        finder=finder.name,
        models=dict(finder.models),
    )


def homelens_version() -> str:
    """The installed distribution's version; "unknown" where the package was not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("homelens")
    except PackageNotFoundError:
        return "unknown"
