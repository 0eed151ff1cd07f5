"""The redaction receipt: what was done to a photo before it was shared, as a frozen value.

    receipt = RedactionReceipt.model_validate_json(text)
    receipt.status, receipt.code, receipt.message

It goes beside the copy and says nothing that the copy does not: hashes instead of names, no time,
no path, no text from the file. The same photo, models and policy give the same receipt.
"""

from typing import Literal

from pydantic import Field

from vision.findings import Detection, Frozen
from vision.policy import Policy

SCHEMA = 1

Status = Literal["copied", "withheld", "failed"]
"""copied: there is a copy. withheld: the policy makes none. failed: none could be made safely."""

MESSAGES = {
    "privacy.nobody": "No person was found; the copy shows the whole photo, without metadata.",
    "privacy.hidden": "People were found and hidden; a second look at the copy found nobody.",
    "privacy.withheld": "People were found, and the policy is to share no such photo.",
    "privacy.too_much": "People cover too much of the photo to be removed from it.",
    "privacy.still_visible": "A person could still be seen after a second pass.",
    "privacy.failed": "The copy could not be made or checked.",
}
"""Stable code to sentence. A photo that cannot be read keeps the PhotoError's code and text."""


class Redetection(Frozen):
    """The last look at the finished copy, by the finder that looked at the photo.

    A find counts as a person still seen when less than the required share of its area was
    redacted; a blurred shape that the finder takes for a person is hidden already.
    """

    passes: int = Field(ge=1, description="1, or 2 where the first pass left somebody")
    finds: int = Field(ge=0, description="all finds in the copy, hidden shapes included")
    persons: int = Field(ge=0, description="finds that were not hidden")
    uncovered_share: float = Field(
        ge=0, le=1, description="the largest share of a find that was not redacted"
    )


class RedactionReceipt(Frozen):
    """One photo's receipt; `output_sha256` is None exactly where there is no copy."""

    schema_version: int = SCHEMA
    homelens: str = Field(description="version of the software")
    input_sha256: str
    output_sha256: str | None
    policy: Policy
    status: Status
    code: str = Field(description="stable; see vision/receipt.py")
    message: str = Field(description="a sentence, in English")
    people: tuple[Detection, ...] = Field(
        default=(), description="boxes; two ways of looking may give one person two"
    )
    mask_share: float = Field(default=0, ge=0, le=1, description="share of the area redacted")
    finder: str = Field(description="the finder with its thresholds")
    models: dict[str, str] = Field(description="bundle name to sha256 of its model")
    redetection: Redetection | None = Field(
        default=None, description="None where nobody was found or no copy was checked"
    )
    width: int | None = Field(default=None, description="pixels of the copy")
    height: int | None = None
