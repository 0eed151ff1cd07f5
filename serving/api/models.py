"""What the HTTP API takes and gives, beside the values of vision/ (Home, Report, findings).

Listing.model_validate_json(response.content).photos[0].findings.room

Frozen; unknown fields of a request are refused with their names. The Python client reads answers
into the same models. Times are UTC. Shares and coordinates are 0–1.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from serving.api import examples
from vision.findings import Detection, Frozen, QualityFinding, RoomGuess
from vision.home import Home
from vision.policy import Policy
from vision.receipt import RedactionReceipt
from vision.report import Report

RoomName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A room type, or an extra of the declared home."""

Reference = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
"""A listing's name in the caller's own system."""


class Examined(Frozen):
    """What one photo shows; rooms most probable first, their probabilities sum to 1."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FINDINGS]})

    format: str = Field(description="jpeg, png, webp, heic or avif")
    width: int = Field(description="pixels of the upright photo")
    height: int
    rooms: tuple[RoomGuess, ...]
    objects: tuple[Detection, ...]
    people: tuple[Detection, ...]
    quality: tuple[QualityFinding, ...]


class SafeCopyLink(Frozen):
    """The shareable copy: addresses that need no key and cannot be guessed, or none and why."""

    url: str | None = Field(description="path of the JPEG on this service; null if there is none")
    thumbnail_url: str | None = Field(description="the same, at most 480 pixels wide or high")
    receipt: RedactionReceipt


class Photo(Frozen):
    """One photo of a listing."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PHOTO]})

    id: str
    name: str = Field(description="the file's name, unique in the listing; the report's photo id")
    sha256: str = Field(description="of the uploaded bytes: the same bytes are one photo")
    bytes: int
    uploaded_at: AwareDatetime
    original_until: AwareDatetime | None = Field(
        description="when the uploaded file is deleted; null when it was"
    )
    findings: Examined
    answer: tuple[str, ...] | None = Field(
        description="what the seller said it shows; wins over the model. Empty is 'none of these'"
    )
    copy_: SafeCopyLink = Field(alias="copy")


class NewListing(Frozen):
    """A listing to be created."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"home": examples.HOME},
                {"home": examples.HOME, "rules": "mls", "policy": "remove"},
            ]
        }
    )

    home: Home
    rules: str | None = Field(default=None, description="a shipped rule file; null: the service's")
    policy: Policy | None = Field(default=None, description="null: the service's own")
    reference: Reference = Field(default="", description="your own name for it")
    training_consent: bool = Field(
        default=False, description="the seller allows its photos and answers to train models"
    )


class ListingChange(Frozen):
    """What changes of a listing; what is left out stays. Rules and policy are fixed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"home": {**examples.HOME, "bedrooms": 4}}, {"reference": "A-17"}]
        }
    )

    home: Home | None = None
    reference: Reference | None = None
    training_consent: bool | None = None


class ListingHead(Frozen):
    """A listing without its photos."""

    id: str
    home: Home
    rules: str
    policy: Policy
    reference: str
    training_consent: bool
    created_at: AwareDatetime
    photo_count: int


class Listing(ListingHead):
    """A listing with its photos, in the order of their names."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **examples.LISTING_HEAD,
                    "room_choices": ["bathroom", "kitchen"],
                    "photos": [examples.PHOTO],
                }
            ]
        }
    )

    room_choices: tuple[str, ...] = Field(description="what a photo can be corrected to")
    photos: tuple[Photo, ...]


class ListingPage(Frozen):
    """Listings, newest first; `next` is the cursor of the next page, null on the last."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"listings": [examples.LISTING_HEAD], "next": None}]}
    )

    listings: tuple[ListingHead, ...]
    next: str | None


class ListingReport(Frozen):
    """The report, whose photo ids are names, with the ids under which the API knows them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "listing": examples.LISTING_HEAD["id"],
                    "report": examples.REPORT,
                    "photo_ids": {"IMG_1.jpg": examples.PHOTO["id"]},
                }
            ]
        }
    )

    listing: str
    report: Report
    photo_ids: dict[str, str] = Field(description="photo name to photo id")


class Problem(Frozen):
    """An error, as RFC 9457 problem details."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        json_schema_extra={"examples": [examples.PROBLEM]},
    )

    type: str = Field(description="urn:homelens:error: and the code")
    title: str
    status: int
    detail: str = Field(description="what was wrong, what is accepted, what to do")
    code: str = Field(description="stable, for programs")
    instance: str = Field(description="names this request in the service's log")
    accepted: str | None = Field(default=None, description="what would be accepted")
    do: str | None = Field(default=None, description="the next step")
    errors: tuple["FieldError", ...] | None = Field(
        default=None, description="each wrong field of the request"
    )


class FieldError(Frozen):
    """One wrong field."""

    where: str = Field(description="path such as body.home.bedrooms")
    message: str


class UploadedPhoto(Frozen):
    """What became of one uploaded file.

    stored: it is a new photo. already_there: the listing holds the same bytes as `photo`.
    refused: nothing was kept; `problem` says why.
    """

    file: str = Field(description="the name that it was sent with")
    status: Literal["stored", "already_there", "refused"]
    photo: Photo | None = None
    problem: Problem | None = None


class UploadResult(Frozen):
    """The answer to an upload, one entry for each file in the order sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.UPLOAD]})

    stored: int
    already_there: int
    refused: int
    results: tuple[UploadedPhoto, ...]


class RoomAnswer(Frozen):
    """The seller's word on what a photo shows."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rooms": ["kitchen", "dining_room"]}, {"rooms": []}]}
    )

    rooms: tuple[RoomName, ...] = Field(
        max_length=8, description="of the listing's room_choices; empty for none of them"
    )


class NewToken(Frozen):
    """A seller's token to be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 120}, {}]})

    minutes: int | None = Field(
        default=None, ge=1, description="how long it is valid; null: the service's own time"
    )


class Token(Frozen):
    """A seller's token, shown this once, and the page that it opens."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOKEN]})

    token: str
    listing: str
    expires_at: AwareDatetime
    page: str = Field(description="path of the seller's page; the token is behind its #")


Stage = Literal["receiving", "waiting", "looking", "copying", "refused"]
"""Where an uploaded file is, until it is a photo."""


class Progress(Frozen):
    """Event `progress`: where an upload stands. Only the process that receives it tells."""

    file: str
    stage: Stage
    received: int = Field(description="bytes so far")
    total: int | None = Field(description="bytes of the whole request, if the client said")
    findings: Examined | None = Field(default=None, description="with copying: what was found")
    problem: Problem | None = Field(default=None, description="with refused: why")


class PhotoDeleted(Frozen):
    """Event `photo.deleted`."""

    id: str


class CheckedCopy(Frozen):
    """A photo's safe copy in the answer to a check; `url` or `jpeg` as was asked for."""

    receipt: RedactionReceipt
    url: str | None = Field(default=None, description="with copies=links; valid for a day")
    jpeg: str | None = Field(default=None, description="with copies=inline; base64")


class CheckResult(Frozen):
    """The answer to a stateless check."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CHECK]})

    report: Report
    findings: dict[str, Examined] = Field(description="by photo name")
    copies: dict[str, CheckedCopy] = Field(description="by photo name; empty with copies=none")
