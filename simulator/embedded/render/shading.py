"""From what the ground is made of to the light that leaves it, for a whole packet at once."""

import numpy as np
from numpy import float32, floor

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.jit import step
from simulator.embedded.render.lanes import read_pair
from simulator.embedded.render.packet import (
    ACROSS,
    ASPHALT,
    BLADES,
    BLUE,
    CHIPS,
    CONCRETE,
    CRACK,
    FIELD,
    FINE,
    GREEN,
    HIT_X,
    HIT_Y,
    OUTSIDE,
    PAINT,
    PAINT_BLUE,
    PAINT_GREEN,
    PAINT_RED,
    RED,
    SCALE,
    SIZE,
    STAINS,
    STEP_BELOW,
    SUNLIT,
    TEXEL,
    TEXEL_BELOW,
    TEXEL_RIGHT,
    TEXELS,
    TONE,
    TRACKS,
    TUFTS,
    VERGE,
    Packet,
)
from simulator.embedded.render.shadow import CELLS, PER_METRE, Shadow
from simulator.embedded.render.texels import DENSITY, between_bytes
from simulator.embedded.render.view import View

# levels of the noise, whose texels number DENSITY a metre, that are finer than the shadows' finest one
FINEST_TEXELS = DENSITY / PER_METRE


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
        flowers = look.flowers * min(max(float32(9.0) * (real[BLADES + i] - float32(0.8)), zero), one) * value
        grass_red = low_red + (high_red - low_red) * dry
        real[RED + i] = value * grass_red + stones * gravel_red + float32(0.75) * flowers
        grass_green = low_green + (high_green - low_green) * dry
        real[GREEN + i] = value * grass_green + stones * gravel_green + float32(0.6) * flowers
        grass_blue = low_blue + (high_blue - low_blue) * dry
        real[BLUE + i] = value * grass_blue + stones * gravel_blue + float32(0.06) * flowers


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
def cast_shadows(packet: Packet, shadow: Shadow, view: View, count: int) -> None:
    """Take from the sunlight what stands before the sun."""
    real, whole = packet.real, packet.whole
    zero, half, one, cells = float32(0.0), float32(0.5), float32(1.0), float32(CELLS)
    per_metre = float32(PER_METRE)
    left, bottom = float32(view.x - shadow.left), float32(view.y - shadow.bottom)
    rows, columns = shadow.directory.shape
    last_column, last_row, all_cells = float32(columns), float32(rows), float32(CELLS * CELLS * 4 / 3)
    for i in range(SIZE):
        u, v = (left + real[HIT_X + i]) * per_metre, (bottom + real[HIT_Y + i]) * per_metre
        tile_u, tile_v = floor(u * (one / cells)), floor(v * (one / cells))
        # a level as coarse as the pixel is long on the ground; levels lie one after the other
        scale = max(min(real[SCALE + i] * float32(FINEST_TEXELS), one), one / cells)
        width = cells * scale
        u = min(max((u - cells * tile_u) * scale - half, zero), width - one)
        v = min(max((v - cells * tile_v) * scale - half, zero), width - one)
        inside = tile_u >= zero and tile_v >= zero and tile_u < last_column and tile_v < last_row
        whole[TEXELS + i] = np.int32(tile_v * last_column + tile_u) if inside else np.int32(-1)
        floor_u, floor_v = floor(u), floor(v)
        real[TEXEL_RIGHT + i], real[TEXEL_BELOW + i] = u - floor_u, v - floor_v
        start = floor(all_cells * (one - scale * scale) + half)
        whole[TEXEL + i] = np.int32(start + floor_v * width + floor_u)
        # to the cells above; those at the tile's upper and right border have no share in what is read beyond it
        whole[STEP_BELOW + i] = np.int32(width)
    directory, tiles, bytes_of_tile = shadow.directory.reshape(-1), shadow.tiles.reshape(-1), shadow.tiles.shape[1]
    sunny = np.int32(-1)
    for i in range(count):
        number = whole[TEXELS + i]
        tile = directory[np.uint32(number)] if number >= 0 else np.int32(-1)
        if tile < 0:
            whole[TEXELS + i] = sunny
            continue
        first = np.uint64(np.uint32(tile)) * np.uint64(bytes_of_tile) + np.uint64(np.uint32(whole[TEXEL + i]))
        lower, upper = read_pair(tiles, first), read_pair(tiles, first + np.uint64(np.uint32(whole[STEP_BELOW + i])))
        whole[TEXELS + i] = lower | upper << np.int32(16)
    for i in range(SIZE):
        real[SUNLIT + i] *= between_bytes(whole[TEXELS + i], real[TEXEL_RIGHT + i], real[TEXEL_BELOW + i])


@step
def light_ground(packet: Packet, light: Light) -> None:
    """Light the colours; the air before them comes later (see `air`)."""
    real = packet.real
    ambient_red, ambient_green, ambient_blue = light.ambient
    level_red, level_green, level_blue = light.ground
    sun_red, sun_green, sun_blue = level_red - ambient_red, level_green - ambient_green, level_blue - ambient_blue
    for i in range(SIZE):
        sun = real[SUNLIT + i]
        real[RED + i] *= ambient_red + sun * sun_red
        real[GREEN + i] *= ambient_green + sun * sun_green
        real[BLUE + i] *= ambient_blue + sun * sun_blue
