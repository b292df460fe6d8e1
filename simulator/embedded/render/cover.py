"""What covers the ground around a road: pavement, gravel and paint, each as a share of the pixel, and the tag."""

from numpy import float32, floor

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import dashes, overlap
from simulator.embedded.render.cross_section import ASPHALT as ASPHALT_MATERIAL
from simulator.embedded.render.cross_section import HIGH as STRIP_HIGH
from simulator.embedded.render.cross_section import HIGH_SLOPE, LOW_SLOPE, MATERIAL
from simulator.embedded.render.cross_section import LOW as STRIP_LOW
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.jit import inner, step
from simulator.embedded.render.markings import (
    COLOUR,
    DASH,
    END,
    HALF_WIDTH,
    ORIGIN,
    PAINTS,
    PERIOD,
    SLOPE,
    START,
)
from simulator.embedded.render.markings import T as STRIPE_T
from simulator.embedded.render.packet import (
    ACROSS,
    AHEAD,
    ALONG,
    ASPHALT,
    CONCRETE,
    FIRST_LANE,
    HIGH,
    LANE_PITCH,
    LOW,
    OUTSIDE,
    PAINT,
    PAINT_BLUE,
    PAINT_GREEN,
    PAINT_RED,
    SAMPLE,
    SIZE,
    TONE,
    TRACKS,
    VERGE,
    Packet,
    S,
    T,
)

# a pixel is a road mark from this share on
_MARKED = 0.4


@step
def cover(packet: Packet, look: Appearance) -> None:
    """Find the carriageway's share of each pixel, its wheel tracks, and what lies beyond its edges."""
    real = packet.real
    zero, half, one, four, apart = float32(0.0), float32(0.5), float32(1.0), float32(4.0), float32(0.75)
    for i in range(SIZE):
        t, across, low, high = real[T + i], real[ACROSS + i], real[LOW + i], real[HIGH + i]
        asphalt = (min(t + half * across, high) - max(t - half * across, low)) / across
        real[ASPHALT + i] = min(max(asphalt, zero), one)
        real[OUTSIDE + i] = max(low - t, t - high)
        real[VERGE + i] = look.verge
        real[CONCRETE + i] = zero
        real[PAINT + i] = zero
        real[PAINT_RED + i] = zero
        real[PAINT_GREEN + i] = zero
        real[PAINT_BLUE + i] = zero
        # tracks lie 0.75 m beside the middle of the nearest driven lane and fade over 0.5 m
        from_first = t - real[FIRST_LANE + i]
        pitch = real[LANE_PITCH + i]
        from_middle = from_first - pitch * floor(from_first / pitch + half) - look.track_offset
        distance = abs(abs(from_middle) - apart)
        bump = max(one - four * distance * distance, zero)
        real[TRACKS + i] = one + look.track * bump * bump / (one + across * across)


@inner
def add_strips(packet: Packet, i: int, ground: Ground) -> None:
    """Add what is paved besides the carriageway to ray i's pixel; there is no gravel beside concrete."""
    real, strips = packet.real, ground.strips
    sample = packet.whole[SAMPLE + i]
    t, ahead = real[T + i], real[AHEAD + i]
    for k in range(ground.first_strip[sample], ground.first_strip[sample + 1]):
        low = strips[k, STRIP_LOW] + strips[k, LOW_SLOPE] * ahead
        high = strips[k, STRIP_HIGH] + strips[k, HIGH_SLOPE] * ahead
        share = overlap(t, real[ACROSS + i], low, high)
        outside = max(low - t, t - high)
        concrete = strips[k, MATERIAL] != ASPHALT_MATERIAL
        if concrete:
            real[CONCRETE + i] = min(real[CONCRETE + i] + share, float32(1.0))
        else:
            real[ASPHALT + i] = min(real[ASPHALT + i] + share, float32(1.0))
        if outside < real[OUTSIDE + i]:
            real[OUTSIDE + i] = outside
            if concrete:
                real[VERGE + i] = 0.0


@inner
def add_paint(packet: Packet, i: int, ground: Ground) -> None:
    """Find the share of ray i's pixel that is painted, the paint's colour times that share, and what repairs change."""
    real, stripes = packet.real, ground.stripes
    sample = packet.whole[SAMPLE + i]
    s, t, ahead, along, across = real[S + i], real[T + i], real[AHEAD + i], real[ALONG + i], real[ACROSS + i]
    blur = float32(0.5) * across
    for k in range(ground.first_stripe[sample], ground.first_stripe[sample + 1]):
        from_middle = t - stripes[k, STRIPE_T] - stripes[k, SLOPE] * ahead
        half = stripes[k, HALF_WIDTH]
        if abs(from_middle) > half + blur:
            continue
        part = overlap(from_middle, across, -half, half) * overlap(s, along, stripes[k, START], stripes[k, END])
        if stripes[k, PERIOD] > 0.0:
            part *= dashes(s - stripes[k, ORIGIN], along, stripes[k, DASH], stripes[k, PERIOD])
        if stripes[k, COLOUR] < 0.0:
            real[TONE + i] *= float32(1.0) - part * (float32(1.0) + stripes[k, COLOUR])
            continue
        part = min(part, float32(1.0) - real[PAINT + i])
        colour = int(stripes[k, COLOUR])
        real[PAINT + i] += part
        real[PAINT_RED + i] += part * PAINTS[colour, 0]
        real[PAINT_GREEN + i] += part * PAINTS[colour, 1]
        real[PAINT_BLUE + i] += part * PAINTS[colour, 2]


@step
def cover_more(packet: Packet, ground: Ground, count: int) -> None:
    """Add further strips and the paint to the pixels of a packet."""
    real = packet.real
    for i in range(count):
        sample = packet.whole[SAMPLE + i]
        real[TONE + i] = ground.tones[sample]
        if ground.first_strip[sample] < ground.first_strip[sample + 1]:
            add_strips(packet, i, ground)
        if real[ASPHALT + i] + real[CONCRETE + i] > 0.0:
            add_paint(packet, i, ground)


@inner
def tag_of(packet: Packet, i: int) -> int:
    """Give the tag of ray i's pixel."""
    real = packet.real
    asphalt, concrete, outside = real[ASPHALT + i], real[CONCRETE + i], real[OUTSIDE + i]
    if asphalt + concrete > 0.5:
        if real[PAINT + i] > _MARKED:
            return tags.ROAD_LINES
        return tags.ROADS if asphalt >= concrete else tags.SIDEWALKS
    return tags.GROUND if -2.0 < outside < real[VERGE + i] else tags.TERRAIN
