"""The report's English sentences, in one place; codes and decisions are in vision/completeness.py.

line_sentence("missing", "bathroom", "bathrooms", have=0, sure=0, need=2)
# "There is no photo of the bathrooms; 2 are needed."
"""

from collections.abc import Sequence

from vision.report import LineStatus

PLURALS = {
    "entrance_hall": "entrance halls",
    "exterior": "exterior",
    "other": "other things",
}
"""Room types whose plural is not an added s."""


def room_name(room: str, number: int = 1) -> str:
    """A room type in words: dining_room is "dining room"; any other type is read the same way."""
    name = room.replace("_", " ")
    return name if number == 1 else PLURALS.get(room, f"{name}s")


def line_sentence(
    status: LineStatus, one: str, many: str, *, have: int, sure: int, need: int
) -> str:
    """What a checklist line says. `one` and `many` name the rooms in singular and plural."""
    name = one if need == 1 else many
    if status == "optional" and not have:
        return f"There is no photo of the {name}; it is not required."
    if status == "missing":
        rest = "" if need == 1 else f"; {need} are needed"
        return f"There is no photo of the {name}{rest}."
    if status == "unsure" and need == 1:
        return f"There may be a photo of the {name}, but that is not certain."
    if status == "unsure":
        certain = "none is" if sure == 0 else f"only {sure} {'is' if sure == 1 else 'are'}"
        return f"There may be {have} photos of the {name}, but {certain} certain."
    counted = f"There {'is' if have == 1 else 'are'} {photos(have)} of the {name}"
    if status == "partial":
        return f"{counted}; {need} are needed."
    if status == "optional":
        return f"{counted}; {need} would show all, which is not required."
    return f"{counted}."


def total_sentence(have: int, need: int) -> str:
    """What the line on the number of photos says."""
    counted = f"There {'is' if have == 1 else 'are'} {have or 'no'} different photo"
    return f"{counted}{'' if have == 1 else 's'} that can be used; at least {need} are needed."


def photos(number: int) -> str:
    """ "1 photo", "2 photos"."""
    return f"{number} photo{'' if number == 1 else 's'}"


def add_step(one: str, have: int, need: int) -> str:
    """The next step where photos are missing."""
    lacking = need - have
    if have == 0 and need == 1:
        return f"Add a photo of the {one}."
    if have == 0:
        return f"Add {photos(lacking)} of the {one}, each from a different place."
    return f"Add {lacking} more {'photo' if lacking == 1 else 'photos'} of the {one}."


def choice_sentence(photo: str, rooms: Sequence[str], both: bool) -> str:
    """The question which of these rooms a photo shows."""
    names = [f"the {room_name(room)}" for room in rooms]
    if both:
        return f"Does {photo} show {', '.join(names)}, or both?"
    return f"Does {photo} show {', '.join(names)} or something else?"


def extra_sentence(extra: str) -> str:
    """The question after an extra that no rule and no model knows."""
    name = room_name(extra)
    return f"You declared: {name}. This check cannot recognise it. Does one of the photos show it?"
