"""From what the ground is made of to the light that reaches the lens, for a whole packet at once."""

from numpy import float32, sqrt

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import lamp_light
from simulator.embedded.render.jit import step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.packet import (
    ACROSS,
    ASPHALT,
    BLADES,
    BLUE,
    CHIPS,
    CONCRETE,
    CRACK,
    DEPTH,
    FIELD,
    FINE,
    GREEN,
    HIT_X,
    HIT_Y,
    LAMPS,
    OUTSIDE,
    PAINT,
    PAINT_BLUE,
    PAINT_GREEN,
    PAINT_RED,
    RAY_X,
    RAY_Y,
    RAY_Z,
    RED,
    SIZE,
    STAINS,
    TONE,
    TRACKS,
    TUFTS,
    VERGE,
    Packet,
)
from simulator.embedded.render.view import View


@step
def colour_land(packet: Packet, look: Appearance) -> None:
    """Give the colour of grass and of the gravel that lies over it beside the road."""
    real = packet.real
    zero, half, one = float32(0.0), float32(0.5), float32(1.0)
    low_red, low_green, low_blue = look.grass_low
    high_red, high_green, high_blue = look.grass_high
    gravel_red, gravel_green, gravel_blue = look.gravel
    for i in range(SIZE):
        dry = float32(0.45) + float32(1.5) * (real[TUFTS + i] - half)
        dry = min(max(dry + float32(1.6) * look.fields * (real[FIELD + i] - half), zero), one)
        value = float32(0.6) + float32(0.8) * real[BLADES + i]
        value *= one + float32(0.4) * (real[TUFTS + i] - half) - half * look.fields * (real[FIELD + i] - half)
        verge = real[VERGE + i]
        ragged = look.ragged * min(verge, one) * (real[FINE + i] + real[FINE + i] - float32(1.5) + real[CHIPS + i])
        blur = real[ACROSS + i] + float32(0.2)
        gravel = min(max((verge + ragged - real[OUTSIDE + i]) / blur + half, zero), one)
        gravel = gravel if real[OUTSIDE + i] > float32(-2.0) else zero
        stones = gravel * (half + real[CHIPS + i]) * (float32(0.75) + half * real[STAINS + i])
        value *= one - gravel
        real[RED + i] = value * (low_red + (high_red - low_red) * dry) + stones * gravel_red
        real[GREEN + i] = value * (low_green + (high_green - low_green) * dry) + stones * gravel_green
        real[BLUE + i] = value * (low_blue + (high_blue - low_blue) * dry) + stones * gravel_blue


@step
def colour_road(packet: Packet, look: Appearance) -> None:
    """Lay asphalt, concrete and paint over the land."""
    real = packet.real
    zero, half, one, two = float32(0.0), float32(0.5), float32(1.0), float32(2.0)
    gravel_red, gravel_green, gravel_blue = look.gravel
    asphalt_red, asphalt_green, asphalt_blue = look.asphalt
    concrete_red, concrete_green, concrete_blue = look.concrete
    for i in range(SIZE):
        chips, stains, fine = real[CHIPS + i], real[STAINS + i], real[FINE + i]
        asphalt = real[ASPHALT + i]
        bare = max(one - asphalt - real[CONCRETE + i], zero)
        value = (one + look.grain * (chips - half)) * (one + look.blotches * (stains - half)) * real[TRACKS + i]
        value *= real[TONE + i] * (one - look.crack * min(two * real[CRACK + i], one))
        # dust and stones lie on the outermost hand's breadth
        dust = min(max(one + float32(4.0) * real[OUTSIDE + i], zero), one) * (float32(0.25) + half * fine)
        slab = (float32(0.85) + float32(0.3) * chips) * (float32(0.85) + float32(0.3) * fine) * real[CONCRETE + i]
        stones = value * dust * asphalt
        value = value * asphalt - stones
        worn = min(max(float32(1.2) * fine + chips - float32(1.35) + look.wear, zero), one)
        kept = one - look.wear * (float32(0.25) + float32(0.75) * worn)
        shown = one - real[PAINT + i] * kept
        bright = look.paint * (float32(0.9) + float32(0.2) * chips) * kept
        real[RED + i] = (
            shown * (bare * real[RED + i] + value * asphalt_red + stones * gravel_red + slab * concrete_red)
            + bright * real[PAINT_RED + i]
        )
        real[GREEN + i] = (
            shown * (bare * real[GREEN + i] + value * asphalt_green + stones * gravel_green + slab * concrete_green)
            + bright * real[PAINT_GREEN + i]
        )
        real[BLUE + i] = (
            shown * (bare * real[BLUE + i] + value * asphalt_blue + stones * gravel_blue + slab * concrete_blue)
            + bright * real[PAINT_BLUE + i]
        )


@step
def shine_lamps(packet: Packet, light: Light, pool: FloatImage, view: View, count: int) -> None:
    """Find how much of the headlights falls on each place; paint throws it back."""
    real = packet.real
    for i in range(count):
        x, y = real[HIT_X + i], real[HIT_Y + i]
        ahead = x * view.heading[0] + y * view.heading[1]
        left = y * view.heading[0] - x * view.heading[1]
        real[LAMPS + i] = light.beam * lamp_light(pool, ahead, left) * (1.0 + real[PAINT + i])


@step
def light_ground(packet: Packet, light: Light) -> None:
    """Light the colours, and veil them by the air between."""
    real = packet.real
    one, half, small = float32(1.0), float32(0.5), float32(1e-9)
    light_red, light_green, light_blue = light.ground
    haze_red, haze_green, haze_blue = light.haze
    glow_red, glow_green, glow_blue = light.glow
    sun_x, sun_y = light.sun[0], light.sun[1]
    sun_level = sqrt(sun_x * sun_x + sun_y * sun_y)
    for i in range(SIZE):
        x, y, z = real[RAY_X + i], real[RAY_Y + i], real[RAY_Z + i]
        level = x * x + y * y
        # 1 - exp(-thickness), by its series
        thick = light.haze_density * real[DEPTH + i] * sqrt(level + z * z)
        air = one - one / (one + thick * (one + thick * (half + thick * (float32(1 / 6) + thick * float32(1 / 24)))))
        toward = half + half * (x * sun_x + y * sun_y) / (sqrt(level) * sun_level + small)
        toward *= toward
        lamps = real[LAMPS + i]
        red = real[RED + i] * (light_red + lamps)
        green = real[GREEN + i] * (light_green + float32(0.96) * lamps)
        blue = real[BLUE + i] * (light_blue + float32(0.85) * lamps)
        real[RED + i] = red + (haze_red + toward * glow_red - red) * air
        real[GREEN + i] = green + (haze_green + toward * glow_green - green) * air
        real[BLUE + i] = blue + (haze_blue + toward * glow_blue - blue) * air
