"""What covers the ground around a road: pavement, gravel, paint, each as a share of the pixel, and the tag."""

from numpy import float32

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import dashes, overlap
from simulator.embedded.render.cross_section import (
    DRIVEN,
    HIGH,
    HIGH_SLOPE,
    LEFT,
    LEFT_SLOPE,
    LEFT_VERGE,
    LOW,
    LOW_SLOPE,
    MATERIAL,
    MIDDLE,
    MIDDLE_SLOPE,
    RIGHT,
    RIGHT_SLOPE,
    RIGHT_VERGE,
)
from simulator.embedded.render.cross_section import ASPHALT as ASPHALT_MATERIAL
from simulator.embedded.render.ground import TONE as FRAME_TONE
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
    OUTSIDE,
    PAINT,
    PAINT_BLUE,
    PAINT_GREEN,
    PAINT_RED,
    SAMPLE,
    TAG,
    TONE,
    TRACKS,
    VERGE,
    Packet,
    S,
    T,
)

# a pixel is a road mark from this share on
_MARKED = 0.4
# the outside of what is far from any road [m]
_FAR = 1000.0


@inner
def wheel_tracks(look: Appearance, from_middle: float, across: float) -> float:
    """Give how much brighter the wheel tracks are, 0.75 m beside the lane's middle and fading over 0.5 m."""
    distance = abs(abs(from_middle - look.track_offset) - 0.75)
    bump = max(1.0 - 4.0 * distance * distance, 0.0)
    return look.track * bump * bump / (1.0 + across * across)


@inner
def pave(packet: Packet, i: int, ground: Ground, look: Appearance) -> None:
    """Find the shares of asphalt and concrete in ray i's pixel, and its wheel tracks."""
    real = packet.real
    sample = packet.whole[SAMPLE + i]
    t, ahead, across = real[T + i], real[AHEAD + i], real[ACROSS + i]
    asphalt, concrete, tracks = float32(0.0), float32(0.0), float32(1.0)
    strips = ground.strips
    for k in range(ground.first_strip[sample], ground.first_strip[sample + 1]):
        share = overlap(
            t, across, strips[k, LOW] + strips[k, LOW_SLOPE] * ahead, strips[k, HIGH] + strips[k, HIGH_SLOPE] * ahead
        )
        if share <= 0.0:
            continue
        if strips[k, MATERIAL] == ASPHALT_MATERIAL:
            asphalt += share
        else:
            concrete += share
        if strips[k, DRIVEN] > 0.0:
            middle = t - strips[k, MIDDLE] - strips[k, MIDDLE_SLOPE] * ahead
            tracks += float32(share * wheel_tracks(look, middle, across))
    real[ASPHALT + i] = min(asphalt, float32(1.0))
    real[CONCRETE + i] = min(concrete, float32(1.0))
    real[TRACKS + i] = tracks


@inner
def find_edge(packet: Packet, i: int, ground: Ground, look: Appearance) -> None:
    """Find how far beyond the pavement ray i is, how wide the gravel is on that side, and the tag without paint."""
    real, edges = packet.real, ground.edges
    sample = packet.whole[SAMPLE + i]
    t, ahead = real[T + i], real[AHEAD + i]
    beyond_left = t - edges[sample, LEFT] - edges[sample, LEFT_SLOPE] * ahead
    beyond_right = edges[sample, RIGHT] + edges[sample, RIGHT_SLOPE] * ahead - t
    outside = max(beyond_left, beyond_right)
    verge = look.verge * (edges[sample, LEFT_VERGE] if beyond_left > beyond_right else edges[sample, RIGHT_VERGE])
    real[OUTSIDE + i] = outside
    real[VERGE + i] = verge
    tag = tags.TERRAIN
    if real[ASPHALT + i] + real[CONCRETE + i] > 0.5:
        tag = tags.ROADS if real[ASPHALT + i] >= real[CONCRETE + i] else tags.SIDEWALKS
    elif -2.0 < outside < verge:
        tag = tags.GROUND
    packet.whole[TAG + i] = tag


@inner
def paint(packet: Packet, i: int, ground: Ground) -> None:
    """Find the share of ray i's pixel that is painted, and the paint's colour times that share."""
    real, stripes = packet.real, ground.stripes
    sample = packet.whole[SAMPLE + i]
    s, t, ahead, along, across = real[S + i], real[T + i], real[AHEAD + i], real[ALONG + i], real[ACROSS + i]
    share, red, green, blue = float32(0.0), float32(0.0), float32(0.0), float32(0.0)
    for k in range(ground.first_stripe[sample], ground.first_stripe[sample + 1]):
        from_middle = t - stripes[k, STRIPE_T] - stripes[k, SLOPE] * ahead
        half = stripes[k, HALF_WIDTH]
        if abs(from_middle) > half + float32(0.5) * across:
            continue
        part = overlap(from_middle, across, -half, half) * overlap(s, along, stripes[k, START], stripes[k, END])
        if stripes[k, PERIOD] > 0.0:
            part *= dashes(s - stripes[k, ORIGIN], along, stripes[k, DASH], stripes[k, PERIOD])
        part = min(part, float32(1.0) - share)
        colour = int(stripes[k, COLOUR])
        share += part
        red += part * PAINTS[colour, 0]
        green += part * PAINTS[colour, 1]
        blue += part * PAINTS[colour, 2]
    real[PAINT + i] = share
    real[PAINT_RED + i] = red
    real[PAINT_GREEN + i] = green
    real[PAINT_BLUE + i] = blue
    if share > _MARKED and packet.whole[TAG + i] != tags.TERRAIN:
        packet.whole[TAG + i] = tags.ROAD_LINES


@step
def cover(packet: Packet, ground: Ground, look: Appearance, count: int) -> None:
    """Find what covers each pixel; far from any road it is land."""
    real, whole = packet.real, packet.whole
    for i in range(count):
        sample = whole[SAMPLE + i]
        real[PAINT + i] = 0.0
        if sample < 0:
            real[ASPHALT + i] = 0.0
            real[CONCRETE + i] = 0.0
            real[OUTSIDE + i] = _FAR
            real[VERGE + i] = 0.0
            whole[TAG + i] = tags.TERRAIN
            continue
        pave(packet, i, ground, look)
        find_edge(packet, i, ground, look)
        real[TONE + i] = ground.frames[sample, FRAME_TONE]
        if real[ASPHALT + i] + real[CONCRETE + i] > 0.0:
            paint(packet, i, ground)
