"""The checklist: worked examples in a seller's words, and what must hold for any listing."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from vision.completeness import assess
from vision.evidence import natural
from vision.findings import (
    ROOM_TYPES,
    Detection,
    PhotoFindings,
    QualityCode,
    QualityFinding,
    RefusedPhoto,
    RoomGuess,
)
from vision.home import HOME_TYPES, Home, parse_home
from vision.report import Line, Report
from vision.rules import Rules, load_rules, parse_rules, rule_names

DEFAULT = load_rules("default")
HOME = parse_home("bedrooms=2,bathrooms=1.5,type=house")


def photo(
    id: str,
    *likely: tuple[str, float],
    objects: tuple[str, ...] = (),
    quality: tuple[QualityCode, ...] = (),
    twin: str | None = None,
) -> PhotoFindings:
    """Findings of a photo with these most probable rooms; the rest of the probability is spread."""
    given = dict(likely)
    rest = (1 - sum(given.values())) / (len(ROOM_TYPES) - len(given))
    rooms = [RoomGuess(type=t, probability=given.get(t, rest)) for t in ROOM_TYPES]
    found = [
        QualityFinding(code=code, value=0, threshold=0, unit="share", message=f"It is {code}.")
        for code in quality
    ]
    if twin:
        found.append(
            QualityFinding(
                code="quality.duplicate",
                value=2,
                threshold=10,
                unit="bits",
                message="It is nearly the same.",
                other=twin,
            )
        )
    return PhotoFindings(
        id=id,
        sha256="0" * 64,
        format="jpeg",
        width=2000,
        height=1500,
        rooms=tuple(sorted(rooms, key=lambda guess: -guess.probability)),
        objects=tuple(
            Detection(label=label, score=0.9, x1=0.1, y1=0.1, x2=0.5, y2=0.5) for label in objects
        ),
        quality=tuple(found),
        phash="0" * 16,
    )


def line(report: Report, title: str) -> Line:
    return next(line for line in report.lines if line.title == title)


WHOLE = (
    photo("kitchen.jpg", ("kitchen", 0.99)),
    photo("living.jpg", ("living_room", 0.95)),
    photo("bath1.jpg", ("bathroom", 0.99)),
    photo("bath2.jpg", ("bathroom", 0.99)),
    photo("bed1.jpg", ("bedroom", 0.99)),
    photo("bed2.jpg", ("bedroom", 0.97)),
    photo("front.jpg", ("exterior", 0.99)),
)


def test_whole_listing_is_complete() -> None:
    report = assess(WHOLE, (), HOME, DEFAULT)
    assert report.complete
    assert not report.questions
    assert not report.retakes
    assert {line.status for line in report.lines} == {"ok", "optional"}
    assert line(report, "Bathroom").evidence == ("bath1.jpg", "bath2.jpg")
    assert line(report, "Bathroom").sentence == "There are 2 photos of the bathrooms."
    assert line(report, "Dining room").next_step is None


@pytest.mark.parametrize("left_out", WHOLE, ids=lambda p: p.id)
def test_each_photo_is_missed(left_out: PhotoFindings) -> None:
    report = assess([p for p in WHOLE if p is not left_out], (), HOME, DEFAULT)
    assert not report.complete
    (gap,) = [line for line in report.lines if line.required and line.status != "ok"]
    assert gap.room == left_out.room.type
    assert gap.have == gap.need - 1
    assert gap.next_step


def test_words_of_missing_and_partial_lines() -> None:
    report = assess(WHOLE[2:3], (), HOME, DEFAULT)
    assert line(report, "Bathroom").status == "partial"
    assert line(report, "Bathroom").sentence == "There is 1 photo of the bathrooms; 2 are needed."
    assert line(report, "Bathroom").next_step == "Add 1 more photo of the bathroom."
    assert line(report, "Living room").sentence == "There is no photo of the living room."
    assert line(report, "Living room").next_step == "Add a photo of the living room."
    assert line(report, "Bedroom").sentence == "There is no photo of the bedrooms; 2 are needed."


def test_near_duplicates_count_once_and_point_at_the_one_that_counts() -> None:
    twin = photo("bath3.jpg", ("bathroom", 0.99), twin="bath1.jpg")
    report = assess([*WHOLE, twin], (), HOME, DEFAULT)
    assert line(report, "Bathroom").have == 2
    card = next(card for card in report.photos if card.id == "bath3.jpg")
    assert card.duplicate_of == "bath1.jpg"
    assert card.counts_for == ()


def test_ring_of_duplicates_keeps_one() -> None:
    ring = [
        photo("c.jpg", ("kitchen", 0.9), twin="b.jpg"),
        photo("b.jpg", ("kitchen", 0.9), twin="c.jpg"),
        photo("a.jpg", ("kitchen", 0.9), twin="c.jpg"),
    ]
    assert line(assess(ring, (), HOME, DEFAULT), "Kitchen").evidence == ("b.jpg",)


def test_duplicate_of_a_photo_that_was_taken_out_counts() -> None:
    report = assess([photo("b.jpg", ("kitchen", 0.9), twin="gone.jpg")], (), HOME, DEFAULT)
    assert line(report, "Kitchen").status == "ok"


def test_good_copy_of_a_refused_photo_counts_in_its_place() -> None:
    dark = photo("a.jpg", ("kitchen", 0.9), quality=("quality.document",))
    good = photo("b.jpg", ("kitchen", 0.9), twin="a.jpg")
    report = assess([dark, good], (), HOME, DEFAULT)
    assert line(report, "Kitchen").evidence == ("b.jpg",)
    assert [card.duplicate_of for card in report.photos] == ["b.jpg", None]


def test_open_plan_counts_for_two_rooms_when_an_object_shows_the_second() -> None:
    probable = (("kitchen", 0.8), ("living_room", 0.15))
    alone = assess([photo("a.jpg", *probable)], (), HOME, DEFAULT)
    assert line(alone, "Living room").status == "missing"
    seen = assess([photo("a.jpg", *probable, objects=("couch",))], (), HOME, DEFAULT)
    assert line(seen, "Living room").status == "ok"
    assert line(seen, "Kitchen").status == "ok"


def test_two_likely_rooms_of_an_open_plan_are_asked_for() -> None:
    report = assess(
        [photo("a.jpg", ("dining_room", 0.5), ("living_room", 0.45))], (), HOME, DEFAULT
    )
    assert line(report, "Living room").status == "unsure"
    assert "a.jpg" in (line(report, "Living room").next_step or "")
    (question,) = report.questions
    assert question.code == "ask.both"
    assert question.choices == ("dining_room", "living_room", "other")
    assert question.sentence == "Does a.jpg show the dining room, the living room, or both?"


def test_rooms_that_never_are_one_do_not_count_for_two() -> None:
    report = assess(
        [photo("a.jpg", ("bedroom", 0.55), ("bathroom", 0.44), objects=("toilet",))],
        (),
        HOME,
        DEFAULT,
    )
    assert line(report, "Bathroom").status == "missing"
    assert line(report, "Bedroom").status == "partial"
    assert report.questions[0].code == "ask.room"


def test_answer_settles_a_question() -> None:
    doubtful = photo("a.jpg", ("dining_room", 0.5), ("living_room", 0.45))
    report = assess([doubtful], (), HOME, DEFAULT, {"a.jpg": ("living_room",)})
    assert line(report, "Living room").status == "ok"
    assert line(report, "Dining room").status == "optional"
    assert not report.questions


def test_answer_beats_not_a_room_but_not_other_refusals() -> None:
    odd = photo("a.jpg", ("other", 0.9), quality=("quality.not_a_room",))
    text = photo("b.jpg", ("other", 0.9), quality=("quality.not_a_room", "quality.document"))
    said = {"a.jpg": ("kitchen",), "b.jpg": ("kitchen",)}
    assert line(assess([odd, text], (), HOME, DEFAULT, said), "Kitchen").evidence == ("a.jpg",)


def test_question_is_not_asked_where_the_answer_changes_nothing() -> None:
    doubtful = photo("a.jpg", ("bathroom", 0.6), ("kitchen", 0.3))
    assert not assess([*WHOLE, doubtful], (), HOME, DEFAULT).questions
    assert assess([*WHOLE[1:], doubtful], (), HOME, DEFAULT).questions


def test_refused_photo_counts_for_nothing_and_its_line_says_what_to_do() -> None:
    dark = photo("dark.jpg", ("bathroom", 0.9), quality=("quality.too_dark",))
    report = assess([dark], (), HOME, load_rules("holiday_let"))
    gap = line(report, "Bathroom")
    assert gap.status == "missing"
    assert gap.next_step is not None
    assert gap.next_step == "dark.jpg does not count. It is quality.too_dark."
    (again,) = report.retakes
    assert (again.photo, again.counts, again.codes) == ("dark.jpg", False, ("quality.too_dark",))
    kept = assess([dark], (), HOME, DEFAULT)
    assert line(kept, "Bathroom").have == 1
    assert kept.retakes[0].counts


def test_interior_is_certain_when_the_room_is_not() -> None:
    either = photo("a.jpg", ("dining_room", 0.5), ("living_room", 0.45))
    report = assess([either], (), HOME, load_rules("holiday_let"))
    assert line(report, "Interior").status == "ok"


def test_holiday_let_needs_six_photos() -> None:
    report = assess(WHOLE[:3], (), HOME, load_rules("holiday_let"))
    total = report.lines[0]
    assert (total.code, total.have, total.need) == ("photos.partial", 3, 6)
    assert total.next_step == "Add 3 photos."


def test_mls_says_that_front_and_back_are_not_told_apart() -> None:
    report = assess([WHOLE[-1]], (), HOME, load_rules("mls"))
    outside = line(report, "Exterior, front and back")
    assert (outside.status, outside.have, outside.need) == ("partial", 1, 2)
    assert "cannot tell front from back" in outside.note


def test_unknown_extra_is_asked_for_and_known_need_depends_on_it() -> None:
    rules = parse_rules(
        "{name: x, title: X, rooms: [{room: garage, when: garage}, {room: kitchen, when: house}]}"
    )
    plain = assess([WHOLE[0]], (), HOME, rules)
    assert [line.title for line in plain.lines] == ["Kitchen"]
    home = HOME.model_copy(update={"extras": frozenset({"garage", "roof_terrace"})})
    report = assess([WHOLE[0]], (), home, rules)
    assert "cannot recognise the garage" in (line(report, "Garage").next_step or "")
    assert [q.choices for q in report.questions] == [("roof_terrace",)]
    told = assess([WHOLE[0]], (), home, rules, {"kitchen.jpg": ("garage",)})
    assert line(told, "Garage").status == "ok"


def test_studio_without_bedrooms_needs_no_photo_of_one() -> None:
    home = parse_home("bedrooms=0,bathrooms=1,type=studio")
    assert "bedroom" not in {line.room for line in assess([], (), home, DEFAULT).lines}


def test_two_photos_of_one_id_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same id"):
        assess([WHOLE[0], WHOLE[0]], (), HOME, DEFAULT)


def test_ids_sort_as_people_count() -> None:
    names = ["IMG_10.jpg", "IMG_2.jpg", "IMG_02.jpg", "a", "IMG_" + "9" * 5000]
    assert sorted(names, key=natural)[:3] == ["IMG_02.jpg", "IMG_2.jpg", "IMG_10.jpg"]


CODES: tuple[QualityCode, ...] = (
    "quality.too_dark",
    "quality.blurred",
    "quality.sideways",
    "quality.collage",
    "quality.not_a_room",
)
homes = st.builds(
    Home,
    type=st.sampled_from(HOME_TYPES),
    bedrooms=st.integers(0, 4),
    bathrooms=st.integers(0, 8).map(lambda halves: halves / 2),
    extras=st.frozensets(st.sampled_from(["balcony", "garage"])),
)
rules_files = st.sampled_from([load_rules(name) for name in rule_names()])
LABELS = ("couch", "oven", "dining table", "toilet")


def findings(id: str, others: tuple[str, ...] = ()) -> st.SearchStrategy[PhotoFindings]:
    """A photo that may be clear or doubtful, with faults, or the near-duplicate of another."""

    def build(
        rooms: tuple[int, int],
        shares: tuple[int, int],
        objects: tuple[str, ...],
        quality: tuple[QualityCode, ...],
        twin: str | None,
    ) -> PhotoFindings:
        first, second = ROOM_TYPES[rooms[0]], ROOM_TYPES[rooms[0] - 1 - rooms[1]]
        top, rest = shares[0] / 100, (100 - shares[0]) / 100 * shares[1] / 100
        return photo(id, (first, top), (second, rest), objects=objects, quality=quality, twin=twin)

    several = len(ROOM_TYPES)
    return st.builds(
        build,
        st.tuples(st.integers(0, several - 1), st.integers(0, several - 2)),
        st.tuples(st.integers(20, 100), st.integers(0, 100)),
        st.sampled_from([(), *((label,) for label in LABELS), LABELS]),
        st.sampled_from([(), (), *((code,) for code in CODES), CODES[:2]]),
        st.sampled_from((None, None, *others)),
    )


IDS = tuple(f"{n}.jpg" for n in range(6))


def listings(least: int = 0) -> st.SearchStrategy[tuple[PhotoFindings, ...]]:
    """Up to six photos, perhaps near-duplicates of each other, of themselves or of none here."""
    one = st.tuples(*(findings(id, (*IDS, "absent.jpg")) for id in IDS))
    return st.builds(lambda all, n: all[:n], one, st.integers(least, len(IDS)))


@settings(deadline=None)
@given(listings(), homes, rules_files)
def test_every_report_keeps_its_word(
    photos: tuple[PhotoFindings, ...], home: Home, rules: Rules
) -> None:
    report = assess(photos, (), home, rules)
    usable = {card.id for card in report.photos if card.duplicate_of is None}
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert report.photos_distinct <= len(usable) <= len(photos)
    assert {card.id for card in report.photos} == {p.id for p in photos}
    for line in report.lines:
        assert line.sure <= line.have == len(line.evidence) <= report.photos_distinct
        assert set(line.evidence) <= usable
        assert line.code.endswith(line.status)
        assert (line.status == "ok") == (line.sure >= line.need)
        assert line.evidence or line.status in ("missing", "optional")
        assert line.sentence.endswith(".")
        assert bool(line.next_step) == (line.required and line.status != "ok")
        if line.required and line.status == "unsure" and line.room:
            assert {q.photo for q in report.questions} & set(line.evidence)
    assert report.complete == all(n.status == "ok" for n in report.lines if n.required)
    for again in report.retakes:
        assert again.codes
        assert again.sentence


@settings(deadline=None)
@given(st.data(), listings(), homes, rules_files)
def test_order_does_not_matter(
    data: st.DataObject, photos: tuple[PhotoFindings, ...], home: Home, rules: Rules
) -> None:
    refused = [RefusedPhoto(id=id, code="photo.damaged", message="It is damaged.") for id in "ba"]
    shuffled = data.draw(st.permutations(photos))
    assert assess(shuffled, refused[::-1], home, rules) == assess(photos, refused, home, rules)


RANK = {"missing": 0, "optional": 0, "partial": 1, "unsure": 2, "ok": 3}


@settings(deadline=None)
@given(listings(), homes, rules_files, st.sampled_from(ROOM_TYPES))
def test_a_good_photo_never_takes_anything_away(
    photos: tuple[PhotoFindings, ...], home: Home, rules: Rules, room: str
) -> None:
    before = assess(photos, (), home, rules)
    after = assess([*photos, photo("new.jpg", (room, 0.99))], (), home, rules)
    for old, new in zip(before.lines, after.lines, strict=True):
        assert new.have >= old.have
        assert RANK[new.status] >= RANK[old.status]
        if old.status == "ok":
            assert new.status == "ok"
    assert after.complete >= before.complete
    if room != "other":
        gained = [new for new in after.lines if new.room == room]
        assert all("new.jpg" in new.evidence for new in gained)


def twinned(original: PhotoFindings, of: str) -> PhotoFindings:
    mark = photo("x", ("other", 1.0), twin=of).quality[-1]
    kept = tuple(f for f in original.quality if f.code != "quality.duplicate")
    return original.model_copy(update={"quality": (*kept, mark)})


# photos that count for nothing are many, and are left out
@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data(), listings(least=1), homes, rules_files)
def test_duplicates_never_change_counts(
    data: st.DataObject, photos: tuple[PhotoFindings, ...], home: Home, rules: Rules
) -> None:
    marked = data.draw(findings("twin.jpg", ()).map(lambda p: twinned(p, photos[-1].id)))
    before = assess(photos, (), home, rules)
    assume(any(card.counts_for for card in before.photos if card.id == photos[-1].id))
    after = assess([*photos, marked], (), home, rules)
    assert [n.evidence for n in after.lines] == [n.evidence for n in before.lines]
    assert after.photos_distinct == before.photos_distinct
