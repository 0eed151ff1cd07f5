"""All settings of the product in one typed table; docs/settings.md says the same in prose.

    HOMELENS_THREADS=1 HOMELENS_POLICY=remove homelens check photos --home …

    settings = load_settings()
    settings.threads, settings.limits

A variable that is not in the table is refused: a slip in its name would otherwise go unnoticed.
"""

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from vision.bundle import models_folder
from vision.errors import SettingsError
from vision.photo import DEFAULT_LIMITS, Limits
from vision.redact import Policy

PREFIX = "HOMELENS_"

NOT_SETTINGS = {"HOMELENS_DATA"}
"""Variables of the prefix that belong to the tests and to training, not to the product."""


class Settings(BaseSettings):
    """One field for each variable: HOMELENS_ and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    models: Path = Field(
        default_factory=models_folder,
        description="folder with the model bundles rooms, objects and people",
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
