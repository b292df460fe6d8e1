"""Pictures of what stands beside roads: delineator posts, signs, street lamps."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.foliage import Image, reduce

_OVER = 4
_Canvas = NDArray[np.uint8]
Colour = tuple[float, float, float]
WHITE, BLACK, RED, GREY, DARK = (
    (0.72, 0.72, 0.70),
    (0.02, 0.02, 0.02),
    (0.48, 0.02, 0.02),
    (0.3, 0.31, 0.32),
    (0.1,) * 3,
)
YELLOW, ORANGE = (0.62, 0.42, 0.02), (0.75, 0.32, 0.05)


def _code(colour: Colour | tuple[float, ...]) -> list[float]:
    return [*(255.0 * np.sqrt(np.array(colour))), 255.0]


def _canvas(height: int, width: int) -> _Canvas:
    return np.zeros((height * _OVER, width * _OVER, 4), np.uint8)


def _rectangle(canvas: _Canvas, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    """Fill a rectangle; sides are shares of the canvas."""
    height, width = canvas.shape[:2]
    canvas[round(top * height) : round(bottom * height), round(left * width) : round(right * width)] = _code(colour)


def _pole(canvas: _Canvas, top: float) -> None:
    """Draw a sign's pole: grey, lighter on one side."""
    _rectangle(canvas, 0.455, top, 0.545, 1.0, GREY)
    _rectangle(canvas, 0.455, top, 0.485, 1.0, (0.45, 0.46, 0.47))


def delineator() -> Image:
    """Paint a white post with a slanted black band and a reflector."""
    canvas = _canvas(128, 16)
    _rectangle(canvas, 0.04, 0.0, 0.96, 1.0, WHITE)
    _rectangle(canvas, 0.72, 0.0, 0.96, 1.0, (0.52, 0.52, 0.52))
    height, width = canvas.shape[:2]
    band = np.array([[0.04, 0.16], [0.96, 0.10], [0.96, 0.34], [0.04, 0.40]]) * (width, height)
    cv2.fillPoly(canvas, [band.astype(np.int32)], _code(BLACK))
    _rectangle(canvas, 0.3, 0.16, 0.7, 0.34, ORANGE)
    return reduce(canvas, _OVER)


def speed_sign(speed: int) -> Image:
    """Paint a round speed limit on its pole."""
    canvas = _canvas(256, 72)
    _pole(canvas, 0.1)
    width = canvas.shape[1]
    middle, radius = (width // 2, round(0.45 * width)), round(0.43 * width)
    cv2.circle(canvas, middle, radius, _code(RED), -1)
    cv2.circle(canvas, middle, round(0.8 * radius), _code(WHITE), -1)
    text = str(speed)
    scale = 3.1 if len(text) < 3 else 2.3
    size, _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 16)
    corner = middle[0] - size[0] // 2, middle[1] + size[1] // 2
    cv2.putText(canvas, text, corner, cv2.FONT_HERSHEY_SIMPLEX, scale, _code(BLACK), 16)
    return reduce(canvas, _OVER)


def curve_sign(to_left: bool) -> Image:
    """Paint a warning triangle with a bent arrow."""
    canvas = _canvas(256, 88)
    _pole(canvas, 0.2)
    width = canvas.shape[1]
    for grow, colour in ((1.0, RED), (0.72, WHITE)):
        triangle = np.array([[0.0, -0.56], [0.49, 0.29], [-0.49, 0.29]]) * grow + (0.5, 0.60)
        cv2.fillPoly(canvas, [(triangle * width).astype(np.int32)], _code(colour))
    bent = np.array([[0.54, 0.82], [0.54, 0.66], [0.46, 0.56], [0.43, 0.44]])
    head = np.array([[0.36, 0.47], [0.50, 0.43], [0.41, 0.34]])
    if not to_left:
        bent[:, 0], head[:, 0] = 1 - bent[:, 0], 1 - head[:, 0]
    cv2.polylines(canvas, [(bent * width).astype(np.int32)], False, _code(BLACK), width // 18)
    cv2.fillPoly(canvas, [(head * width).astype(np.int32)], _code(BLACK))
    return reduce(canvas, _OVER)


def chevron(to_left: bool) -> Image:
    """Paint a board with a red arrow on two short legs."""
    canvas = _canvas(144, 60)
    _rectangle(canvas, 0.2, 0.4, 0.26, 1.0, GREY)
    _rectangle(canvas, 0.74, 0.4, 0.8, 1.0, GREY)
    _rectangle(canvas, 0.02, 0.01, 0.98, 0.43, WHITE)
    height, width = canvas.shape[:2]
    arrow = np.array([[0.62, 0.01], [0.96, 0.01], [0.52, 0.22], [0.96, 0.43], [0.62, 0.43], [0.14, 0.22]])
    if not to_left:
        arrow[:, 0] = 1 - arrow[:, 0]
    cv2.fillPoly(canvas, [(arrow * (width, height)).astype(np.int32)], _code(RED))
    return reduce(canvas, _OVER)


def lamp_pole() -> Image:
    """Paint a street lamp's pole, wider at its foot."""
    canvas = _canvas(256, 8)
    _rectangle(canvas, 0.25, 0.0, 0.75, 1.0, DARK)
    _rectangle(canvas, 0.25, 0.0, 0.45, 1.0, (0.2, 0.2, 0.21))
    _rectangle(canvas, 0.1, 0.84, 0.9, 1.0, DARK)
    return reduce(canvas, _OVER)


def lamp_arm() -> Image:
    """Paint a street lamp's arm, which starts at the left, and its head."""
    canvas = _canvas(24, 96)
    height, width = canvas.shape[:2]
    arm = np.array([[0.0, 0.75], [0.3, 0.4], [0.72, 0.28]]) * (width, height)
    cv2.polylines(canvas, [arm.astype(np.int32)], False, _code(DARK), height // 7)
    _rectangle(canvas, 0.66, 0.15, 0.98, 0.48, (0.16, 0.16, 0.17))
    _rectangle(canvas, 0.70, 0.40, 0.96, 0.54, (0.7, 0.68, 0.6))
    return reduce(canvas, _OVER)


def back_of(front: Callable[[], Image]) -> Image:
    """Paint the back of a sign: its outline, grey."""
    image = front()
    grey = np.array([0.24, 0.25, 0.26], np.float32)
    result: Image = np.concatenate([image[..., 3:] * grey, image[..., 3:]], axis=2)[:, ::-1]
    return np.ascontiguousarray(result)
