"""What the ground is at a point: colour before light, and tag.

Everything is filtered by the pixel's footprint on the ground, a parallelogram that the ray-caster hands over: `right`
and `down` are the steps on the ground [m] from this pixel to the next one in the row and in the column.
"""

from typing import NamedTuple

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.asphalt import repairs, wheel_tracks
from simulator.embedded.render.coverage import clamp, dashes, overlap
from simulator.embedded.render.cross_section import (
    ASPHALT,
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
from simulator.embedded.render.ground import TONE, Ground, Place, locate
from simulator.embedded.render.jit import inner
from simulator.embedded.render.land import grass
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
    T,
)
from simulator.embedded.render.noise import FloatImage, choose_level, fetch

# texels of noise per metre: chippings in both directions, stains along and across the road
_CHIPPINGS, _STAINS_ALONG, _STAINS_ACROSS = 34.0, 1.7, 5.3
# a pixel is a road mark from this share on
_MARKED = 0.4


class Surface(NamedTuple):
    """Linear reflectances, the tag, and how much of it is paint, which throws headlights back."""

    red: float
    green: float
    blue: float
    tag: int
    paint: float


class Footprint(NamedTuple):
    """The size of a pixel on the ground: along and across the road [m], and squared for textures [m²]."""

    along: float
    across: float
    squared: float


@inner
def measure_footprint(
    place: Place, right_x: float, right_y: float, down_x: float, down_y: float
) -> Footprint:
    """Measure the parallelogram of a pixel in the road's directions."""
    along = abs(place.cosine * right_x + place.sine * right_y) + abs(place.cosine * down_x + place.sine * down_y)
    across = abs(place.cosine * right_y - place.sine * right_x) + abs(place.cosine * down_y - place.sine * down_x)
    right = right_x * right_x + right_y * right_y
    down = down_x * down_x + down_y * down_y
    squared = 0.5 * (max(right, down) + abs(right_x * down_y - right_y * down_x))
    return Footprint(along + 1e-3, across + 1e-3, squared)


@inner
def painted(ground: Ground, place: Place, size: Footprint) -> tuple[float, float, float, float]:
    """Give the share of the pixel that is painted, and the paint's colour times that share."""
    share = 0.0
    red = 0.0
    green = 0.0
    blue = 0.0
    for i in range(ground.first_stripe[place.sample], ground.first_stripe[place.sample + 1]):
        stripe = ground.stripes[i]
        middle = place.t - stripe[T] - stripe[SLOPE] * place.ahead
        half = stripe[HALF_WIDTH]
        if abs(middle) > half + 0.5 * size.across:
            continue
        part = overlap(middle, size.across, -half, half) * overlap(place.s, size.along, stripe[START], stripe[END])
        if stripe[PERIOD] > 0.0 and part > 0.0:
            part *= dashes(place.s - stripe[ORIGIN], size.along, stripe[DASH], stripe[PERIOD])
        part = min(part, 1.0 - share)
        paint = PAINTS[int(stripe[COLOUR])]
        share += part
        red += part * paint[0]
        green += part * paint[1]
        blue += part * paint[2]
    return share, red, green, blue


@inner
def paved(ground: Ground, look: Appearance, place: Place, size: Footprint) -> tuple[float, float, float]:
    """Give the shares of asphalt and of concrete in the pixel, and the wheel tracks' factor."""
    asphalt = 0.0
    concrete = 0.0
    tracks = 0.0
    for i in range(ground.first_strip[place.sample], ground.first_strip[place.sample + 1]):
        strip = ground.strips[i]
        low = strip[LOW] + strip[LOW_SLOPE] * place.ahead
        high = strip[HIGH] + strip[HIGH_SLOPE] * place.ahead
        share = overlap(place.t, size.across, low, high)
        if share <= 0.0:
            continue
        if strip[MATERIAL] == ASPHALT:
            asphalt += share
            if strip[DRIVEN] > 0.0:
                middle = place.t - strip[MIDDLE] - strip[MIDDLE_SLOPE] * place.ahead
                tracks += share * (wheel_tracks(look, middle, size.across) - 1.0)
        else:
            concrete += share
    return asphalt, concrete, 1.0 + tracks


@inner
def bare_land(look: Appearance, noise: FloatImage, x: float, y: float, squared: float) -> Surface:
    """Give the land far from any road."""
    red, green, blue = grass(look, noise, x, y, squared)
    return Surface(red, green, blue, tags.TERRAIN, 0.0)


@inner
def road_surface(
    ground: Ground, look: Appearance, noise: FloatImage, x: float, y: float, place: Place, size: Footprint
) -> Surface:
    """Give the ground on or beside a road."""
    edge = ground.edges[place.sample]
    beyond_left = place.t - edge[LEFT] - edge[LEFT_SLOPE] * place.ahead
    beyond_right = edge[RIGHT] + edge[RIGHT_SLOPE] * place.ahead - place.t
    outside = max(beyond_left, beyond_right)
    asphalt, concrete, tracks = paved(ground, look, place, size)
    solid = min(asphalt + concrete, 1.0)
    level = choose_level(size.squared * _CHIPPINGS * _CHIPPINGS)
    along = place.s + look.shift
    chips, _, _, _ = fetch(noise, level, along * _CHIPPINGS, place.t * _CHIPPINGS)
    level = choose_level(size.squared * _STAINS_ALONG * _STAINS_ACROSS)
    _, broad, fine, crack = fetch(noise, level, along * _STAINS_ALONG, place.t * _STAINS_ACROSS)
    red = 0.0
    green = 0.0
    blue = 0.0
    tag = tags.TERRAIN
    mark = 0.0
    if solid < 0.999:
        verge = (edge[LEFT_VERGE] if beyond_left > beyond_right else edge[RIGHT_VERGE]) * look.verge
        ragged = (2.0 * fine - 1.0 + chips - 0.5) * look.ragged
        gravel = overlap(outside, size.across + 0.2, -2.0, verge + ragged * min(verge, 1.0)) if outside > -2.0 else 0.0
        if gravel < 0.999:
            red, green, blue = grass(look, noise, x, y, size.squared)
        stones = (0.5 + chips) * (0.75 + 0.5 * broad)
        red += (look.gravel[0] * stones - red) * gravel
        green += (look.gravel[1] * stones - green) * gravel
        blue += (look.gravel[2] * stones - blue) * gravel
        if -2.0 < outside < verge:
            tag = tags.GROUND
    if solid > 0.001:
        value = (1.0 + look.grain * (chips - 0.5)) * (1.0 + look.blotches * (broad - 0.5)) * tracks
        value *= ground.frames[place.sample, TONE] * (1.0 - 0.7 * look.crack * min(crack * 2.0, 1.0))
        value *= repairs(look, noise, place.s, place.t, size.along, size.across)
        slab = (0.85 + 0.3 * chips) * (0.85 + 0.3 * fine)
        rest = 1.0 - solid
        # dust and stones lie on the outermost hand's breadth
        dust = clamp(1.0 + 4.0 * outside, 0.0, 1.0) * (0.25 + 0.5 * fine)
        asphalt_red = value * (look.asphalt[0] + (look.gravel[0] - look.asphalt[0]) * dust)
        asphalt_green = value * (look.asphalt[1] + (look.gravel[1] - look.asphalt[1]) * dust)
        asphalt_blue = value * (look.asphalt[2] + (look.gravel[2] - look.asphalt[2]) * dust)
        red = red * rest + asphalt * asphalt_red + concrete * slab * look.concrete[0]
        green = green * rest + asphalt * asphalt_green + concrete * slab * look.concrete[1]
        blue = blue * rest + asphalt * asphalt_blue + concrete * slab * look.concrete[2]
        share, paint_red, paint_green, paint_blue = painted(ground, place, size)
        if solid > 0.5:
            tag = tags.ROADS if asphalt >= concrete else tags.SIDEWALKS
            if share > _MARKED:
                tag = tags.ROAD_LINES
        if share > 0.0:
            worn = clamp(2.2 * (0.55 * fine + 0.45 * chips) - 1.35 + look.wear, 0.0, 1.0)
            kept = 1.0 - look.wear * (0.25 + 0.75 * worn)
            mark = share * kept
            bright = look.paint * (0.9 + 0.2 * chips) * kept
            red = red * (1.0 - mark) + bright * paint_red
            green = green * (1.0 - mark) + bright * paint_green
            blue = blue * (1.0 - mark) + bright * paint_blue
    return Surface(red, green, blue, tag, mark)


@inner
def look_at_ground(
    ground: Ground,
    look: Appearance,
    noise: FloatImage,
    x: float,
    y: float,
    right_x: float,
    right_y: float,
    down_x: float,
    down_y: float,
) -> Surface:
    """Give the surface at a point of the world [m] for a pixel with the given steps on the ground [m]."""
    place = locate(ground, x, y)
    size = measure_footprint(place, right_x, right_y, down_x, down_y)
    if place.sample < 0:
        return bare_land(look, noise, x, y, size.squared)
    return road_surface(ground, look, noise, x, y, place, size)
