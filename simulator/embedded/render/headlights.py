"""Lights of the night: cars' headlights and street lamps on all that is seen, and the glare of lamps that look at us.

The passes before light everything by sky, sun and moon only. What a lamp adds is worked out here, from each pixel's
place: the light of a surface grows as the light that falls on it does. What shines by itself (brighter than any
surface could be) is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy import float32, sqrt
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.jit import Number, inner, step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import View

# cars farther than this light nothing and glare nobody [m]
REACH = 150.0
# columns of a beam: place of the car's middle, height of its lamps, direction, half its length and width
X, Y, Z, COSINE, SINE, FRONT, SIDE, BEAM_COLUMNS = 0, 1, 2, 3, 4, 5, 6, 7
_LAMP_HEIGHT = 0.65
# columns of a street lamp: place of its head in the world [m], its strength
_STRENGTH = 3
# how far a street lamp's light reaches [m], and its light right below, times the square of its height [m²]
_POOL, _LAMP = 16.0, 9.0
# paint and plates throw light back: how bright a surface must be for it, and how much more they get
_PAINT, _BRIGHT, _RETURNED = 0.2, 0.45, 1.5
# colour of lamps: red is 1
_GREEN, _BLUE = 0.95, 0.84


class Lights(NamedTuple):
    """Points of light: stars (N, 4), see `sky`; beams (N, 7): rows of `make_beams`; lamps (N, 4).

    A street lamp's row is the place of its head in the world [m] and its strength.
    """

    stars: FloatImage
    beams: NDArray[np.float64]
    lamps: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beam:
    """A car with its headlights on.

    position: of its middle on the ground [m]. heading: cosine and sine. half_length, half_width: [m].
    """

    position: tuple[float, float, float]
    heading: tuple[float, float]
    half_length: float = 2.3
    half_width: float = 0.9


def make_beams(beams: Sequence[Beam], position: tuple[float, float, float]) -> NDArray[np.float64]:
    """Give the rows (N, 7) of the cars near the lens."""
    near = [
        beam
        for beam in beams
        if abs(beam.position[0] - position[0]) < REACH and abs(beam.position[1] - position[1]) < REACH
    ]
    rows = np.zeros((len(near), BEAM_COLUMNS))
    for row, beam in zip(rows, near, strict=True):
        x, y, z = beam.position
        row[:] = x, y, z + _LAMP_HEIGHT, *beam.heading, beam.half_length, beam.half_width
    return rows


@inner
def beam_light(ahead: Number, left: Number) -> Number:
    """Give the light of a car's low beam at a place on the ground [m] before its front; about 1 at its brightest."""
    one, ahead = float32(1.0), max(ahead, float32(0.01))
    squared = ahead * ahead
    across = left * left
    # the two lamps stand apart: the lobes meet some way behind them
    behind = ahead + float32(2.5)
    slope = across / (behind * behind)
    # a narrow and a wide lobe, near to the normal distribution
    narrow, wide = slope * float32(1 / 0.10), slope * float32(1 / 0.9)
    narrow = one / (one + narrow * (one + narrow * (float32(0.5) + narrow * float32(1 / 6))))
    wide = float32(0.5) / (one + wide * (one + wide * (float32(0.5) + wide * float32(1 / 6))))
    far = one + (squared + across) * float32(1 / 400)
    near = min(ahead * float32(0.25), one)
    light: Number = float32(0.85) * (narrow + wide) * (float32(0.35) + float32(0.65) * near) / (far * sqrt(far))
    return light


@inner
def is_ground(tag: int) -> bool:
    """Tell whether a tag is one of level surfaces."""
    return (
        tag == tags.ROADS
        or tag == tags.ROAD_LINES
        or tag == tags.TERRAIN
        or tag == tags.GROUND
        or tag == tags.SIDEWALKS
    )


@step
def shine_car(beam: NDArray[np.float64], canvas: Canvas, view: View) -> None:
    """Add a car's headlights to the fourth channel of what they fall on."""
    height, width = canvas.tag.shape
    one, zero = float32(1.0), float32(0.0)
    cosine, sine = float32(beam[COSINE]), float32(beam[SINE])
    # along the car's axes: from its front to the lens, and per column
    to_ahead = float32((view.x - beam[X]) * beam[COSINE] + (view.y - beam[Y]) * beam[SINE] - beam[FRONT])
    to_left = float32((view.y - beam[Y]) * beam[COSINE] - (view.x - beam[X]) * beam[SINE])
    to_up = float32(view.z - beam[Z])
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    for row in range(height):
        x0 = float32(view.corner[0] + row * view.down[0])
        y0 = float32(view.corner[1] + row * view.down[1])
        z0 = float32(view.corner[2] + row * view.down[2])
        depths, rows = canvas.depth[row], canvas.rows
        for i in range(width):
            depth = min(depths[i], float32(1e4))
            x, y = depth * (x0 + float32(i) * right_x), depth * (y0 + float32(i) * right_y)
            ahead, left = to_ahead + x * cosine + y * sine, to_left + y * cosine - x * sine
            up = to_up + depth * (z0 + float32(i) * right_z)
            # the beam's upper edge is sharp; above it stray light remains
            kept = max(min(one - float32(0.6) * up, one), float32(0.12))
            rows[0, i] += kept * beam_light(ahead, left) if ahead > zero else zero
        for i in range(width):
            canvas.light[row, i, 3] += rows[0, i]
            rows[0, i] = zero


@step
def shine_lamp(lamp: NDArray[np.float64], canvas: Canvas, view: View) -> None:
    """Add a street lamp's light to the fourth channel of what it falls on."""
    height, width = canvas.tag.shape
    x, y, z = lamp[0] - view.x, lamp[1] - view.y, lamp[2] - view.z
    depth = x * view.forward[0] + y * view.forward[1] + z * view.forward[2]
    if depth < -_POOL:
        return
    left, right = 0, width - 1
    if depth > 1.5 * _POOL:
        column = view.cx + view.fx * view.fx * (x * view.right[0] + y * view.right[1] + z * view.right[2]) / depth
        reach = view.fx * _POOL / (depth - _POOL)
        left = max(int(clamp(column - reach, -1e6, 1e6)), 0)
        right = min(int(clamp(column + reach, -1e6, 1e6)) + 1, width - 1)
    strength = lamp[_STRENGTH] * _LAMP
    for row in range(height):
        for i in range(left, right + 1):
            tag = canvas.tag[row, i]
            if tag == tags.SKY or abs(canvas.depth[row, i] - depth) > _POOL:
                continue
            away = canvas.depth[row, i]
            down_x = away * (view.corner[0] + i * view.right[0] + row * view.down[0]) - x
            down_y = away * (view.corner[1] + i * view.right[1] + row * view.down[1]) - y
            drop = z - away * (view.corner[2] + i * view.right[2] + row * view.down[2])
            squared = down_x * down_x + down_y * down_y + drop * drop + 1.0
            if squared > _POOL * _POOL or drop < 0.0:
                continue
            facing = drop / sqrt(squared) if is_ground(tag) else 0.6
            edge = 1.0 - squared / (_POOL * _POOL)
            canvas.light[row, i, 3] += strength * facing * edge * edge / squared


@step
def lamps_at(lights: Lights, x: float, y: float, z: float) -> Number:
    """Give the light of all lamps on a thing that stands in the world at (x, y) and whose middle is at height z [m]."""
    light: Number = 0.0
    for k in range(lights.beams.shape[0]):
        cosine, sine = lights.beams[k, COSINE], lights.beams[k, SINE]
        dx, dy = x - lights.beams[k, X], y - lights.beams[k, Y]
        ahead, left = dx * cosine + dy * sine - lights.beams[k, FRONT], dy * cosine - dx * sine
        if ahead > 0.0:
            kept = clamp(1.0 - 0.3 * (z - lights.beams[k, Z]), 0.12, 1.0)
            light += kept * beam_light(float32(ahead), float32(left))
    for k in range(lights.lamps.shape[0]):
        dx, dy, dz = x - lights.lamps[k, 0], y - lights.lamps[k, 1], z - lights.lamps[k, 2]
        squared = dx * dx + dy * dy + dz * dz + 1.0
        if squared < _POOL * _POOL and dz < 0.0:
            edge = 1.0 - squared / (_POOL * _POOL)
            light += 0.6 * lights.lamps[k, _STRENGTH] * _LAMP * edge * edge / squared
    return light


@step
def shine(beams: NDArray[np.float64], lamps: NDArray[np.float64], canvas: Canvas, light: Light, view: View) -> None:
    """Light a picture by the cars' headlights (N, 7) and by street lamps (N, 4: place of the head [m], strength)."""
    height, width = canvas.tag.shape
    canvas.light[:, :, 3] = float32(0.0)
    canvas.rows[:] = float32(0.0)
    for k in range(beams.shape[0]):
        shine_car(beams[k], canvas, view)
    for k in range(lamps.shape[0]):
        shine_lamp(lamps[k], canvas, view)
    zero, one = float32(0.0), float32(1.0)
    by_red, by_green, by_blue = light.beam / light.ground[0], light.beam / light.ground[1], light.beam / light.ground[2]
    brightness, dark = one / light.ground[1], float32(_PAINT)
    steep = float32(1 / (_BRIGHT - _PAINT))
    for row in range(height):
        colours = canvas.light[row]
        for i in range(width):
            blue, green, red, added = colours[i, 0], colours[i, 1], colours[i, 2], colours[i, 3]
            surface = green * brightness
            returned = min(max((surface - dark) * steep, zero), one)
            added *= one + float32(_RETURNED) * returned
            added = added if surface < float32(1.1) else zero
            colours[i, 0] = blue + blue * added * float32(_BLUE) * by_blue
            colours[i, 1] = green + green * added * float32(_GREEN) * by_green
            colours[i, 2] = red + red * added * by_red
            colours[i, 3] = zero
