"""Whatever is thrown at it: no crash, true spans, linear time, and a "no" that turns it round."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avm.text.found import ATTRIBUTES, CONDITIONS, COUNTS, EXTRAS, Reading
from avm.text.language import detect
from avm.text.patterns import PhraseBook
from avm.text.reader import read_text
from avm.text.spelling import one_typo
from avm.text.table import language_codes, load_languages
from avm.text.tokens import Gap, fold, number, tokenize

CODES = st.sampled_from(language_codes())

WORDS = sorted({word for one in load_languages().values() for word in one.book.words})[::7]
SIGNS = ["0", "2", "85", "1965", "2º", "3/4", "II", "m2", "mq", "m²", "€", ".", ",", ";", ":", "?"]
SIGNS += ["!", "(", ")", "/", "-", "–", "\n", "no", "sin", "bez", "senza", "and", "o", "i"]
PIECES = st.sampled_from(WORDS + SIGNS)
LISTINGS = st.lists(PIECES, max_size=40).map(" ".join)


def consistent(text: str, reading: Reading) -> None:
    names = [one.attribute for one in reading.found]
    assert len(names) == len(set(names))
    for one in reading.found:
        assert one.attribute in ATTRIBUTES
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
        if one.attribute in (*EXTRAS, "top_floor"):
            assert isinstance(one.value, bool)
        elif one.attribute == "condition":
            assert one.value in CONDITIONS
        else:
            assert isinstance(one.value, int | float)
            assert not isinstance(one.value, bool)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    consistent(text, read_text(text))


@settings(deadline=None)
@given(st.text(max_size=200), CODES)
def test_any_text_in_a_given_language(text: str, code: str) -> None:
    consistent(text, read_text(text, code))


@settings(deadline=None, max_examples=200)
@given(LISTINGS, CODES)
def test_words_of_homes_in_any_order(text: str, code: str) -> None:
    consistent(text, read_text(text, code))


DENIALS = {
    "it": ("senza {}", "{}: no", "privo di {}", "niente {}"),
    "es": ("sin {}", "{}: no", "no tiene {}", "carece de {}"),
    "pl": ("bez {}", "{}: nie", "brak {}", "nie ma {}"),
    "en": ("no {}", "{}: no", "without {}", "there is no {}"),
}
NOUNS = {
    "it": ("ascensore", "balcone", "terrazzo", "box", "giardino", "cantina"),
    "es": ("ascensor", "balcón", "terraza", "garaje", "jardín", "trastero"),
    "pl": ("winda", "balkon", "taras", "garaż", "ogród", "piwnica"),
    "en": ("lift", "balcony", "terrace", "garage", "garden", "cellar"),
}


@pytest.mark.parametrize("code", list(NOUNS))
def test_a_denial_turns_the_value_round(code: str) -> None:
    for attribute, noun in zip(EXTRAS, NOUNS[code], strict=True):
        for template in ("{}", "{}, 60 m2", "60 m2. {}."):
            stated = template.format(noun)
            assert read_text(stated, code).values()[attribute] is True, stated
            for denial in DENIALS[code]:
                denied = template.format(denial.format(noun))
                assert read_text(denied, code).values()[attribute] is False, denied


ROOMS = {"it": "locali", "es": "estancias", "pl": "pokoje", "en": "rooms"}


@given(st.integers(2, 9), st.integers(20, 300), CODES)
@settings(deadline=None)
def test_numbers_come_back(rooms: int, area: int, code: str) -> None:
    values = read_text(f"{rooms} {ROOMS[code]}, {area} m2", code).values()
    assert values == {"rooms": rooms, "area_m2": area}


@given(st.sampled_from(sorted(NOUNS["it"])), st.booleans())
def test_upper_case_is_read_as_well(noun: str, upper: bool) -> None:
    text = f"appartamento con {noun}"
    assert read_text(text.upper() if upper else text, "it").values() == read_text(text).values()


HOSTILE = [
    "no ",
    "senza ascensore, ",
    "bez windy i ",
    "1",
    "1.",
    "1 ",
    "2/",
    "a",
    "(",
    ", ",
    "? ",
    "due camere e ",
    "near the park, ",
    "II ",
    "ł",
    "a\u0301",
    "m2 ",
    "3 m2 di terrazza di ",
    "ristrutturato il bagno ",
    "1950 costruito nel ",
    "piano ",
    "l'",
    "-1 ",
    "\U0001f3e0",
]
SIZE = 100_000


@pytest.mark.parametrize(
    ("piece", "code"), list(zip(HOSTILE, itertools.cycle(language_codes()), strict=False))
)
def test_100_kb_cost_no_more_than_their_length(piece: str, code: str) -> None:
    """Four times the text may cost four times the time, twice that for the machine's noise."""

    def cost(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        consistent(text, read_text(text, code))
        detect(text)
        return time.process_time() - start

    assert cost(SIZE) < 8 * cost(SIZE // 4) + 2.0


@pytest.mark.parametrize("code", language_codes())
def test_twice_the_text_is_twice_the_phrases_tried(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = 0
    match = PhraseBook._match

    def counted(*args: object) -> object:
        nonlocal tried
        tried += 1
        return match(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(PhraseBook, "_match", counted)
    book = load_languages()[code].book
    counts = []
    for times in (100, 200):
        tried = 0
        book.find(tokenize("2 m2, no II lift bez windy sin ascensor senza box " * times))
        counts.append(tried)
    assert counts[1] == 2 * counts[0]


@given(st.text(max_size=60))
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_tokens_lie_in_order_in_the_text(text: str) -> None:
    tokens = tokenize(text)
    assert all(token.start < token.end for token in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))


@given(st.floats(0, 99_999).map(lambda x: round(x, 2)))
def test_decimals_are_read(value: float) -> None:
    assert number(f"{value:.2f}") == pytest.approx(value)
    assert number(f"{value:.2f}".replace(".", ",")) == pytest.approx(value)


@given(st.integers(1000, 9_999_999))
def test_thousands_are_read(value: int) -> None:
    assert number(f"{value:,}") == value
    assert number(f"{value:,}".replace(",", ".")) == value


@given(st.text(alphabet="abcd", min_size=2, max_size=8), st.data())
def test_one_typo_is_recognised(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    for typo in (
        word[:at] + word[at + 1 :],
        word[:at] + "x" + word[at:],
        word[:at] + "x" + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    ):
        assert one_typo(word, typo)
        assert one_typo(typo, word)
    assert not one_typo(word, f"xx{word}")


def test_counts_are_never_true_or_false() -> None:
    values = read_text("un locale, una camera, un bagno", "it").values()
    assert all(type(values[name]) is int for name in COUNTS if name in values)


def test_gaps() -> None:
    gaps = [token.gap for token in tokenize("a b-c, d: e; f. G h/i")]
    assert gaps == [
        Gap.SENTENCE,
        Gap.NONE,
        Gap.HYPHEN,
        Gap.COMMA,
        Gap.COLON,
        Gap.CLAUSE,
        Gap.SENTENCE,
        Gap.NONE,
        Gap.SLASH,
    ]
