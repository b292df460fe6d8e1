"""Draws one card: a picture of light and alpha, filtered by the size of the pixel, hidden by what is nearer."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner, step
from simulator.embedded.render.air import haze_colour, haze_share
from simulator.embedded.render.atlas import Atlas
from simulator.embedded.render.boxes import Window
from simulator.embedded.render.cards import (
    BACK,
    COSINE,
    FARTHEST,
    FIXED,
    HEIGHT,
    MIRROR,
    PICTURE,
    SHADE,
    SHINE,
    SINE,
    TAG,
    WIDTH,
    X,
    Y,
    Z,
)
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.frame import Canvas
from simulator.embedded.render.headlights import lamp_light
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import View

# nearer than this nothing is drawn [m]
NEAREST = 0.6
# a card is drawn at least so wide and high, and the fainter [px]
_LEAST = 1.5
# over the last part of the way to where it is not seen any more a card fades
_FADE = 0.25
# pixels that let less through are finished; they are counted in blocks of so many rows and columns
SHUT, BLOCK = float32(0.03), 8
# a pixel's tag and depth are those of the card that leaves less than this of what is behind
_MOSTLY = float32(0.6)
_FULL = float32(1.0 / (255.0 * 256.0))

Triple = tuple[float, float, float]


class Standing(NamedTuple):
    """A card in the picture: pixel = foot + u * across + v * up, u from -0.5 to 0.5, v from 0 to 1.

    depth: [m], 0 if it can't be seen. faint: what its light and alpha are multiplied by. front: whether its front is
    seen. right: cosine and sine of where its right side points; distance: from the lens [m].
    """

    depth: float
    column: float
    row: float
    across_x: float
    across_y: float
    up_x: float
    up_y: float
    faint: float
    front: bool
    right: tuple[float, float]
    distance: float


@inner
def nothing_to_see() -> Standing:
    """Give a card that can't be seen."""
    return Standing(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, True, (1.0, 0.0), 1.0)


@inner
def see(view: View, x: float, y: float, z: float, depth: float) -> tuple[float, float]:
    """Give column and row of a point x, y, z from the lens [m]; depth: its own [m]."""
    across = view.fx * view.fx * (x * view.right[0] + y * view.right[1] + z * view.right[2])
    down = view.fy * view.fy * (x * view.down[0] + y * view.down[1] + z * view.down[2])
    return view.cx + across / depth, view.cy + down / depth


@step
def stand(card: NDArray[np.float64], view: View) -> Standing:
    """Find where in the picture a card stands."""
    dx, dy, dz = card[X] - view.x, card[Y] - view.y, card[Z] - view.z
    level = max(np.sqrt(dx * dx + dy * dy), 1e-6)
    distance = np.sqrt(level * level + dz * dz)
    depth = dx * view.forward[0] + dy * view.forward[1] + dz * view.forward[2]
    if depth < NEAREST or distance > card[FARTHEST]:
        return nothing_to_see()
    front = True
    right_x, right_y = dy / level, -dx / level
    if card[FIXED] > 0.0:
        front = card[COSINE] * dx + card[SINE] * dy < 0.0
        turn = 1.0 if front else -1.0
        right_x, right_y = -turn * card[SINE], turn * card[COSINE]
    # seen from above, a card leans back, as a crown has a top too
    lean = clamp((-dz / distance - 0.25) / 0.75, 0.0, 1.0)
    height = card[HEIGHT]
    top_x, top_y = dx + lean * height * dx / level, dy + lean * height * dy / level
    top_z = dz + height * (1.0 - 0.7 * lean)
    top_depth = top_x * view.forward[0] + top_y * view.forward[1] + top_z * view.forward[2]
    if top_depth < NEAREST:
        return nothing_to_see()
    column = view.cx + view.fx * view.fx * (dx * view.right[0] + dy * view.right[1] + dz * view.right[2]) / depth
    row = view.cy + view.fy * view.fy * (dx * view.down[0] + dy * view.down[1] + dz * view.down[2]) / depth
    top = (
        view.cx
        + view.fx * view.fx * (top_x * view.right[0] + top_y * view.right[1] + top_z * view.right[2]) / top_depth
    )
    top_row = (
        view.cy + view.fy * view.fy * (top_x * view.down[0] + top_y * view.down[1] + top_z * view.down[2]) / top_depth
    )
    wide = card[WIDTH] / depth
    across_x = wide * view.fx * view.fx * (right_x * view.right[0] + right_y * view.right[1])
    across_y = wide * view.fy * view.fy * (right_x * view.down[0] + right_y * view.down[1])
    up_x, up_y = top - column, top_row - row
    faint = clamp((card[FARTHEST] - distance) / (_FADE * card[FARTHEST]), 0.0, 1.0)
    width, tall = np.sqrt(across_x * across_x + across_y * across_y), np.sqrt(up_x * up_x + up_y * up_y)
    if width < _LEAST:
        faint *= width / _LEAST
        stretch = _LEAST / max(width, 1e-6)
        across_x, across_y = across_x * stretch, across_y * stretch
    if tall < _LEAST:
        faint *= tall / _LEAST
        stretch = _LEAST / max(tall, 1e-6)
        up_x, up_y = up_x * stretch, up_y * stretch
    return Standing(
        depth, column, row, across_x, across_y, up_x, up_y, float(faint), front, (right_x, right_y), distance
    )


@inner
def light_card(
    card: NDArray[np.float64], at: Standing, light: Light, pool: FloatImage, view: View
) -> tuple[Triple, Triple]:
    """Give the light on a card's middle, and what is added to it per share of its width towards its right side."""
    dx, dy = card[X] - view.x, card[Y] - view.y
    level = max(np.sqrt(dx * dx + dy * dy), 1e-6)
    toward = -(dx * light.sun[0] + dy * light.sun[1]) / level
    aside = at.right[0] * light.sun[0] + at.right[1] * light.sun[1]
    if card[SHINE] == 1.0:
        # a crown: part of it is lit from the side, and leaves let light through
        sun = 0.44 + 0.26 * toward + 0.18 * light.sun[2]
        slope = clamp(0.7 * aside, -1.6 * sun, 1.6 * sun)
        sky = 0.72
    else:
        sun = 0.12 + 0.8 * max(toward, 0.0)
        slope = 0.0
        sky = 0.62
    lamps = 0.0
    if light.beam > 0.0:
        ahead = dx * view.heading[0] + dy * view.heading[1]
        lamps = 0.7 * card[SHINE] * light.beam * lamp_light(pool, ahead, dy * view.heading[0] - dx * view.heading[1])
    bright = card[SHADE]
    middle = (
        bright * (sky * light.ambient[0] + sun * light.sunlight[0] + lamps),
        bright * (sky * light.ambient[1] + sun * light.sunlight[1] + 0.96 * lamps),
        bright * (sky * light.ambient[2] + sun * light.sunlight[2] + 0.85 * lamps),
    )
    slope *= bright
    return middle, (slope * light.sunlight[0], slope * light.sunlight[1], slope * light.sunlight[2])


class Layer(NamedTuple):
    """What is drawn before the ground, from the nearest to the farthest. All is reset when it is laid over the ground.

    light: (height, width, 4) float32: blue, green, red, and how much of what is behind still shows. card: (height,
    width) int32, the card that hides enough of what is behind to stand for the pixel, or -1. shut: (blocks down, blocks across) int32, how
    many pixels of each block of 8 x 8 let nothing through. rows: (2,) int32, the first and the last row drawn on.
    """

    light: FloatImage
    card: NDArray[np.int32]
    shut: NDArray[np.int32]
    rows: NDArray[np.int32]


def make_layer(height: int, width: int) -> Layer:
    """Make a layer on which nothing is drawn."""
    light = np.zeros((height, width, 4), np.float32)
    light[:, :, 3] = 1.0
    card = np.full((height, width), -1, np.int32)
    shut = np.zeros((-(-height // BLOCK), -(-width // BLOCK)), np.int32)
    return Layer(light, card, shut, np.array([height, -1], np.int32))


class Texture(NamedTuple):
    """Where the texels of a card are.

    first: the first one. across, down: how many there are. first_span: of the version. a, b: the place of each pixel,
    in texels from the middle of the border's upper left corner: start + column * by_column + row * by_row.
    """

    first: int
    across: int
    down: int
    first_span: int
    a_start: float
    a_by_column: float
    a_by_row: float
    b_start: float
    b_by_column: float
    b_by_row: float


class Shine(NamedTuple):
    """What the texels are multiplied by: middle, and per texel a from the left; alpha is multiplied by veil."""

    red: np.float32
    green: np.float32
    blue: np.float32
    red_by_a: np.float32
    green_by_a: np.float32
    blue_by_a: np.float32
    veil_red: np.float32
    veil_green: np.float32
    veil_blue: np.float32
    faint: np.float32
    depth: np.float32


@inner
def find_texture(card: NDArray[np.float64], at: Standing, atlas: Atlas) -> Texture:
    """Choose the version of a card's picture whose texels are about as large as pixels, and how pixels lie on it."""
    determinant = at.across_x * at.up_y - at.across_y * at.up_x
    determinant = determinant if abs(determinant) > 1e-6 else 1e-6
    tall = np.sqrt(at.up_x * at.up_x + at.up_y * at.up_y)
    picture = int(card[PICTURE]) if at.front else int(card[BACK])
    version = int(2.0 * np.log2(atlas.levels[picture, 0, 2] / tall) + 0.5) if tall < atlas.levels[picture, 0, 2] else 0
    version = min(version, int(atlas.smallest[picture]))
    across, down = int(atlas.levels[picture, version, 1]), int(atlas.levels[picture, version, 2])
    scale_u = (card[MIRROR] if at.front else 1.0) * across / determinant
    scale_v = -down / determinant
    a_by_column, a_by_row = scale_u * at.up_y, -scale_u * at.up_x
    b_by_column, b_by_row = -scale_v * at.across_y, scale_v * at.across_x
    return Texture(
        int(atlas.levels[picture, version, 0]),
        across,
        down,
        int(atlas.levels[picture, version, 3]),
        0.5 * across + 0.5 - at.column * a_by_column - at.row * a_by_row,
        a_by_column,
        a_by_row,
        down + 0.5 - at.column * b_by_column - at.row * b_by_row,
        b_by_column,
        b_by_row,
    )


@inner
def find_window(at: Standing, texture: Texture, height: int, width: int) -> Window:
    """Find the part of a picture that a card can cover; half a texel of its border reaches beyond it."""
    edge_u, edge_v = 0.5 + 0.5 / texture.across, 0.5 / texture.down
    reach_x, reach_y = edge_u * abs(at.across_x), edge_u * abs(at.across_y)
    low_x, high_x = min(-edge_v * at.up_x, (1.0 + edge_v) * at.up_x), max(-edge_v * at.up_x, (1.0 + edge_v) * at.up_x)
    low_y, high_y = min(-edge_v * at.up_y, (1.0 + edge_v) * at.up_y), max(-edge_v * at.up_y, (1.0 + edge_v) * at.up_y)
    return Window(
        max(int(np.ceil(clamp(at.row + low_y - reach_y, -1.0, 1e5))), 0),
        min(int(np.floor(clamp(at.row + high_y + reach_y, -1.0, 1e5))), height - 1),
        max(int(np.ceil(clamp(at.column + low_x - reach_x, -1.0, 1e5))), 0),
        min(int(np.floor(clamp(at.column + high_x + reach_x, -1.0, 1e5))), width - 1),
    )


@inner
def is_shut(layer: Layer, window: Window) -> bool:
    """Tell whether nothing can be seen any more through all blocks of a window."""
    for i in range(window.top // BLOCK, window.bottom // BLOCK + 1):
        for j in range(window.left // BLOCK, window.right // BLOCK + 1):
            if layer.shut[i, j] < BLOCK * BLOCK:
                return False
    return True


@inner
def find_shine(
    card: NDArray[np.float64], at: Standing, texture: Texture, light: Light, pool: FloatImage, view: View
) -> Shine:
    """Work out how the light on a card, the air before it and its fading change its picture."""
    middle, slope = light_card(card, at, light, pool, view)
    air = haze_share(light, at.distance)
    far = haze_colour(light, card[X] - view.x, card[Y] - view.y)
    clear, veil = (1.0 - air) * at.faint, air * at.faint
    per_texel = (card[MIRROR] if at.front else 1.0) / texture.across
    half = 0.5 * (texture.across + 1)
    return Shine(
        float32(clear * (middle[0] - half * per_texel * slope[0])),
        float32(clear * (middle[1] - half * per_texel * slope[1])),
        float32(clear * (middle[2] - half * per_texel * slope[2])),
        float32(clear * per_texel * slope[0]),
        float32(clear * per_texel * slope[1]),
        float32(clear * per_texel * slope[2]),
        float32(far[0] * veil),
        float32(far[1] * veil),
        float32(far[2] * veil),
        float32(at.faint),
        float32(at.depth),
    )


@inner
def look_up(texels: NDArray[np.uint64], start: int, stride: int, right: int, below: int) -> np.uint64:
    """Mix four texels by sixteenths; each lane of the result is 256 times as large as theirs."""
    mixed: np.uint64 = (
        texels[start] * np.uint64((16 - right) * (16 - below))
        + texels[start + 1] * np.uint64(right * (16 - below))
        + texels[start + stride] * np.uint64((16 - right) * below)
        + texels[start + stride + 1] * np.uint64(right * below)
    )
    return mixed


@step
def draw_block(
    number: int,
    texture: Texture,
    shine: Shine,
    window: Window,
    atlas: Atlas,
    depths: FloatImage,
    layer: Layer,
) -> int:
    """Draw the part of a card within one block; tells how many pixels it shut."""
    first, across, down, stride = texture.first, texture.across, texture.down, texture.across + 2
    lights, one = layer.light, float32(1.0)
    texels = atlas.texels
    # in a picture that is not rolled a row of pixels lies along a row of texels
    upright = abs(texture.b_by_column) * (window.right - window.left) < 1e-3
    shut = 0
    for row in range(window.top, window.bottom + 1):
        a_row = texture.a_start + row * texture.a_by_row
        b_row = texture.b_start + row * texture.b_by_row
        left, right = window.left, window.right
        if upright:
            j = int(b_row)
            if b_row < 0.0 or j > down:
                continue
            low, high = atlas.spans[texture.first_span + j, 0], atlas.spans[texture.first_span + j, 1]
            one_end, other_end = (low - a_row) / texture.a_by_column, (high - a_row) / texture.a_by_column
            left = max(left, int(np.ceil(clamp(min(one_end, other_end), -1.0, 1e5))))
            right = min(right, int(np.floor(clamp(max(one_end, other_end), -1.0, 1e5))))
        for column in range(left, right + 1):
            through = lights[row, column, 3]
            if through < SHUT or depths[row, column] <= shine.depth:
                continue
            a = a_row + column * texture.a_by_column
            b = b_row + column * texture.b_by_column
            if a < 0.0 or b < 0.0 or a >= across + 1 or b >= down + 1:
                continue
            i, j = int(a), int(b)
            texel = look_up(texels, first + j * stride + i, stride, int((a - i) * 16.0), int((b - j) * 16.0))
            alpha = float32(np.int32(texel >> np.uint64(48))) * _FULL
            if alpha < float32(0.004):
                continue
            red = float32(np.int32(texel & np.uint64(0xFFFF))) * _FULL
            green = float32(np.int32((texel >> np.uint64(16)) & np.uint64(0xFFFF))) * _FULL
            blue = float32(np.int32((texel >> np.uint64(32)) & np.uint64(0xFFFF))) * _FULL
            aside, veil = float32(a), through * alpha
            red, green, blue = through * red * red, through * green * green, through * blue * blue
            lights[row, column, 0] += blue * (shine.blue + aside * shine.blue_by_a) + veil * shine.veil_blue
            lights[row, column, 1] += green * (shine.green + aside * shine.green_by_a) + veil * shine.veil_green
            lights[row, column, 2] += red * (shine.red + aside * shine.red_by_a) + veil * shine.veil_red
            still = through * (one - alpha * shine.faint)
            lights[row, column, 3] = still
            if still < _MOSTLY <= through:
                layer.card[row, column] = number
            if still < SHUT:
                shut += 1
    return shut


@step
def draw_card(
    number: int,
    cards: NDArray[np.float64],
    view: View,
    light: Light,
    pool: FloatImage,
    atlas: Atlas,
    depths: FloatImage,
    layer: Layer,
) -> None:
    """Draw a card behind those that are drawn, where it is before the ground. depths: of the ground [m]."""
    card = cards[number]
    at = stand(card, view)
    if at.depth <= 0.0:
        return
    texture = find_texture(card, at, atlas)
    height, width = depths.shape
    window = find_window(at, texture, height, width)
    if window.left > window.right or window.top > window.bottom or is_shut(layer, window):
        return
    shine = find_shine(card, at, texture, light, pool, view)
    layer.rows[0], layer.rows[1] = min(layer.rows[0], window.top), max(layer.rows[1], window.bottom)
    for i in range(window.top // BLOCK, window.bottom // BLOCK + 1):
        for j in range(window.left // BLOCK, window.right // BLOCK + 1):
            if layer.shut[i, j] == BLOCK * BLOCK:
                continue
            part = Window(
                max(window.top, i * BLOCK),
                min(window.bottom, i * BLOCK + BLOCK - 1),
                max(window.left, j * BLOCK),
                min(window.right, j * BLOCK + BLOCK - 1),
            )
            layer.shut[i, j] += draw_block(number, texture, shine, part, atlas, depths, layer)


@step
def lay_over(layer: Layer, cards: NDArray[np.float64], view: View, canvas: Canvas) -> None:
    """Lay the layer over the ground, and reset it."""
    lights, colours = layer.light, canvas.light
    zero, one = float32(0.0), float32(1.0)
    for row in range(layer.rows[0], layer.rows[1] + 1):
        for column in range(lights.shape[1]):
            through = lights[row, column, 3]
            if through == one:
                continue
            for channel in range(3):
                colours[row, column, channel] = colours[row, column, channel] * through + lights[row, column, channel]
                lights[row, column, channel] = zero
            lights[row, column, 3] = one
            number = int(layer.card[row, column])
            if number >= 0:
                dx, dy, dz = cards[number, X] - view.x, cards[number, Y] - view.y, cards[number, Z] - view.z
                canvas.depth[row, column] = dx * view.forward[0] + dy * view.forward[1] + dz * view.forward[2]
                canvas.tag[row, column] = int(cards[number, TAG])
                layer.card[row, column] = -1
    layer.shut[:] = 0
    layer.rows[0], layer.rows[1] = lights.shape[0], -1
