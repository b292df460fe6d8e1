"""Works out where in the picture a solid's planes and its outline are.

The inverse of the depth at which a ray meets a plane rises evenly across the picture. A ray enters a convex solid at
the last of the planes that face the lens, and leaves it at the first of the others: so the smallest of the inverse
depths of those, less the largest of these, is above 0 where the solid is seen, and falls evenly to 0 at its outline.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render.boxes import Window
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.shapes import MOST_PLANES
from simulator.embedded.render.solids import AXIS_X, AXIS_Y, AXIS_Z, HALF, MIDDLE
from simulator.embedded.render.view import View

# columns of the scratch paper's planes: inverse depth by column, by row, and at the corner; number of the plane in its
# shape; light of the sky and of the sun
BY_COLUMN, BY_ROW, AT_CORNER, PLANE, LIGHT, SUN, NOTES = 0, 1, 2, 3, 4, 7, 10
# columns of its edges: distance from the edge [px] at the corner, by row, and columns per pixel of it; above 0 inside
START, EDGE_BY_ROW, REACH, EDGE_NOTES = 0, 1, 2, 3
# what is behind the lens is kept away by edges so sharp
_SHARP = 1e6
Vector = tuple[float, float, float]
Row = NDArray[np.float64]


class Paper(NamedTuple):
    """Where a solid is worked out: planes (MOST_PLANES, NOTES), those that face the lens first, edges (N, EDGE_NOTES).

    counts: (3,) int64: how many planes face the lens, planes, edges.
    """

    planes: NDArray[np.float64]
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def make_paper() -> Paper:
    """Make the paper on which a solid's planes are worked out."""
    most = MOST_PLANES // 2
    edges = np.zeros((most * (most + 1) + MOST_PLANES, EDGE_NOTES))
    return Paper(np.zeros((MOST_PLANES, NOTES)), edges, np.zeros(3, np.int64))


@inner
def to_own(solid: NDArray[np.float64], x: float, y: float, z: float) -> Vector:
    """Turn a world vector into the solid's axes, in half sizes."""
    return (
        (solid[AXIS_X] * x + solid[AXIS_X + 1] * y + solid[AXIS_X + 2] * z) / solid[HALF],
        (solid[AXIS_Y] * x + solid[AXIS_Y + 1] * y + solid[AXIS_Y + 2] * z) / solid[HALF + 1],
        (solid[AXIS_Z] * x + solid[AXIS_Z + 1] * y + solid[AXIS_Z + 2] * z) / solid[HALF + 2],
    )


@inner
def light_plane(solid: Row, plane: Row, light: Light, note: Row) -> None:
    """Write down the light on a plane."""
    a, b, c = plane[0] / solid[HALF], plane[1] / solid[HALF + 1], plane[2] / solid[HALF + 2]
    x = a * solid[AXIS_X] + b * solid[AXIS_Y] + c * solid[AXIS_Z]
    y = a * solid[AXIS_X + 1] + b * solid[AXIS_Y + 1] + c * solid[AXIS_Z + 1]
    z = a * solid[AXIS_X + 2] + b * solid[AXIS_Y + 2] + c * solid[AXIS_Z + 2]
    length = np.sqrt(x * x + y * y + z * z)
    sun = max((x * light.sun[0] + y * light.sun[1] + z * light.sun[2]) / length, 0.0)
    sky = 0.65 + 0.35 * z / length
    for channel in range(3):
        note[LIGHT + channel] = sky * light.ambient[channel]
        note[SUN + channel] = sun * light.sunlight[channel]


@inner
def note_edge(edges: NDArray[np.float64], k: int, by_column: float, by_row: float, start: float, sharp: float) -> None:
    """Write down an edge of the outline: where a number that changes evenly across the picture is above 0."""
    slope = np.sqrt(by_column * by_column + by_row * by_row) + 1e-12
    scale = sharp / slope
    flat = 1e-7 * sharp
    across = by_column * scale
    across = across if abs(across) > flat else flat
    edges[k, START], edges[k, EDGE_BY_ROW], edges[k, REACH] = start * scale, by_row * scale, 1.0 / across


@inner
def note_planes(
    solid: NDArray[np.float64], planes: NDArray[np.float64], number: int, view: View, light: Light, paper: Paper
) -> bool:
    """Work out how the inverse depth of each plane changes across the picture; False if the lens is inside."""
    lens = to_own(solid, view.x - solid[MIDDLE], view.y - solid[MIDDLE + 1], view.z - solid[MIDDLE + 2])
    right = to_own(solid, view.right[0], view.right[1], view.right[2])
    down = to_own(solid, view.down[0], view.down[1], view.down[2])
    corner = to_own(solid, view.corner[0], view.corner[1], view.corner[2])
    front, back = 0, number
    for i in range(number):
        x, y, z = planes[i, 0], planes[i, 1], planes[i, 2]
        before = x * lens[0] + y * lens[1] + z * lens[2] - planes[i, 3]
        # a plane that goes through the lens is one behind which nothing ends
        before = before if abs(before) > 1e-7 else -1e-7
        if before > 0.0:
            k = front
            front += 1
            light_plane(solid, planes[i], light, paper.planes[k])
        else:
            back -= 1
            k = back
        scale = -1.0 / before
        paper.planes[k, BY_COLUMN] = scale * (x * right[0] + y * right[1] + z * right[2])
        paper.planes[k, BY_ROW] = scale * (x * down[0] + y * down[1] + z * down[2])
        paper.planes[k, AT_CORNER] = scale * (x * corner[0] + y * corner[1] + z * corner[2])
        paper.planes[k, PLANE] = i
    paper.counts[0], paper.counts[1] = front, number
    return front > 0


@inner
def note_edges(paper: Paper) -> None:
    """Work out the outline: every plane that faces the lens is met before it, and before all those that do not."""
    planes, front, number = paper.planes, int(paper.counts[0]), int(paper.counts[1])
    k = 0
    for i in range(front):
        column, row, start = planes[i, BY_COLUMN], planes[i, BY_ROW], planes[i, AT_CORNER]
        note_edge(paper.edges, k, column, row, start - 1e-6, _SHARP)
        k += 1
        for j in range(front, number):
            by_column, by_row = column - planes[j, BY_COLUMN], row - planes[j, BY_ROW]
            note_edge(paper.edges, k, by_column, by_row, start - planes[j, AT_CORNER], 1.0)
            k += 1
    paper.counts[2] = k


@inner
def reach_row(paper: Paper, row: int, window: Window) -> tuple[int, int, float, float]:
    """Give the first and last column in which a row meets the outline, and between which columns it is well inside."""
    left, right = float(window.left), float(window.right)
    inner_left, inner_right = left, right
    for k in range(int(paper.counts[2])):
        reach = paper.edges[k, REACH]
        at = -(paper.edges[k, START] + paper.edges[k, EDGE_BY_ROW] * row)
        outer, well = (at - 0.5) * reach, (at + 0.5) * reach
        if reach > 0.0:
            left, inner_left = max(left, outer), max(inner_left, well)
        else:
            right, inner_right = min(right, outer), min(inner_right, well)
    first, last = int(np.ceil(min(left, 1e5))), int(np.floor(max(right, -1.0)))
    return first, last, inner_left, inner_right


@inner
def cover(paper: Paper, near: float, face: int, column: int, row: int) -> float:
    """Give the share of a pixel at the outline that a solid covers. near, face: inverse depth and plane seen there."""
    planes = paper.planes
    far, exit_column, exit_row = 0.0, 0.0, 0.0
    for i in range(int(paper.counts[0]), int(paper.counts[1])):
        inverse = planes[i, AT_CORNER] + column * planes[i, BY_COLUMN] + row * planes[i, BY_ROW]
        if inverse > far:
            far, exit_column, exit_row = inverse, planes[i, BY_COLUMN], planes[i, BY_ROW]
    slope_column, slope_row = planes[face, BY_COLUMN] - exit_column, planes[face, BY_ROW] - exit_row
    slope = np.sqrt(slope_column * slope_column + slope_row * slope_row)
    return float(min(0.5 + (near - far) / max(slope, 1e-12), 1.0))
