"""The sky: painted once per weather on an unfolded half octahedron, then looked up by direction.

A direction (x, y, z) with z >= 0 lies at ((x + y) / m, (x - y) / m), m = |x| + |y| + z: a square with the zenith in
its middle and the horizon along its border.
"""

import numpy as np
from numpy import float32

from simulator.embedded.render.daylight import Light, Vector
from simulator.embedded.render.jit import step
from simulator.embedded.render.noise import BROAD, FINE, FloatImage, fetch_many
from simulator.embedded.render.packet import HIT_X, HIT_Y, RAY_X, RAY_Y, RAY_Z, RED, Packet
from simulator.embedded.render.packet import SIZE as PACKET

SIZE = 256


def _step(low: float, high: float, value: FloatImage) -> FloatImage:
    share = np.clip((value - low) / (high - low), 0, 1)
    result: FloatImage = share * share * (3 - 2 * share)
    return result


def _directions() -> tuple[FloatImage, FloatImage, FloatImage]:
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    a, b = axis[None, :], axis[:, None]
    x, y = (a + b) / 2, (a - b) / 2
    z = np.maximum(1 - np.abs(x) - np.abs(y), 0)
    length = np.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _colour(values: Vector) -> FloatImage:
    return np.array(values, np.float32)


def _cloud_density(noise: FloatImage, x: FloatImage, y: FloatImage, z: FloatImage, shift: float) -> FloatImage:
    """Give the density, about 0.5 in the mean, of a flat layer of clouds seen in perspective, (SIZE, SIZE)."""
    scale = np.float32(9.0) / (z + np.float32(0.12))
    u, v = x * scale + np.float32(shift % 256), y * scale
    layers = (0.6, 1.0, BROAD), (0.3, 3.1, BROAD), (0.1, 5.3, FINE)
    density = np.zeros_like(z)
    for weight, size, kind in layers:
        density += np.float32(weight) * fetch_many(noise, u * np.float32(size), v * np.float32(size), kind)
    return density


def paint_sky(light: Light, noise: FloatImage, shift: float) -> FloatImage:
    """Paint the sky of a weather, (SIZE, SIZE, 4) float32: linear exposed red, green, blue and an unused fourth."""
    x, y, z = _directions()
    level = np.sqrt(np.maximum(x * x + y * y, 1e-9))
    toward = (x * light.sun[0] + y * light.sun[1]) / (level * max(np.hypot(*light.sun[:2]), 1e-6))
    glow = (0.5 + 0.5 * toward) ** 2
    horizon = _colour(light.haze) + glow[..., None] * _colour(light.glow)
    rise = ((1 - z) ** 5)[..., None]
    sky = _colour(light.zenith) * (1 - rise) + horizon * rise
    cosine = np.clip(x * light.sun[0] + y * light.sun[1] + z * light.sun[2], 0, 1)
    halo = (
        0.06 * cosine**6
        + 0.16 * cosine**60
        + 0.5 * cosine**900
        + 6.0 * (1 - light.cloudiness) * _step(0.99975, 0.99992, cosine)
    )
    sky += halo[..., None] * _colour(light.sunlight)
    density = _cloud_density(noise, x, y, z, shift)
    threshold = 0.74 - 0.5 * light.cloudiness
    clouds = _step(threshold, threshold + 0.18, density) * _step(0.02, 0.14, z)
    # thick clouds are lit from above and darker below; towards the sun they shine through
    lit = _colour(light.ambient) * 1.15 + _colour(light.sunlight) * (0.16 + 0.25 * cosine**8)[..., None]
    shade = 1 - 0.6 * light.cloudiness * _step(threshold + 0.1, threshold + 0.55, density)
    sky += (lit * shade[..., None] - sky) * (clouds * np.float32(0.85))[..., None]
    painted = np.zeros((SIZE, SIZE, 4), np.float32)
    painted[..., :3] = sky
    return painted


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
