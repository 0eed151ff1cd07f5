"""Is the listing complete? A pure function of findings, declared home and rules.

    report = assess(photos, refused, parse_home("bedrooms=3,bathrooms=2,type=house"), rules)
    report.complete, report.lines, report.questions

Distinct photos are counted per room type: of a group of near-duplicates one counts. Two photos of
the same bathroom from different places count as two; whether they show two bathrooms cannot be
told from photos. The order of the photos does not matter, and another good photo never takes
anything away.
"""

from collections.abc import Mapping, Sequence

from vision import messages as say
from vision.evidence import OTHER, Judged, duplicates, judge, natural
from vision.findings import ROOM_TYPES, PhotoFindings, QualityCode, RefusedPhoto
from vision.home import Home
from vision.report import Line, LineStatus, PhotoCard, Question, Report, Retake
from vision.rules import RoomNeed, Rules

WORTH_ASKING = 0.1
"""A room less probable than this is not offered as an answer."""

Answers = Mapping[str, tuple[str, ...]]
"""What the seller said: photo id to the room types that it shows."""


def assess(
    photos: Sequence[PhotoFindings],
    refused: Sequence[RefusedPhoto],
    home: Home,
    rules: Rules,
    answers: Answers | None = None,
) -> Report:
    """The report on a listing.

    `photos` carry their near-duplicates as quality.duplicate findings; `answers` are what the
    seller said to earlier questions. Raises ValueError if two photos have one id.
    """
    ordered = sorted(photos, key=lambda photo: natural(photo.id))
    if len({photo.id for photo in ordered}) < len(ordered):
        raise ValueError("two photos have the same id")
    originals = duplicates(ordered, rules)
    judged = [
        judge(photo, originals.get(photo.id), rules, (answers or {}).get(photo.id))
        for photo in ordered
    ]
    known = {guess.type for photo in ordered for guess in photo.rooms}
    needs = [need for need in rules.rooms if applies(need, home)]
    lines = [room_line(need, home, judged, known, rules) for need in needs]
    total = [total_line(judged, rules.photos_min)] if rules.photos_min else []
    return Report(
        home=home,
        rules=rules.name,
        rules_title=rules.title,
        complete=all(line.status == "ok" for line in [*total, *lines] if line.required),
        photos_distinct=sum(j.usable for j in judged),
        lines=(*total, *lines),
        retakes=tuple(retake(j, rules) for j in judged if retake_codes(j, rules)),
        questions=(
            *room_questions(judged, needs, lines, rules),
            *extra_questions(home, rules, answers or {}),
        ),
        refused=tuple(sorted(refused, key=lambda photo: natural(photo.id))),
        photos=tuple(card(j, rules) for j in judged),
    )


def applies(need: RoomNeed, home: Home) -> bool:
    """Whether the home has this need at all: a studio without bedrooms needs no photo of one."""
    return needed(need, home) > 0 and (need.when is None or home.has(need.when))


def needed(need: RoomNeed, home: Home) -> int:
    """How many photos the need asks of this home."""
    return home.rooms(need.count) if isinstance(need.count, str) else need.count


def room_line(
    need: RoomNeed, home: Home, judged: Sequence[Judged], known: set[str], rules: Rules
) -> Line:
    """One need's line of the checklist. `known` are the room types that the model tells apart."""
    rooms, number = (need.room, *need.also), needed(need, home)
    evidence = [j.photo.id for j in judged if j.counts(rooms)]
    certain = {j.photo.id for j in judged if j.surely(rooms, rules.ask_below)}
    have, sure = len(evidence), len(certain)
    status = line_status(have, sure, number, need.required)
    one = need.title or say.room_name(need.room)
    many = need.title or say.room_name(need.room, number)
    step: str | None = None
    if need.required and status == "unsure":
        doubtful = next(photo for photo in evidence if photo not in certain)
        step = f"Say what {doubtful} shows, or add a clearer photo of the {one}."
    elif need.required and status != "ok":
        spoiled = [j for j in judged if j.refused_for and any(e.room in rooms for e in j.evidence)]
        step = say.add_step(one, have, number)
        if spoiled:
            step = f"{spoiled[0].photo.id} does not count. {first_reason(spoiled[0])}"
        elif known and known.isdisjoint(rooms):
            step = f"This check cannot recognise the {one}: say which photo shows it."
    return Line(
        code=f"room.{status}",
        status=status,
        title=one[:1].upper() + one[1:],
        room=need.room,
        also=need.also,
        required=need.required,
        need=number,
        have=have,
        sure=sure,
        evidence=tuple(evidence),
        sentence=say.line_sentence(status, one, many, have=have, sure=sure, need=number),
        next_step=step,
        note=need.note,
    )


def first_reason(judged: Judged) -> str:
    """The sentence of the first finding for which the photo is refused."""
    return next(f.message for f in judged.photo.quality if f.code in judged.refused_for)


def line_status(have: int, sure: int, need: int, required: bool) -> LineStatus:
    """How a need stands with `have` photos of which `sure` are certain."""
    if sure >= need:
        return "ok"
    if have >= need:
        return "unsure"
    if not required:
        return "optional"
    return "partial" if have else "missing"


def total_line(judged: Sequence[Judged], need: int) -> Line:
    """The line on the number of distinct photos in all."""
    evidence = tuple(j.photo.id for j in judged if j.usable)
    have = len(evidence)
    status: LineStatus = "ok" if have >= need else "partial" if have else "missing"
    return Line(
        code=f"photos.{status}",
        status=status,
        title="Photos",
        room=None,
        required=True,
        need=need,
        have=have,
        sure=have,
        evidence=evidence,
        sentence=say.total_sentence(have, need),
        next_step=None if have >= need else f"Add {say.photos(need - have)}.",
    )


def answerable(home: Home, rules: Rules) -> tuple[str, ...]:
    """What a photo can be said to show: room types, what the rules ask for, declared extras."""
    needed = [room for need in rules.rooms for room in (need.room, *need.also)]
    return tuple(dict.fromkeys([*ROOM_TYPES, *needed, *sorted(home.extras)]))


def retake_codes(judged: Judged, rules: Rules) -> tuple[QualityCode, ...]:
    """Findings for which a photo should be taken again; a duplicate needs no better twin."""
    found = (finding.code for finding in judged.photo.quality)
    return tuple(
        code
        for code in found
        if code in judged.refused_for
        or (code in rules.retake and judged.stands_for is None and code != "quality.duplicate")
    )


def retake(judged: Judged, rules: Rules) -> Retake:
    """What to do about a photo with findings."""
    codes = retake_codes(judged, rules)
    said = [finding.message for finding in judged.photo.quality if finding.code in codes]
    return Retake(
        photo=judged.photo.id,
        codes=codes,
        counts=judged.usable and bool(judged.evidence),
        sentence=" ".join(said),
    )


def room_questions(
    judged: Sequence[Judged], needs: Sequence[RoomNeed], lines: Sequence[Line], rules: Rules
) -> list[Question]:
    """Questions whose answer could fulfil a required line; others are not worth the seller's time.

    `lines` are those of `needs`, in the same order.
    """
    open_rooms = {
        room
        for need, line in zip(needs, lines, strict=True)
        if line.required and line.status != "ok"
        for room in (need.room, *need.also)
    }
    asked = []
    for j in judged:
        certain = bool(j.evidence) and all(e.sure for e in j.evidence)
        if certain or j.answered or not j.usable or surely_other(j.photo, rules):
            continue
        rooms = [g for g in j.photo.rooms if g.type != OTHER]
        offered = [g.type for g in rooms if g.probability >= WORTH_ASKING][:2]
        if len(j.evidence) == 2:
            offered = [e.room for e in j.evidence]
        if open_rooms.isdisjoint(offered):
            continue
        asked.append(
            Question(
                code="ask.both" if len(j.evidence) == 2 else "ask.room",
                photo=j.photo.id,
                choices=(*offered, OTHER),
                sentence=say.choice_sentence(j.photo.id, offered, len(j.evidence) == 2),
            )
        )
    return asked


def surely_other(photo: PhotoFindings, rules: Rules) -> bool:
    """Whether the photo certainly shows no room of a home."""
    return photo.room.type == OTHER and photo.room.probability >= rules.ask_below


def extra_questions(home: Home, rules: Rules, answers: Answers) -> list[Question]:
    """One question for each declared extra that no need of the rule file covers and that no
    answer names: the seller who said which photo shows the balcony is not asked again."""
    covered = {name for need in rules.rooms for name in (need.room, need.when)}
    covered |= {room for rooms in answers.values() for room in rooms}
    return [
        Question(code="ask.extra", photo=None, choices=(extra,), sentence=say.extra_sentence(extra))
        for extra in sorted(home.extras - covered)
    ]


def card(judged: Judged, rules: Rules) -> PhotoCard:
    """A photo's card."""
    photo, evidence = judged.photo, judged.evidence
    room = evidence[0].room if evidence else OTHER if judged.answered else photo.room.type
    sure = all(e.sure for e in evidence) if evidence else surely_other(photo, rules)
    sure = sure or judged.answered
    counts = tuple(e.room for e in evidence) if judged.usable else ()
    name = say.room_name(room) if room != OTHER else "something other than a room"
    percent = round(100 * next((g.probability for g in photo.rooms if g.type == room), 1.0))
    sentence = f"Taken for the {name}" if room != OTHER else f"Taken for {name}"
    sentence += " because you said so" if judged.answered else f" ({percent}% sure)"
    if len(counts) > 1:
        sentence += f"; also counts for the {say.room_name(counts[1])}"
    if judged.stands_for:
        sentence += f"; nearly the same as {judged.stands_for}, which counts instead"
    elif judged.refused_for:
        sentence += "; it does not count"
    return PhotoCard(
        id=photo.id,
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        room=room,
        probability=next((g.probability for g in photo.rooms if g.type == room), 1.0),
        sure=sure,
        answered=judged.answered,
        counts_for=counts,
        duplicate_of=judged.stands_for,
        quality=photo.quality,
        people=len(photo.people),
        sentence=f"{sentence}.",
    )
