"""What flies before the lens: rain, snow and dust as streaks; and points of light: stars and the lamps of cars.

Where drops are follows from a picture's number alone, so that a picture is the same whatever was drawn before it.
"""

import numpy as np
from numpy import float32, sqrt
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.air import Air, grow
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import COSINE, FRONT, SIDE, SINE, Lights, X, Y, Z
from simulator.embedded.render.jit import Number, inner, step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import View

Vector = tuple[Number, Number, Number]
# how many there are in a picture, times the root of its pixels
_DROPS, _FLAKES, _GRAINS = 2.0, 2.6, 0.8
# how fast they fall [m/s]
_RAIN_FALL, _SNOW_FALL, _DUST_FALL = 8.0, 1.3, 0.2
# for how long the shutter is open [s]: longer in rain, which is dark, than before white flakes
_RAIN_SHUTTER, _SNOW_SHUTTER = 0.028, 0.012
# how wide they look [m] and how much they hide
_DROP, _FLAKE, _GRAIN = (0.011, 0.6), (0.014, 0.85), (0.008, 0.4)
# between these depths [m]
_NEAREST, _FARTHEST = 0.7, 11.0
# streaks are at most so many pixels long
_LONGEST = 90
# head lamps and tail lamps that look at us
_WHITE, _TAIL = 2.5, 0.5


@inner
def draw_number(state: NDArray[np.uint32]) -> float:
    """Give the next number in [0, 1) (Marsaglia's xorshift)."""
    # all in 64 bits, of which the lower 32 are kept
    low = np.int64(0xFFFFFFFF)
    value = np.int64(state[0])
    value ^= (value << 13) & low
    value ^= value >> 17
    value ^= (value << 5) & low
    state[0] = np.uint32(value)
    return float(value >> 8) / 16777216.0


@inner
def blend(canvas: Canvas, row: int, column: int, depth: float, share: float, colour: Vector) -> None:
    """Lay a colour (blue, green, red) over a pixel unless something nearer is there."""
    if 0 <= row < canvas.tag.shape[0] and 0 <= column < canvas.tag.shape[1] and depth < canvas.depth[row, column]:
        for channel in range(3):
            canvas.light[row, column, channel] += (colour[channel] - canvas.light[row, column, channel]) * share


@step
def draw_streak(
    canvas: Canvas,
    start: tuple[float, float],
    end: tuple[float, float],
    depth: float,
    size: tuple[float, float],
    colour: Vector,
) -> None:
    """Draw a line from start to end (row, column), `size`: its width [px] and how much it hides."""
    rows, columns = end[0] - start[0], end[1] - start[1]
    steep = abs(rows) >= abs(columns)
    width = max(size[0], 1.0)
    length = max(abs(rows), abs(columns))
    steps = int(min(length, _LONGEST)) + 1
    # what is thinner or shorter than a pixel hides less of it
    share = size[1] * min(size[0], 1.0)
    if length < width:
        share *= 0.5 + 0.5 * min(size[0], 1.0)
    for k in range(steps):
        part = (k + 0.5) / steps
        row, column = start[0] + part * rows, start[1] + part * columns
        middle = column if steep else row
        low = middle - 0.5 * width
        first = int(np.floor(low + 0.5))
        last = int(np.floor(low + width + 0.5))
        for m in range(first, last + 1):
            cover = min(m + 0.5, low + width) - max(m - 0.5, low)
            if cover > 0.0:
                if steep:
                    blend(canvas, int(np.floor(row + 0.5)), m, depth, share * min(cover, 1.0), colour)
                else:
                    blend(canvas, m, int(np.floor(column + 0.5)), depth, share * min(cover, 1.0), colour)


@step
def scatter(
    canvas: Canvas,
    view: View,
    velocity: Vector,
    state: NDArray[np.uint32],
    count: int,
    size: tuple[float, float],
    shutter: float,
    colour: Vector,
    beam: Number,
) -> None:
    """Draw so many drops or flakes that move with a velocity [m/s] against the lens; beam: of headlights on them."""
    height, width = canvas.tag.shape
    ahead = velocity[0] * view.forward[0] + velocity[1] * view.forward[1] + velocity[2] * view.forward[2]
    across = (
        view.fx * view.fx * (velocity[0] * view.right[0] + velocity[1] * view.right[1] + velocity[2] * view.right[2])
    )
    down = view.fy * view.fy * (velocity[0] * view.down[0] + velocity[1] * view.down[1] + velocity[2] * view.down[2])
    for _ in range(count):
        column = draw_number(state) * width
        row = draw_number(state) * height
        depth = _NEAREST + (_FARTHEST - _NEAREST) * sqrt(draw_number(state))
        # half of the way that it goes while the shutter is open, in the picture
        half = 0.5 * shutter
        before, after = max(depth - half * ahead, 0.2), max(depth + half * ahead, 0.2)
        x, y = (column - view.cx) * depth, (row - view.cy) * depth
        start = view.cy + (y - half * down) / before, view.cx + (x - half * across) / before
        end = view.cy + (y + half * down) / after, view.cx + (x + half * across) / after
        lit = beam / (1.0 + 0.35 * depth)
        bright = colour[0] + 0.85 * lit, colour[1] + 0.95 * lit, colour[2] + lit
        draw_streak(canvas, start, end, depth, (view.fx * size[0] / depth, size[1]), bright)


@step
def let_fall(
    canvas: Canvas, view: View, light: Light, air: Air, lens_velocity: Vector, state: NDArray[np.uint32]
) -> None:
    """Draw rain, snow and dust. lens_velocity: of the camera in the world [m/s]. state: (1,), decides the places."""
    pixels = sqrt(canvas.tag.shape[0] * canvas.tag.shape[1])
    x, y = air.wind[0] - lens_velocity[0], air.wind[1] - lens_velocity[1]
    z = -lens_velocity[2]
    sky = (
        0.5 * light.haze[2] + 0.4 * light.ambient[2],
        0.5 * light.haze[1] + 0.4 * light.ambient[1],
        0.5 * light.haze[0] + 0.4 * light.ambient[0],
    )
    beam = 0.5 * light.beam
    if air.rain > 0.0:
        count = int(_DROPS * air.rain * pixels)
        # drops show the bright sky above and behind
        clear = 1.25 * sky[0], 1.25 * sky[1], 1.25 * sky[2]
        scatter(canvas, view, (x, y, z - _RAIN_FALL), state, count, _DROP, _RAIN_SHUTTER, clear, 0.5 * beam)
    if air.snow > 0.0:
        count = int(_FLAKES * air.snow * pixels)
        scatter(canvas, view, (x, y, z - _SNOW_FALL), state, count, _FLAKE, _SNOW_SHUTTER, sky, beam)
    if air.dust > 0.0:
        count = int(_GRAINS * air.dust * pixels)
        dim = 1.05 * sky[0], 1.05 * sky[1], 1.05 * sky[2]
        scatter(canvas, view, (x, y, z - _DUST_FALL), state, count, _GRAIN, _SNOW_SHUTTER, dim, 0.0)


@step
def add_point(canvas: Canvas, row: Number, column: Number, radius: Number, power: Vector) -> None:
    """Add a round point of light (blue, green, red) that fades to nothing at its radius [px]."""
    height, width = canvas.tag.shape
    for i in range(max(int(row - radius), 0), min(int(row + radius) + 1, height - 1) + 1):
        for j in range(max(int(column - radius), 0), min(int(column + radius) + 1, width - 1) + 1):
            away = ((i - row) * (i - row) + (j - column) * (j - column)) / (radius * radius)
            if away < 1.0:
                share = (1.0 - away) * (1.0 - away)
                for channel in range(3):
                    canvas.light[i, j, channel] += share * power[channel]


@inner
def place(view: View, x: Number, y: Number, z: Number) -> tuple[Number, Number, Number]:
    """Give row, column and depth of a world vector from the lens; depth <= 0 is behind it."""
    depth = x * view.forward[0] + y * view.forward[1] + z * view.forward[2]
    scale = 1.0 / max(depth, 1e-6)
    column = view.cx + view.fx * view.fx * (x * view.right[0] + y * view.right[1] + z * view.right[2]) * scale
    row = view.cy + view.fy * view.fy * (x * view.down[0] + y * view.down[1] + z * view.down[2]) * scale
    return clamp(row, -1e6, 1e6), clamp(column, -1e6, 1e6), depth


@step
def show_stars(canvas: Canvas, view: View, stars: FloatImage) -> None:
    """Draw the stars (N, 4: direction, brightness) where the sky is seen; a star spreads over four pixels."""
    height, width = canvas.tag.shape
    for k in range(stars.shape[0]):
        row, column, depth = place(view, stars[k, 0], stars[k, 1], stars[k, 2])
        if depth <= 0.0 or not (0.0 <= row < height - 1.001 and 0.0 <= column < width - 1.001):
            continue
        i, j = int(row), int(column)
        below, right = row - i, column - j
        for m in range(4):
            p, q = i + m // 2, j + m % 2
            if canvas.tag[p, q] == tags.SKY:
                share = (below if m > 1 else 1.0 - below) * (right if m % 2 == 1 else 1.0 - right)
                for channel in range(3):
                    canvas.light[p, q, channel] += float32(share * stars[k, 3])


@step
def shine_back(canvas: Canvas, view: View, light: Light, air: Air, lamps: NDArray[np.float64]) -> None:
    """Draw the heads of street lamps."""
    height, width = canvas.tag.shape
    for k in range(lamps.shape[0]):
        x, y, z = lamps[k, 0] - view.x, lamps[k, 1] - view.y, lamps[k, 2] - view.z
        row, column, depth = place(view, x, y, z)
        if depth < 1.0 or not (0.0 <= row < height and 0.0 <= column < width):
            continue
        if canvas.depth[int(row), int(column)] < depth - 1.5:
            continue
        power = 1.6 * light.lamps / grow(float32((air.even + air.fog) * depth))
        power *= min(1.0, 0.3 + view.fx * 0.2 / depth)
        radius = max(1.2, view.fx * 0.3 / depth)
        add_point(canvas, row, column, radius, (0.72 * power, 0.9 * power, power))
        add_point(canvas, row, column, 4.0 * radius, (0.04 * power, 0.05 * power, 0.06 * power))


@step
def glare(canvas: Canvas, view: View, light: Light, air: Air, lights: Lights) -> None:
    """Draw street lamps, and the head and tail lamps of cars that look at the lens."""
    shine_back(canvas, view, light, air, lights.lamps)
    beams = lights.beams
    height, width = canvas.tag.shape
    for k in range(beams.shape[0]):
        for lamp in range(4):
            end = 1.0 if lamp < 2 else -1.0
            side = 0.75 if lamp % 2 == 0 else -0.75
            ahead, left = end * beams[k, FRONT], side * beams[k, SIDE]
            x = beams[k, X] + ahead * beams[k, COSINE] - left * beams[k, SINE] - view.x
            y = beams[k, Y] + ahead * beams[k, SINE] + left * beams[k, COSINE] - view.y
            z = beams[k, Z] - view.z
            row, column, depth = place(view, x, y, z)
            if depth < 0.3 or not (0.0 <= row < height and 0.0 <= column < width):
                continue
            distance = sqrt(x * x + y * y + z * z)
            facing = -end * (x * beams[k, COSINE] + y * beams[k, SINE]) / distance
            if facing < 0.05 or canvas.depth[int(row), int(column)] < depth - 0.6:
                continue
            power = light.beam * facing * facing * (_WHITE if lamp < 2 else _TAIL)
            power /= grow(float32((air.even + air.fog) * distance))
            radius = max(1.3, view.fx * 0.22 / depth)
            # a lamp smaller than its point on the picture is dimmer
            power *= min(1.0, 0.25 + view.fx * 0.10 / depth)
            if lamp < 2:
                add_point(canvas, row, column, radius, (0.85 * power, 0.95 * power, power))
                add_point(canvas, row, column, 4.0 * radius, (0.06 * power, 0.065 * power, 0.07 * power))
            else:
                add_point(canvas, row, column, radius, (0.03 * power, 0.03 * power, power))
