"""The command itself: lists what there is, loads little, and names what is missing."""

import subprocess
import sys
from importlib.metadata import EntryPoint, version

import pytest

from serving.cli.main import EXTRAS, load, missing_extra
from tests.homelens_command import HOME, assert_named_error, homelens
from vision.errors import MissingExtra

COMMANDS = ("bench", "check", "evaluate", "export", "models", "train")


def test_version() -> None:
    done = homelens("--version")
    assert done.returncode == 0
    assert done.stdout == f"homelens {version('homelens')}\n"


def test_help_lists_every_command() -> None:
    done = homelens("--help")
    assert done.returncode == 0
    listed = [
        line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line
    ]
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("arguments", [("sing",), ("--loud",), ("check", "--loud")])
def test_unknown_words_are_refused(arguments: tuple[str, ...]) -> None:
    assert_named_error(homelens(*arguments), arguments[-1])


@pytest.mark.parametrize("name", sorted(EXTRAS))
def test_command_without_its_packages_names_the_extra(name: str) -> None:
    point = EntryPoint(name=name, value="no_such_package_at_all.cli:app", group="homelens.commands")
    command = load(point)
    assert f"homelens[{EXTRAS[name]}]" in command.get_short_help_str(100)
    with pytest.raises(MissingExtra) as caught:
        command.main(args=["anything", "--json"], standalone_mode=False)
    assert caught.value.do == f"pip install 'homelens[{EXTRAS[name]}]'"
    assert "no_such_package_at_all" in caught.value.wrong


def test_missing_module_of_our_own_is_no_missing_extra() -> None:
    error = ModuleNotFoundError("gone", name="training.gone")
    with pytest.raises(ModuleNotFoundError):
        missing_extra("train", error)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False
    )


def test_package_that_is_missing_while_running_is_named() -> None:
    done = run(
        "import sys; sys.modules['cv2'] = None\n"
        f"sys.argv = ['homelens', 'check', {__file__!r}, '--home', {HOME!r}]\n"
        "from serving.cli.main import main; main()"
    )
    assert_named_error(done, "'homelens check' needs the package cv2", "pip install 'homelens'")


def test_wrong_option_is_found_before_anything_heavy_is_loaded() -> None:
    done = run(
        "import sys; sys.argv = ['homelens', 'check', '--loud']\n"
        "from serving.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(' '.join(sys.modules))"
    )
    loaded = set(done.stdout.split())
    assert "serving.cli.check" in loaded
    heavy = {"numpy", "cv2", "onnxruntime", "rich", "jinja2", "PIL", "torch", "training"}
    assert not loaded & heavy
