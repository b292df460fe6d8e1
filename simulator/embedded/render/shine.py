"""How the light, the air and its distance change a card's picture."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render.air import Air, air_share, haze_colour
from simulator.embedded.render.atlas import FULL
from simulator.embedded.render.cards import (
    HEIGHT,
    MIRROR,
    SHADE,
    SHINE,
    X,
    Y,
    Z,
)
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import Lights, lamps_at
from simulator.embedded.render.standing import Standing
from simulator.embedded.render.view import View

Triple = tuple[float, float, float]


@inner
def light_card(
    card: NDArray[np.float64], at: Standing, light: Light, lights: Lights, view: View
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
        lamps = 0.7 * card[SHINE] * light.beam * lamps_at(lights, card[X], card[Y], card[Z] + 0.5 * card[HEIGHT])
    bright = card[SHADE]
    middle = (
        bright * (sky * light.ambient[0] + sun * light.sunlight[0] + lamps),
        bright * (sky * light.ambient[1] + sun * light.sunlight[1] + 0.96 * lamps),
        bright * (sky * light.ambient[2] + sun * light.sunlight[2] + 0.85 * lamps),
    )
    slope *= bright
    return middle, (slope * light.sunlight[0], slope * light.sunlight[1], slope * light.sunlight[2])


@inner
def find_shine(
    card: NDArray[np.float64],
    at: Standing,
    across: int,
    light: Light,
    air: Air,
    lights: Lights,
    view: View,
    shine: NDArray[np.float32],
) -> None:
    """Work out how the light on a card, the air before it and its fading change its picture. shine: see `lanes`."""
    middle, slope = light_card(card, at, light, lights, view)
    hidden = air_share(air, view.above, at.distance, card[Z] + 0.5 * card[HEIGHT] - view.z)
    far = haze_colour(light, card[X] - view.x, card[Y] - view.y)
    clear, veil = (1.0 - hidden) * at.faint / FULL, hidden * at.faint / FULL
    per_texel = (card[MIRROR] if at.front else 1.0) / across
    half = 0.5 * (across + 1)
    for channel in range(3):
        # the layer's colours begin with blue
        lane = 2 - channel
        shine[lane] = clear * (middle[channel] - half * per_texel * slope[channel])
        shine[4 + lane] = clear * per_texel * slope[channel]
        shine[8 + lane] = far[channel] * veil
    shine[3], shine[7], shine[11] = 0.0, 0.0, -at.faint / FULL
