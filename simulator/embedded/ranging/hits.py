"""Where a ray enters what stands in the world: solids, plants and posts, boards, and the faces of bridges.

Each gives the distance along the ray [m], or MISSED; the unit vector that stands on what was met goes into `normal`.
A ray that begins within something does not meet it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.ranging.outlines import CELLS, SLICES, Outlines
from simulator.embedded.render.cards import BACK, COSINE, HEIGHT, PICTURE, SINE, WIDTH, X, Y, Z
from simulator.embedded.render.shapes import Shapes
from simulator.embedded.render.solids import AXIS_X, HALF, MIDDLE, SHAPE

MISSED: Final = 1e9
_LEVEL: Final = 1e-9
Rows = NDArray[np.float64]
Vector = tuple[float, float, float]


@inner
def enter_solid(solid: Rows, shapes: Shapes, start: Vector, way: Vector, best: float, normal: Rows) -> float:
    """Enter a convex solid nearer than `best`."""
    dx, dy, dz = start[0] - solid[MIDDLE], start[1] - solid[MIDDLE + 1], start[2] - solid[MIDDLE + 2]
    along = -(dx * way[0] + dy * way[1] + dz * way[2])
    radius = solid[HALF] * solid[HALF] + solid[HALF + 1] * solid[HALF + 1] + solid[HALF + 2] * solid[HALF + 2]
    if dx * dx + dy * dy + dz * dz - along * along > radius:
        return MISSED
    # in axes in which the solid lies within the cube from -1 to 1
    a, b, c = 1.0 / solid[HALF], 1.0 / solid[HALF + 1], 1.0 / solid[HALF + 2]
    axes = solid[AXIS_X : AXIS_X + 9]
    ox = a * (axes[0] * dx + axes[1] * dy + axes[2] * dz)
    oy = b * (axes[3] * dx + axes[4] * dy + axes[5] * dz)
    oz = c * (axes[6] * dx + axes[7] * dy + axes[8] * dz)
    wx = a * (axes[0] * way[0] + axes[1] * way[1] + axes[2] * way[2])
    wy = b * (axes[3] * way[0] + axes[4] * way[1] + axes[5] * way[2])
    wz = c * (axes[6] * way[0] + axes[7] * way[1] + axes[8] * way[2])
    shape = int(solid[SHAPE])
    near, far, face = -MISSED, best, -1
    for k in range(shapes.number[shape]):
        plane = shapes.planes[shape, k]
        above = plane[0] * ox + plane[1] * oy + plane[2] * oz - plane[3]
        climb = plane[0] * wx + plane[1] * wy + plane[2] * wz
        if climb < 0.0:
            distance = -above / climb
            if distance > near:
                near, face = distance, k
        elif climb > 0.0:
            far = min(far, -above / climb)
        elif above > 0.0:
            return MISSED
        if near > far:
            return MISSED
    if near <= 0.0:
        return MISSED
    plane = shapes.planes[shape, face]
    nx, ny, nz = a * plane[0], b * plane[1], c * plane[2]
    size = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    for k in range(3):
        normal[k] = size * (nx * axes[k] + ny * axes[3 + k] + nz * axes[6 + k])
    return near


@inner
def enter_turned(card: Rows, outlines: Outlines, start: Vector, way: Vector, best: float, normal: Rows) -> float:
    """Enter a plant or a post nearer than `best`: discs on one another, each as wide as the picture is covered."""
    px, py, pz = start[0] - card[X], start[1] - card[Y], start[2] - card[Z]
    level = way[0] * way[0] + way[1] * way[1]
    toward = px * way[0] + py * way[1]
    apart = px * px + py * py
    widest = 0.5 * card[WIDTH]
    tall = card[HEIGHT]
    # where the ray is within the picture's height
    first, last = 0.0, best
    if abs(way[2]) > _LEVEL:
        low, high = -pz / way[2], (tall - pz) / way[2]
        first, last = max(first, min(low, high)), min(last, max(low, high))
    elif pz < 0.0 or pz > tall:
        return MISSED
    if level > _LEVEL:
        inside = toward * toward - level * (apart - widest * widest)
        if inside < 0.0:
            return MISSED
        root = np.sqrt(inside)
        first, last = max(first, (-toward - root) / level), min(last, (-toward + root) / level)
    elif apart > widest * widest:
        return MISSED
    if first >= last:
        return MISSED
    thick = tall / SLICES
    slot = min(max(int((pz + first * way[2]) / thick), 0), SLICES - 1)
    end = min(max(int((pz + last * way[2]) / thick), 0), SLICES - 1)
    step = 1 if end >= slot else -1
    picture = int(card[PICTURE])
    while True:
        radius = widest * outlines.shares[picture, slot]
        enter, leave = first, last
        if abs(way[2]) > _LEVEL:
            low, high = (slot * thick - pz) / way[2], ((slot + 1) * thick - pz) / way[2]
            enter, leave = max(enter, min(low, high)), min(leave, max(low, high))
        inside = toward * toward - level * (apart - radius * radius)
        if radius > 0.0 and inside >= 0.0 and level > _LEVEL:
            root = np.sqrt(inside)
            bark = (-toward - root) / level
            entered, left = max(enter, bark), min(leave, (-toward + root) / level)
            if entered <= left and entered > 0.0:
                if entered == bark:
                    normal[0] = (px + entered * way[0]) / radius
                    normal[1] = (py + entered * way[1]) / radius
                    normal[2] = 0.0
                else:
                    normal[0], normal[1], normal[2] = 0.0, 0.0, -1.0 if way[2] > 0.0 else 1.0
                return float(entered)
        elif level <= _LEVEL and apart <= radius * radius and enter > 0.0:
            normal[0], normal[1], normal[2] = 0.0, 0.0, -1.0 if way[2] > 0.0 else 1.0
            return enter
        if slot == end:
            return MISSED
        slot += step


@inner
def enter_board(card: Rows, outlines: Outlines, start: Vector, way: Vector, best: float, normal: Rows) -> float:
    """Meet a board nearer than `best` where its picture is opaque."""
    climb = card[COSINE] * way[0] + card[SINE] * way[1]
    if abs(climb) < _LEVEL:
        return MISSED
    px, py = card[X] - start[0], card[Y] - start[1]
    distance = (card[COSINE] * px + card[SINE] * py) / climb
    if distance <= 0.0 or distance >= best:
        return MISSED
    # the side that is seen; its picture runs from left to right as seen from there
    turn = 1.0 if climb < 0.0 else -1.0
    right = turn * (card[COSINE] * (distance * way[1] - py) - card[SINE] * (distance * way[0] - px))
    across = right / card[WIDTH] + 0.5
    up = (start[2] + distance * way[2] - card[Z]) / card[HEIGHT]
    if not (0.0 <= across < 1.0 and 0.0 < up <= 1.0):
        return MISSED
    picture = int(card[PICTURE]) if climb < 0.0 else int(card[BACK])
    if outlines.opaque[picture, int((1.0 - up) * CELLS), int(across * CELLS)] == 0:
        return MISSED
    normal[0], normal[1], normal[2] = turn * card[COSINE], turn * card[SINE], 0.0
    return float(distance)


@inner
def enter_face(corners: Rows, start: Vector, way: Vector, best: float, normal: Rows) -> float:
    """Meet a flat four-cornered face, from either side, nearer than `best`. corners: (4, 3) [m]."""
    ux, uy, uz = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1], corners[1, 2] - corners[0, 2]
    vx, vy, vz = corners[3, 0] - corners[0, 0], corners[3, 1] - corners[0, 1], corners[3, 2] - corners[0, 2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    climb = nx * way[0] + ny * way[1] + nz * way[2]
    if abs(climb) < _LEVEL:
        return MISSED
    rx, ry, rz = corners[0, 0] - start[0], corners[0, 1] - start[1], corners[0, 2] - start[2]
    distance = (nx * rx + ny * ry + nz * rz) / climb
    if distance <= 0.0 or distance >= best:
        return MISSED
    x, y, z = start[0] + distance * way[0], start[1] + distance * way[1], start[2] + distance * way[2]
    for k in range(4):
        a, b = corners[k], corners[(k + 1) % 4]
        ex, ey, ez = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        qx, qy, qz = x - a[0], y - a[1], z - a[2]
        if nx * (ey * qz - ez * qy) + ny * (ez * qx - ex * qz) + nz * (ex * qy - ey * qx) < 0.0:
            return MISSED
    size = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    if climb > 0.0:
        size = -size
    normal[0], normal[1], normal[2] = size * nx, size * ny, size * nz
    return float(distance)
