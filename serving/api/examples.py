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

REPORT: Json = {
    "home": HOME,
    "rules": "default",
    "rules_title": "A home for sale or rent",
    "complete": False,
    "photos_distinct": 1,
    "lines": [
        {
            "code": "room.ok",
            "status": "ok",
            "title": "Kitchen",
            "room": "kitchen",
            "also": [],
            "required": True,
            "need": 1,
            "have": 1,
            "sure": 1,
            "evidence": ["IMG_1.jpg"],
            "sentence": "There is 1 photo of the kitchen.",
            "next_step": None,
            "note": "",
        },
        {
            "code": "room.missing",
            "status": "missing",
            "title": "Living room",
            "room": "living_room",
            "also": [],
            "required": True,
            "need": 1,
            "have": 0,
            "sure": 0,
            "evidence": [],
            "sentence": "There is no photo of the living room.",
            "next_step": "Add a photo of the living room.",
            "note": "",
        },
    ],
    "retakes": [],
    "questions": [],
    "refused": [],
    "photos": [
        {
            "id": "IMG_1.jpg",
            "sha256": RECEIPT["input_sha256"],
            "width": 4032,
            "height": 3024,
            "room": "kitchen",
            "probability": 0.97,
            "sure": True,
            "answered": False,
            "counts_for": ["kitchen"],
            "duplicate_of": None,
            "quality": [],
            "people": 0,
            "sentence": "Taken for the kitchen (97% sure).",
        }
    ],
}

UPLOAD: Json = {
    "stored": 1,
    "already_there": 0,
    "refused": 1,
    "results": [
        {"file": "IMG_1.jpg", "status": "stored", "photo": PHOTO, "problem": None},
        {
            "file": "plan.pdf",
            "status": "refused",
            "photo": None,
            "problem": {
                **PROBLEM,
                "type": "urn:homelens:error:photo.unsupported",
                "title": "Unsupported media type",
                "status": 415,
                "detail": "the content is a PDF; accepted: JPEG, PNG, WebP, HEIC or AVIF",
                "code": "photo.unsupported",
            },
        },
    ],
}

CHECK: Json = {
    "report": REPORT,
    "findings": {"IMG_1.jpg": FINDINGS},
    "copies": {
        "IMG_1.jpg": {"receipt": RECEIPT, "url": "/v1/copies/hQ3kV0m2b9sT5yR8uW1xZg", "jpeg": None}
    },
}

TOKEN: Json = {
    "token": "hlt_mJ0c2Qw7tYx9",
    "listing": LISTING_HEAD["id"],
    "expires_at": "2026-01-31T11:30:00Z",
    "page": f"/listings/{LISTING_HEAD['id']}#hlt_mJ0c2Qw7tYx9",
}

CORRECTION: Json = {
    "id": "cor_9sT5yR8uW1xZg0aB",
    "listing": LISTING_HEAD["id"],
    "photo": PHOTO["id"],
    "photo_sha256": PHOTO["sha256"],
    "rooms": ["dining_room"],
    "guess": "living_room",
    "probability": 0.54,
    "models": RECEIPT["models"],
    "by": f"seller:{LISTING_HEAD['id']}",
    "training_consent": True,
    "created_at": "2026-01-31T09:32:00Z",
}
