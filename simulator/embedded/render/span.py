"""Which pixels show a bridge's deck, and which face of it."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.decks import SURFACE, UNDERSIDE, Decks
from simulator.embedded.render.jit import entry, inner
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import Vector, View

# faces farther than this are not drawn [m]
FARTHEST = 400.0
Row = NDArray[np.float64]


class Span(NamedTuple):
    """What each pixel sees of decks: inverse depth [1/m], 0 for nothing; the lens's height above the face [m]; face."""

    inverse: FloatImage
    eye: FloatImage
    face: NDArray[np.int32]


def make_span(height: int, width: int) -> Span:
    """Make the memory for pictures of one size."""
    size = height, width
    return Span(np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.int32))


@inner
def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@inner
def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inner
def _from_lens(corner: Row, view: View) -> Vector:
    return corner[0] - view.x, corner[1] - view.y, corner[2] - view.z


@inner
def _window(corners: NDArray[np.float64], view: View, height: int, width: int) -> tuple[int, int, int, int]:
    """Give the rows and columns that a face may cover: first, and one after the last; all if it reaches behind."""
    top, bottom, left, right = 1e9, -1e9, 1e9, -1e9
    behind = 0
    for k in range(4):
        at = _from_lens(corners[k], view)
        depth = _dot(at, view.forward)
        if depth < 0.05:
            behind += 1
            continue
        column = view.cx + view.fx * view.fx * _dot(at, view.right) / depth
        row = view.cy + view.fy * view.fy * _dot(at, view.down) / depth
        top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
    if behind == 4:
        return 0, 0, 0, 0
    if behind > 0:
        return 0, height, 0, width
    top, left = min(max(np.ceil(top), 0.0), height), min(max(np.ceil(left), 0.0), width)
    bottom, right = min(max(np.floor(bottom) + 1, 0.0), height), min(max(np.floor(right) + 1, 0.0), width)
    return int(top), int(bottom), int(left), int(right)


@inner
def _fill(
    span: Span, face: int, a: Vector, b: Vector, c: Vector, way: float, window: tuple[int, int, int, int], view: View
) -> None:
    """Note where rays pierce a triangle, if nothing noted is nearer. way: -1 seen from above, 1 from below, 0 both.

    A ray pierces it where it passes all three edges on one side; on the plane n.p = n.a its inverse depth is n.ray/n.a.
    """
    normal = _cross((b[0] - a[0], b[1] - a[1], b[2] - a[2]), (c[0] - a[0], c[1] - a[1], c[2] - a[2]))
    offset = _dot(normal, a)
    if abs(offset) < 1e-9 or offset * way < 0.0:
        return
    first, second, third = _cross(a, b), _cross(b, c), _cross(c, a)
    turn = 1.0 if offset > 0.0 else -1.0
    eye = abs(offset / normal[2]) if abs(normal[2]) > 1e-9 else 1.0
    top, bottom, left, right = window
    for row in range(top, bottom):
        x = view.corner[0] + row * view.down[0]
        y = view.corner[1] + row * view.down[1]
        z = view.corner[2] + row * view.down[2]
        for column in range(left, right):
            ray = (x + column * view.right[0], y + column * view.right[1], z + column * view.right[2])
            inside = turn * _dot(ray, first) >= 0.0 and turn * _dot(ray, second) >= 0.0
            if inside and turn * _dot(ray, third) >= 0.0:
                inverse = float32(_dot(normal, ray) / offset)
                if inverse > span.inverse[row, column]:
                    span.inverse[row, column] = inverse
                    span.eye[row, column] = float32(eye)
                    span.face[row, column] = face


@entry
def find_bridges(span: Span, decks: Decks, view: View) -> int:
    """Find what each pixel sees of decks; gives how many faces are in the picture."""
    height, width = span.face.shape
    span.inverse[:] = float32(0.0)
    seen = 0
    for face in range(decks.kind.shape[0]):
        corners = decks.corners[face]
        near = _from_lens(corners[0], view)
        if _dot(near, near) > FARTHEST**2:
            continue
        window = _window(corners, view, height, width)
        if window[0] >= window[1] or window[2] >= window[3]:
            continue
        kind = decks.kind[face]
        way = -1.0 if kind == SURFACE else 1.0 if kind == UNDERSIDE else 0.0
        a, b = near, _from_lens(corners[1], view)
        c, d = _from_lens(corners[2], view), _from_lens(corners[3], view)
        _fill(span, face, a, b, c, way, window, view)
        _fill(span, face, a, c, d, way, window, view)
        seen += 1
    return seen
