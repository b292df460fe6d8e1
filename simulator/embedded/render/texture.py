"""Looks the noise up for a packet: stains and chippings of the road, grass of the land. Coordinates in metres."""

from typing import Final

from numpy import float32

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import overlap
from simulator.embedded.render.jit import inner, step
from simulator.embedded.render.noise import SIZE as NOISE_SIZE
from simulator.embedded.render.noise import FloatImage, fetch
from simulator.embedded.render.packet import (
    ACROSS,
    ALONG,
    ASPHALT,
    BLADES,
    CHIPS,
    CLUMPS,
    CONCRETE,
    CRACK,
    FIELD,
    FINE,
    HIT_X,
    HIT_Y,
    LEVEL,
    OUTSIDE,
    PATCH,
    REPAIR,
    SAMPLE,
    STAINS,
    TUFTS,
    VERGE,
    Packet,
    S,
    T,
)
from simulator.embedded.render.view import View

# texels of noise per metre, and how many levels they are below noise.DENSITY
_CHIPPINGS: Final = 32.0
_STAINS_ALONG, _STAINS_ACROSS, _STAINS_LEVEL = 2.0, 8.0, 3
_BLADES, _BLADES_LEVEL = 16.0, 1
_TUFTS, _TUFTS_LEVEL = 4.0, 3
_PATCHES, _PATCHES_LEVEL = 1.0, 5
# one repair at most in each stretch of this length [m]
_STRETCH = 11.0
# gravel wanders into the grass by less than this [m]; beyond, all is grass
_WANDERING = 1.0


@inner
def find_repair(look: Appearance, noise: FloatImage, s: float, t: float, along: float, across: float) -> float:
    """Give the factor by which a repaired patch changes the asphalt at (s, t); along, across: the pixel's size [m]."""
    stretch = int(s / _STRETCH + 4096.0)
    row = (stretch * 7919 + int(look.shift) * 31) % (NOISE_SIZE * NOISE_SIZE)
    # grain is spread about 0.5 with deviation 0.2
    if noise[row, 0] > 0.3 + 0.4 * look.patched:
        return 1.0
    start = (stretch - 4096.0) * _STRETCH
    length = 2.0 + 7.0 * noise[row, 1]
    middle = (noise[row, 2] - 0.5) * 12.0
    share = overlap(s, along, start, start + length) * overlap(t, across, middle - 0.8, middle + 0.8)
    return 1.0 - share * (0.32 if noise[row, 1] > 0.45 else -0.18)


@step
def look_up_road(packet: Packet, look: Appearance, noise: FloatImage, count: int) -> None:
    """Look up what the road's surface is like, for rays near a road."""
    real, whole = packet.real, packet.whole
    shift = float32(look.shift)
    for i in range(count):
        if whole[SAMPLE + i] < 0:
            continue
        level = int(real[LEVEL + i])
        s, t = real[S + i] + shift, real[T + i]
        chips, _, _, _ = fetch(noise, level, s * float32(_CHIPPINGS), t * float32(_CHIPPINGS))
        _, stains, fine, crack = fetch(
            noise, level - _STAINS_LEVEL, s * float32(_STAINS_ALONG), t * float32(_STAINS_ACROSS)
        )
        real[CHIPS + i] = chips
        real[STAINS + i] = stains
        real[FINE + i] = fine
        real[CRACK + i] = crack
        real[REPAIR + i] = 1.0
        if look.patched > 0.05 and real[ASPHALT + i] > 0.0:
            real[REPAIR + i] = find_repair(look, noise, real[S + i], t, real[ALONG + i], real[ACROSS + i])


@step
def look_up_land(packet: Packet, look: Appearance, noise: FloatImage, view: View, count: int) -> None:
    """Look up what the grass is like, for rays that may see some."""
    real = packet.real
    x, y = view.x + look.shift, view.y
    for i in range(count):
        if real[ASPHALT + i] + real[CONCRETE + i] > 0.999 or -1.0 < real[OUTSIDE + i] < real[VERGE + i] - _WANDERING:
            continue
        level = int(real[LEVEL + i])
        u, v = x + real[HIT_X + i], y + real[HIT_Y + i]
        blades, _, _, _ = fetch(noise, level - _BLADES_LEVEL, u * _BLADES, v * _BLADES)
        _, tufts, clumps, _ = fetch(noise, level - _TUFTS_LEVEL, u * _TUFTS, v * _TUFTS)
        _, field, patch, _ = fetch(noise, level - _PATCHES_LEVEL, u * _PATCHES, v * _PATCHES)
        real[BLADES + i] = blades
        real[TUFTS + i] = tufts
        real[CLUMPS + i] = clumps
        real[FIELD + i] = field
        real[PATCH + i] = patch
