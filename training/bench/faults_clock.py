"""A replica whose clock is wrong by an hour: what becomes of photos, tokens and leases.

    outcome = clock_skewed(stack, 3600.0, 15.0)

Debian's libfaketime gives one process another time of day; timers go on as they are. The wrong
replica gets half of the load, though it says that it is not ready, and sweeps all the time.
"""

from pathlib import Path

import httpx

from training.bench.faults_cases import Outcome, Stack, loss
from training.bench.faults_servers import Replica
from vision.errors import HomelensError

LIBRARIES = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"),
)
SWEEP_MINUTES = "0.01"
TOKEN_MINUTES = 30
"""Of the tokens that are tried: less than the clock is wrong by."""


def library() -> Path:
    """Where libfaketime is. Raises HomelensError."""
    for path in LIBRARIES:
        if path.is_file():
            return path
    raise HomelensError("libfaketime is not installed", do="apt-get install libfaketime")


def skewed(seconds: float) -> dict[str, str]:
    """The environment of a process whose clock is ahead by so much."""
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{seconds:+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "HOMELENS_SWEEP_MINUTES": SWEEP_MINUTES,
    }


def clock_skewed(stack: Stack, ahead: float, seconds: float) -> Outcome:
    """The second replica is started again with a wrong clock, and later with the right one."""
    replica, wrong = stack.replicas[1], skewed(ahead)
    remarks: list[str] = []

    def breaks() -> None:
        replica.kill()
        replica.settings |= wrong
        replica.launch()
        remarks.extend(tokens(stack, replica))

    def mends() -> None:
        replica.kill()
        for name in wrong:
            replica.settings.pop(name, None)
        replica.launch()

    case = f"clock {abs(ahead) / 3600:.0f} h {'ahead' if ahead > 0 else 'behind'}"
    found = loss(stack, case, breaks, mends, seconds, (1,))
    return Outcome(**{**found.__dict__, "remarks": (*remarks, *said(replica))})


def tokens(stack: Stack, wrong: Replica) -> list[str]:
    """What a seller's token of one clock is worth by the other."""
    right = stack.replicas[0]
    headers = {"Authorization": f"Bearer {stack.key}"}
    home = {"home": {"type": "house", "bedrooms": 1, "bathrooms": 1}}
    listing = httpx.post(f"{right.url}/v1/listings", json=home, headers=headers).json()["id"]
    transport = httpx.HTTPTransport(retries=100)
    found = []
    with httpx.Client(transport=transport, timeout=60) as client:
        for maker, user, text in ((right, wrong, "right"), (wrong, right, "wrong")):
            made = client.post(
                f"{maker.url}/v1/listings/{listing}/tokens",
                json={"minutes": TOKEN_MINUTES},
                headers=headers,
            )
            if made.status_code != 201:
                found.append(f"a token of the {text} clock: {made.status_code}")
                continue
            bearer = {"Authorization": f"Bearer {made.json()['token']}"}
            got = client.get(f"{user.url}/v1/listings/{listing}", headers=bearer)
            found.append(
                f"a {TOKEN_MINUTES} min token of the {text} clock, shown to the other: "
                f"{got.status_code}"
            )
    return found


def said(replica: Replica) -> list[str]:
    """What the wrong replica had to say of its clock."""
    lines = replica.said.read_text(errors="replace").splitlines()
    return [line.partition("clock: ")[2] for line in lines if "WARNING clock: this" in line][-1:]
