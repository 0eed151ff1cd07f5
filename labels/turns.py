"""Where hidden checks stand among the tasks that a labeler gets. Pure.

    is_check_turn(serial=23, every=10, salt="set_… key:key_1")
    checks_ahead(serial=23, tasks=140, checks=9, every=10, salt=…)

One in every block of `every` tasks, at a place that the salt decides: always the same for the same
labeler and set, and not every tenth, which would be found out soon.
"""

import hashlib


def is_check_turn(serial: int, every: int, salt: str) -> bool:
    """Whether the task with this number (0, 1, 2, …) is to be a check."""
    return every > 0 and serial % every == _place(serial // every, every, salt)


def checks_ahead(serial: int, tasks: int, checks: int, every: int, salt: str) -> int:
    """How many checks will come before `tasks` real ones are given out, `serial` being next.

    A count of open tasks that holds these falls by one with every answer, be it of a check or not.
    """
    if every <= 0:
        return 0
    found = 0
    while tasks > 0 and found < checks:
        block = serial // every
        place = block * every + _place(block, every, salt)
        end = (block + 1) * every
        if serial > place:
            tasks -= end - serial
        elif place - serial < tasks:
            found += 1
            tasks -= end - serial - 1
        else:
            break
        serial = end
    return found


def _place(block: int, every: int, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{salt} {block}".encode()).digest()[:8]) % every
