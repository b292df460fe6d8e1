"""The kinds of things that stand in the world, and the table that lists them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# one row per thing. x, y, z: of its foot's middle [m]. heading: of its front [rad]. length, width: along and across the
# heading [m]; height [m]. variant: which of its kind's looks; shade: 0 to 1, how light or otherwise different.
DTYPE: Final = np.dtype(
    [
        ("id", np.int64),
        ("kind", np.int16),
        ("variant", np.int16),
        ("x", np.float64),
        ("y", np.float64),
        ("z", np.float64),
        ("heading", np.float32),
        ("length", np.float32),
        ("width", np.float32),
        ("height", np.float32),
        ("shade", np.float32),
    ]
)
Things = NDArray[np.void]


class Kind(NamedTuple):
    """A kind of thing.

    name: as in an environment object's name. tag: CARLA 0.9.16's, see carla.CityObjectLabel. core: radius of the part
    that stops a car [m], 0 for none, -1 for its whole box. variants: how many looks it has.
    """

    name: str
    tag: int
    core: float
    variants: int


VEGETATION, POLES, SIGNS, BUILDINGS, FENCES, STATIC, GUARD_RAIL = 9, 6, 8, 3, 5, 20, 28
# numbers of the kinds, rows of KINDS
BIRCH, OAK, LIME, POPLAR, SPRUCE, PINE, BUSH = range(7)
DELINEATOR, SPEED_SIGN, CURVE_SIGN, LAMP, HOUSE, RAIL, CHEVRON, BLOCK = range(7, 15)
KINDS: Final[tuple[Kind, ...]] = (
    Kind("Birch", VEGETATION, 0.15, 2),
    Kind("Oak", VEGETATION, 0.35, 2),
    Kind("Lime", VEGETATION, 0.3, 2),
    Kind("Poplar", VEGETATION, 0.25, 1),
    Kind("Spruce", VEGETATION, 0.25, 2),
    Kind("Pine", VEGETATION, 0.22, 2),
    Kind("Bush", VEGETATION, 0.0, 3),
    Kind("Delineator", POLES, 0.0, 1),
    Kind("SpeedSign", SIGNS, 0.05, 5),
    Kind("CurveSign", SIGNS, 0.05, 2),
    Kind("StreetLamp", POLES, 0.09, 1),
    Kind("House", BUILDINGS, -1.0, 6),
    Kind("GuardRail", GUARD_RAIL, -1.0, 1),
    Kind("Chevron", SIGNS, 0.05, 2),
    Kind("Object", STATIC, -1.0, 1),
)
TREES: Final = (BIRCH, OAK, LIME, POPLAR, SPRUCE, PINE)


def make_things(count: int, kind: int = 0) -> Things:
    """Make a table of `count` things of one kind, all else 0."""
    things = np.zeros(count, DTYPE)
    things["kind"] = kind
    return things


def tags_of(things: Things) -> NDArray[np.uint8]:
    """Give the semantic tag of each thing."""
    tags: NDArray[np.uint8] = np.array([kind.tag for kind in KINDS], np.uint8)[things["kind"]]
    return tags


def pick(things: Things, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Things:
    """Give those things for which `chosen` is true, or those whose places in the table it holds."""
    picked: Things = things[chosen]
    return picked


def names_of(things: Things) -> list[str]:
    """Give each thing's name, which no other thing of its world has."""
    return [f"{KINDS[kind].name}_{number}" for kind, number in zip(things["kind"], things["id"], strict=True)]
