"""What cars and other bodies that move are made of: rows of solids, made anew for each picture."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render import shapes, tags
from simulator.embedded.render.bodies import REACH, Body
from simulator.embedded.render.solids import (
    AXIS_X,
    AXIS_Y,
    AXIS_Z,
    COLOUR,
    FARTHEST,
    FOOT,
    HALF,
    INSTANCE,
    MIDDLE,
    SECOND,
    SEED,
    SHAPE,
    TAG,
)

# columns of a body: middle [m], rotation row by row, half size [m], colour 0 to 255, tag, instance
_MIDDLE, _ROTATION, _HALF, _COLOUR, _TAG, _INSTANCE, _BODY = 0, 3, 12, 15, 18, 19, 20
# of one body at most so many solids are made; wheels are seen within this distance [m]
MOST_PARTS, _WHEELS_REACH = 7, 60.0
# half the width of the narrowest thing that has a shadow and is no car [m]
_TRUNK = 0.1
# parts of cars: shape, lower and upper corner as shares of the half size; wheels are added
_SEDAN = (
    (shapes.HULL, (-1.0, -0.96, -0.8), (1.0, 0.96, 0.16)),
    (shapes.WEDGE, (-0.86, -0.86, 0.16), (0.52, 0.86, 1.0)),
)
_COMPACT = ((shapes.HULL, (-1.0, -0.96, -0.8), (1.0, 0.96, 0.2)), (shapes.WEDGE, (-0.99, -0.88, 0.2), (0.6, 0.88, 1.0)))
_VAN = ((shapes.HULL, (-1.0, -0.97, -0.82), (1.0, 0.97, 0.05)), (shapes.COUPE, (-0.99, -0.94, 0.05), (0.86, 0.94, 1.0)))
_TRUCK = (
    (shapes.HULL, (-1.0, -0.97, -0.82), (1.0, 0.97, -0.4)),
    (shapes.BOX, (-1.0, -0.99, -0.4), (0.5, 0.99, 1.0)),
    (shapes.COUPE, (0.54, -0.95, -0.4), (0.99, 0.95, 0.7)),
)
_FULL = ((shapes.BOX, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),)
Part = tuple[int, tuple[float, float, float], tuple[float, float, float]]
_NO_BODIES = np.zeros((0, _BODY))
_BUILDS = (_SEDAN, _COMPACT, _VAN, _TRUCK, _FULL)
_OF_SEDAN, _OF_COMPACT, _OF_VAN, _OF_TRUCK, _PLAIN = range(5)
Vector = tuple[float, float, float]
Rows = NDArray[np.float64]


class Builds(NamedTuple):
    """How cars are built: parts (5, 3, 7): shape, lower and upper corner; number (5,) of parts of each."""

    parts: NDArray[np.float64]
    number: NDArray[np.int64]


def make_builds() -> Builds:
    """Make the table of all builds."""
    table = np.zeros((len(_BUILDS), max(map(len, _BUILDS)), 7))
    for k, build in enumerate(_BUILDS):
        for j, (shape, low, high) in enumerate(build):
            table[k, j] = (shape, *low, *high)
    return Builds(table, np.array([len(build) for build in _BUILDS]))


def pack_bodies(bodies: Sequence[Body]) -> Rows:
    """Put bodies into a table, (N, 20)."""
    if not bodies:
        return _NO_BODIES
    table = np.empty((len(bodies), _BODY))
    for row, body in zip(table, bodies, strict=True):
        row[_MIDDLE:_ROTATION] = body.middle
        row[_ROTATION:_HALF] = np.asarray(body.rotation).ravel()
        row[_HALF:] = (*body.half_size, *body.color, body.tag, body.number)
    return table


@inner
def build_of(body: Rows) -> int:
    """Choose a car's build by its size: a truck is long and high, a van high, a compact short."""
    if body[_TAG] != tags.CAR and body[_TAG] != tags.TRUCK:
        return _PLAIN
    if body[_HALF] > 2.75 and body[_HALF + 2] > 1.1:
        return _OF_TRUCK
    if body[_HALF + 2] > 0.88:
        return _OF_VAN
    return _OF_COMPACT if body[_HALF] < 2.05 else _OF_SEDAN


@inner
def make_part(row: Rows, body: Rows, shape: int, low: Vector, high: Vector) -> None:
    """Make one solid of a body. low, high: its corners as shares of the body's half size."""
    for axis in range(3):
        row[HALF + axis] = 0.5 * (high[axis] - low[axis]) * body[_HALF + axis]
    a, b, c = (
        0.5 * (low[0] + high[0]) * body[_HALF],
        0.5 * (low[1] + high[1]) * body[_HALF + 1],
        0.5 * (low[2] + high[2]) * body[_HALF + 2],
    )
    for axis in range(3):
        turn = body[_ROTATION + 3 * axis : _ROTATION + 3 * axis + 3]
        row[MIDDLE + axis] = body[_MIDDLE + axis] + turn[0] * a + turn[1] * b + turn[2] * c
        row[AXIS_X + axis], row[AXIS_Y + axis], row[AXIS_Z + axis] = turn[0], turn[1], turn[2]
        row[COLOUR + axis] = (body[_COLOUR + axis] / 255.0) ** 2.2
        row[SECOND + axis] = 0.02
    row[SHAPE], row[SEED], row[TAG], row[INSTANCE] = shape, 0.0, body[_TAG], body[_INSTANCE]
    row[FARTHEST], row[FOOT] = REACH, body[_MIDDLE + 2] - body[_HALF + 2]


@inner
def make_wheels(rows: Rows, body: Rows) -> None:
    """Make four wheels, a little within the body's sides."""
    length, width, height = body[_HALF], body[_HALF + 1], body[_HALF + 2]
    radius = 0.2 * height + 0.19
    across, tall = 0.11 / width, radius / length
    rise = -1.0 + 2.0 * radius / height
    for k in range(4):
        x, y = (-0.6 if k < 2 else 0.62), (-0.9 if k % 2 == 0 else 0.9)
        make_part(rows[k], body, shapes.TYRES, (x - tall, y - across, -1.0), (x + tall, y + across, rise))


@inner
def make_cars(bodies: Rows, builds: Builds, place: Vector, parts: Rows, whole: Rows) -> tuple[int, int]:
    """Make the solids of all bodies near the lens but one that holds it, and the box of each whole car.

    bodies: see `pack_bodies`. parts: (MOST_PARTS * N, COLUMNS), whole: (N, COLUMNS); gives how many rows are filled.
    """
    made, cars = 0, 0
    for i in range(bodies.shape[0]):
        body = bodies[i]
        x, y, z = place[0] - body[_MIDDLE], place[1] - body[_MIDDLE + 1], place[2] - body[_MIDDLE + 2]
        distance = np.sqrt(x * x + y * y + z * z)
        inside = True
        for axis in range(3):
            along = body[_ROTATION + axis] * x + body[_ROTATION + 3 + axis] * y + body[_ROTATION + 6 + axis] * z
            inside = inside and abs(along) < body[_HALF + axis]
        if distance > REACH or inside:
            continue
        build = build_of(body)
        for k in range(builds.number[build]):
            part = builds.parts[build, k]
            make_part(parts[made], body, int(part[0]), (part[1], part[2], part[3]), (part[4], part[5], part[6]))
            made += 1
        # of a walker only the trunk is so wide
        if build != _PLAIN or (body[_TAG] == tags.PEDESTRIANS and body[_HALF + 1] > _TRUNK):
            make_part(whole[cars], body, shapes.BOX, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
            cars += 1
            if build != _PLAIN and distance < _WHEELS_REACH:
                make_wheels(parts[made : made + 4], body)
                made += 4
    return made, cars
