"""What the image must do and must refuse, on running containers. Each check raises CheckFailed.

check_service("homelens", scratch)                     # ready, answers, nothing writable, ends
check_damage("homelens", scratch)                      # a damaged model is refused
starts("homelens", scratch, cpus=0.5, runs=11)         # seconds until ready
"""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from deploy.image.container import LOCKED, Container, make_state, once
from deploy.image.engine import EngineFailed, build, call, podman
from training.console import note, track
from vision.errors import HomelensError

WALK = """
import errno, os
seen, wrote = set(), []
for folder, folders, _ in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ("/proc", "/sys", "/dev")]
    try:
        os.close(os.open(os.path.join(folder, ".probe"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.unlink(os.path.join(folder, ".probe"))
        wrote.append(folder)
    except OSError as error:
        seen.add(errno.errorcode[error.errno])
print(len(seen) and sorted(seen), [w for w in wrote if w.split("/")[1] not in ("tmp", "state")],
      sorted({"/" + w.split("/")[1] for w in wrote}), sep="|")
"""
"""Tries to write into every folder."""

MODELS = "/opt/homelens/lib/python3.11/site-packages/models"
FLIPPED = "rooms/model.onnx"


class CheckFailed(HomelensError):
    """The image does not do what it must."""

    code = "image.check"


def expect(holds: bool, what: str, seen: object = "") -> None:
    """Say it, or raise CheckFailed."""
    if not holds:
        raise CheckFailed(f"not so: {what} ({seen})" if str(seen) else f"not so: {what}")
    note(f"  {what}")


def photo() -> bytes:
    """A made picture, as JPEG: soft colours and some grain."""
    random = np.random.default_rng(5)
    coarse = Image.fromarray(random.integers(60, 220, (6, 8, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((1280, 960), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-6, 7, smooth.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


def make_key(image: str, state: Path) -> str:
    """A first key, made by the image itself; without one it serves nobody but itself."""
    refused = once(image, state)
    expect(
        refused.code == 2 and "key" in refused.complained,
        "without a key it does not listen to the network, and says so",
        refused,
    )
    made = once(image, state, "keys", "create", "check", "--scope", "service")
    expect(made.code == 0, "a key can be made", made)
    return made.said.strip()


def check_service(image: str, scratch: Path) -> None:
    """The whole life of one container with two CPUs."""
    state = make_state(scratch / "state")
    key = make_key(image, state)
    check_command(image, state)
    with Container.made(image, state, 2.0) as container:
        container.start()
        container.until_ready()
        expect(True, "it becomes ready")
        check_answers(container, key)
        expect(container.healthy(), "the image's health check agrees")
        check_locked(container)
        code = container.stop()
        expect(code == 0, "SIGTERM ends it with exit code 0", f"{code}: {container.log()[-800:]}")


def check_command(image: str, state: Path) -> None:
    """The command line does its work inside."""
    folder = state / "photos"
    folder.mkdir()
    (folder / "room.jpg").write_bytes(photo())
    home = ("--home", "type=house,bedrooms=1,bathrooms=1")
    ended = once(image, state, "check", "/state/photos", *home, "--json")
    expect(
        ended.said.startswith("{") and len(json.loads(ended.said)["photos"]) == 1,
        "homelens check reads a folder of photos",
        ended,
    )


def check_answers(container: Container, key: str) -> None:
    """The service does its work inside."""
    with httpx.Client(base_url=f"http://127.0.0.1:{container.port}", timeout=60) as client:
        form = {"home": json.dumps({"type": "house", "bedrooms": 1, "bathrooms": 1})}
        files = {"photos": ("room.jpg", photo(), "image/jpeg")}
        expect(
            client.post("/v1/check", data=form, files=files).status_code == 401,
            "who has no key is turned away",
        )
        client.headers["Authorization"] = f"Bearer {key}"
        answer = client.post("/v1/check", data=form, files=files)
        expect(
            answer.status_code == 200 and len(answer.json()["report"]["photos"]) == 1,
            "a photo sent to /v1/check gets its report",
            answer.text[:500],
        )
        models = client.get("/v1/models").json()["models"]
        names = sorted(model["name"] for model in models)
        expect({"objects", "people", "rooms"} <= set(names), "/v1/models names what it runs", names)
        expect(client.get("/").status_code == 200, "the seller's page is served")


def check_locked(container: Container) -> None:
    """Who it is, and where it can write."""
    user = container.exec("import os; print(os.getuid(), os.getgid())")
    expect(user == "10001 10001", "it runs as user 10001", user)
    for options in ((), ("--user", "0")):
        who = "root" if options else "its user"
        errors, wrong, right = container.exec(WALK, *options).split("|")
        expect(wrong.strip() == "[]", f"{who} can write nowhere outside /state and /tmp", wrong)
        if options:
            expect("EROFS" in errors, "because the root file system is read-only", errors)
        else:
            expect(right == "['/state', '/tmp']", "its user can write into these two", right)
    what = container.exec(
        "import importlib.util as u, shutil as s; "
        "print([n for n in ('torch', 'ultralytics', 'pip', 'setuptools') if u.find_spec(n)], "
        "[n for n in ('sh', 'bash', 'gcc', 'cc', 'apt', 'curl', 'perl') if s.which(n)])"
    )
    expect(what == "[] []", "there is no torch, pip, compiler, shell or package manager", what)
    quota = container.exec("from vision.session import cpu_quota; print(cpu_quota())")
    expect(quota == "2", "threads follow the CPU quota", quota)


def damaged_model(image: str, scratch: Path) -> Path:
    """A copy of the image's model with one byte changed."""
    path = scratch / "damaged.onnx"
    id = podman("create", image)
    try:
        podman("cp", f"{id}:{MODELS}/{FLIPPED}", str(path))
    finally:
        call("podman", "rm", "--force", id)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    path.chmod(0o644)
    return path


def check_damage(image: str, scratch: Path) -> None:
    """One flipped bit in a model: the service does not start, and the image is not built."""
    state = make_state(scratch / "damaged-state")
    path = damaged_model(image, scratch)
    ended = once(
        *(image, state, "serve", "--host", "127.0.0.1", "--port", "0"),
        options=("--volume", f"{path}:{MODELS}/{FLIPPED}:ro"),
    )
    said = next((line for line in ended.complained.splitlines() if "sha256" in line), "")
    expect(
        ended.code == 2 and "Error" in said and "restore" in said,
        f"a damaged model keeps the service from starting: {said}",
        ended,
    )
    context = scratch / "damaged-build"
    context.mkdir()
    path.rename(context / "model.onnx")
    (context / "Dockerfile").write_text(
        f'FROM {image}\nCOPY model.onnx {MODELS}/{FLIPPED}\nRUN ["homelens", "models"]\n',
        encoding="utf-8",
    )
    expect_failure(
        lambda: build(f"{image}-damaged", context), "sha256", "and the image from being built"
    )


def expect_failure(work: Callable[[], None], words: str, what: str) -> None:
    """Raises CheckFailed unless the engine fails with these words."""
    try:
        work()
    except EngineFailed as error:
        expect(words in str(error), what, error)
    else:
        raise CheckFailed(f"not so: {what}")


def check_libraries(image: str) -> None:
    """Every compiled file finds all its libraries inside the image."""
    code = (
        "import subprocess, pathlib; "
        "files = [*pathlib.Path('/opt/homelens').rglob('*.so*'), "
        "*pathlib.Path('/usr/lib/python3.11').rglob('*.so')]; "
        "bad = [str(f) for f in files if b'not found' in subprocess.run("
        "['/lib64/ld-linux-x86-64.so.2', '--list', f], capture_output=True).stdout]; "
        "print(len(files), bad)"
    )
    said = podman("run", "--rm", *LOCKED, "--entrypoint", "python3", image, "-c", code)
    expect(
        re.fullmatch(r"[1-9]\d+ \[\]", said) is not None,
        f"all libraries of all compiled files are inside: {said.split()[0]} files",
        said,
    )


def starts(image: str, scratch: Path, cpus: float, runs: int) -> list[tuple[float, float]]:
    """(seconds from `podman start` to /readyz 200, CPU seconds of the service then) of each."""
    state = make_state(scratch / f"starts-{cpus:g}")
    once(image, state, "keys", "create", "check", "--scope", "service")
    return [
        start_once(image, state, cpus) for _ in track(range(runs + 1), f"starts with {cpus:g} CPUs")
    ][1:]  # the first one fills the file cache


def start_once(image: str, state: Path, cpus: float) -> tuple[float, float]:
    """One new container."""
    with Container.made(image, state, cpus) as container:
        container.start()
        return container.until_ready(), container.cpu_seconds()
