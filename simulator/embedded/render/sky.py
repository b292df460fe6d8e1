"""The sky: painted once per weather on an unfolded half octahedron, then looked up by direction.

A direction (x, y, z) with z >= 0 lies at ((x + y) / m, (x - y) / m), m = |x| + |y| + z: a square with the zenith in
its middle and the horizon along its border.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.render.air import Air, sky_share
from simulator.embedded.render.daylight import Light, Vector
from simulator.embedded.render.jit import Number, inner, step
from simulator.embedded.render.lanes import fill_between, sample
from simulator.embedded.render.noise import BROAD, FINE, FloatImage, fetch_many
from simulator.embedded.render.noise import SIZE as PERIOD
from simulator.embedded.render.packet import HIT_X, HIT_Y, RAY_X, RAY_Y, RAY_Z, RED, Packet
from simulator.embedded.render.packet import SIZE as PACKET
from simulator.embedded.render.view import View
from simulator.randomness import make_generator

SIZE = 256
# how high the layer of clouds is [m], and how many of its noise's texels are that far
_CLOUD_HEIGHT, _CLOUD_TEXELS = 1200.0, 9.0
# how much of the sky behind them thick clouds hide
_HIDES = 0.85
_STARS, _BRIGHTEST = 500, 0.5


def _step(low: float, high: float, value: FloatImage) -> FloatImage:
    share = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    result: FloatImage = share * share * (np.float32(3) - np.float32(2) * share)
    return result


@cache
def _directions() -> tuple[FloatImage, FloatImage, FloatImage]:
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    a, b = axis[None, :], axis[:, None]
    x, y = (a + b) / 2, (a - b) / 2
    z = np.maximum(1 - np.abs(x) - np.abs(y), 0)
    length = np.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _colour(values: Vector) -> FloatImage:
    return np.array(values, np.float32)


def _cloud_density(
    noise: FloatImage, x: FloatImage, y: FloatImage, z: FloatImage, shift: float, drift: tuple[float, float]
) -> FloatImage:
    """Give the density, about 0.5 in the mean, of a flat layer of clouds in perspective. drift: see `paint_sky`."""
    scale = np.float32(_CLOUD_TEXELS) / (z + np.float32(0.12))
    # the layers' noise repeats after ten times its length together
    u0, v0 = (
        np.float32(at % (10 * PERIOD))
        for at in (shift - drift[0] * _CLOUD_TEXELS / _CLOUD_HEIGHT, -drift[1] * _CLOUD_TEXELS / _CLOUD_HEIGHT)
    )
    u, v = x * scale + u0, y * scale + v0
    layers = (0.6, 1.0, BROAD), (0.3, 3.1, BROAD), (0.1, 5.3, FINE)
    density = np.zeros_like(z)
    for weight, size, kind in layers:
        density += np.float32(weight) * fetch_many(noise, u * np.float32(size), v * np.float32(size), kind)
    return density


def _threshold(cloudiness: float) -> float:
    """Give the density from which on there is a cloud."""
    return 0.74 - 0.5 * cloudiness


class Backdrop(NamedTuple):
    """The sky of a weather without its clouds; each (SIZE, SIZE, 4) float32, the fourth unused.

    clear: the sky where no cloud is. cloud: the light of a thin one, clear_behind: what it takes away, both times how
    much hides. dark: how much darker thick clouds are. threshold: density from which on there is a cloud; rise: (SIZE,
    SIZE), how much of one there is so far above the horizon.
    """

    clear: FloatImage
    cloud: FloatImage
    clear_behind: FloatImage
    dark: float
    threshold: float
    rise: FloatImage


def make_backdrop(light: Light, air: Air) -> Backdrop:
    """Work out all of the sky that stands still."""
    x, y, z = _directions()
    level = np.sqrt(np.maximum(x * x + y * y, 1e-9))
    toward = (x * light.sun[0] + y * light.sun[1]) / (level * max(np.hypot(*light.sun[:2]), 1e-6))
    glow = (0.5 + 0.5 * toward) ** 2
    horizon = _colour(light.haze) + glow[..., None] * _colour(light.glow)
    rise = ((1 - z) ** 5)[..., None]
    sky = _colour(light.zenith) * (1 - rise) + horizon * rise
    cosine = np.clip(x * light.sun[0] + y * light.sun[1] + z * light.sun[2], 0, 1)
    disc = 6.0 if light.night < 0.5 else 40.0
    halo = (
        0.06 * cosine**6
        + 0.16 * cosine**60
        + 0.5 * cosine**900
        + disc * (1 - light.cloudiness) * _step(0.99975, 0.99992, cosine)
    )
    sky += halo[..., None] * _colour(light.sunlight)
    # thick clouds are lit from above and darker below; towards the sun they shine through
    lit = _colour(light.ambient) * 1.15 + _colour(light.sunlight) * (0.16 + 0.25 * cosine**8)[..., None]
    # the evening's light falls on clouds from below
    lit += _colour(light.glow) * (0.25 * _step(0.0, 0.6, 1 - z) * (0.4 + glow))[..., None]
    hidden = sky_share(air, z)[..., None]
    shown = np.float32(_HIDES) * (1 - hidden)
    whole = np.zeros((3, SIZE, SIZE, 4), np.float32)
    whole[..., :3] = sky + (horizon - sky) * hidden, lit * shown, sky * shown
    return Backdrop(
        whole[0], whole[1], whole[2], 0.6 * light.cloudiness, _threshold(light.cloudiness), _step(0.02, 0.14, z)
    )


def paint_sky(
    backdrop: Backdrop, noise: FloatImage, shift: float, drift: tuple[float, float] = (0.0, 0.0)
) -> FloatImage:
    """Paint a sky, (SIZE, SIZE, 4) float32: linear exposed red, green, blue and an unused fourth.

    shift: where in the noise the clouds begin. drift: how far the wind has carried them towards +x and +y [m].
    """
    density = _cloud_density(noise, *_directions(), shift, drift)
    threshold = backdrop.threshold
    clouds = _step(threshold, threshold + 0.18, density) * backdrop.rise
    thick = clouds * (1 - np.float32(backdrop.dark) * _step(threshold + 0.1, threshold + 0.55, density))
    painted: FloatImage = cv2.merge((thick,) * 4).astype(np.float32, copy=False)
    painted *= backdrop.cloud
    painted += backdrop.clear
    hidden: FloatImage = cv2.merge((clouds,) * 4).astype(np.float32, copy=False)
    hidden *= backdrop.clear_behind
    painted -= hidden
    return painted


def place_stars(
    light: Light, air: Air, noise: FloatImage, shift: float, seed: int, drift: tuple[float, float] = (0.0, 0.0)
) -> FloatImage:
    """Give the stars that night, clouds and air leave: direction and brightness, (N, 4) float32. drift: of clouds."""
    if light.night <= 0.0:
        return np.zeros((0, 4), np.float32)
    generator = make_generator(seed, "stars")
    stars: NDArray[np.float64] = generator.standard_normal((_STARS, 4))
    stars[:, 2] = np.abs(stars[:, 2])
    stars[:, :3] /= np.linalg.norm(stars[:, :3], axis=1, keepdims=True)
    x, y, z = stars[:, :3].astype(np.float32).T[:, :, None]
    # few are bright
    brightness = _BRIGHTEST * np.power(0.03, generator.uniform(0, 1, _STARS))
    threshold = _threshold(light.cloudiness)
    open_sky = 1 - _step(threshold, threshold + 0.12, _cloud_density(noise, x, y, z, shift, drift))
    stars[:, 3] = brightness * light.night * (open_sky * (1 - sky_share(air, z)) * _step(0.0, 0.2, z))[:, 0]
    return np.ascontiguousarray(stars[stars[:, 3] > 0.01], np.float32)


@inner
def see_sky(sky: FloatImage, x: Number, y: Number, z: Number) -> tuple[Number, Number, Number]:
    """Give the colour (red, green, blue) of the sky in one direction, of any length."""
    middle, last = float32(0.5 * (SIZE - 1)), float32(SIZE - 1)
    scale: Number = middle / (max(x, -x) + max(y, -y) + max(z, float32(1e-6)))
    ahead: Number = x + y
    aside: Number = x - y
    right: Number = middle + float32(0.5) + ahead * scale
    below: Number = middle + float32(0.5) + aside * scale
    column, row = np.uint32(min(max(right, float32(0.0)), last)), np.uint32(min(max(below, float32(0.0)), last))
    return sky[row, column, 0], sky[row, column, 1], sky[row, column, 2]


@step
def see_sky_row(colours: FloatImage, places: FloatImage, sky: FloatImage, view: View, row: int, width: int) -> None:
    """Give the colour of the sky along a row of pixels: every other one, and their means between them.

    A cell of the sky is about as wide as two pixels of a picture of 200. colours, sky: flat, four values a pixel.
    places: (2 or more, width), room to work in.
    """
    middle, last = float32(0.5 * (SIZE - 1)), float32(SIZE - 1.001)
    zero = float32(0.0)
    x0 = float32(view.corner[0] + row * view.down[0])
    y0 = float32(view.corner[1] + row * view.down[1])
    z0 = float32(view.corner[2] + row * view.down[2])
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    first = np.uint64(row * width)
    rights, belows = places[0], places[1]
    for i in range(width):
        column = float32(i)
        x, y, z = x0 + column * right_x, y0 + column * right_y, z0 + column * right_z
        scale = middle / (abs(x) + abs(y) + max(z, zero))
        rights[i] = min(max((x + y) * scale + middle, zero), last)
        belows[i] = min(max((x - y) * scale + middle, zero), last)
    stride = np.uint64(SIZE)
    for k in range(0, width + 1, 2):
        # the last pixel of an even row is seen by itself
        i = min(k, width - 1)
        a, b = rights[i], belows[i]
        p, q = np.uint32(a), np.uint32(b)
        texel = np.uint64(q) * stride + np.uint64(p)
        sample(colours, first + np.uint64(i), sky, texel, stride, a - float32(p), b - float32(q))
    for i in range(1, width - 1, 2):
        fill_between(colours, first + np.uint64(i))


@step
def look_at_sky(packet: Packet, sky: FloatImage, count: int) -> None:
    """Give the colour of the sky along each ray; rays below the horizon see its border."""
    real = packet.real
    middle = float32(0.5 * (SIZE - 1))
    last = float32(SIZE - 1.001)
    zero, one = float32(0.0), float32(1.0)
    for i in range(PACKET):
        x, y = real[RAY_X + i], real[RAY_Y + i]
        scale = middle / (abs(x) + abs(y) + max(real[RAY_Z + i], zero))
        real[HIT_X + i] = min(max((x + y) * scale + middle, zero), last)
        real[HIT_Y + i] = min(max((x - y) * scale + middle, zero), last)
    for i in range(count):
        a, b = real[HIT_X + i], real[HIT_Y + i]
        p, q = np.uint32(a), np.uint32(b)
        a -= float32(p)
        b -= float32(q)
        weight_s = a * b
        weight_q = a - weight_s
        weight_r = b - weight_s
        weight_p = one - a - weight_r
        for channel in range(3):
            real[RED + channel * PACKET + i] = (
                sky[q, p, channel] * weight_p
                + sky[q, p + 1, channel] * weight_q
                + sky[q + 1, p, channel] * weight_r
                + sky[q + 1, p + 1, channel] * weight_s
            )
