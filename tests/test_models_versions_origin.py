"""Every shipped bundle leads back to its commit, its data and its parameters; DVC agrees."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.manifests import ROOT, fingerprint
from vision.bundle import models_folder

SHIPPED = sorted(
    path.parent.relative_to(models_folder()).as_posix()
    for path in models_folder().rglob("manifest.json")
    if not any(part in (".history", "versions") for part in path.relative_to(models_folder()).parts)
)
SECTIONS = {"objects": "doors", "rooms": "rooms"}
"""Bundle to the section of params.yaml that it was trained with."""


def manifest_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((models_folder() / name / "manifest.json").read_text())
    return found


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    )


def test_the_bundles_are_there() -> None:
    assert {"objects", "people", "rooms"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_names_a_commit_of_this_history(name: str) -> None:
    code = manifest_of(name)["code"]
    assert re.fullmatch("[0-9a-f]{40}", code), "built from files that no commit has"
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("needs the history of the repository")
    assert git("merge-base", "--is-ancestor", code, "HEAD").returncode == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_it_names_its_data_parameters_and_licences(name: str) -> None:
    manifest = manifest_of(name)
    assert manifest["data"]
    for sha256 in manifest["data"].values():
        assert re.fullmatch("[0-9a-f]{64}", sha256)
    assert manifest["parameters"]
    assert manifest["licences"]
    assert manifest["metrics"]


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_its_parameters_are_those_of_the_table(name: str) -> None:
    table = yaml.safe_load((ROOT / "params.yaml").read_text())[SECTIONS[name]]
    said = manifest_of(name)["parameters"]
    assert {key: said.get(key) for key in table} == table


@pytest.mark.parametrize("name", ["objects", "rooms"])
def test_its_data_are_those_at_hand(name: str, homelens_data: Path) -> None:
    places = {
        **{one: (homelens_data / one,) for one in ("doordetect", "listings", "people", "rooms")},
        **{
            f"coco/{part}": (homelens_data / f"coco/{part}.json", homelens_data / "coco" / part)
            for part in ("train", "val")
        },
    }
    said = manifest_of(name)["data"]
    compared = [one for one in said if one in places]
    assert compared
    for one in compared:
        assert said[one] == fingerprint(*places[one]), one


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("avm/")])
def test_a_markets_data_are_those_at_hand(name: str, homelens_data: Path) -> None:
    manifest = manifest_of(name)
    table = yaml.safe_load((ROOT / "params.yaml").read_text())["avm"]
    assert {key: manifest["parameters"][key] for key in table} == table
    for file, sha256 in manifest["data"].items():
        content = (homelens_data / "avm" / file).read_bytes()
        assert sha256 == hashlib.sha256(content).hexdigest()


def test_the_rooms_were_told_beside_the_objects_that_are_shipped() -> None:
    objects = manifest_of("objects")["sha256"]
    assert manifest_of("rooms")["data"]["objects bundle"] == objects
    assert manifest_of("people")["parameters"]["privacy_objects"] == objects


def dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """DVC in a repository, without what the machine says of other remotes."""
    command = Path(sys.executable).with_name("dvc")
    own = {name: str(folder.parent / name) for name in ("DVC_GLOBAL_CONFIG_DIR",
           "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR")}  # fmt: skip
    return subprocess.run(
        [command, *arguments],
        cwd=folder,
        env={**os.environ, "DVC_NO_ANALYTICS": "1", **own},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The pipeline with its bundles, as a repository of its own."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("dvc.yaml", "dvc.lock", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    (folder / ".dvc").mkdir()
    for name in ("config", ".gitignore"):
        shutil.copy(ROOT / ".dvc" / name, folder / ".dvc")
    shutil.copytree(models_folder(), folder / "models", ignore=shutil.ignore_patterns(".history"))
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def test_repro_has_nothing_to_do_on_an_unchanged_tree(checkout: Path, homelens_data: Path) -> None:
    (checkout / "data").symlink_to(homelens_data)
    weights = homelens_data.parent / "weights"
    if weights.is_dir():
        (checkout / "weights").symlink_to(weights)
        assert "up to date" in dvc(checkout, "status").stdout
    done = dvc(checkout, "repro", "--allow-missing")
    assert done.returncode == 0, done.stderr
    assert "Running stage" not in done.stdout
    assert "Data and pipelines are up to date." in done.stdout


def test_without_the_data_it_still_tells_what_is_due(checkout: Path) -> None:
    assert "up to date" in dvc(checkout, "repro", "--allow-missing").stdout
    params = checkout / "params.yaml"
    params.write_text(params.read_text().replace("embedding: 64", "embedding: 32"))
    found = json.loads(dvc(checkout, "status", "--json", "rooms").stdout)
    assert {"rooms": "modified"} in [
        change["changed deps"].get("params.yaml") for change in found["rooms"]
    ]
    model = checkout / "models" / "people" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    found = json.loads(dvc(checkout, "status", "--json", "people").stdout)
    assert {"changed outs": {"models/people": "modified"}} in found["people"]


def test_the_lock_holds_no_machine(checkout: Path) -> None:
    text = (checkout / "dvc.lock").read_text() + (checkout / "dvc.yaml").read_text()
    for stage in yaml.safe_load((checkout / "dvc.lock").read_text())["stages"].values():
        for entry in [*stage["deps"], *stage["outs"]]:
            assert re.match(r"(data|weights|models)/", entry["path"])
            assert ".." not in entry["path"]
    assert "://" not in text
    assert not re.search(r"(^|[\s\"'=])/\w", text)


PIPELINE = """
stages:
  count:
    cmd: ls data/homes | wc -l > count.txt
    deps: [data/homes]
    outs: [count.txt]
"""


def test_data_and_results_go_to_s3_and_come_back(tmp_path: Path, s3_url: str) -> None:
    """As docs/versions.md says it for data that lie in the checkout."""
    one = tmp_path / "one"
    (one / "data" / "homes").mkdir(parents=True)
    for number in range(3):
        (one / "data" / "homes" / f"{number}.txt").write_text(f"home {number}")
    (one / "dvc.yaml").write_text(PIPELINE)
    subprocess.run(["git", "init", "-q", one], check=True)
    for arguments in (
        ("init", "-q"),
        ("remote", "add", "--local", "--default", "team", f"{s3_url}/dvc"),
        ("add", "-q", "data/homes"),
        ("repro", "-q"),
        ("push",),
    ):
        done = dvc(one, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert "homelens" not in (one / ".dvc" / "config").read_text()
    two = tmp_path / "two"
    shutil.copytree(one, two, ignore=shutil.ignore_patterns("cache", "tmp", "homes", "count.txt"))
    assert not (two / "count.txt").exists()
    done = dvc(two, "pull")
    assert done.returncode == 0, done.stderr
    assert (two / "count.txt").read_text() == "3\n"
    assert (two / "data" / "homes" / "2.txt").read_text() == "home 2"
    assert "up to date" in dvc(two, "repro").stdout
