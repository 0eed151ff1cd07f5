"""What is read from descriptions: one example of each convention, in each language."""

import pytest

from avm.text.found import ATTRIBUTES, Found
from avm.text.language import detect
from avm.text.reader import read_text
from vision.errors import RuleError

Values = dict[str, object]

ITALIAN = [
    ("Trilocale al terzo piano senza ascensore", {"rooms": 3, "floor": 3, "lift": False}),
    ("Bilocale, piano rialzato, posto auto", {"rooms": 2, "floor": 0, "garage": True}),
    (
        "Due camere, doppi servizi, balcone",
        {"bedrooms": 2, "bathrooms": 2, "balcony": True},
    ),
    (
        "Camera matrimoniale, cameretta e bagno; cucina abitabile",
        {"bedrooms": 2, "bathrooms": 1},
    ),
    (
        "Quinto e ultimo piano di 5, ascensore",
        {"floor": 5, "top_floor": True, "floors_in_building": 5, "lift": True},
    ),
    (
        "Mq 85 da ristrutturare, costruito nel 1965",
        {
            "area_m2": 85,
            "condition": "to_renovate",
            "year_built": 1965,
        },
    ),
    ("Ristrutturato nel 2015, box doccia, piano cottura", {"condition": "renovated"}),
    ("Cucina nuova, giardino condominiale, cantina", {"storage": True}),
    ("Monolocale a 100 m dalla metro, vicino al parco", {"rooms": 1}),
]
SPANISH = [
    (
        "3 habitaciones, 2 baños y 1 aseo",
        {"bedrooms": 3, "bathrooms": 2},
    ),
    ("Bajo con jardín, plaza de garaje incluida", {"floor": 0, "garden": True, "garage": True}),
    ("Entresuelo sin ascensor", {"floor": 0, "lift": False}),
    ("Piso 4º exterior, 90 m² construidos, 80 útiles", {"floor": 4, "area_m2": 90}),
    ("Ático con terraza de 40 m2", {"top_floor": True, "terrace": True}),
    (
        "Finca de 1930 rehabilitada, planta 2ª, a reformar",
        {
            "year_built": 1930,
            "floor": 2,
            "condition": "to_renovate",
        },
    ),
    ("No dispone de ascensor ni garaje", {"lift": False, "garage": False}),
    (
        "Estudio reformado, baño con ducha",
        {
            "rooms": 1,
            "bedrooms": 0,
            "bathrooms": 1,
            "condition": "renovated",
        },
    ),
    ("Posibilidad de garaje, trastero aparte", {}),
]
POLISH = [
    (
        "Dwupokojowe mieszkanie na 3/4 piętrze bez windy",
        {"rooms": 2, "floor": 3, "floors_in_building": 4, "lift": False},
    ),
    ("Kawalerka, parter, do remontu", {"rooms": 1, "floor": 0, "condition": "to_renovate"}),
    ("M3 z balkonem i piwnicą", {"rooms": 2, "balcony": True, "storage": True}),
    ("M4, trzy pokoje, IV piętro", {"rooms": 3, "floor": 4}),
    (
        "Blok czteropiętrowy z 1978 roku, winda",
        {
            "floors_in_building": 4,
            "year_built": 1978,
            "lift": True,
        },
    ),
    (
        "Salon, dwie sypialnie, łazienka, 54,30 m2",
        {
            "bedrooms": 2,
            "bathrooms": 1,
            "area_m2": 54.3,
        },
    ),
    ("Miejsce postojowe dodatkowo płatne 40 000 zł, ogródek", {"garden": True}),
    (
        "Po remoncie w 2020, nie wymaga wkładu, brak windy",
        {
            "condition": "renovated",
            "lift": False,
        },
    ),
]
ENGLISH = [
    ("2-bed flat on the first floor, no lift", {"bedrooms": 2, "floor": 1, "lift": False}),
    (
        "No lift, balcony or garage",
        {"lift": False, "balcony": False, "garage": False},
    ),
    ("Ground floor, garden, allocated parking", {"floor": 0, "garden": True, "garage": True}),
    (
        "Built 1930, renovated 2015, four bedrooms",
        {
            "year_built": 1930,
            "condition": "renovated",
            "bedrooms": 4,
        },
    ),
    ("3 rooms on the second floor, 850 sq ft", {"rooms": 3, "floor": 2, "area_m2": 79}),
    ("Mid-terrace house, garage door replaced, street parking, cellar", {"storage": True}),
    ("Garage nearby for rent, plans to install a lift", {}),
    (
        "Bathroom and en suite, top floor of a six-storey building",
        {
            "bathrooms": 2,
            "top_floor": True,
            "floors_in_building": 6,
        },
    ),
    ("New kitchen in good working order, 2.5 baths", {"bathrooms": 2.5}),
]
EXAMPLES = [
    (code, text, values)
    for code, examples in (("it", ITALIAN), ("es", SPANISH), ("pl", POLISH), ("en", ENGLISH))
    for text, values in examples
]


@pytest.mark.parametrize(("code", "text", "values"), EXAMPLES)
def test_examples(code: str, text: str, values: Values) -> None:
    reading = read_text(text, code)
    assert dict(reading.values()) == values
    assert all(text[one.start : one.end] == one.text for one in reading.found)


@pytest.mark.parametrize(("code", "text", "values"), EXAMPLES)
def test_the_language_is_recognised(code: str, text: str, values: Values) -> None:
    assert detect(text) == code


def test_evidence_says_why() -> None:
    reading = read_text("Appartamento di 85 mq, secondo piano, senza ascensore")
    assert reading["lift"] == Found("lift", False, 38, 53, "senza ascensore")
    assert reading["area_m2"].text == "85 mq"
    with pytest.raises(KeyError, match=r"garage was not read.*'lift'"):
        reading["garage"]


def test_attributes_come_in_their_order() -> None:
    found = read_text("No lift, built 1990, two rooms on the third floor, garden, 60 sqm").found
    places = [ATTRIBUTES.index(one.attribute) for one in found]
    assert places == sorted(set(places))


def test_american_floors_are_counted_from_the_street() -> None:
    text = "Apartment on the second floor of a six-story building"
    assert read_text(text, "en")["floor"].value == 2
    american = read_text(text, "en-US")
    assert (american["floor"].value, american.language) == (1, "en-US")
    assert read_text("Ground floor apartment", "en-US")["floor"].value == 0


def test_no_known_language_nothing_read() -> None:
    for text in ("", "   \n", "12345 ///", "лифт и балкон"):
        reading = read_text(text)
        assert reading.language is None
        assert reading.found == ()


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(RuleError, match="en, es, it, pl"):
        read_text("två rum och kök", "sv")


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("Trilcoale con cantina", "rooms", 3),
        ("Appartamento con blacone", "balcony", True),
        ("Piso sin acensor", "lift", False),
        ("Mieszkanie bez widny", "lift", False),
        ("Flat with garge", "garage", True),
    ],
)
def test_one_typo_is_forgiven(text: str, attribute: str, value: object) -> None:
    assert read_text(text)[attribute].value == value
