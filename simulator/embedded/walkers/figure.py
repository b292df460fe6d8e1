"""What a pedestrian looks like: a head, a body, arms and legs that swing as it walks."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.axes import rotation_matrix
from simulator.embedded.render import Body
from simulator.embedded.render.tags import PEDESTRIANS
from simulator.embedded.walkers.walker import Walker

# a pair of steps is so long, in heights of a walker; legs and arms swing so far at most [rad]
_STRIDE, _SWING = 0.8, 0.55
# middle and half size of what doesn't swing, as shares of half the height: trunk, head, hair; up from the middle
_TRUNK = (0.0, 0.0, 0.23), (0.13, 0.2, 0.32)
_HEAD = (0.01, 0.0, 0.76), (0.1, 0.085, 0.13)
_HAIR = (-0.02, 0.0, 0.9), (0.115, 0.1, 0.1)
# of a leg and an arm: where it hangs, half its length and half its thickness
_LEG = (0.0, 0.1, -0.05), 0.475, (0.085, 0.085)
_ARM = (0.0, 0.255, 0.5), 0.33, (0.06, 0.055)
FloatArray = NDArray[np.float64]


@lru_cache(maxsize=256)
def _turn(angle: float) -> FloatArray:
    """Give the rotation about the axis to the left [rad]."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])


def bodies_of_walker(walker: Walker, number: int) -> list[Body]:
    """Give the bodies of a pedestrian."""
    kind, scale = walker.kind, walker.kind.half_size[2]
    origin, axes = np.array(walker.pose[:3]), rotation_matrix(walker.pose)
    bodies = []

    def add(
        middle: FloatArray, half: tuple[float, float, float], color: tuple[int, int, int], turn: FloatArray
    ) -> None:
        x, y, z = (origin + axes @ (scale * middle)).tolist()
        size = scale * half[0], scale * half[1], scale * half[2]
        bodies.append(Body((x, y, z), axes @ turn, size, color, PEDESTRIANS, number))

    straight = _turn(0.0)
    for (middle, half), color in ((_TRUNK, kind.shirt), (_HEAD, kind.skin), (_HAIR, kind.hair)):
        add(np.array(middle), half, color, straight)
    phase = math.tau * walker.stride / (2 * scale * _STRIDE)
    speed = math.hypot(walker.velocity[0], walker.velocity[1])
    swing = _SWING * min(speed / 1.2, 1.0) * math.sin(phase) if walker.fallen is None else 0.3
    for side in (1.0, -1.0):
        for (joint, long, (thick, wide)), angle, color in (
            (_LEG, side * swing, kind.trousers),
            (_ARM, -0.8 * side * swing, kind.shirt),
        ):
            turn = _turn(round(angle, 2))
            hangs = np.array((joint[0], side * joint[1], joint[2])) - long * turn[:, 2]
            add(hangs, (thick, wide, long), color, turn)
    return bodies
