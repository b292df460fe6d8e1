"""How a region looks: drawn once from a seed, so that no two roads of a set look alike."""

import math
from typing import NamedTuple

import numpy as np

from simulator.embedded.render.jit import Number
from simulator.embedded.seasons import Season
from simulator.randomness import make_generator

Colour = tuple[np.float32, np.float32, np.float32]


class Appearance(NamedTuple):
    """The look of the roads and the land of one region. Colours are linear reflectances (red, green, blue).

    asphalt, gravel, grass_low, grass_high, concrete: colours. grain, blotches: contrast of the asphalt's chippings and
    of its broad stains. crack: darkness of its cracks. patched: share of the road with repairs. track, track_offset:
    brightness of the wheel tracks against the rest, and how far from the lane's centre they lie [m].
    apron: asphalt beyond the outermost lane border [m]. verge: width of the gravel [m]. ragged: how far the gravel and
    grass wander across their edges [m]. paint: reflectance of the road marks. wear: share of the paint that is gone
    where it is worn most. fields: contrast of the land's large patches. shift: where in the noise the region lies.

    Of the season: leaf: colour of fallen leaves; leaves: how many lie about, 0 to 1. flowers: share of meadow flowers.
    snow, road_snow: how thick it lies on the land and on the road, 0 to 1. rut_clear: how far tyres have cleared it;
    rut_offset, rut_wander: how far from the lane's middle their tracks lie [m], all along the road and here and there.
    """

    asphalt: Colour
    gravel: Colour
    grass_low: Colour
    grass_high: Colour
    concrete: Colour
    grain: np.float32
    blotches: np.float32
    crack: np.float32
    patched: np.float32
    track: np.float32
    track_offset: np.float32
    apron: np.float32
    verge: np.float32
    ragged: np.float32
    paint: np.float32
    wear: np.float32
    fields: np.float32
    shift: np.float32
    leaf: Colour
    leaves: np.float32
    flowers: np.float32
    snow: np.float32
    road_snow: np.float32
    rut_clear: np.float32
    rut_offset: np.float32
    rut_wander: np.float32


def _tint(
    generator: np.random.Generator, value: Number, spread: float, base: tuple[Number, Number, Number] = (1.0, 1.0, 1.0)
) -> Colour:
    factors = value * np.asarray(base) * generator.uniform(1 - spread, 1 + spread, 3)
    return np.float32(factors[0]), np.float32(factors[1]), np.float32(factors[2])


def _fade(colour: Colour, towards: tuple[float, float, float], share: float) -> Colour:
    mixed = (1 - share) * np.asarray(colour) + share * np.asarray(towards)
    return np.float32(mixed[0]), np.float32(mixed[1]), np.float32(mixed[2])


def _dress(look: Appearance, season: Season, generator: np.random.Generator) -> Appearance:
    """Change a summer's look to another season's."""
    # drawn in every season, so that one does not shift what another draws
    first, second, third, fourth, fifth, sixth = (np.float32(generator.uniform()) for _ in range(6))
    one = np.float32(1.0)
    leaf = _tint(generator, 0.6 + 0.8 * first, 0.1, (0.36, 0.17 + 0.1 * second, 0.03))
    if season == "autumn":
        tired = 0.35 + 0.4 * float(third)
        return look._replace(
            grass_low=_fade(look.grass_low, (0.10, 0.085, 0.03), tired),
            grass_high=_fade(look.grass_high, (0.22, 0.17, 0.06), tired),
            leaf=leaf,
            leaves=np.float32(0.35) + np.float32(0.65) * fourth,
        )
    if season == "spring":
        fresh = 0.4 + 0.4 * float(third)
        return look._replace(
            grass_low=_fade(look.grass_low, (0.05, 0.14, 0.02), fresh),
            grass_high=_fade(look.grass_high, (0.13, 0.24, 0.035), fresh),
            flowers=np.float32(0.25) + np.float32(0.75) * fourth,
        )
    if season == "winter":
        return look._replace(
            grass_low=_fade(look.grass_low, (0.09, 0.08, 0.045), 0.7),
            grass_high=_fade(look.grass_high, (0.19, 0.17, 0.10), 0.7),
            snow=np.float32(0.75) + np.float32(0.25) * first,
            # from a road that the plough has cleared to one that is white from edge to edge
            road_snow=np.float32(0.15) + np.float32(0.85) * second,
            rut_clear=np.float32(0.15) + np.float32(0.9) * third,
            rut_offset=np.float32(2.2) * (fourth - np.float32(0.5)),
            rut_wander=np.float32(0.2) + np.float32(0.7) * fifth,
            wear=look.wear + (one - look.wear) * np.float32(0.3) * sixth,
        )
    return look


def draw_appearance(seed: int, region: int, season: Season = "summer") -> Appearance:
    """Draw the look of one region of a document from the document's appearance seed."""
    generator = make_generator(seed, "appearance", region)

    def uniform(low: float, high: float) -> np.float32:
        return np.float32(generator.uniform(low, high))

    asphalt = math.exp(uniform(math.log(0.07), math.log(0.21)))
    # fresh asphalt is dark and even, old asphalt light, coarse and cracked
    age = (math.log(asphalt) - math.log(0.07)) / (math.log(0.21) - math.log(0.07))
    gravel = float(np.clip(asphalt * uniform(1.35, 2.5), 0.15, 0.38))
    warm, lush = uniform(-1, 1), uniform(0.75, 1.25)
    grass_hue = (1 + 0.28 * warm, 1 + 0.05 * warm, 1 - 0.1 * warm)
    look = Appearance(
        asphalt=_tint(generator, asphalt, 0.05, (1.0, 0.99, 1.0)),
        gravel=_tint(generator, gravel, 0.06, (1.1, 0.98, 0.8)),
        grass_low=_tint(generator, lush, 0.06, (0.055 * grass_hue[0], 0.105 * grass_hue[1], 0.024 * grass_hue[2])),
        grass_high=_tint(generator, lush, 0.06, (0.135 * grass_hue[0], 0.165 * grass_hue[1], 0.05 * grass_hue[2])),
        concrete=_tint(generator, uniform(0.28, 0.42), 0.03, (1.0, 0.98, 0.94)),
        grain=uniform(0.25, 0.75),
        blotches=uniform(0.15, 0.55),
        crack=uniform(0.1, 0.9) * age,
        patched=uniform(0.0, 0.45) * age,
        track=uniform(-0.14, 0.14),
        track_offset=uniform(-0.3, 0.3),
        apron=uniform(0.15, 0.55),
        verge=uniform(0.25, 1.8),
        ragged=uniform(0.05, 0.35),
        paint=uniform(0.55, 0.8),
        wear=uniform(0.05, 0.65),
        fields=uniform(0.1, 1.0),
        shift=np.float32(generator.integers(0, 4096)),
        leaf=(np.float32(0.3), np.float32(0.15), np.float32(0.03)),
        **dict.fromkeys(
            ("leaves", "flowers", "snow", "road_snow", "rut_clear", "rut_offset", "rut_wander"), np.float32(0.0)
        ),
    )
    return _dress(look, season, make_generator(seed, "season", region))
