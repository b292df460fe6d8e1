"""The air between the lens and the things: haze, height fog, dust and falling water, by distance and height."""

from typing import NamedTuple

import numpy as np
from numpy import float32, sqrt

from simulator.embedded.render import tags
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import MIE, Light
from simulator.embedded.render.jit import Number, inner, step
from simulator.embedded.render.lanes import move
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import View
from simulator.embedded.weather import Weather

# extinction of clear air, and what the densest fog, rain, snow and dust add [1/m]
_CLEAR, _FOG, _RAIN, _SNOW, _DUST = 0.0009, 0.06, 0.004, 0.011, 0.035
# what is beyond is seen through this much air [m]
_FARTHEST = 3000.0
# how far up rain, snow and dust reach, for the sky [m]
_CLOUD_BASE = 700.0
# how brightly fog throws headlights back, and how far from the lens that comes from [m]
_GLARE, _GLARE_REACH = 0.11, 18.0


class Air(NamedTuple):
    """What is in the air. Extinctions in [1/m].

    even: of haze, rain, snow and dust, the same everywhere. veil: the part of it that hides the sky too.
    fog: at the ground. falloff: how fast fog thins upwards [1/m]. start: how far from the lens fog begins [m].
    rain, snow, dust: how much falls or flies, 0 to 1. wind: its velocity [m/s], towards +x and +y.
    film, puddles: water on the ground, 0 to 1. scattering: how brightly the air throws lamps back.
    """

    even: np.float32
    veil: np.float32
    fog: np.float32
    falloff: np.float32
    start: np.float32
    rain: float
    snow: float
    dust: float
    wind: tuple[float, float]
    film: np.float32
    puddles: np.float32
    scattering: np.float32


def make_air(weather: Weather, snows: bool) -> Air:
    """Work out what is in the air. snows: whether what falls is snow."""
    fog, dust = min(max(weather.fog_density / 100, 0.0), 1.0), min(max(weather.dust_storm / 100, 0.0), 1.0)
    rain, snow = (0.0, weather.falling) if snows else (weather.falling, 0.0)
    veil = _RAIN * rain + _SNOW * snow + _DUST * dust
    # CARLA names a strength of 0 to 100 and no direction: the wind blows from the south-west
    wind = 12.0 * min(max(weather.wind_intensity / 100, 0.0), 1.0)
    clear = _CLEAR * (0.4 + 0.6 * min(max(weather.mie_scattering_scale / MIE, 0.0), 20.0))
    return Air(
        even=float32(clear + veil),
        veil=float32(veil),
        fog=float32(_FOG * fog**1.7),
        falloff=float32(min(max(weather.fog_falloff, 0.0), 20.0)),
        start=float32(max(weather.fog_distance, 0.0)),
        rain=rain,
        snow=snow,
        dust=dust,
        wind=(0.8 * wind, 0.6 * wind),
        film=float32(0.0 if snows else weather.film),
        puddles=float32(0.0 if snows else weather.puddles),
        scattering=float32(min(max(weather.scattering_intensity, 0.0), 4.0)),
    )


@inner
def grow(x: Number) -> Number:
    """Give exp(x) for x >= 0 by its series; for large x still larger than any loss that matters."""
    one = float32(1.0)
    return one + x * (one + x * (float32(0.5) + x * (float32(1 / 6) + x * float32(1 / 24))))


@inner
def column_share(x: Number) -> Number:
    """Give (1 - exp(-x)) / x, x >= 0: how much fog a rising ray meets against a level one."""
    return column_part(x) / grow(x)


@inner
def column_part(x: Number) -> Number:
    """Give what `column_share` is times exp(x)."""
    return float32(1.0) + x * (float32(0.5) + x * (float32(1 / 6) + x * float32(1 / 24)))


@inner
def air_share(air: Air, above: float, distance: float, rise: float) -> Number:
    """Give how much of a thing is hidden by air. above: the lens's height above the ground; rise: the thing's over it.

    distance: [m]. Agrees with what `veil` does to pixels.
    """
    low: Number = max(above + min(rise, 0.0), 0.0)
    foggy: Number = max(distance - float(air.start), 0.0)
    met = air.fog * foggy * column_share(air.falloff * abs(rise)) / grow(air.falloff * low)
    return 1.0 - 1.0 / grow(air.even * distance + met)


@inner
def haze_colour(light: Light, x: Number, y: Number) -> tuple[Number, Number, Number]:
    """Give the colour of far air in a direction: warmer towards a low sun, as the sky is at the horizon."""
    level = sqrt((x * x + y * y) * (light.sun[0] * light.sun[0] + light.sun[1] * light.sun[1])) + 1e-9
    toward = 0.5 + 0.5 * (x * light.sun[0] + y * light.sun[1]) / level
    toward *= toward
    return (
        light.haze[0] + toward * light.glow[0],
        light.haze[1] + toward * light.glow[1],
        light.haze[2] + toward * light.glow[2],
    )


def sky_share(air: Air, z: FloatImage) -> FloatImage:
    """Give how much of the sky is hidden by fog, rain, snow and dust, by the z of a unit vector >= 0."""
    rise = np.maximum(z, 1e-3)
    longest = np.minimum(_CLOUD_BASE / rise, _FARTHEST)
    thinning = np.maximum(float(air.falloff) * longest * rise, 1e-6)
    thickness = float(air.veil) * longest + float(air.fog) * longest * (1 - np.exp(-thinning)) / thinning
    share: FloatImage = (1 - np.exp(-thickness)).astype(np.float32)
    return share


@step
def weigh_air(canvas: Canvas, row: int, light: Light, air: Air, view: View) -> None:
    """Find for each pixel of a row how much air hides of it, how far it looks towards the sun, and the lamps' haze."""
    zero, half, one = float32(0.0), float32(0.5), float32(1.0)
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    x0 = float32(view.corner[0] + row * view.down[0])
    y0 = float32(view.corner[1] + row * view.down[1])
    z0 = float32(view.corner[2] + row * view.down[2])
    # per pixel of sky at the horizon, which may hold some of the farthest ground
    step_z = one / float32(abs(view.right[2]) + abs(view.down[2]))
    sun_level = one / (sqrt(light.sun[0] * light.sun[0] + light.sun[1] * light.sun[1]) + float32(1e-6))
    sun_x, sun_y = half * sun_level * light.sun[0], half * sun_level * light.sun[1]
    heading_x, heading_y = float32(view.heading[0]), float32(view.heading[1])
    lens, falloff, fog, even, start = float32(view.above), air.falloff, air.fog, air.even, air.start
    near = float32(_GLARE_REACH) * (fog + even - float32(_CLEAR))
    glare = light.beam * air.scattering * float32(_GLARE) * near / (one + near)
    farthest, reach = float32(_FARTHEST), float32(1 / _GLARE_REACH)
    depths, labels, rows = canvas.depth[row], canvas.tag[row], canvas.rows
    for i in range(depths.shape[0]):
        column = float32(i)
        x, y, z = x0 + column * right_x, y0 + column * right_y, z0 + column * right_z
        level = x * x + y * y
        depth = min(depths[i], farthest)
        far = depth * sqrt(level + z * z)
        rise = depth * z
        low = falloff * max(lens + min(rise, zero), zero)
        met = fog * max(far - start, zero) * column_share(falloff * abs(rise)) / grow(low)
        share = one - one / grow(even * far + met)
        edge = max(one - abs(z) * step_z, zero)
        rows[0, i] = edge if labels[i] == tags.SKY else share
        flat = one / sqrt(level + float32(1e-9))
        toward = half + (x * sun_x + y * sun_y) * flat
        rows[1, i] = toward * toward
        ahead = max(x * heading_x + y * heading_y, zero) * flat
        ahead *= ahead
        ahead *= ahead
        rows[2, i] = glare * ahead * ahead * min(far * reach, one)


@inner
def is_clear_sky(canvas: Canvas, row: int, light: Light, view: View) -> bool:
    """Tell whether a row is all sky, none of it at the horizon, without lamps' haze."""
    width = canvas.tag.shape[1]
    left = view.corner[2] + row * view.down[2]
    if light.beam > 0.0 or min(left, left + width * view.right[2]) < abs(view.right[2]) + abs(view.down[2]):
        return False
    count = 0
    for i in range(width):
        count += int(canvas.tag[row, i] == tags.SKY)
    return bool(count == width)


def is_plain(light: Light) -> bool:
    """Tell whether far air has one colour in all directions: no low sun, and no lamps that it throws back."""
    return bool(max(light.glow) <= 0.0 and light.beam <= 0.0)


@step
def veil_plainly(canvas: Canvas, light: Light, air: Air, view: View) -> None:
    """Do what `veil` does where the air `is_plain`, at less than half of the cost."""
    zero, one, farthest = float32(0.0), float32(1.0), float32(_FARTHEST)
    lens, falloff, fog, even, start = float32(view.above), air.falloff, air.fog, air.even, air.start
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    step_z = one / float32(abs(view.right[2]) + abs(view.down[2]))
    haze = canvas.rows[1]
    haze[0], haze[1], haze[2], haze[3] = light.haze[2], light.haze[1], light.haze[0], zero
    height, width = canvas.tag.shape
    colours = canvas.light.reshape(-1)
    for row in range(height):
        if is_clear_sky(canvas, row, light, view):
            continue
        x0 = float32(view.corner[0] + row * view.down[0])
        y0 = float32(view.corner[1] + row * view.down[1])
        z0 = float32(view.corner[2] + row * view.down[2])
        depths, labels, shares = canvas.depth[row], canvas.tag[row], canvas.rows[0]
        for i in range(width):
            column = float32(i)
            x, y, z = x0 + column * right_x, y0 + column * right_y, z0 + column * right_z
            depth = min(depths[i], farthest)
            far, rise = depth * sqrt(x * x + y * y + z * z), depth * z
            # as in `veil`, with one division less
            low, thinning = falloff * max(lens + min(rise, zero), zero), falloff * abs(rise)
            met = fog * max(far - start, zero) * column_part(thinning) / (grow(thinning) * grow(low))
            edge = max(one - abs(z) * step_z, zero)
            shares[i] = edge if labels[i] == tags.SKY else one - one / grow(even * far + met)
        for i in range(width):
            move(colours, np.uint64(row * width + i), haze, shares[i])


@step
def veil(canvas: Canvas, light: Light, air: Air, view: View) -> None:
    """Lay the air over all but the sky, which was painted with it."""
    haze_red, haze_green, haze_blue = light.haze
    glow_red, glow_green, glow_blue = light.glow
    height, width = canvas.tag.shape
    for row in range(height):
        if is_clear_sky(canvas, row, light, view):
            continue
        weigh_air(canvas, row, light, air, view)
        colours, rows = canvas.light[row], canvas.rows
        for i in range(width):
            share, toward, thrown = rows[0, i], rows[1, i], rows[2, i]
            blue, green, red = colours[i, 0], colours[i, 1], colours[i, 2]
            colours[i, 0] = blue + (haze_blue + toward * glow_blue - blue) * share + float32(0.85) * thrown
            colours[i, 1] = green + (haze_green + toward * glow_green - green) * share + float32(0.96) * thrown
            colours[i, 2] = red + (haze_red + toward * glow_red - red) * share + thrown
            # for what is laid over it
            colours[i, 3] = thrown
