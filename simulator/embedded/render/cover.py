"""What covers the ground around a road: pavement, gravel and paint, each as a share of the pixel, and the tag."""

import numpy as np
from numpy import float32, floor

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import dashes, overlap
from simulator.embedded.render.cross_section import ASPHALT as ASPHALT_MATERIAL
from simulator.embedded.render.cross_section import HIGH as STRIP_HIGH
from simulator.embedded.render.cross_section import HIGH_SLOPE, LOW_SLOPE, MATERIAL
from simulator.embedded.render.cross_section import LOW as STRIP_LOW
from simulator.embedded.render.ground import (
    END_STRIPES,
    END_STRIPS,
    FIRST_STRIP,
    FIRST_STRIPE,
    PROFILE_HIGH,
    PROFILE_LOW,
    PROFILE_S,
    Ground,
)
from simulator.embedded.render.jit import Number, inner, step
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
    CLEARED,
    CONCRETE,
    FIRST_LANE,
    GROUP,
    HIGH,
    HIT_X,
    HIT_Y,
    LANE_PITCH,
    LOW,
    OUTSIDE,
    PAINT,
    PAINT_BLUE,
    PAINT_GREEN,
    PAINT_RED,
    SAMPLE,
    SIZE,
    STRAY,
    TAG,
    TONE,
    TRACKS,
    VERGE,
    Packet,
    T,
)
from simulator.embedded.render.view import View
from simulator.embedded.tiles import Tiles

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


@step
def clear_snow(packet: Packet, look: Appearance) -> None:
    """Find how far tyres have cleared the snow: in tracks that stray from the lane's middle and fade in and out."""
    real = packet.real
    zero, half, one, apart = float32(0.0), float32(0.5), float32(1.0), float32(0.75)
    for i in range(SIZE):
        from_first = real[T + i] - real[FIRST_LANE + i]
        pitch = real[LANE_PITCH + i]
        from_first -= look.rut_offset + look.rut_wander * float32(4.0) * (real[STRAY + i] - half)
        from_middle = from_first - pitch * floor(from_first / pitch + half)
        distance = abs(abs(from_middle) - apart)
        blur = half * real[ACROSS + i]
        track = min(max((float32(0.36) + blur - distance) / (float32(0.22) + blur + blur), zero), one)
        # a pixel wider than the track shows its share of it
        track *= one / (one + blur)
        clear = min(max(look.rut_clear + float32(2.2) * (real[CLEARED + i] - half), zero), one)
        real[CLEARED + i] = track * clear


@inner
def add_strips(packet: Packet, i: int, ground: Ground, sample: int, t: Number, ahead: Number) -> None:
    """Add what is paved besides the carriageway to ray i's pixel; there is no gravel beside concrete."""
    real, strips = packet.real, ground.strips
    for k in range(ground.spans[sample, FIRST_STRIP], ground.spans[sample, END_STRIPS]):
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
def add_paint(packet: Packet, i: int, ground: Ground, sample: int, t: Number, ahead: Number) -> None:
    """Find the share of ray i's pixel that is painted, the paint's colour times that share, and what repairs change."""
    real, stripes = packet.real, ground.stripes
    along, across = real[ALONG + i], real[ACROSS + i]
    blur = float32(0.5) * across
    reach, bits = float32(ground.reach), float32(ground.bits_per_metre)
    first = int(min(max((t - blur + reach) * bits, float32(0.0)), float32(63.0)))
    last = int(min(max((t + blur + reach) * bits, float32(0.0)), float32(63.0)))
    if (ground.masks[sample] >> first) & ((np.int64(2) << (last - first)) - 1) == 0:
        return
    s = ground.profiles[sample, PROFILE_S] + ahead
    for k in range(ground.spans[sample, FIRST_STRIPE], ground.spans[sample, END_STRIPES]):
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


@inner
def add_road(packet: Packet, i: int, ground: Ground, view: View, sample: int) -> None:
    """Add a further road that covers ray i's place; asphalt lies over concrete."""
    real, profiles = packet.real, ground.profiles
    x = (view.x - ground.middles[sample, 0]) + real[HIT_X + i]
    y = (view.y - ground.middles[sample, 1]) + real[HIT_Y + i]
    cosine, sine, curvature = profiles[sample, 0], profiles[sample, 1], profiles[sample, 2]
    along, t = cosine * x + sine * y, cosine * y - sine * x
    ahead = float32(along / max(1.0 - curvature * t, 0.2))
    t = float32(t - 0.5 * curvature * ahead * along)
    low, high = profiles[sample, PROFILE_LOW], profiles[sample, PROFILE_HIGH]
    share = overlap(t, real[ACROSS + i], low, high)
    real[ASPHALT + i] = min(real[ASPHALT + i] + share, float32(1.0))
    real[OUTSIDE + i] = min(real[OUTSIDE + i], max(low - t, t - high))
    add_strips(packet, i, ground, sample, t, ahead)
    real[CONCRETE + i] = min(real[CONCRETE + i], float32(1.0) - real[ASPHALT + i])
    add_paint(packet, i, ground, sample, t, ahead)


@step
def cover_more(packet: Packet, ground: Ground, tiles: Tiles, view: View, count: int) -> None:
    """Add further strips, further roads and the paint to the pixels of a packet."""
    real, whole = packet.real, packet.whole
    for i in range(count):
        sample = whole[SAMPLE + i]
        if ground.spans[sample, FIRST_STRIP] < ground.spans[sample, END_STRIPS]:
            add_strips(packet, i, ground, sample, real[T + i], real[AHEAD + i])
        if real[ASPHALT + i] + real[CONCRETE + i] > 0.0:
            add_paint(packet, i, ground, sample, real[T + i], real[AHEAD + i])
        if whole[GROUP + i] > 0:
            for k in range(tiles.first_member[whole[GROUP + i] - 1] + 1, tiles.first_member[whole[GROUP + i]]):
                add_road(packet, i, ground, view, tiles.members[k])


@step
def shows_land(packet: Packet, count: int) -> bool:
    """Tell whether any ray of a packet may see something that is not paved."""
    least = float32(1.0)
    for i in range(count):
        least = min(least, packet.real[ASPHALT + i] + packet.real[CONCRETE + i])
    return bool(least < float32(0.999))


@step
def tag_road(packet: Packet) -> None:
    """Note the tag of each ray's pixel."""
    real, whole = packet.real, packet.whole
    half, marked = float32(0.5), float32(_MARKED)
    lines, roads, walks = np.int32(tags.ROAD_LINES), np.int32(tags.ROADS), np.int32(tags.SIDEWALKS)
    gravel, land = np.int32(tags.GROUND), np.int32(tags.TERRAIN)
    for i in range(SIZE):
        asphalt, concrete, outside = real[ASPHALT + i], real[CONCRETE + i], real[OUTSIDE + i]
        paved = roads if asphalt >= concrete else walks
        paved = lines if real[PAINT + i] > marked else paved
        bare = gravel if outside > float32(-2.0) and outside < real[VERGE + i] else land
        whole[TAG + i] = paved if asphalt + concrete > half else bare
