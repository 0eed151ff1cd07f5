"""What the image is made of, as far as it can be seen without building it.

`make image` builds, runs and measures it; it needs buildah and podman.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from deploy.image.contents import METADATA, PACKAGES, Tree, owner
from deploy.image.engine import npm_settings, pip_settings
from deploy.image.sbom import write_sbom
from tests.service import Service
from vision.bundle import models_folder, read_manifest

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LAST = DOCKERFILE.rpartition("\nFROM ")[2]
"""The stage that becomes the image."""


def health(service: Service | None, *arguments: str) -> "subprocess.CompletedProcess[str]":
    port = service.url.rpartition(":")[2] if service else "9"  # nobody listens on discard
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy/image/health.py"), *arguments],
        env={**os.environ, "HOMELENS_PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )


def test_health_check_of_a_running_service(service: Service) -> None:
    assert health(service).returncode == 0
    assert health(service, "/readyz").returncode == 0


def test_health_check_tells_what_is_wrong(service: Service) -> None:
    nobody = health(None)
    assert nobody.returncode == 1
    assert "refused" in nobody.stderr
    wrong = health(service, "/nothing-like-this")
    assert wrong.returncode == 1
    assert "404" in wrong.stderr


def test_requirements_are_those_of_the_base_installation() -> None:
    script = ROOT / "deploy/image/requirements.py"
    done = subprocess.run(
        [sys.executable, str(script), str(ROOT / "pyproject.toml")],
        capture_output=True,
        text=True,
        check=True,
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["dependencies"]) <= set(done.stdout.splitlines())
    assert not re.search(r"torch|ultralytics|polars|lightgbm", done.stdout)


def test_the_image_runs_as_somebody_by_number() -> None:
    users = re.findall(r"^USER (\S+)$", LAST, re.MULTILINE)
    assert users == ["10001:10001"]
    assert "homelens:x:10001:10001:" in (ROOT / "deploy/image/system.sh").read_text("utf-8")


def test_nothing_that_runs_in_the_image_needs_a_shell() -> None:
    assert LAST.startswith("scratch\n")
    for line in re.findall(r"^(?:RUN|CMD|ENTRYPOINT|\s+CMD) (.*)$", LAST, re.MULTILINE):
        assert line.startswith("["), line


def test_models_are_verified_while_it_is_built() -> None:
    assert 'RUN ["homelens", "models"]' in LAST


def test_no_address_of_a_registry_is_written_down() -> None:
    files = [
        ROOT / "Dockerfile",
        *(ROOT / "deploy/image").glob("*"),
        *(ROOT / ".github").rglob("*"),
    ]
    for file in files:
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"(index-url|registry)\s*=\s*['\"]?https?:", text), file


def test_sources_of_packages_come_from_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    assert "index-url" not in pip_settings()
    assert "registry=" not in npm_settings()
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://packages.example/npm")
    assert "index-url = https://packages.example/simple" in pip_settings()
    assert "registry=https://packages.example/npm" in npm_settings()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{PACKAGES}/cv2/cv2.abi3.so", "opencv"),
        (f"{PACKAGES}/opencv_python_headless.libs/libaom.so", "opencv"),
        (f"{PACKAGES}/numpy-2.4.6.dist-info/METADATA", "numpy"),
        (f"{PACKAGES}/models/rooms/model.onnx", "models"),
        (f"{PACKAGES}/serving/web/dist/index.html", "homelens itself, with its pages"),
        ("usr/lib/python3.11/asyncio/base_events.py", "python 3.11"),
        ("usr/lib/x86_64-linux-gnu/libc.so.6", "debian, rest"),
    ],
)
def test_what_fills_an_image(path: str, name: str) -> None:
    assert owner(path) == name


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """What an image says of itself, made by hand, with the shipped rooms."""
    numpy = tmp_path / PACKAGES / "numpy-2.0.dist-info/METADATA"
    libc = tmp_path / "var/lib/dpkg/status.d/libc6"
    rooms = tmp_path / PACKAGES / "models/rooms/manifest.json"
    for file, text in (
        (numpy, "Metadata-Version: 2.4\nName: numpy\nVersion: 2.0\nLicense-Expression: MIT\n"),
        (libc, "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n"),
        (rooms, (models_folder() / "rooms/manifest.json").read_text(encoding="utf-8")),
    ):
        assert METADATA.fullmatch(file.relative_to(tmp_path).as_posix())
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return Tree(Counter(), tmp_path)


def test_bill_of_materials(tree: Tree, tmp_path: Path) -> None:
    out = tmp_path / "bill.json"
    listed = write_sbom(tree, out)
    text = out.read_text(encoding="utf-8")
    assert '"pkg:deb/debian/libc6@2.36-9?arch=amd64"' in text
    assert '"pkg:pypi/numpy@2.0"' in text
    assert '"pkg:npm/preact@' in text
    assert read_manifest(models_folder() / "rooms").sha256 in text
    assert listed > 3
    assert '"vite"' not in text  # a tool, not a part


@pytest.mark.parametrize(
    ("setting", "written"), [({}, False), ({"ORT_DISABLE_TELEMETRY": "0"}, True)]
)
def test_nothing_is_written_about_this_machine(
    setting: dict[str, str], written: bool, tmp_path: Path
) -> None:
    kept = {k: v for k, v in os.environ.items() if k not in ("ORT_DISABLE_TELEMETRY", "CI")}
    subprocess.run(
        [sys.executable, "-c", "import vision.session"],
        env={**kept, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), **setting},
        check=True,
    )
    assert any(tmp_path.iterdir()) is written
