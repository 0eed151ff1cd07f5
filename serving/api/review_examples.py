"""Examples of the review API's description; a test reads them into the models they stand at."""

from typing import Any

Json = dict[str, Any]

EDIT: Json = {
    "op": "move",
    "box_id": "box_4nWx0Yq8T2uJb1Zc",
    "label": None,
    "x1": 0.12,
    "y1": 0.2,
    "x2": 0.41,
    "y2": 0.9,
}

TASK: Json = {
    "id": "tsk_hQ3kV0m2b9sT5yR8",
    "set": "doors",
    "revision": 12,
    "kind": "badly_located",
    "probability": 0.83,
    "reason": "The box of this door may not fit.",
    "reason_code": "badly_located",
    "seconds": 4.0,
    "image": {
        "id": "img_Zk3v9QmX1sB7uT0p",
        "name": "rooms/a.jpg",
        "width": 448,
        "height": 336,
        "url": "/v1/labels/images/img_Zk3v9QmX1sB7uT0p/photo",
    },
    "boxes": [
        {
            "id": "box_4nWx0Yq8T2uJb1Zc",
            "label": "door",
            "x1": 0.1,
            "y1": 0.2,
            "x2": 0.4,
            "y2": 0.9,
        }
    ],
    "box_id": "box_4nWx0Yq8T2uJb1Zc",
    "suggestion": {
        "action": "move",
        "label": None,
        "x1": 0.12,
        "y1": 0.2,
        "x2": 0.41,
        "y2": 0.9,
    },
    "classes": ["door", "handle", "cabinet door", "refrigerator door"],
    "draft": {"edits": [EDIT], "at": "2026-01-31T09:30:00Z"},
    "leased_until": "2026-01-31T09:35:00Z",
}

PROGRESS: Json = {
    "done_today": 41,
    "open": 260,
    "seconds_median": 3.4,
    "sets": [{"name": "doors", "open": 260}],
}

AGREEMENT: Json = {
    "labelers": [
        {
            "by": "key:key_4nWx0Yq8T2uJb1Zc",
            "answers": 412,
            "right": {"hits": 38, "n": 41, "share": 0.927, "low": 0.806, "high": 0.975},
            "iou": 0.91,
            "boxes": 30,
            "edges": [{"name": "left", "bias": 0.01, "spread": 0.03}],
        }
    ],
    "pairs": [
        {
            "a": "key:key_4nWx0Yq8T2uJb1Zc",
            "b": "key:key_9sT5yR8uW1xZg0aB",
            "agreed": {"hits": 18, "n": 20, "share": 0.9, "low": 0.699, "high": 0.972},
            "kappa": 0.81,
            "iou": 0.88,
            "boxes": 15,
        }
    ],
    "agreed": {"hits": 18, "n": 20, "share": 0.9, "low": 0.699, "high": 0.972},
    "kappa": 0.81,
}
