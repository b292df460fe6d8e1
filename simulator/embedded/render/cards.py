"""Flat pictures that stand upright in the world: what to draw for each plant, post and sign."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import atlas
from simulator.embedded.scenery.things import (
    BUSH,
    CHEVRON,
    CURVE_SIGN,
    DELINEATOR,
    LAMP,
    SPEED_SIGN,
    Things,
    tags_of,
)

# columns of a card: middle of its foot [m], width and height [m], cosine and sine of its front's heading
X, Y, Z, WIDTH, HEIGHT, COSINE, SINE = range(7)
# 1 if it keeps its heading, 0 if it turns to the camera; its picture and that of its back; -1 to mirror it; how light
# it is; whether it is a plant (1) or throws headlights back (the factor by which it does, above 1)
FIXED, PICTURE, BACK, MIRROR, SHADE, SHINE = range(7, 13)
# from where on it is not seen [m], and its semantic tag and instance
FARTHEST, TAG, INSTANCE, COLUMNS = range(13, 17)

# no card is seen beyond this; low ones vanish earlier, at this times their height and some more [m]
REACH = 320.0
_VANISH, _VANISH_BASE = 26.0, 45.0
_FLAT, _RETRO = 1.5, 5.0
_ARM_LENGTH, _ARM_HEIGHT = 2.0, 0.5


def _common(things: Things) -> NDArray[np.float64]:
    cards = np.zeros((len(things), COLUMNS))
    cards[:, X], cards[:, Y], cards[:, Z] = things["x"], things["y"], things["z"]
    cards[:, WIDTH], cards[:, HEIGHT] = things["width"], things["height"]
    cards[:, COSINE], cards[:, SINE] = np.cos(things["heading"]), np.sin(things["heading"])
    cards[:, FARTHEST] = np.minimum(_VANISH_BASE + _VANISH * cards[:, HEIGHT], REACH)
    cards[:, MIRROR], cards[:, SHADE], cards[:, SHINE] = 1.0, 1.0, _FLAT
    cards[:, TAG], cards[:, INSTANCE] = tags_of(things), things["id"]
    return cards


def _plants(things: Things) -> NDArray[np.float64]:
    cards = _common(things)
    cards[:, PICTURE] = cards[:, BACK] = atlas.PLANTS + things["kind"]
    cards[:, MIRROR] = 1.0 - 2.0 * (things["variant"] % 2)
    cards[:, SHADE] = 0.78 + 0.44 * things["shade"]
    cards[:, SHINE] = 1.0
    # far away the larger part of them is hidden by the others anyway
    cards[:, FARTHEST] *= 0.4 + 0.6 * ((things["id"] * 7919) % 64 / 63.0) ** 1.5
    return cards


def _signs(things: Things, first: int, back: int) -> NDArray[np.float64]:
    cards = _common(things)
    cards[:, FIXED] = 1.0
    cards[:, PICTURE], cards[:, BACK], cards[:, SHINE] = first + things["variant"], back, _RETRO
    return cards


def _lamps(things: Things) -> NDArray[np.float64]:
    """Make a pole and an arm of each lamp; the picture of the arm lies along the lamp's heading."""
    poles, arms = _common(things), _common(things)
    poles[:, PICTURE] = poles[:, BACK] = atlas.POLE
    poles[:, WIDTH] = 0.24
    arms[:, PICTURE] = arms[:, BACK] = atlas.ARM
    arms[:, X] += 0.5 * _ARM_LENGTH * poles[:, COSINE]
    arms[:, Y] += 0.5 * _ARM_LENGTH * poles[:, SINE]
    arms[:, Z] += arms[:, HEIGHT] - 0.4 * _ARM_HEIGHT
    arms[:, WIDTH], arms[:, HEIGHT], arms[:, FIXED] = _ARM_LENGTH, _ARM_HEIGHT, 1.0
    # the front of a card is a quarter turn clockwise from its right side, which is where the arm points
    arms[:, COSINE], arms[:, SINE] = poles[:, SINE], -poles[:, COSINE]
    return np.concatenate([poles, arms])


def make_cards(things: Things) -> NDArray[np.float64]:
    """Make the cards (N, COLUMNS) of all things that are drawn as such."""
    kind = things["kind"]
    delineators = _common(things[kind == DELINEATOR])
    delineators[:, PICTURE] = delineators[:, BACK] = atlas.DELINEATOR
    delineators[:, SHINE] = _RETRO
    return np.concatenate(
        [
            _plants(things[kind <= BUSH]),
            delineators,
            _signs(things[kind == SPEED_SIGN], atlas.SPEED_SIGNS, atlas.ROUND_BACK),
            _signs(things[kind == CURVE_SIGN], atlas.CURVE_SIGNS, atlas.TRIANGLE_BACK),
            _signs(things[kind == CHEVRON], atlas.CHEVRONS, atlas.BOARD_BACK),
            _lamps(things[kind == LAMP]),
        ]
    )
