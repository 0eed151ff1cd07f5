"""What training may vary, in one table; `homelens avm train --set rounds=400` changes one.

    settings = Settings()                           # good over markets
    settings = Settings().changed({"years": "12"})

Each default was chosen by rolling origins inside the training period of several markets, never on
a test: docs/avm.md says by how much.
"""

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
        """Settings with some replaced, from text. Raises SettingsError naming those there are."""
        found: dict[str, Any] = {}
        kinds = {one.name: one.type for one in fields(self)}
        for name, text in values.items():
            if name not in kinds:
                raise SettingsError(f"no setting {name!r}", accepted=", ".join(kinds))
            try:
                found[name] = _read(text, str(kinds[name]))
            except ValueError as error:
                raise SettingsError(f"{name}={text!r}", accepted=f"{kinds[name]}") from error
        return replace(self, **found)


def _read(text: str, kind: str) -> Any:
    if "None" in kind and text in ("", "none"):
        return None
    if kind.startswith("tuple"):
        return tuple(part for part in text.split("+") if part)
    return int(text) if kind == "int" else float(text)
