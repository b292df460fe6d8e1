"""Shapes that solid things are made of: convex, bounded by planes, each within the cube from -1 to 1.

A solid is such a shape, stretched along its own axes to its size. Stretching keeps planes plane, so that all solids of
a shape share its planes.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner

# what a face is painted with
PLAIN, WALL, TILES, PAINT, CABIN, TYRE, METAL = range(7)
MOST_PLANES: Final = 10
# no way through a solid is longer
_FAR: Final = 1e3
BOX, WALLS, GABLE, HIP, HULL, WEDGE, COUPE, TYRES, BEAM, COUNT = range(10)


class Shapes(NamedTuple):
    """All shapes.

    planes: (COUNT, 10, 4): x, y, z, offset: inside is where their product with (point, -1) is below 0. number: of
    planes of each. paint: (COUNT, 10), what each face is painted with.
    """

    planes: NDArray[np.float64]
    number: NDArray[np.int64]
    paint: NDArray[np.int64]


@inner
def way_within(shapes: Shapes, shape: int, start: tuple[float, float, float], way: tuple[float, float, float]) -> float:
    """Give how much of a way from a place on lies within a shape, as a multiple of `way`; 0 or less for none.

    start, way: in axes in which the shape lies within the cube from -1 to 1.
    """
    enter, leave = 0.0, _FAR
    for k in range(int(shapes.number[shape])):
        plane = shapes.planes[shape, k]
        before = plane[0] * start[0] + plane[1] * start[1] + plane[2] * start[2] - plane[3]
        rate = plane[0] * way[0] + plane[1] * way[1] + plane[2] * way[2]
        if abs(rate) < 1e-9:
            leave = leave if before <= 0.0 else -1.0
        elif rate < 0.0:
            enter = max(enter, -before / rate)
        else:
            leave = min(leave, -before / rate)
    return leave - enter


def _sides(*axes: int) -> list[tuple[float, float, float, float]]:
    """Give the cube's two faces across each of these axes."""
    faces = []
    for axis in axes:
        for side in (1.0, -1.0):
            normal = [0.0, 0.0, 0.0]
            normal[axis] = side
            faces.append((normal[0], normal[1], normal[2], 1.0))
    return faces


def _profile(points: list[tuple[float, float]]) -> list[tuple[float, float, float, float]]:
    """Give the planes through the sides of a convex outline of x and z, counter-clockwise as seen from y < 0."""
    planes = []
    for (x, z), (next_x, next_z) in zip(points, [*points[1:], points[0]], strict=True):
        planes.append((next_z - z, 0.0, x - next_x, (next_z - z) * x + (x - next_x) * z))
    return planes


def _octagon() -> list[tuple[float, float, float, float]]:
    angles = np.arange(8) * np.pi / 4
    return [(float(np.cos(angle)), 0.0, float(np.sin(angle)), 0.97) for angle in angles]


def make_shapes() -> Shapes:
    """Make all shapes."""
    gable = [*_sides(0), (0.0, 2.0, 1.0, 1.0), (0.0, -2.0, 1.0, 1.0), (0.0, 0.0, -1.0, 1.0)]
    hip = [(2.6, 0.0, 1.0, 1.6), (-2.6, 0.0, 1.0, 1.6), *gable[2:]]
    # a car's lower body, with a sloping bonnet and boot; its cabin narrows upwards
    hull = [*_profile([(-1.0, -0.9), (0.98, -0.9), (1.0, 0.1), (0.93, 0.62), (0.4, 1.0), (-0.86, 1.0), (-1.0, 0.6)])]
    lean = [(0.0, 1.0, 0.17, 0.83), (0.0, -1.0, 0.17, 0.83)]
    wedge = [*_profile([(-1.0, -1.0), (1.0, -1.0), (0.42, 1.0), (-0.82, 1.0)]), *lean]
    coupe = [
        *_profile([(-1.0, -1.0), (1.0, -1.0), (0.8, 1.0), (-0.97, 1.0)]),
        (0.0, 1.0, 0.06, 0.94),
        (0.0, -1.0, 0.06, 0.94),
    ]
    table = {
        BOX: (_sides(0, 1, 2), [PLAIN] * 6),
        WALLS: (_sides(0, 1, 2), [WALL] * 4 + [PLAIN] * 2),
        GABLE: (gable, [PLAIN, PLAIN, TILES, TILES, PLAIN]),
        HIP: (hip, [TILES] * 4 + [PLAIN]),
        HULL: ([*hull, *_sides(1)], [PAINT] * 9),
        WEDGE: (wedge, [CABIN] * 6),
        COUPE: (coupe, [CABIN] * 6),
        TYRES: ([*_octagon(), *_sides(1)], [TYRE] * 10),
        BEAM: (_sides(0, 1, 2), [METAL] * 6),
    }
    planes, paint = np.zeros((COUNT, MOST_PLANES, 4)), np.zeros((COUNT, MOST_PLANES), np.int64)
    number = np.zeros(COUNT, np.int64)
    for shape, (faces, paints) in table.items():
        number[shape] = len(faces)
        planes[shape, : len(faces)] = faces
        paint[shape, : len(faces)] = paints
    return Shapes(planes, number, paint)
