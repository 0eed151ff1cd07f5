"""Examples of the valuation API; a test reads them into the models that they stand at."""

from typing import Any

Json = dict[str, Any]

REQUEST: Json = {
    "home": {
        "latitude": 50.061,
        "longitude": 19.938,
        "area_m2": 54,
        "rooms": 2,
        "floor": 3,
        "year_built": 1998,
        "lift": True,
    },
    "market": "krakow",
    "language": "en",
}

ANSWER: Json = {
    "market": "krakow",
    "version": "2024-05-1a2b3c4d",
    "date": "2024-05-15",
    "currency": "PLN",
    "price_kind": "asking",
    "value": 990000,
    "low": 860000,
    "high": 1140000,
    "coverage": 0.9,
    "tier": "high",
    "tier_shown": {"mdape": 0.045, "ppe10": 0.81, "ppe20": 0.96, "n": 1200},
    "exact": False,
    "rounded_to": 10000,
    "base": 870000,
    "contributions": [
        {"topic": "location", "label": "location", "amount": 150000},
        {"topic": "area_m2", "label": "area", "amount": -30000},
    ],
    "comparables": [
        {
            "date": "2024-04-01",
            "price": 1010000,
            "price_today": 1020000,
            "adjusted_price": 1000000,
            "weight": None,
            "metres": 300,
            "latitude": 50.063,
            "longitude": 19.941,
            "city": "Kraków",
            "area_m2": 55,
            "rooms": 2,
            "bedrooms": None,
            "floor": None,
            "year_built": None,
        }
    ],
    "narrows": [{"field": "condition", "label": "condition", "saves": 0.1}],
    "missing": ["condition"],
    "zone": "Kraków 07",
    "latitude": 50.061,
    "longitude": 19.938,
    "area_m2": 54,
    "words": {
        "language": "en",
        "summary": "About PLN 990,000, most likely between PLN 860,000 and PLN 1,100,000.",
        "lines": ["The location adds about PLN 150,000."],
        "shown": None,
        "comparable": "A comparable is a similar home with a known price.",
        "narrow": ["Telling the condition would narrow the range by about 10%."],
    },
    "waterfall": None,
    "map": None,
}

MARKET: Json = {
    "name": "krakow",
    "title": "Kraków, asking prices",
    "country": "PL",
    "city": "Kraków",
    "cities": ["Kraków"],
    "currency": "PLN",
    "price_kind": "asking",
    "through": "2024-05",
    "version": "2024-05-1a2b3c4d",
    "homes": 21000,
}

MARKET_DETAILS: Json = {
    **MARKET,
    "located": True,
    "needs": ["area_m2", "rooms or bedrooms", "latitude and longitude or zone"],
    "reads": ["latitude", "longitude", "area_m2", "rooms", "floor", "year_built", "lift"],
    "zones": ["Kraków 01", "Kraków 02"],
    "middle": {"latitude": 50.06, "longitude": 19.94},
    "bounds": {"south": 49.97, "west": 19.79, "north": 50.12, "east": 20.2},
}

MARKETS: Json = {"public": True, "challenge": True, "markets": [MARKET]}

CHALLENGE: Json = {
    "parameters": {
        "algorithm": "PBKDF2/SHA-256",
        "nonce": "6f0a44b8f2a1c9d0e4b7a1c2d3e4f506",
        "salt": "0c5a1d1b7f0f4a490c5a1d1b7f0f4a49",
        "cost": 2000,
        "keyLength": 32,
        "keyPrefix": "9f86d081884c7d659a2feaa0c55ad015",
        "keySignature": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "expiresAt": 1769852400,
        "data": {"day": "2026-01-31", "level": 0},
    },
    "signature": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
}
