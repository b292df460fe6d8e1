"""What the faces of solids look like: walls with windows, tiled roofs, cars' paint, glass and tyres."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.shapes import CABIN, METAL, PAINT, TILES, TYRE, WALL
from simulator.embedded.render.solids import COLOUR, HALF, SECOND, SEED

# distance of windows and of floors, and a window's size and sill [m]
_BAY, _FLOOR, _WIDE, _HIGH, _SILL = 2.7, 2.75, 1.15, 1.35, 0.95
_CELLAR = 1.5
Look = tuple[float, float, float, float]
Vector = tuple[float, float, float]


@inner
def within(distance: float, half: float, pixel: float) -> float:
    """Give the share of a pixel that lies within `half` of a line [m]."""
    return float(clamp((half - abs(distance)) / pixel + 0.5, 0.0, 1.0))


@inner
def scatter(seed: float, a: float, b: float) -> float:
    """Give a number from 0 to 1 that looks random."""
    value = seed * 0.1031 + a * 0.6180340 + b * 0.7548777 + 0.37
    value -= np.floor(value)
    value *= (value + 33.33) * (value + 71.7)
    value *= 7.13
    return float(value - np.floor(value))


@inner
def paint_wall(solid: NDArray[np.float64], across: float, extent: float, z: float, pixel: float, light: Light) -> Look:
    """Paint a house's wall. across: from its middle [m], extent: half its length; z: above the ground [m]."""
    height = 2.0 * solid[HALF + 2] - _CELLAR
    bays = max(np.floor(2.0 * extent / _BAY), 1.0)
    bay = 2.0 * extent / bays
    which = np.floor((across + extent) / bay)
    from_middle = across + extent - (which + 0.5) * bay
    floor = np.floor(max(z, 0.0) / _FLOOR)
    from_sill = z - floor * _FLOOR - _SILL - 0.5 * _HIGH
    there = 1.0 if (floor + 1.0) * _FLOOR <= height + 0.35 and z > 0.0 else 0.0
    frame = within(from_middle, 0.5 * _WIDE + 0.1, pixel) * within(from_sill, 0.5 * _HIGH + 0.1, pixel) * there
    glass = within(from_middle, 0.5 * _WIDE, pixel) * within(from_sill, 0.5 * _HIGH, pixel) * there
    glass *= 1.0 - within(from_middle, 0.03, pixel)
    # the foot of the wall is a little darker, and so is what lies under the eaves
    shade = 1.0 - 0.25 * clamp(1.0 - z / 0.5, 0.0, 1.0) - 0.3 * clamp(1.0 - (height - z) / 0.5, 0.0, 1.0)
    frame -= glass
    wall = shade * (1.0 - frame - glass)
    # panes mirror some of the sky
    mirrored = 0.03 + 0.05 * scatter(solid[SEED], which, floor)
    glow = 0.0
    if light.beam > 0.0 and scatter(solid[SEED] + 0.37, which, floor) < 0.4:
        glow = float(0.55 * glass * light.beam)
    return (
        wall * solid[COLOUR] + 0.6 * frame + mirrored * glass,
        wall * solid[COLOUR + 1] + 0.6 * frame + 1.1 * mirrored * glass,
        wall * solid[COLOUR + 2] + 0.58 * frame + 1.3 * mirrored * glass,
        glow,
    )


@inner
def paint_car(solid: NDArray[np.float64], plane: NDArray[np.float64], place: Vector, light: Light) -> Look:
    """Paint a car's lower body: sills, lamps at both ends, number plates."""
    x, y, z = place
    red, green, blue = solid[COLOUR], solid[COLOUR + 1], solid[COLOUR + 2]
    glow = 0.0
    if z < -0.55:
        red, green, blue = 0.02, 0.02, 0.021
    elif abs(plane[0]) > abs(plane[2]) and abs(x) > 0.85:
        if abs(y) > 0.6 and 0.1 < z < 0.72:
            red, green, blue = (0.5, 0.01, 0.01) if x < 0.0 else (0.75, 0.75, 0.7)
            glow = float(light.beam * (0.35 if x < 0.0 else 0.9))
            if x < 0.0:
                return red + 3.0 * glow, green, blue, 0.0
        elif abs(y) < 0.28 and -0.4 < z < 0.0:
            red, green, blue = 0.6, 0.6, 0.58
        elif x > 0.0 and abs(y) < 0.55 and 0.05 < z < 0.5:
            red, green, blue = 0.03, 0.03, 0.032
    elif abs(plane[1]) > 0.5 and abs(x + 0.12) < 0.012 and z > -0.5:
        red, green, blue = 0.4 * red, 0.4 * green, 0.4 * blue
    return red, green, blue, glow


@inner
def paint_cabin(solid: NDArray[np.float64], plane: NDArray[np.float64], place: Vector) -> Look:
    """Paint a car's cabin: glass all around between pillars, the roof in the car's colour."""
    x, y, z = place
    glass = plane[2] < 0.6 * max(abs(plane[0]), abs(plane[1])) or abs(plane[1]) > 0.5
    glass = glass and -0.82 < z < 0.72
    if abs(plane[1]) > 0.5:
        glass = glass and abs(x + 0.12) > 0.05 and x > -0.86 + 0.12 * z and x < 0.88 - 0.25 * (z + 1.0)
    else:
        glass = glass and abs(y) < 0.9
    if glass:
        sky = 0.03 + 0.05 * (z + 1.0)
        return 0.7 * sky, 0.85 * sky, sky, 0.0
    return solid[COLOUR], solid[COLOUR + 1], solid[COLOUR + 2], 0.0


@inner
def paint(
    kind: int, solid: NDArray[np.float64], plane: NDArray[np.float64], place: Vector, pixel: float, light: Light
) -> Look:
    """Give red, green, blue of a place (in half sizes from the middle), and how much it shines. pixel: its size [m]."""
    if kind == WALL:
        z = (place[2] + 1.0) * solid[HALF + 2] - _CELLAR
        if abs(plane[0]) > 0.5:
            return paint_wall(solid, place[1] * solid[HALF + 1], solid[HALF + 1], z, pixel, light)
        return paint_wall(solid, place[0] * solid[HALF], solid[HALF], z, pixel, light)
    if kind == PAINT:
        return paint_car(solid, plane, place, light)
    if kind == CABIN:
        return paint_cabin(solid, plane, place)
    shade, first = 1.0, COLOUR
    if kind == TILES:
        first = SECOND
        rows = (place[2] + 1.0) * solid[HALF + 2] * 4.0
        fine = clamp(1.0 - 3.0 * pixel, 0.0, 1.0)
        shade = (
            1.0
            - 0.22 * fine * (rows - np.floor(rows))
            + 0.12 * (scatter(solid[SEED], np.floor(rows), 1.0) - 0.5) * fine
        )
    elif kind == TYRE:
        hub = place[0] * place[0] + place[2] * place[2] < 0.38
        grey = 0.25 if hub and abs(plane[1]) > 0.5 else 0.014
        return grey, grey, grey, 0.0
    elif kind == METAL:
        shade = 0.75 + 0.25 * np.cos(6.2832 * place[2])
    return solid[first] * shade, solid[first + 1] * shade, solid[first + 2] * shade, 0.0
