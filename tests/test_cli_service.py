"""The commands beside the service: keys, sweep, database. What is wrong is named."""

import json
from pathlib import Path

import pytest

from tests.homelens_command import assert_named_error, homelens


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    state = str(tmp_path)
    made = homelens("keys", "create", "Lister's portal", "--rate", "60", STATE=state)
    assert made.returncode == 0
    assert made.stdout.startswith("hlk_")
    listed = json.loads(homelens("keys", "list", "--json", STATE=state).stdout)["keys"]
    assert [(key["name"], key["scope"], key["rate_per_minute"]) for key in listed] == [
        ("Lister's portal", "service", 60)
    ]
    table = homelens("keys", "list", STATE=state).stdout
    assert listed[0]["id"] in table  # whole, in a terminal of 80 columns too
    assert made.stdout.strip() not in table
    assert homelens("keys", "revoke", listed[0]["id"], STATE=state).returncode == 0
    again = json.loads(homelens("keys", "list", "--json", STATE=state).stdout)["keys"]
    assert again[0]["revoked_at"]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert made.stdout.strip().encode() not in stored


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("keys", "create", ""), "1 to 200 printable characters"),
        (("keys", "create", "x", "--scope", "king"), "service, labeler, admin"),
        (("keys", "revoke", "key_none"), "homelens keys list"),
    ],
)
def test_wrong_input_is_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert_named_error(homelens(*arguments, STATE=str(tmp_path)), said)


def test_database_is_upgraded_and_told(tmp_path: Path) -> None:
    state = str(tmp_path)
    empty = homelens("database", "status", STATE=state)
    assert empty.returncode == 1
    assert "migration none" in empty.stdout
    assert homelens("database", "upgrade", STATE=state).returncode == 0
    there = homelens("database", "status", STATE=state)
    assert there.returncode == 0
    assert json.loads(homelens("sweep", "--json", STATE=state).stdout)["orphans"] == 0


@pytest.mark.parametrize("command", [("database", "status"), ("keys", "list"), ("sweep",)])
def test_database_that_is_away_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    address = "postgresql://user:secret@127.0.0.1:1/homelens"
    done = homelens(*command, STATE=str(tmp_path), DATABASE_URL=address)
    assert_named_error(done, "storage.failed", "127.0.0.1")
    assert "secret" not in done.stderr
