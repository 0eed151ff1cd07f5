"""What training may vary, in one table; `homelens avm train --set rounds=400` changes one.

    settings = Settings()                           # good over markets
    settings = Settings().changed({"years": "12"})

Each default was chosen by rolling origins inside the training period of several markets, never on
a test: docs/avm.md says by how much.
"""

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from vision.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """Parameters of a market's training."""

    rounds: int = 700
    """trees of each forest"""
    leaves: int = 48
    """of each tree; up to twice as many in markets of more than 20,000 homes"""
    rate: float = 0.025
    least_in_leaf: int = 15
    columns: float = 0.5
    mean_share: float = 0.5
    """of forests that aim at the mean beside those that aim at the median"""
    years: float | None = None
    """of prices that are learned from"""
    half_life_years: float | None = None
    haste: float = 0.5
    """share of the rounds, at a rate as much higher, of forests that only show errors"""
    folds: int = 3
    """of the errors that ranges are learned from"""
    origins: int = 3
    """in the past from which the blend, the margins and the tiers are learned"""
    masked: float = 0.2
    """copies of homes with fields taken away, as a share: to learn what a missing field means"""
    comparables: int = 12_000
    """homes that a bundle keeps to compare with, the newest"""
    less: tuple[str, ...] = ()
    """fields to do without"""
    seed: int = 7
    threads: int = 1

    @property
    def hurried(self) -> "Settings":
        """Settings of the forests that only show errors."""
        rounds = max(1, round(self.rounds * self.haste))
        return replace(self, rounds=rounds, rate=self.rate * self.rounds / rounds)

    def changed(self, values: dict[str, str]) -> "Settings":
        """Settings with some replaced, from text. Raises SettingsError naming what is accepted."""
        found: dict[str, Any] = {}
        kinds = {one.name: one.type for one in fields(self)}
        for name, text in values.items():
            if name not in kinds:
                raise SettingsError(f"there is no setting {name}", accepted=", ".join(kinds))
            if name == "less":
                found[name] = tuple(part for part in text.split("+") if part)
            elif name in ("years", "half_life_years") and text == "none":
                found[name] = None
            else:
                found[name] = _number(name, text, whole=kinds[name] is int)
        return replace(self, **found)


ENDS = {
    "leaves": (2.0, 4096.0),
    "rate": (1e-4, 1.0),
    "columns": (0.01, 1.0),
    "mean_share": (0.0, 1.0),
    "years": (0.1, 1000.0),
    "half_life_years": (0.1, 1000.0),
    "haste": (0.01, 1.0),
    "folds": (2.0, 20.0),
    "masked": (0.0, 1.0),
    "comparables": (20.0, 1e6),
    "seed": (0.0, 2.0**31 - 1),
}
"""Least and greatest value of a number; others are 1 to 100,000."""


def _number(name: str, text: str, *, whole: bool) -> float:
    low, high = ENDS.get(name, (1.0, 1e5))
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # nan is beyond everything
        kind = "a whole number" if whole else "a number"
        none = ", or none" if name in ("years", "half_life_years") else ""
        raise SettingsError(f"{name}={text}", accepted=f"{kind} from {low:,g} to {high:,g}{none}")
    return value


def pairs(given: list[str], option: str) -> dict[str, str]:
    """NAME=VALUE options. Raises SettingsError."""
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise SettingsError(f"{option} {text}", accepted=f"{option} NAME=VALUE")
        found[name] = value
    return found
