"""The pass between what is there and the lens: lamps, mirrors, the air, and what flies in it, in this order."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.parcel import Parcel, door
from simulator.embedded.render.air import Air, is_plain, veil, veil_plainly
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import Lights, shine
from simulator.embedded.render.layer import Front, lay_over
from simulator.embedded.render.mirror import mirror
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.particles import Vector, glare, let_fall, show_stars
from simulator.embedded.render.view import View


def add_air(
    canvas: Parcel[Canvas],
    view: Parcel[View],
    light: Parcel[Light],
    air: Parcel[Air],
    sky: FloatImage,
    lights: Parcel[Lights],
    front: Parcel[Front],
    velocity: Vector,
    first: int,
) -> None:
    """Draw all that a weather puts between things and lens.

    sky: see `sky`. front: things that hide some of what is behind; their light has lamps and air in it already, since
    one pixel may show several at several distances. velocity: of the lens [m/s]. first: decides where drops are.
    """
    what = air.value
    dry = what.film <= 0.0 and what.puddles <= 0.0 and what.rain <= 0.0 and what.snow <= 0.0 and what.dust <= 0.0
    if dry and is_plain(light.value):
        add_clear_air(canvas, view, light, air, front)
    elif dry and light.value.beam <= 0.0:
        add_haze(canvas, view, light, air, front)
    else:
        add_weather(canvas, view, light, air, sky, lights, front, velocity, np.array([first | 1], np.uint32))


@door
def add_clear_air(canvas: Canvas, view: View, light: Light, air: Air, front: Front) -> None:
    """Draw what a dry day puts between things and lens; apart from the rest, which takes long to compile."""
    veil_plainly(canvas, light, air, view)
    lay_over(front.layer, front.cards, view, canvas)


@door
def add_haze(canvas: Canvas, view: View, light: Light, air: Air, front: Front) -> None:
    """Draw what a dry evening or morning puts between things and lens."""
    veil(canvas, light, air, view)
    lay_over(front.layer, front.cards, view, canvas)


@door
def add_weather(
    canvas: Canvas,
    view: View,
    light: Light,
    air: Air,
    sky: FloatImage,
    lights: Lights,
    front: Front,
    velocity: Vector,
    state: NDArray[np.uint32],
) -> None:
    """Draw what any weather and hour may put between things and lens, see `add_air`."""
    if light.beam > 0.0:
        shine(lights.beams, lights.lamps, canvas, light, view)
    if air.film > 0.0 or air.puddles > 0.0:
        mirror(canvas, front.layer.light, sky, view)
    veil(canvas, light, air, view)
    lay_over(front.layer, front.cards, view, canvas)
    if light.beam > 0.0:
        glare(canvas, view, light, air, lights)
        show_stars(canvas, view, lights.stars)
    if air.rain > 0.0 or air.snow > 0.0 or air.dust > 0.0:
        let_fall(canvas, view, light, air, velocity, state)


@door
def add_front(canvas: Canvas, view: View, front: Front) -> None:
    """Lay over the picture what stands before it, for pictures without light."""
    lay_over(front.layer, front.cards, view, canvas)
