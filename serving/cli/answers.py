"""What the seller says a photo shows: --room IMG_1.jpg=kitchen+living_room.

answers = parse_answers(["IMG_1.jpg=kitchen"], photo_ids, answerable(home, rules))
"""

from collections.abc import Collection, Sequence

from vision.errors import DataError


def parse_answers(
    texts: Sequence[str], photo_ids: Collection[str], known: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Photo id to room types. Raises DataError that names the photos or rooms there are."""
    answers: dict[str, tuple[str, ...]] = {}
    for text in texts:
        photo, _, given = text.rpartition("=")
        rooms = tuple(filter(None, (room.strip() for room in given.split("+"))))
        if photo not in photo_ids:
            raise DataError(
                f"--room {text!r} names no photo of this listing",
                accepted="PHOTO=ROOM with one of " + ", ".join(sorted(photo_ids)),
            )
        wrong = [room for room in rooms if room not in known]
        if wrong or not rooms:
            raise DataError(
                f"--room {text!r} has the room {wrong[0] if wrong else ''!r}",
                accepted=", ".join(known) + "; several joined by '+'",
            )
        answers[photo] = rooms
    return answers
