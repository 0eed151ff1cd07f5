"""All settings of the product in one typed table; docs/settings.md says the same in prose.

    HOMELENS_THREADS=1 HOMELENS_POLICY=remove homelens check photos --home …

    settings = load_settings()
    settings.threads, settings.limits

A variable that is not in the table is refused: a slip in its name would otherwise go unnoticed.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from vision.bundle import models_folder
from vision.errors import SettingsError
from vision.photo import DEFAULT_LIMITS, Limits
from vision.policy import Policy

PREFIX = "HOMELENS_"

NOT_SETTINGS = {"HOMELENS_DATA"}
"""Variables of the prefix that belong to the tests and to training, not to the product."""


class Settings(BaseSettings):
    """One field for each variable: HOMELENS_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    models: Path = Field(
        default_factory=models_folder,
        description="folder with the model bundles rooms, objects, people and those in avm/",
    )
    models_url: str | None = Field(
        default=None,
        description="a folder or s3://BUCKET/PREFIX where versions of bundles are shared",
    )
    rules: str = Field(
        default="default", min_length=1, description="rule file: a shipped name or a path"
    )
    policy: Policy = Field(
        default=Policy.BLUR,
        description="how people are hidden in copies: blur, pixelate, remove or withhold",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="threads of one inference; default: the CPUs that the container may use",
    )
    max_bytes: int = Field(
        default=DEFAULT_LIMITS.max_bytes,
        ge=1,
        description="largest file that is read, in bytes",
    )
    max_pixels: int = Field(
        default=DEFAULT_LIMITS.max_pixels,
        ge=1,
        description="largest photo that is decoded, in pixels (width times height)",
    )

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="address that the service listens on; another than this machine's needs a key",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="port that the service listens on; 0 takes any"
    )
    state: Path = Field(
        default=Path("homelens-state"),
        description="folder for the default database and file store, and for uploads under way",
    )
    database_url: str | None = Field(
        default=None,
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME; "
        "default: homelens.db in the state folder",
    )
    store_url: str | None = Field(
        default=None,
        description="a folder or s3://BUCKET/PREFIX for photos and copies; "
        "default: files in the state folder",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="photos examined at the same time; default: the CPUs that the container may "
        "use, with one thread each",
    )
    queue: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="requests that may wait for a worker before others are turned away; "
        "default: 4 for each worker",
    )
    queue_seconds: float = Field(
        default=1.5,
        gt=0,
        description="seconds from arrival to answer that a waiting request may expect; where it "
        "would be more, it is turned away",
    )
    keep_originals_days: float = Field(
        default=30, ge=0, description="days after which uploaded files are deleted; copies stay"
    )
    keep_checks_hours: float = Field(
        default=24, gt=0, description="hours for which copies of a stateless check can be fetched"
    )
    sweep_minutes: float = Field(
        default=10, gt=0, description="minutes between two sweeps of what has run out"
    )
    token_minutes: int = Field(
        default=120, ge=1, le=10_080, description="how long a seller's token is valid"
    )
    max_photos: int = Field(
        default=100, ge=1, le=1000, description="most photos of one listing or one check"
    )
    max_request_bytes: int = Field(
        default=400_000_000, ge=1, description="largest upload with all its photos, in bytes"
    )
    rate_per_minute: int = Field(
        default=600, ge=1, description="requests a minute of one key that has no rate of its own"
    )
    stall_seconds: float = Field(
        default=10, gt=0, description="seconds without a byte after which a request is cut"
    )
    slowest_upload: int = Field(
        default=10_000,
        ge=1,
        description="bytes a second that an upload must reach on average after the first seconds",
    )
    drain_seconds: int = Field(
        default=25, ge=0, description="seconds that requests under way have to end at shutdown"
    )

    log_format: Literal["text", "json"] = Field(
        default="text", description="how log lines are written: text or json"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="the least that is logged: debug, info, warning or error; "
        "debug has texts of unforeseen errors and calls of probes",
    )

    lease_minutes: float = Field(
        default=5, gt=0, le=1440, description="minutes for which a labeler keeps a task untouched"
    )
    check_every: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="one labeler's task in how many is a hidden check; 0 for none",
    )
    second_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of the tasks that a second labeler is asked as well, 0–1",
    )

    valuation_public: bool = Field(
        default=True,
        description="whether people without a key may ask for values, once keys exist: rounded, "
        "after a challenge; true or false",
    )
    valuation_memory_mb: float = Field(
        default=300,
        gt=0,
        description="megabytes that valuation models may take; the least recently used are dropped",
    )
    valuation_work: int = Field(
        default=200,
        ge=2,
        le=100_000,
        description="tries that a challenge for people without a key may take, of about 1 ms each",
    )
    valuation_address_per_minute: int = Field(
        default=12, ge=1, description="values a minute of one address without a key"
    )
    valuation_address_per_day: int = Field(
        default=60, ge=1, description="values a day of one address without a key"
    )
    valuation_anonymous_per_day: int = Field(
        default=30_000,
        ge=1,
        description="values a day of all addresses without a key together; challenges get harder "
        "from half of them",
    )
    valuation_key_per_day: int = Field(default=5000, ge=1, description="values a day of one key")
    explanations: str = Field(
        default="none,words,full",
        pattern=r"^(none|words|full)(,(none|words|full))*$",
        description="explanations of values that visits see at random, by commas: none (value and "
        "range), words (with reasons), full (with comparables and pictures); one alone is fixed",
    )
    visit_url: str | None = Field(
        default=None,
        pattern=r"^(https://|mailto:|tel:)[^\s\"'<>]+$",
        max_length=500,
        description="where a visit is booked after a value, as https:, mailto: or tel: address",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        pattern=r"^[0-9a-fA-F:./,\s]*$",
        description="addresses or networks of proxies whose X-Forwarded-For is believed, by commas",
    )

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.state / 'homelens.db'}"

    @property
    def variants(self) -> tuple[str, ...]:
        """The explanations that visits see at random."""
        return tuple(dict.fromkeys(self.explanations.split(",")))

    @property
    def store(self) -> str:
        """The file store's address."""
        return self.store_url or str(self.state / "files")

    @property
    def limits(self) -> Limits:
        """The limits on uploaded photos."""
        return Limits(max_bytes=self.max_bytes, max_pixels=self.max_pixels)


def load_settings() -> Settings:
    """Settings from the environment. Raises SettingsError that names the variable."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith(PREFIX) and name.upper() not in known | NOT_SETTINGS
    )
    if unknown:
        raise SettingsError(
            f"there is no setting {unknown[0]}",
            accepted=", ".join(sorted(known)),
            do="correct its name or unset it",
        )
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}"
        field = Settings.model_fields[str(first["loc"][0])]
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg'].lower()}",
            accepted=str(field.description),
            do="correct it or unset it",
        ) from error
