"""`homelens doctor`: says what is configured, reachable and wrong, for each kind of fault."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from serving.doctor.configured import masked
from serving.doctor.finding import Finding, checked
from serving.doctor.machine import memory_limit
from serving.doctor.stores import clock
from serving.store.database import HEAD
from tests.homelens_command import assert_named_error, homelens
from tests.otlp_receiver import receiver
from vision.bundle import models_folder


def doctor(state: Path, code: int, **settings: str) -> dict[str, Any]:
    """Its JSON, after the exit code was looked at."""
    done = homelens("doctor", "--json", STATE=str(state), **settings)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["ok"] is (code == 0)
    assert isinstance(found, dict)
    return found


def of(found: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = (check for check in found["checks"] if check["name"] == name)
    assert isinstance(one, dict)
    if one["status"] != "ok":
        assert one["do"], "what is wrong comes with what to do"
    return one


def wrong(found: dict[str, Any]) -> list[str]:
    return [check["name"] for check in found["checks"] if check["status"] == "wrong"]


def test_nothing_is_wrong_with_a_fresh_installation(tmp_path: Path) -> None:
    found = doctor(tmp_path, 0)
    assert of(found, "database")["status"] == "warning"
    assert of(found, "store")["status"] == "ok"
    for name in ("objects", "people", "rooms"):
        model = of(found, f"model {name}")
        assert model["status"] == "ok"
        assert len(model["more"]["sha256"]) == 64
    assert of(found, "cpu")["more"]["workers"] >= 1
    assert not (tmp_path / "homelens.db").exists()  # looking makes none
    assert not list((tmp_path / "files").rglob("*.*"))


def test_sources_of_settings_are_told(tmp_path: Path) -> None:
    found = doctor(tmp_path, 0, POLICY="remove")
    rows = {row["name"]: row for row in found["settings"]}
    assert rows["HOMELENS_POLICY"] == {
        "name": "HOMELENS_POLICY",
        "value": "remove",
        "source": "environment",
    }
    assert rows["HOMELENS_RULES"]["source"] == "default"


def test_text_says_what_to_do(tmp_path: Path) -> None:
    done = homelens("doctor", STATE=str(tmp_path), POLICIES="blur", QUEUE="many")
    assert done.returncode == 1
    assert "WRONG" in done.stdout
    to_do = done.stdout.partition("To do:")[2]
    assert "HOMELENS_POLICIES" in to_do
    assert "did you mean HOMELENS_POLICY?" in to_do
    assert "HOMELENS_QUEUE" in to_do
    assert "Nothing is wrong" not in done.stdout


def test_everything_else_is_looked_at_where_settings_are_wrong(tmp_path: Path) -> None:
    found = doctor(tmp_path, 1, POLICIES="blur", QUEUE="many", PORT="99999")
    assert set(wrong(found)) == {"HOMELENS_POLICIES", "HOMELENS_QUEUE", "HOMELENS_PORT"}
    assert of(found, "store")["status"] == "ok"


def test_database_that_is_away(tmp_path: Path) -> None:
    address = "postgresql://user:s3cr3t@127.0.0.1:1/homelens"
    done = homelens("doctor", "--json", STATE=str(tmp_path), DATABASE_URL=address)
    assert done.returncode == 1
    assert "s3cr3t" not in done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert wrong(found) == ["database"]
    assert of(found, "database")["more"]["code"] == "storage.failed"
    shown = {row["name"]: row["value"] for row in found["settings"]}
    assert shown["HOMELENS_DATABASE_URL"] == "postgresql://user:***@127.0.0.1:1/homelens"


def test_database_of_another_version(tmp_path: Path) -> None:
    import sqlite3

    assert homelens("database", "upgrade", STATE=str(tmp_path)).returncode == 0
    with sqlite3.connect(tmp_path / "homelens.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    found = doctor(tmp_path, 1)
    assert wrong(found) == ["database"]
    assert "0001" in of(found, "database")["found"]
    assert "homelens database upgrade" in of(found, "database")["do"]


def test_database_of_a_newer_version_is_named(tmp_path: Path) -> None:
    import sqlite3

    assert homelens("database", "upgrade", STATE=str(tmp_path)).returncode == 0
    with sqlite3.connect(tmp_path / "homelens.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert_named_error(homelens("database", "upgrade", STATE=str(tmp_path)), "9999")
    assert wrong(doctor(tmp_path, 1)) == ["database"]


def test_database_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "homelens.db").write_bytes(b"not a database" * 100)
    assert wrong(doctor(tmp_path, 1)) == ["database"]


def test_postgresql_and_s3(tmp_path: Path, postgres_url: str, s3_url: str) -> None:
    given = {"DATABASE_URL": postgres_url, "STORE_URL": f"{s3_url}/doctor"}
    assert homelens("database", "upgrade", STATE=str(tmp_path), **given).returncode == 0
    found = doctor(tmp_path, 0, **given)
    assert of(found, "database")["more"]["migration"] == HEAD
    clocks = [check for check in found["checks"] if check["name"] == "clock"]
    assert [check["status"] for check in clocks] == ["ok", "ok"]
    text = json.dumps(found)
    assert "homelens-test-secret" not in text
    shown = {row["name"]: row["value"] for row in found["settings"]}
    assert shown["AWS_SECRET_ACCESS_KEY"] == "***"


def test_wrong_credentials_of_the_bucket(
    tmp_path: Path, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    found = doctor(tmp_path, 1, STORE_URL=s3_url)
    assert wrong(found) == ["store"]
    assert s3_url in of(found, "store")["found"]


@pytest.mark.parametrize("address", ["ftp://bucket", "s3://", "/proc/nowhere"])
def test_wrong_store(tmp_path: Path, address: str) -> None:
    found = doctor(tmp_path, 1, STORE_URL=address)
    assert "store" in wrong(found)


@pytest.mark.parametrize("damage", ["changed", "missing", "manifest"])
def test_damaged_model(tmp_path: Path, damage: str) -> None:
    models = tmp_path / "models"
    shutil.copytree(models_folder(), models)
    path = models / "rooms" / "model.onnx"
    if damage == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    elif damage == "missing":
        path.unlink()
    else:
        (models / "rooms" / "manifest.json").write_text("{")
    found = doctor(tmp_path / "state", 1, MODELS=str(models))
    assert wrong(found) == ["model rooms"]
    assert of(found, "model rooms")["more"]["code"].startswith("bundle.")


def test_open_address_without_a_key(tmp_path: Path) -> None:
    assert homelens("database", "upgrade", STATE=str(tmp_path)).returncode == 0
    found = doctor(tmp_path, 1, HOST="0.0.0.0")
    assert wrong(found) == ["keys"]
    assert "homelens keys create" in of(found, "keys")["do"]
    assert homelens("keys", "create", "x", STATE=str(tmp_path)).returncode == 0
    doctor(tmp_path, 0, HOST="0.0.0.0")


def test_more_threads_than_cpus(tmp_path: Path) -> None:
    found = doctor(tmp_path, 0, WORKERS="64", THREADS="4")
    assert of(found, "cpu")["status"] == "warning"


def test_state_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "disk" in wrong(doctor(tmp_path / "file", 1))


def test_rules_that_are_none(tmp_path: Path) -> None:
    assert wrong(doctor(tmp_path, 1, RULES="none")) == ["rules"]


def test_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as got:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", got.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=for%20it")
        found = doctor(tmp_path, 0)
        assert of(found, "traces")["status"] == "ok"
        assert [headers.get("api-key") for headers in got.headers] == ["for it"]
        assert "for%20it" not in json.dumps(found)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{got.url}/elsewhere")
        assert wrong(doctor(tmp_path, 1)) == ["traces"]
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    assert of(doctor(tmp_path, 0), "traces")["status"] == "warning"  # the service runs without
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")
    assert wrong(doctor(tmp_path, 1)) == ["traces"]


def test_a_check_that_hangs_is_told() -> None:
    import threading

    never = threading.Event()

    def hang() -> list[Finding]:
        never.wait()
        return []

    (found,) = checked("database", hang, seconds=0.05)
    assert found.status == "wrong"
    assert "does not answer" in found.found
    never.set()


def test_a_check_that_fails_is_told() -> None:
    def fail() -> list[Finding]:
        raise ZeroDivisionError("x")

    (found,) = checked("cpu", fail)
    assert (found.status, "ZeroDivisionError" in found.found) == ("wrong", True)


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, "ok"), (-3, "ok"), (60, "warning"), (-60, "warning"), (1000, "wrong"), (-1000, "wrong")],
)
def test_clock(seconds: float, status: str) -> None:
    assert clock("the store's", datetime.now(UTC) + timedelta(seconds=seconds)).status == status


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("HOMELENS_DATABASE_URL", "postgresql://u:p@h/d", "postgresql://u:***@h/d"),
        ("HOMELENS_DATABASE_URL", "p4ssword", "***"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=x", "***"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:p@h/x", "https://***@h/x"),
        ("HOMELENS_RULES", "mls", "mls"),
    ],
)
def test_secrets_are_masked(name: str, value: str, shown: str) -> None:
    assert masked(name, value) == shown


@pytest.mark.parametrize(
    ("text", "limit"), [("max\n", None), ("2147483648\n", 2 << 30), ("9223372036854771712\n", None)]
)
def test_memory_limit(tmp_path: Path, text: str, limit: int | None) -> None:
    path = tmp_path / "memory.max"
    path.write_text(text)
    assert memory_limit((tmp_path / "none", path)) == limit
    assert memory_limit((tmp_path / "none",)) is None
