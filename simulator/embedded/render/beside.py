"""What a second process compiles of the renderer, while the first makes the world and compiles what draws the ground.

`python -m simulator.embedded.render.beside` is that second process; `compile_beside` starts it.
"""

import threading
from collections.abc import Callable
from typing import Any

from simulator.camera import Camera
from simulator.compile_beside import Colleague, ask_colleague, serve_as_colleague
from simulator.embedded.parcel import Parcel
from simulator.embedded.render.air import Air, make_air
from simulator.embedded.render.atmosphere import add_air, add_clear_air, add_weather
from simulator.embedded.render.canvas import make_canvas
from simulator.embedded.render.daylight import Light, make_light
from simulator.embedded.render.develop import develop, expose
from simulator.embedded.render.layer import Front
from simulator.embedded.render.lens import Lens
from simulator.embedded.render.noise import make_noise
from simulator.embedded.render.renderer import NO_LIGHTS
from simulator.embedded.render.shade import Shade, shade_tile
from simulator.embedded.render.sky import make_backdrop, paint_sky
from simulator.embedded.render.stage import Stage, draw_standing
from simulator.embedded.render.view import make_view
from simulator.embedded.weather import Weather

_FUNCTIONS = [shade_tile, *(door.dispatcher for door in (draw_standing, add_clear_air, expose, add_weather))]
_HEIGHT, _WIDTH = 8, 16
_WET_NIGHT = Weather(sun_altitude_angle=-20, precipitation=50, wetness=90, precipitation_deposits=50)
_once = threading.Lock()
_asked: list[Colleague | None] = []


def compile_beside() -> None:
    """Have a second process compile a part of the renderer, if it isn't kept; once in a process."""
    with _once:
        if not _asked:
            _asked.append(ask_colleague(__name__, _FUNCTIONS))


class _Scene:
    """An empty world at noon, seen by a small camera."""

    def __init__(self) -> None:
        camera = Camera.from_fov(_WIDTH, _HEIGHT, 1.5)
        self.canvas = Parcel(make_canvas(_HEIGHT, _WIDTH))
        self.stage = Stage(None, "summer")
        self.view = Parcel(make_view(camera, (0.0, 0.0, 1.5), camera.rotation(), 0.0))
        self.front: Parcel[Front]

    def shade(self) -> None:
        """Work out shadows."""
        props = self.stage.props.value
        shade = Shade((0.0, 0.0, 1.0, 1.0), props.atlas, props.shapes)
        shade.around(0.0, 0.0, make_light(Weather()), self.stage.around)

    def stand(self) -> None:
        """Draw what stands there."""
        light, air = _make(Weather())
        shadow = self.stage.shadow(0.0, 0.0, light.value)
        self.front = self.stage.draw(self.view, light, air, NO_LIGHTS, shadow, self.canvas, ())

    def fill(self, weather: Weather) -> None:
        """Draw the air of a weather."""
        light, air = _make(weather)
        sky = paint_sky(make_backdrop(light.value, air.value), make_noise(0), 0.0)
        add_air(self.canvas, self.view, light, air, sky, NO_LIGHTS, self.front, (0.0, 0.0, 0.0), 1)

    def expose(self) -> None:
        """Make a picture."""
        develop(self.canvas, Lens(), 1.0, 0.0, 1)


def _make(weather: Weather) -> tuple[Parcel[Light], Parcel[Air]]:
    """Give light and air."""
    return Parcel(make_light(weather)), Parcel(make_air(weather, False))


def parts() -> list[tuple[Any, Callable[[], object]]]:
    """Give what there is to compile and what calls it, in the order in which the functions are needed."""
    scene = _Scene()
    calls = [
        scene.shade,
        scene.stand,
        lambda: scene.fill(Weather()),
        scene.expose,
        lambda: scene.fill(_WET_NIGHT),
    ]
    return list(zip(_FUNCTIONS, calls, strict=True))


if __name__ == "__main__":
    serve_as_colleague(parts())
