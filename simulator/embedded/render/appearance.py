"""How a region looks: drawn once from a seed, so that no two roads of a set look alike."""

import math
from typing import NamedTuple

import numpy as np

from simulator.embedded.render.jit import Number
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


def _tint(
    generator: np.random.Generator, value: Number, spread: float, base: tuple[Number, Number, Number] = (1.0, 1.0, 1.0)
) -> Colour:
    factors = value * np.asarray(base) * generator.uniform(1 - spread, 1 + spread, 3)
    return np.float32(factors[0]), np.float32(factors[1]), np.float32(factors[2])


def draw_appearance(seed: int, region: int) -> Appearance:
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
    return Appearance(
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
    )
