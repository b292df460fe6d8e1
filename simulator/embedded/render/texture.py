"""Looks the noise up for a packet: stains and chippings of the road, grass of the land. Coordinates in metres."""

from typing import Final

import numpy as np

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.jit import inner, step
from simulator.embedded.render.noise import BROAD, GRAIN, FloatImage
from simulator.embedded.render.noise import CRACK as CRACK_NOISE
from simulator.embedded.render.noise import FINE as FINE_NOISE
from simulator.embedded.render.packet import (
    ACROSS,
    ASPHALT,
    BLADES,
    CHIPS,
    CONCRETE,
    CRACK,
    FIELD,
    FINE,
    HIT_X,
    HIT_Y,
    OUTSIDE,
    SCALE,
    STAINS,
    TUFTS,
    VERGE,
    Packet,
    S,
    T,
)
from simulator.embedded.render.texels import DENSITY, find_texels, read_texels
from simulator.embedded.render.view import View

# rows of places; not plain ints, for each of which the compiler would make another version of `find_texels`
_S, _T, _HIT_X, _HIT_Y = np.int64(S), np.int64(T), np.int64(HIT_X), np.int64(HIT_Y)
# texels of noise per metre
_CHIPPINGS: Final = 32.0
_STAINS_ALONG, _STAINS_ACROSS = 2.0, 8.0
_STAINS = 4.0
_BLADES, _TUFTS, _PATCHES = 16.0, 4.0, 1.0
# after so many metres all noise of the land repeats
_PERIOD = 256.0
# the finest noise has faded to its mean where pixels are larger than this scale's
_FINEST = 1 / 64
# weaker cracks are not drawn
_FAINT = 0.1
# gravel wanders into the grass by less than this, and noise of the road is needed no farther beyond its gravel [m]
_WANDERING = 1.0


@inner
def near_road(packet: Packet, i: int) -> bool:
    """Tell whether any part of ray i's pixel may be pavement or gravel."""
    real = packet.real
    return bool(real[OUTSIDE + i] < real[VERGE + i] + _WANDERING + real[ACROSS + i])


@inner
def sees_land(packet: Packet, i: int) -> bool:
    """Tell whether any part of ray i's pixel may be grass."""
    real = packet.real
    if real[ASPHALT + i] + real[CONCRETE + i] > 0.999:
        return False
    return not -_WANDERING < real[OUTSIDE + i] < real[VERGE + i] - _WANDERING - real[ACROSS + i]


@step
def look_up_road(packet: Packet, look: Appearance, noise: FloatImage, count: int) -> None:
    """Look up what the road's surface is like, for rays near a road."""
    real = packet.real
    near = 0
    for i in range(count):
        near += int(near_road(packet, i))
    if near == 0:
        return
    find_texels(packet, _S, _T, float(look.shift), 0.0, _CHIPPINGS, _CHIPPINGS, DENSITY / _CHIPPINGS)
    for i in range(count):
        real[CHIPS + i] = 0.5
        if near_road(packet, i) and real[SCALE + i] > _FINEST:
            real[CHIPS + i] = read_texels(packet, noise, i, GRAIN)
    find_texels(packet, _S, _T, float(look.shift), 0.0, _STAINS_ALONG, _STAINS_ACROSS, DENSITY / _STAINS)
    for i in range(count):
        if near_road(packet, i):
            real[STAINS + i] = read_texels(packet, noise, i, BROAD)
            real[FINE + i] = read_texels(packet, noise, i, FINE_NOISE)
            real[CRACK + i] = read_texels(packet, noise, i, CRACK_NOISE) if look.crack > _FAINT else 0.0


@step
def look_up_land(packet: Packet, look: Appearance, noise: FloatImage, view: View, count: int) -> None:
    """Look up what the grass is like, for rays that may see some."""
    real = packet.real
    seen = 0
    for i in range(count):
        seen += int(sees_land(packet, i))
    if seen == 0:
        return
    x, y = view.x % _PERIOD + look.shift, view.y % _PERIOD
    find_texels(packet, _HIT_X, _HIT_Y, x, y, _BLADES, _BLADES, DENSITY / _BLADES)
    for i in range(count):
        real[BLADES + i] = 0.5
        if sees_land(packet, i) and real[SCALE + i] > _FINEST:
            real[BLADES + i] = read_texels(packet, noise, i, GRAIN)
    find_texels(packet, _HIT_X, _HIT_Y, x, y, _TUFTS, _TUFTS, DENSITY / _TUFTS)
    for i in range(count):
        if sees_land(packet, i):
            real[TUFTS + i] = read_texels(packet, noise, i, BROAD)
    find_texels(packet, _HIT_X, _HIT_Y, x, y, _PATCHES, _PATCHES, DENSITY / _PATCHES)
    for i in range(count):
        if sees_land(packet, i):
            real[FIELD + i] = read_texels(packet, noise, i, BROAD)
