"""Settings: each is documented, read from the environment, and refused by name when wrong."""

import re
from pathlib import Path

import pytest

from serving.settings import NOT_SETTINGS, PREFIX, Settings, load_settings
from vision.bundle import models_folder
from vision.errors import SettingsError
from vision.photo import Limits
from vision.policy import Policy

ROOT = Path(__file__).resolve().parent.parent
NAMES = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_defaults_are_the_shipped_models_and_rules() -> None:
    settings = load_settings()
    assert settings.models == models_folder()
    assert settings.rules == "default"
    assert settings.policy is Policy.BLUR
    assert settings.limits == Limits()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MODELS": "bundles",
        "RULES": "mls",
        "POLICY": "remove",
        "THREADS": "1",
        "MAX_BYTES": "1000",
        "MAX_PIXELS": "2000",
    }.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    settings = load_settings()
    assert settings.models == Path("bundles")
    assert settings.rules == "mls"
    assert settings.policy is Policy.REMOVE
    assert settings.threads == 1
    assert (settings.limits.max_bytes, settings.limits.max_pixels) == (1000, 2000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREADS", "many"),
        ("THREADS", "0"),
        ("POLICY", "smudge"),
        ("MAX_BYTES", "-1"),
        ("MAX_PIXELS", ""),
        ("RULES", ""),
    ],
)
def test_wrong_value_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"{PREFIX}{name}" in caught.value.wrong
    assert repr(value) in caught.value.wrong
    assert caught.value.accepted == Settings.model_fields[name.lower()].description


def test_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMELENS_POLICIES", "blur")
    with pytest.raises(SettingsError, match="HOMELENS_POLICIES") as caught:
        load_settings()
    assert "HOMELENS_POLICY" in caught.value.accepted


def test_variables_of_the_tests_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NOT_SETTINGS:
        monkeypatch.setenv(name, "x")
    load_settings()


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert not [name for name in NAMES if f"`{name}`" not in text]


def test_documentation_names_no_other_setting() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text)) == set(NAMES)


def test_every_setting_is_used() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "serving").rglob("*.py")
    )
    unused = [
        name
        for name in Settings.model_fields
        if f"settings.{name}" not in sources
        and f"load_settings().{name}" not in sources
        and f"self.{name}" not in sources
    ]
    assert not unused
