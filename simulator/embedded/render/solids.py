"""What houses and guard rails are made of: rows of solids, ready to be drawn."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import shapes
from simulator.embedded.scenery.things import BLOCK, HOUSE, RAIL, Things, tags_of

# columns of a solid: its middle, its x, y and z axes in the world, half sizes, two colours, shape, a number that no
# other one nearby has (for what differs between houses), semantic tag, instance, from where on it is not seen [m],
# height of the ground at its foot [m]
MIDDLE, AXIS_X, AXIS_Y, AXIS_Z, HALF, COLOUR, SECOND = 0, 3, 6, 9, 12, 15, 18
SHAPE, SEED, TAG, INSTANCE, FARTHEST, FOOT, COLUMNS = range(21, 28)

Rows = NDArray[np.float64]
_WALLS = np.array(
    [
        [0.62, 0.58, 0.50],
        [0.58, 0.50, 0.36],
        [0.34, 0.12, 0.08],
        [0.50, 0.49, 0.47],
        [0.64, 0.48, 0.38],
        [0.36, 0.40, 0.34],
    ]
)
_ROOFS = np.array([[0.28, 0.08, 0.045], [0.20, 0.075, 0.05], [0.06, 0.06, 0.065], [0.13, 0.10, 0.085]])
_WOOD, _STONE, _STEEL = (0.14, 0.085, 0.05), (0.25, 0.24, 0.23), (0.34, 0.36, 0.37)
_SNOW = (0.74, 0.77, 0.82)
# houses go down so far into the ground, since that may slope; the eaves stick out; how steep roofs are
_CELLAR, _EAVES, _PITCH = 1.5, 0.45, 0.62
_SHED, _BARN, _BLOCK_OF_FLATS = 5, 4, 3
_HOUSE_REACH, _RAIL_REACH = 420.0, 150.0


def _stand(things: Things, count: int) -> Rows:
    """Make `count` rows for each thing, upright, with its heading, tag and number; (count, N, COLUMNS)."""
    rows = np.zeros((count, len(things), COLUMNS))
    cosine, sine = np.cos(things["heading"]), np.sin(things["heading"])
    rows[..., MIDDLE], rows[..., MIDDLE + 1], rows[..., MIDDLE + 2] = things["x"], things["y"], things["z"]
    rows[..., FOOT] = things["z"]
    rows[..., AXIS_X], rows[..., AXIS_X + 1] = cosine, sine
    rows[..., AXIS_Y], rows[..., AXIS_Y + 1] = -sine, cosine
    rows[..., AXIS_Z + 2] = 1.0
    rows[..., TAG], rows[..., INSTANCE], rows[..., SEED] = tags_of(things), things["id"] & 0xFFFF, things["id"] % 1021
    return rows


def _set_part(rows: Rows, shape: int, size: tuple[Rows, Rows], low: Rows, high: Rows) -> None:
    """Set shape, length and width, and lower and upper end above the thing's foot [m]."""
    rows[:, SHAPE] = shape
    rows[:, HALF], rows[:, HALF + 1], rows[:, HALF + 2] = size[0] / 2, size[1] / 2, (high - low) / 2
    rows[:, MIDDLE + 2] += (high + low) / 2


def _houses(things: Things, winter: bool) -> Rows:
    """Make walls, roof and chimney of each house."""
    rows = _stand(things, 3)
    length, width, height = (things[name].astype(float) for name in ("length", "width", "height"))
    seed, variant = things["id"].astype(np.int64) * 40503 % 1009, things["variant"]
    wall = _WALLS[seed % len(_WALLS)] * (0.85 + 0.3 * things["shade"][:, None])
    wall[variant == _SHED] = _WOOD
    wall[variant == _BARN] = np.where(seed[variant == _BARN, None] % 2 == 0, np.array(_WOOD), np.array(_WALLS[2]))
    roof = np.broadcast_to(_SNOW, wall.shape) if winter else _ROOFS[seed // 7 % len(_ROOFS)]
    rise = np.where(variant == _BLOCK_OF_FLATS, 0.28, _PITCH) * (0.5 * width + _EAVES)
    rows[:, :, COLOUR : COLOUR + 3], rows[:, :, SECOND : SECOND + 3] = wall, roof
    _set_part(rows[0], shapes.WALLS, (length, width), 0 * height - _CELLAR, height)
    _set_part(rows[1], shapes.GABLE, (length + _EAVES, width + 2 * _EAVES), height - _EAVES * 0.6, height + rise)
    rows[1, (seed % 5 == 0) | (variant == _BLOCK_OF_FLATS), SHAPE] = shapes.HIP
    rows[1, :, COLOUR : COLOUR + 3] = 0.8 * wall
    _set_part(rows[2], shapes.BOX, (0 * length + 0.6, 0 * length + 0.6), height, height + rise + 0.6)
    rows[2, :, MIDDLE] += 0.22 * length * rows[2, :, AXIS_X]
    rows[2, :, MIDDLE + 1] += 0.22 * length * rows[2, :, AXIS_X + 1]
    rows[2, :, COLOUR : COLOUR + 3] = _STONE
    rows[..., FARTHEST] = _HOUSE_REACH
    with_chimney = np.isin(variant, (0, 1, 2))
    return np.concatenate([rows[0], rows[1], rows[2][with_chimney]])


def _rails(things: Things) -> Rows:
    """Make a beam and a post of each piece of rail."""
    rows = _stand(things, 2)
    length, nothing = things["length"].astype(float), np.zeros(len(things))
    rows[:, :, COLOUR : COLOUR + 3] = _STEEL
    _set_part(rows[0], shapes.BEAM, (length, nothing + 0.1), nothing + 0.44, nothing + 0.76)
    _set_part(rows[1], shapes.BOX, (nothing + 0.12, nothing + 0.12), nothing - 0.5, nothing + 0.7)
    rows[..., FARTHEST], rows[1, :, FARTHEST] = _RAIL_REACH, 0.5 * _RAIL_REACH
    return np.concatenate([rows[0], rows[1]])


def _blocks(things: Things) -> Rows:
    """Make a plain box of each other thing."""
    rows = _stand(things, 1)
    length, width, height = (things[name].astype(float) for name in ("length", "width", "height"))
    rows[..., COLOUR : COLOUR + 3], rows[..., FARTHEST] = _STONE, _HOUSE_REACH
    _set_part(rows[0], shapes.BOX, (length, width), 0 * height - 0.3, height)
    blocks: Rows = rows[0]
    return blocks


def make_solids(things: Things, winter: bool) -> Rows:
    """Make the solids (N, COLUMNS) of all things that have walls."""
    kind = things["kind"]
    return np.concatenate(
        [_houses(things[kind == HOUSE], winter), _rails(things[kind == RAIL]), _blocks(things[kind == BLOCK])]
    )
