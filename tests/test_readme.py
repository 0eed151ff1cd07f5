"""The README's commands are run as they stand; its links lead somewhere."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service import Service, picture
from training.cli import export_app, train_app
from vision.bundle import models_folder

ultralytics = pytest.importorskip("ultralytics")
ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(page: Path) -> list[str]:
    """Lines of the page's shell blocks, without remarks."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


CHECKS = [
    line
    for line in commands(ROOT / "README.md")
    if re.match("homelens (check|models|keys|sweep|database|-)", line)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos/, as the README supposes."""
    root = tmp_path_factory.mktemp("readme")
    shutil.copytree(Path(ultralytics.__file__).parent / "assets", root / "photos")
    for other in (root / "photos").iterdir():
        if other.suffix != ".jpg":
            other.unlink()
    return root


@pytest.mark.parametrize("line", CHECKS)
def test_command_runs(line: str, folder: Path) -> None:
    tool = str(Path(sys.executable).parent / "homelens")
    done = subprocess.run(
        [tool, *line.split()[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if "--out report" in line:
        assert (folder / "report" / "report.html").is_file()
        assert (folder / "report" / "report.json").is_file()


def test_python_example_runs(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "kitchen.jpg").write_bytes(picture())
    with contextlib.chdir(tmp_path):
        exec(code.replace("http://127.0.0.1:8000", service.url), {"key": None})
    assert capsys.readouterr().out.startswith("/listings/lst_")


def test_curl_example_runs(service: Service, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.findall(r"```sh\n(curl .*?)```", text, re.DOTALL)[0]
    command = command.replace("http://127.0.0.1:8000", service.url)
    command = command.replace('-H "Authorization: Bearer $KEY" ', "-sS ")
    for number, name in enumerate(("kitchen.jpg", "bath.jpg")):
        (tmp_path / name).write_bytes(picture(number))
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    cards = json.loads(done.stdout)["report"]["photos"]
    assert [card["id"] for card in cards] == ["bath.jpg", "kitchen.jpg"]


def test_make_targets_exist() -> None:
    made = [line for line in commands(ROOT / "README.md") if line.startswith("make ")]
    assert [line.split()[1] for line in made] == ["serve", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{line.split()[1]}:" in makefile for line in made)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_training_page_names_every_stage() -> None:
    text = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    for app, word in ((train_app, "train"), (export_app, "export")):
        for command in app.registered_commands:
            if command.name != "figures":
                assert f"homelens {word} {command.name}" in text


def test_readme_names_every_class() -> None:
    from vision.bundle import read_manifest

    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    for name in ("rooms", "objects"):
        for label in read_manifest(models_folder() / name).classes:
            assert label.replace("_", " ") in text, label
