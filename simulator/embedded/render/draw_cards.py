"""Draws one card: a picture of light and alpha, filtered by the size of the pixel, hidden by what is nearer."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render.air import Air
from simulator.embedded.render.atlas import Atlas
from simulator.embedded.render.boxes import Window
from simulator.embedded.render.cards import BACK, MIRROR, PICTURE
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import Lights
from simulator.embedded.render.lanes import blend, lowest
from simulator.embedded.render.layer import ALL_OPEN, MOSTLY, SHUT, Layer
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.shine import find_shine
from simulator.embedded.render.standing import Standing, stand
from simulator.embedded.render.view import View

_NONE, _ONE, _THREE, _FOUR = np.uint64(0), np.uint64(1), np.uint64(3), np.uint64(4)
# places between texels are counted in whole numbers of 2^-_BITS on the way along a row
_BITS = 30
_FINE, _FINEST, _PART = 2.0**_BITS, float32(2.0**-_BITS), 2**_BITS - 1
# how far within the border's outermost texels a pixel must lie [texels]
_MARGIN = 1 / 64


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
def ends(low: float, high: float, start: float, inverse: float, left: int, right: int) -> tuple[int, int]:
    """Give the first and the last column, from left to right, in which start + column / inverse is in [low, high]."""
    one_end, other_end = (low - start) * inverse, (high - start) * inverse
    first = max(left, int(np.ceil(clamp(min(one_end, other_end), -1.0, 1e5))))
    last = min(right, int(np.floor(clamp(max(one_end, other_end), -1.0, 1e5))))
    return first, last


@inner
def invert(step: float) -> float:
    """Give 1 / step, but no more than what still makes all columns lie on one side, if there is hardly a step."""
    return 1.0 / step if abs(step) > 1e-9 else 1e9


class Way(NamedTuple):
    """Where 64 pixels of a row lie on a card's picture.

    pixel: the first one's number. ahead: its columns after the row's first one, of which a, b are the place, in
    2^-_BITS texels from the middle of the border's upper left one; a_step, b_step: to the next pixel.
    """

    pixel: int
    ahead: int
    a: int
    a_step: int
    b: int
    b_step: int


@inner
def fill_open(
    number: int,
    bits: np.uint64,
    way: Way,
    texture: Texture,
    depth: float32,
    atlas: Atlas,
    depths: FloatImage,
    cards: NDArray[np.int32],
    lights: FloatImage,
    shine: NDArray[np.float32],
) -> np.uint64:
    """Draw a card's pixels whose bits are set; gives the bits of those where nothing behind the card can show."""
    shut, first, stride = _NONE, np.uint64(texture.first), np.uint64(texture.across + 2)
    while bits != _NONE:
        place = lowest(bits)
        bits &= bits - _ONE
        pixel = np.uint64(way.pixel + np.int64(place))
        if depths[pixel] <= depth:
            # what comes after this card is behind the ground too
            shut |= _ONE << place
            continue
        through = lights[pixel * _FOUR + _THREE]
        after = way.ahead + np.int64(place)
        a, b = way.a + after * way.a_step, way.b + after * way.b_step
        texel = first + np.uint64(b >> _BITS) * stride + np.uint64(a >> _BITS)
        a_part, b_part = float32(np.int32(a & _PART)) * _FINEST, float32(np.int32(b & _PART)) * _FINEST
        aside = float32(np.int32(a >> _BITS)) + a_part
        still = blend(lights, pixel, atlas.texels, texel, stride, a_part, b_part, through, aside, shine)
        # in numbers, since a branch here would be guessed wrong for each leaf
        mostly = np.int32(still < MOSTLY) & np.int32(through >= MOSTLY)
        cards[pixel] += (np.int32(number) - cards[pixel]) * mostly
        shut |= np.uint64(still < SHUT) << place
    return shut


@inner
def fill(
    number: int,
    texture: Texture,
    depth: float32,
    window: Window,
    atlas: Atlas,
    depths: FloatImage,
    layer: Layer,
) -> None:
    """Draw a card's pixels, row by row, where its texels are not empty. depth: the card's [m]."""
    across, down, width = texture.across, texture.down, depths.shape[1]
    # places in them are unsigned, so that no code asks whether they count from the end
    lights, flat_depths, cards = layer.light.reshape(-1), depths.reshape(-1), layer.card.reshape(-1)
    are_open, words = layer.open.reshape(-1), layer.open.shape[1]
    a_inverse, b_inverse = invert(texture.a_by_column), invert(texture.b_by_column)
    a_most, b_most = across + 1.0 - _MARGIN, down + 1.0 - _MARGIN
    # in a picture that is not rolled a row of pixels lies along a row of texels
    upright = abs(texture.b_by_column) * (window.right - window.left) < 1e-3
    a_step = int(_FINE * texture.a_by_column)
    b_step = 0 if upright else int(_FINE * texture.b_by_column)
    for row in range(window.top, window.bottom + 1):
        a_row = texture.a_start + row * texture.a_by_row
        b_row = texture.b_start + row * texture.b_by_row
        low, high, left, right = 0.0, a_most, window.left, window.right
        if upright:
            if b_row < 0.0 or b_row > b_most:
                continue
            j = texture.first_span + int(b_row)
            low, high = float(atlas.spans[j, 0]), float(atlas.spans[j, 1])
        else:
            left, right = ends(0.0, b_most, b_row, b_inverse, left, right)
        left, right = ends(low, high, a_row, a_inverse, left, right)
        if left > right:
            continue
        a = max(int(_FINE * (a_row + left * texture.a_by_column)), 0)
        b = max(int(_FINE * (b_row + (0.0 if upright else left * texture.b_by_column))), 0)
        for k in range(left >> 6, (right >> 6) + 1):
            # only the pixels that are open, found by their bits
            word, start = np.uint64(row * words + k), k << 6
            bits = are_open[word] & (ALL_OPEN << np.uint64(max(left - start, 0)))
            bits &= ALL_OPEN >> np.uint64(max(start + 63 - right, 0))
            way = Way(row * width + start, start - left, a, a_step, b, b_step)
            shut = fill_open(number, bits, way, texture, depth, atlas, flat_depths, cards, lights, layer.shine)
            are_open[word] &= ~shut


@inner
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
    window = find_window(at, texture, depths.shape[0], depths.shape[1])
    if window.left > window.right or window.top > window.bottom:
        return
    find_shine(card, at, texture.across, light, air, lights, view, layer.shine)
    layer.rows[0], layer.rows[1] = min(layer.rows[0], window.top), max(layer.rows[1], window.bottom)
    fill(number, texture, float32(at.depth), window, atlas, depths, layer)
