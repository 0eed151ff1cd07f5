"""What the service's health is looked at by; each raises what is wrong and keeps nothing busy.

Health({"database": database_probe(address), "files": files_probe(address),
        "disk": disk_probe([incoming], 40_000_000), "clock": clock_probe(address)})
"""

import os
from collections.abc import Sequence
from pathlib import Path

from serving.errors import StorageError
from serving.store.database import Database, make_engine
from serving.store.files import QUICK, Files
from serving.work.health import Probe

CLOCK_SECONDS = 60.0
"""By how much the clock of this machine and the database's may differ: leases last minutes."""


def database_probe(address: str) -> Probe:
    """Asks the database over a connection of its own, which no request waits for."""
    return Database(make_engine(address, connections=1)).ping


def files_probe(address: str) -> Probe:
    """Asks the file store for what is not there, without trying again."""
    return Files.open(address, waits=QUICK).ping


def disk_probe(folders: Sequence[Path], least: int) -> Probe:
    """Whether uploads have room: `least` bytes, one largest photo."""

    def look() -> None:
        for folder in folders:
            if not folder.is_dir():
                continue
            found = os.statvfs(folder)
            free = found.f_bavail * found.f_frsize
            if free < least:
                raise StorageError(
                    f"the disk of {folder} has {free / 1e6:.0f} MB left",
                    accepted=f"{least / 1e6:.0f} MB, room for one photo",
                    do="make room, or set HOMELENS_MAX_BYTES to what photos have",
                )

    return look


def clock_probe(address: str) -> Probe:
    """Whether this machine's clock and the database's tell the same time."""
    database = Database(make_engine(address, connections=1))
    return lambda: check_clock(database)


def check_clock(database: Database) -> None:
    """Raises StorageError where the two clocks differ by more than CLOCK_SECONDS."""
    ahead = database.ahead_seconds()
    if abs(ahead) > CLOCK_SECONDS:
        how = "ahead of" if ahead > 0 else "behind"
        raise StorageError(
            f"this machine's clock is {abs(ahead):.0f} s {how} the database's",
            accepted=f"at most {CLOCK_SECONDS:.0f} s",
            do="set the clock: tokens, leases and sweeps go by it",
        )
