"""Denied, only possible, somebody else's: none of it is the home's."""

import pytest

from avm.text.reader import read_text

NOT_STATED = [
    ("it", "possibilità di box e cantina"),
    ("it", "predisposizione per ascensore"),
    ("it", "garage nelle vicinanze in affitto"),
    ("it", "vista sul giardino, box a richiesta"),
    ("it", "appartamento vicino ai Giardini Margherita"),
    ("it", "nel palazzo vicino c'è l'ascensore"),
    ("es", "posibilidad de plaza de garaje"),
    ("es", "jardín de infancia y parking público"),
    ("es", "el edificio de al lado tiene ascensor"),
    ("es", "proyecto de ascensor, garaje opcional"),
    ("es", "la urbanización cuenta con jardín y garaje"),
    ("pl", "możliwość dokupienia garażu"),
    ("pl", "w sąsiednim bloku winda"),
    ("pl", "okna z widokiem na ogród botaniczny"),
    ("pl", "w pobliżu: parking, ogrody, park"),
    ("pl", "winda planowana"),
    ("en", "possibility of a garage"),
    ("en", "close to the station, a garage and shops"),
    ("en", "the neighbouring building has a lift"),
    ("en", "garage door, winter garden, storage heaters"),
    ("en", "overlooking communal gardens"),
    ("en", "could take a lift"),
    ("en", "is there a garage?"),
    ("en", "ten minutes from Covent Garden"),
]


@pytest.mark.parametrize(("code", "text"), NOT_STATED)
def test_not_the_homes(code: str, text: str) -> None:
    assert read_text(text, code).found == ()


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("en", "not only a lift but a garage", {"lift": True, "garage": True}),
        ("it", "non manca il balcone", {"balcony": True}),
        ("es", "no falta la terraza", {"terrace": True}),
        ("pl", "nie brakuje balkonu", {"balcony": True}),
        ("en", "no garage but a parking space", {"garage": True}),
        ("it", "balcone no, ascensore sì", {"balcony": False, "lift": True}),
        ("pl", "winda - brak, balkon - tak", {"lift": False, "balcony": True}),
        ("pl", "bez windy i balkonu", {"lift": False, "balcony": False}),
        ("es", "sin ascensor, con terraza", {"lift": False, "terrace": True}),
        ("it", "senza ascensore e con box", {"lift": False, "garage": True}),
        ("en", "no chain, lift, balcony", {"lift": True, "balcony": True}),
        ("en", "is there a lift? Yes. Is there parking? No.", {"lift": True, "garage": False}),
        ("en", "next door has a lift, ours does not", {"lift": False}),
        ("es", "el edificio de al lado tiene ascensor; este no tiene", {"lift": False}),
        ("en", "near the park, with lift and garden", {"lift": True, "garden": True}),
        ("it", "giardino condominiale e posto auto assegnato", {"garage": True}),
        ("en", "communal garden and a private garden", {"garden": True}),
        ("en", "terrace or garden", {}),
        ("en", "flat without a lift on the fourth floor", {"lift": False, "floor": 4}),
        ("en", "garage £25,000 extra", {}),
    ],
)
def test_reach(code: str, text: str, values: dict[str, object]) -> None:
    assert dict(read_text(text, code).values()) == values


@pytest.mark.parametrize(
    ("code", "text", "values"),
    [
        ("en", "flats of 1, 2 and 3 bedrooms from 50 to 80 sqm", {}),
        ("it", "tagli da 2 a 4 locali, 60-90 mq", {}),
        ("pl", "mieszkania od 1 do 4 pokoi, 30-85 m2", {}),
        ("es", "pisos de 2 y 3 dormitorios", {}),
        ("en", "five/six bedroom house", {}),
        ("en", "2,500 £/sqm, call 020 7946 0123", {}),
        ("it", "2.500 €/mq, terrazza di 30 mq, lotto di 500 mq", {"terrace": True}),
        (
            "es",
            "salón de 25 m2, terraza de 12 m2, vivienda de 70 m2",
            {
                "terrace": True,
                "area_m2": 70,
            },
        ),
        ("en", "lease from 1985, refurbished in 2015, available 2026", {"condition": "renovated"}),
        ("en", "a shop on the ground floor, the flat on the second floor", {"floor": 2}),
        ("en", "house: three bedrooms on the first floor", {"bedrooms": 3}),
        ("it", "villa su due livelli con giardino", {"garden": True}),
        ("es", "un piso distribuido en dos plantas: planta baja con cocina", {}),
        ("pl", "elewacja po remoncie, mieszkanie do remontu", {"condition": "to_renovate"}),
        ("en", "refurbished lobby", {}),
        ("en", "three bedrooms: a double bedroom and two single bedrooms", {"bedrooms": 3}),
        ("en", "a double bedroom, two single bedrooms", {"bedrooms": 3}),
        ("it", "bagno padronale e secondo bagno", {"bathrooms": 2}),
    ],
)
def test_other_numbers(code: str, text: str, values: dict[str, object]) -> None:
    assert dict(read_text(text, code).values()) == values
