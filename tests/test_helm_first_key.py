"""What the chart's containers do, done: a first key from a file, then a service that takes it."""

from pathlib import Path

import httpx
import pytest

from tests.helm_chart import containers, pods, rendered, values
from tests.homelens_command import assert_named_error, homelens
from tests.service import running

SECRET = f"hlk_{'5f' * 32}"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(f"{SECRET}\n")
    return path


def test_laptop_pod_starts_from_nothing(tmp_path: Path, key_file: Path) -> None:
    pytest.importorskip("helm_python")
    documents = rendered(values("laptop") | {"auth": {"existingSecret": "homelens-key"}})
    config = documents["ConfigMap", "demo-homelens"]["data"]
    settings = {
        name.removeprefix("HOMELENS_"): value
        for name, value in config.items()
        if name not in ("HOMELENS_STATE", "HOMELENS_PORT")
    }
    pod = pods(documents)["Deployment", "demo-homelens"]
    first, second = containers(pod)
    arguments = [str(key_file) if word == "/run/homelens/key" else word for word in first["args"]]
    state = tmp_path / "state"
    for said in ("is made", "has this secret already"):  # the pod starts again
        done = homelens(*arguments, STATE=str(state), **settings)
        assert done.returncode == 0, done.stderr
        assert said in done.stderr
        assert SECRET not in done.stdout + done.stderr
    assert second["args"] == ["serve"]
    with running(state, **settings) as service:
        url = service.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert httpx.get(f"{url}/v1/listings").status_code == 401
        own = {"Authorization": f"Bearer {SECRET}"}
        assert httpx.get(f"{url}/v1/listings", headers=own).status_code == 200


@pytest.mark.parametrize("text", ["", "hlk_short", "password", "hlk_" + "é" * 50, "\udcff"])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(text.encode(errors="surrogateescape"))
    done = homelens("keys", "create", "x", "--secret-file", str(path), STATE=str(tmp_path / "s"))
    assert_named_error(done, "hlk_ and at least 43 characters")
    assert not text or text not in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = homelens("keys", "create", "x", "--secret-file", "/none", STATE=str(tmp_path))
    assert done.returncode == 2
    assert "/none" in done.stderr


def test_a_revoked_key_stays_revoked(tmp_path: Path, key_file: Path) -> None:
    take = ("keys", "create", "first", "--secret-file", str(key_file))
    state = str(tmp_path / "state")
    key = homelens(*take, STATE=state).stderr.split()[0]
    assert homelens("keys", "revoke", key, STATE=state).returncode == 0
    assert "already" in homelens(*take, STATE=state).stderr
    assert '"revoked_at": "2' in homelens("keys", "list", "--json", STATE=state).stdout
