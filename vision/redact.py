"""Takes people out of pixels: blur, pixelate, remove.

    redact(pixels, mask, view, Policy.BLUR)     # mask and view small, pixels full and changed

What stays of a region is at most CELLS averages along its box's shorter side, taken from the small
picture, and nothing else: no filter can bring back what was never kept. A blur enlarges these
numbers smoothly, pixelate shows them as squares; `remove` keeps none of them and continues the
surroundings. Only the regions' boxes are touched at full resolution.

Limit: who is hidden can still be guessed from the place, clothes' colours and size; a policy that
keeps no colour is `remove`, one that keeps nothing is `withhold`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.policy import Policy

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]

CELLS = 4
"""Averages along the shorter side of a region. Faces in 8 × 8 squares have been told apart by
trained networks (McPherson et al. 2016, arXiv 1609.00408); 4 × 4 leaves no place for features."""

SMALLEST_CELL = 1 / 48
"""Share of the small picture's longer side; a piece of a face that the mask cuts off as a region of
its own keeps no finer averages than this."""

INPAINT_SIDE = 320
"""Longer side in pixels of the picture that is inpainted; its cost grows with the pixels."""

INPAINT_RADIUS = 3.0
"""Neighbourhood of Telea's method in pixels of that small picture, OpenCV's own example value."""

MOST_REMOVED = 0.4
"""Share of the picture above which there is too little left to continue."""


@dataclass(frozen=True)
class Region:
    """A connected part of the mask: its box in pixels of the small picture, and the mask in it."""

    left: int
    top: int
    right: int
    bottom: int
    mask: Mask


def regions_of(mask: Mask) -> tuple[Region, ...]:
    """The connected parts of an (h, w) mask; people who touch are one region."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    found = []
    for label in range(1, count):
        x, y, w, h = stats[label, :4].tolist()
        inside = np.asarray(labels[y : y + h, x : x + w] == label)
        found.append(Region(x, y, x + w, y + h, inside))
    return tuple(found)


def redact(pixels: Pixels, mask: Mask, view: Pixels, policy: Policy) -> None:
    """Hide `mask` in `pixels`, in place.

    `pixels` (H, W, 3) is the full picture, `view` (h, w, 3) the same picture made small and `mask`
    (h, w) what to hide in it. Raises ValueError for WITHHOLD, which has no pixels.
    """
    if policy is Policy.WITHHOLD:
        raise ValueError("withhold makes no picture")
    filled = inpainted(view, mask) if policy is Policy.REMOVE else None
    for region in regions_of(mask):
        rows, columns, inside = enlarged(region, mask.shape, pixels.shape[:2])
        size = (columns.stop - columns.start, rows.stop - rows.start)
        if filled is None:
            part = view[region.top : region.bottom, region.left : region.right]
            patch = averages(part, SMALLEST_CELL * max(view.shape[:2]))
            how = cv2.INTER_NEAREST if policy is Policy.PIXELATE else cv2.INTER_LINEAR
            patch = np.asarray(cv2.resize(patch, size, interpolation=how), np.uint8)
        else:
            patch = part_of(filled, rows, columns, pixels.shape[:2])
        np.copyto(pixels[rows, columns], patch, where=inside[..., None])


def averages(part: Pixels, smallest: float) -> Pixels:
    """All that a region keeps of itself: one pixel for each cell of at least `smallest` pixels.

    At most CELLS along the shorter side.
    """
    height, width = part.shape[:2]
    cell = max(smallest, min(height, width) / CELLS)
    cells = max(1, int(width / cell)), max(1, int(height / cell))
    return np.asarray(cv2.resize(part, cells, interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(
    region: Region, small: tuple[int, ...], full: tuple[int, ...]
) -> tuple[slice, slice, Mask]:
    """Rows, columns and mask of a region at full resolution, rounded outward.

    Every full pixel that shares any area with a masked small pixel is in the mask. `small` and
    `full` are (height, width); the full picture is nowhere the smaller one.
    """
    height, width = region.mask.shape
    down = outward(region.top, region.bottom, small[0], full[0])
    across = outward(region.left, region.right, small[1], full[1])
    edged = np.pad(region.mask, 1)
    # A full pixel overlaps at most two small ones in each direction: the first and the last.
    rows = [(k - region.top + 1).clip(0, height + 1) for k in overlapped(down, small[0], full[0])]
    columns = [
        (k - region.left + 1).clip(0, width + 1) for k in overlapped(across, small[1], full[1])
    ]
    stretched = edged[rows[0]] | edged[rows[1]]
    hit = stretched[:, columns[0]] | stretched[:, columns[1]]
    return slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1), hit


def full_mask(mask: Mask, full: tuple[int, ...]) -> Mask:
    """Exactly the pixels of a `full` (H, W) picture that `redact` changes for a small `mask`."""
    hit = np.zeros((full[0], full[1]), np.bool_)
    for region in regions_of(mask):
        rows, columns, inside = enlarged(region, mask.shape, full)
        hit[rows, columns] |= inside
    return hit


def outward(start: int, stop: int, small: int, full: int) -> Indices:
    """The full pixels that share any length with the small pixels start…stop - 1."""
    return np.arange(start * full // small, min(full, -(-stop * full // small)))


def overlapped(indices: Indices, small: int, full: int) -> tuple[Indices, Indices]:
    """The first and the last small pixel that each full pixel shares any length with."""
    return indices * small // full, -(-(indices + 1) * small // full) - 1


def inpainted(view: Pixels, mask: Mask) -> Pixels:
    """`view` at INPAINT_SIDE with the mask's part continued from its surroundings (Telea 2004)."""
    scale = min(1.0, INPAINT_SIDE / max(view.shape[:2]))
    size = max(1, round(view.shape[1] * scale)), max(1, round(view.shape[0] * scale))
    small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
    # A small pixel with any part of a person in it must be filled, and not be copied from.
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    hole = cv2.dilate((share > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.inpaint(small, hole, INPAINT_RADIUS, cv2.INPAINT_TELEA), np.uint8)


def part_of(picture: Pixels, rows: slice, columns: slice, full: tuple[int, ...]) -> Pixels:
    """The part of `picture` that lies at rows and columns of its enlargement to `full` (H, W)."""
    down, across = picture.shape[0] / full[0], picture.shape[1] / full[1]
    way_back = np.array(
        [
            [across, 0, (columns.start + 0.5) * across - 0.5],
            [0, down, (rows.start + 0.5) * down - 0.5],
        ]
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return np.asarray(
        cv2.warpAffine(
            picture,
            way_back,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
