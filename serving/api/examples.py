"""Examples in the API's description; a test reads them into the models that they stand at."""

from typing import Any

Json = dict[str, Any]

HOME: Json = {"type": "house", "bedrooms": 3, "bathrooms": 2.5, "extras": ["garage"]}

GUESSES: list[Any] = [
    {"type": "kitchen", "probability": 0.97},
    {"type": "dining_room", "probability": 0.03},
]

FINDINGS: Json = {
    "format": "jpeg",
    "width": 4032,
    "height": 3024,
    "rooms": GUESSES,
    "objects": [{"label": "oven", "score": 0.81, "x1": 0.1, "y1": 0.4, "x2": 0.3, "y2": 0.9}],
    "people": [],
    "quality": [],
}

RECEIPT: Json = {
    "schema_version": 1,
    "homelens": "0.1.0",
    "input_sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "output_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "policy": "blur",
    "status": "copied",
    "code": "privacy.nobody",
    "message": "No person was found; the copy shows the whole photo, without metadata.",
    "people": [],
    "mask_share": 0,
    "finder": "boxes(score 0.05, margin 0.02)",
    "models": {"objects": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
    "redetection": None,
    "width": 4032,
    "height": 3024,
}

PHOTO: Json = {
    "id": "pho_4nWx0Yq8T2uJb1Zc",
    "name": "IMG_1.jpg",
    "sha256": RECEIPT["input_sha256"],
    "bytes": 2480113,
    "uploaded_at": "2026-01-31T09:30:00Z",
    "original_until": "2026-03-02T09:30:00Z",
    "findings": FINDINGS,
    "answer": None,
    "copy": {
        "url": "/v1/copies/hQ3kV0m2b9sT5yR8uW1xZg",
        "thumbnail_url": "/v1/copies/hQ3kV0m2b9sT5yR8uW1xZg/thumbnail",
        "receipt": RECEIPT,
    },
}

LISTING_HEAD: Json = {
    "id": "lst_Zk3v9QmX1sB7uT0p",
    "home": HOME,
    "rules": "default",
    "policy": "blur",
    "reference": "A-17",
    "training_consent": False,
    "created_at": "2026-01-31T09:29:00Z",
    "photo_count": 1,
}

PROBLEM: Json = {
    "type": "urn:homelens:error:not_found",
    "title": "Not found",
    "status": 404,
    "detail": "there is no listing lst_x; see GET /v1/listings",
    "code": "not_found",
    "instance": "urn:homelens:request:0c5a1d1b7f0f4a49",
}
