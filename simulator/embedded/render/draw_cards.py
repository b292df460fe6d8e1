"""Draws one card: a picture of light and alpha, filtered by the size of the pixel, hidden by what is nearer."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner, step
from simulator.embedded.render.air import Air
from simulator.embedded.render.atlas import Atlas
from simulator.embedded.render.boxes import Window
from simulator.embedded.render.cards import BACK, MIRROR, PICTURE
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import Lights
from simulator.embedded.render.layer import BLOCK, MOSTLY, SHUT, Layer
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.shine import Shine, find_shine
from simulator.embedded.render.standing import Standing, stand
from simulator.embedded.render.view import View

_FULL = float32(1.0 / (255.0 * 256.0))
_ONE, _TWO, _THREE, _LANE = (np.uint64(value) for value in (1, 2, 3, 0xFFFF))


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
def look_up(texels: NDArray[np.uint64], start: np.uint64, stride: np.uint64, right: int, below: int) -> np.uint64:
    """Mix four texels by sixteenths; each lane of the result is 256 times as large as theirs."""
    mixed: np.uint64 = (
        texels[start] * np.uint64((16 - right) * (16 - below))
        + texels[start + _ONE] * np.uint64(right * (16 - below))
        + texels[start + stride] * np.uint64((16 - right) * below)
        + texels[start + stride + _ONE] * np.uint64(right * below)
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
    across, down, stride = texture.across, texture.down, np.uint64(texture.across + 2)
    # places in them are unsigned, so that no code asks whether they count from the end
    lights, flat_depths, texels, one = layer.light.reshape(-1), depths.reshape(-1), atlas.texels, float32(1.0)
    # in a picture that is not rolled a row of pixels lies along a row of texels
    upright = abs(texture.b_by_column) * (window.right - window.left) < 1e-3
    a_step, b_step, shut = 16.0 * texture.a_by_column, 16.0 * texture.b_by_column, 0
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
        a_row, b_row = 16.0 * a_row, 16.0 * b_row
        for column in range(left, right + 1):
            pixel = np.uint64(row * depths.shape[1] + column)
            place = pixel << _TWO
            through = lights[place + _THREE]
            if through < SHUT or flat_depths[pixel] <= shine.depth:
                continue
            # in sixteenths of texels
            a, b = int(a_row + column * a_step), int(b_row + column * b_step)
            if a < 0 or b < 0 or a >= 16 * across + 16 or b >= 16 * down + 16:
                continue
            start = np.uint64(texture.first + (b >> 4) * (across + 2) + (a >> 4))
            texel = look_up(texels, start, stride, a & 15, b & 15)
            alpha = float32(np.int32(texel >> np.uint64(48))) * _FULL
            if alpha < float32(0.004):
                continue
            red = float32(np.int32(texel & _LANE)) * _FULL
            green = float32(np.int32((texel >> np.uint64(16)) & _LANE)) * _FULL
            blue = float32(np.int32((texel >> np.uint64(32)) & _LANE)) * _FULL
            aside, veil = float32(a) * float32(1 / 16), through * alpha
            red, green, blue = through * red * red, through * green * green, through * blue * blue
            lights[place] += blue * (shine.blue + aside * shine.blue_by_a) + veil * shine.veil_blue
            lights[place + _ONE] += green * (shine.green + aside * shine.green_by_a) + veil * shine.veil_green
            lights[place + _TWO] += red * (shine.red + aside * shine.red_by_a) + veil * shine.veil_red
            still = through * (one - alpha * shine.faint)
            lights[place + _THREE] = still
            if still < MOSTLY <= through:
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
    air: Air,
    lights: Lights,
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
    shine = find_shine(card, at, texture.across, light, air, lights, view)
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
