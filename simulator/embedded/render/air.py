"""Haze: far things take the colour of the air."""

import numpy as np

from simulator.embedded.render.daylight import Light
from simulator.embedded.render.jit import Number, inner


@inner
def haze_share(light: Light, distance: Number) -> Number:
    """Give how much of what is seen at a distance [m] is air: 1 - exp(-density * distance), by its series."""
    x = light.haze_density * distance
    return 1.0 - 1.0 / (1.0 + x * (1.0 + x * (0.5 + x * (0.16666667 + x * 0.041666667))))


@inner
def haze_colour(light: Light, x: Number, y: Number) -> tuple[Number, Number, Number]:
    """Give the colour of far air in a direction: warmer towards a low sun, as the sky is at the horizon."""
    level = np.sqrt((x * x + y * y) * (light.sun[0] * light.sun[0] + light.sun[1] * light.sun[1])) + 1e-9
    toward = 0.5 + 0.5 * (x * light.sun[0] + y * light.sun[1]) / level
    toward *= toward
    return (
        light.haze[0] + toward * light.glow[0],
        light.haze[1] + toward * light.glow[1],
        light.haze[2] + toward * light.glow[2],
    )
