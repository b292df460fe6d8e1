"""Looks the noise up for a packet: stains and chippings of the road, grass of the land. Coordinates in metres."""

from typing import Final

import numpy as np
from numpy import float32, floor
from numpy.typing import NDArray

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.jit import step
from simulator.embedded.render.noise import BROAD, GRAIN
from simulator.embedded.render.noise import CRACK as CRACK_NOISE
from simulator.embedded.render.noise import FINE as FINE_NOISE
from simulator.embedded.render.packet import (
    BLADES,
    CHIPS,
    CLEARED,
    CRACK,
    FIELD,
    FINE,
    FIRST_LANE,
    HIT_X,
    HIT_Y,
    LANE_PITCH,
    SCALE,
    SIZE,
    STAINS,
    STRAY,
    TUFTS,
    Packet,
    S,
    T,
)
from simulator.embedded.render.texels import DENSITY, find_texels, read_texels
from simulator.embedded.render.view import View

# rows of places; not plain ints, for each of which the compiler would make another version of `find_texels`
_S, _T, _HIT_X, _HIT_Y = np.int64(S), np.int64(T), np.int64(HIT_X), np.int64(HIT_Y)
_CHIPS, _STAINS_ROW, _FINE, _CRACK = np.int64(CHIPS), np.int64(STAINS), np.int64(FINE), np.int64(CRACK)
_BLADES_ROW, _TUFTS_ROW, _FIELD = np.int64(BLADES), np.int64(TUFTS), np.int64(FIELD)
_STRAY, _CLEARED = np.int64(STRAY), np.int64(CLEARED)
# texels of noise per metre
_CHIPPINGS: Final = 32.0
_STAINS_ALONG, _STAINS_ACROSS = 2.0, 8.0
_STAINS = 4.0
_BLADES, _TUFTS, _PATCHES = 16.0, 4.0, 1.0
# of winter's wheel tracks, along the road; and texels from one lane to the next
_RUTS, _NEXT_LANE = 0.25, 37.0
# after so many metres all noise of the land repeats
_PERIOD = 256.0
# the finest noise has faded to its mean where pixels are larger than this scale's
_FINEST = 1 / 64
# weaker cracks are not drawn
_FAINT = 0.1

Texels = NDArray[np.int32]


@step
def count_fine(packet: Packet, count: int) -> int:
    """Count the rays whose pixels are small enough to show the finest noise."""
    fine = 0
    for i in range(count):
        fine += int(packet.real[SCALE + i] > float32(_FINEST))
    return fine


@step
def look_up_road(packet: Packet, look: Appearance, texels: Texels, count: int) -> None:
    """Look up what the road's surface is like."""
    real = packet.real
    if count_fine(packet, count) > 0:
        find_texels(packet, _S, _T, float(look.shift), 0.0, _CHIPPINGS, _CHIPPINGS, DENSITY / _CHIPPINGS)
        read_texels(packet, texels, GRAIN, _CHIPS, count)
    else:
        real[CHIPS : CHIPS + SIZE] = float32(0.5)
    find_texels(packet, _S, _T, float(look.shift), 0.0, _STAINS_ALONG, _STAINS_ACROSS, DENSITY / _STAINS)
    read_texels(packet, texels, BROAD, _STAINS_ROW, count)
    read_texels(packet, texels, FINE_NOISE, _FINE, count)
    if look.crack > _FAINT:
        read_texels(packet, texels, CRACK_NOISE, _CRACK, count)
    else:
        real[CRACK : CRACK + SIZE] = float32(0.0)


@step
def look_up_ruts(packet: Packet, look: Appearance, texels: Texels, count: int) -> None:
    """Look up, for each lane on its own, where along a snowy road the wheel tracks stray, and how clear they are."""
    real = packet.real
    half, lane, seldom = float32(0.5), float32(_NEXT_LANE), float32(1 / _RUTS)
    for i in range(SIZE):
        # the lane's number, far apart in the noise, whose finest level is taken
        number = floor((real[T + i] - real[FIRST_LANE + i]) / real[LANE_PITCH + i] + half)
        real[STRAY + i] = number * lane * seldom
    find_texels(packet, _S, _STRAY, float(look.shift), float(look.shift), _RUTS, _RUTS, DENSITY / _RUTS)
    read_texels(packet, texels, FINE_NOISE, _CLEARED, count)
    read_texels(packet, texels, BROAD, _STRAY, count)


@step
def look_up_land(packet: Packet, look: Appearance, texels: Texels, view: View, count: int) -> None:
    """Look up what the grass is like."""
    real = packet.real
    x, y = view.x % _PERIOD + look.shift, view.y % _PERIOD
    if count_fine(packet, count) > 0:
        find_texels(packet, _HIT_X, _HIT_Y, x, y, _BLADES, _BLADES, DENSITY / _BLADES)
        read_texels(packet, texels, GRAIN, _BLADES_ROW, count)
    else:
        real[BLADES : BLADES + SIZE] = float32(0.5)
    find_texels(packet, _HIT_X, _HIT_Y, x, y, _TUFTS, _TUFTS, DENSITY / _TUFTS)
    read_texels(packet, texels, BROAD, _TUFTS_ROW, count)
    find_texels(packet, _HIT_X, _HIT_Y, x, y, _PATCHES, _PATCHES, DENSITY / _PATCHES)
    read_texels(packet, texels, BROAD, _FIELD, count)
