"""A contact sheet of findings: each box with its surroundings, the suggestion as a dashed ghost.

    draw_sheet(findings, paths, Path("docs/label-findings.png"))

The drawn box is red, the suggestion green; above stands what is doubted and how likely it is.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from labels.boxes import Box
from labels.gain import Flag

CELL, COLUMNS, TITLE = 150, 10, 26
"""Pixels of a picture's side, pictures in a row, pixels of the text above."""
AROUND = 1.2
"""Surroundings shown on each side, in box sizes."""
SHORT = {
    "badly_located": "place", "wrong_class": "class", "bogus": "bogus", "overlooked": "missed",
}  # fmt: skip
RED, GREEN, GREY = (40, 40, 200), (60, 160, 30), (235, 235, 235)


def draw_sheet(flags: Sequence[Flag], paths: Mapping[str, Path], out: Path) -> None:
    """Draw the flags in rows of ten, numbered from 1."""
    rows = -(-len(flags) // COLUMNS)
    sheet = np.full((rows * (CELL + TITLE), COLUMNS * CELL, 3), 255, np.uint8)
    for place, flag in enumerate(flags):
        top, left = (place // COLUMNS) * (CELL + TITLE), (place % COLUMNS) * CELL
        sheet[top + TITLE : top + TITLE + CELL, left : left + CELL] = picture(flag, paths)
        shown = flag.suggestion if flag.box is None else flag.box
        name = "" if shown is None else shown.label[:14]
        first = f"{place + 1} {SHORT[flag.kind]} {flag.probability:.2f}"
        second = name if flag.kind != "wrong_class" else arrow(name, flag.suggestion)
        for line, text in enumerate((first, second)):
            spot = (left + 3, top + 10 + 12 * line)
            cv2.putText(
                sheet, text, spot, cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA
            )
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def arrow(name: str, suggestion: Box | None) -> str:
    """The class and the one suggested."""
    return name if suggestion is None else f"{name[:9]} > {suggestion.label[:9]}"


def picture(flag: Flag, paths: Mapping[str, Path]) -> Any:
    """One cell: the surroundings of the box and of the suggestion."""
    photo = np.asarray(cv2.imread(str(paths[flag.image])))
    height, width = photo.shape[:2]
    corners = np.array([b.corners for b in (flag.box, flag.suggestion) if b is not None])
    scale = np.array([width, height])
    low, high = corners[:, :2].min(0) * scale, corners[:, 2:].max(0) * scale
    side = float(max((high - low).max() * (1 + AROUND), 40))
    centre = (low + high) / 2
    start = centre - side / 2
    matrix = np.array([[CELL / side, 0, -start[0] * CELL / side],
                       [0, CELL / side, -start[1] * CELL / side]])  # fmt: skip
    cell = cv2.warpAffine(photo, matrix, (CELL, CELL), flags=cv2.INTER_AREA, borderValue=GREY)
    for box, colour in ((flag.box, RED), (flag.suggestion, GREEN)):
        if box is not None:
            spots = (np.array([box.corners[:2], box.corners[2:]]) * scale - start) * CELL / side
            (x1, y1), (x2, y2) = spots.round().astype(int).tolist()
            cv2.rectangle(cell, (x1, y1), (x2, y2), colour, 2 if colour == RED else 1)
    return cell
