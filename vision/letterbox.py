"""Fits a picture into a model's fixed input without changing its shape.

tensor, scale, (left, top) = letterbox(pixels, 640, 640)
x_in_picture = (x_in_input - left) / scale
"""

import cv2
import numpy as np
from numpy.typing import NDArray

GRAY = 114
"""The border that YOLO models are trained with."""


def letterbox(
    pixels: NDArray[np.uint8], width: int, height: int
) -> tuple[NDArray[np.float32], float, tuple[int, int]]:
    """(1, 3, height, width) float32 in 0-1, the scale, and the left and top border in pixels."""
    tall, wide = pixels.shape[:2]
    scale = min(width / wide, height / tall)
    new = max(1, round(wide * scale)), max(1, round(tall * scale))
    if new != (wide, tall):
        how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        pixels = np.asarray(cv2.resize(pixels, new, interpolation=how), np.uint8)
    left, top = (width - new[0]) // 2, (height - new[1]) // 2
    canvas = np.full((height, width, 3), GRAY, np.uint8)
    canvas[top : top + new[1], left : left + new[0]] = pixels
    planes = canvas.transpose(2, 0, 1)[None].astype(np.float32)
    planes *= np.float32(1 / 255)
    return planes, scale, (left, top)
