"""The embedded world's cameras: what stands between the server and the ray-caster."""

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.parcel import Parcel
from simulator.embedded.render.air import Air, make_air
from simulator.embedded.render.appearance import Appearance, draw_appearance
from simulator.embedded.render.atmosphere import add_air, add_front
from simulator.embedded.render.bodies import Body
from simulator.embedded.render.bridges import shade_below
from simulator.embedded.render.canvas import Canvas, make_canvas
from simulator.embedded.render.daylight import Light, make_light
from simulator.embedded.render.develop import develop
from simulator.embedded.render.frame import World, draw_background
from simulator.embedded.render.headlights import Beam, Lights, make_beams
from simulator.embedded.render.labels import encode
from simulator.embedded.render.layer import Front
from simulator.embedded.render.lens import first_noise
from simulator.embedded.render.noise import FloatImage, make_noise
from simulator.embedded.render.paving import Paving
from simulator.embedded.render.regions import Regions, find_regions
from simulator.embedded.render.shadow import Shadow
from simulator.embedded.render.shot import DEPTH, INSTANCE, RGB, SEMANTIC, Shot
from simulator.embedded.render.sky import Backdrop, make_backdrop, paint_sky, place_stars
from simulator.embedded.render.sort import Work, make_work
from simulator.embedded.render.span import find_bridges
from simulator.embedded.render.stage import Stage
from simulator.embedded.render.texels import pack
from simulator.embedded.render.vicinity import Vicinity
from simulator.embedded.render.view import View, make_view, reach_of
from simulator.embedded.scenery import Scenery
from simulator.embedded.seasons import Season
from simulator.embedded.terrain import Terrain
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from simulator.randomness import make_generator

Picture = NDArray[np.uint8]
Vector = tuple[float, float, float]
# street lamps farther than this are not lit [m]
_LAMPS = 150.0
# they are looked up once for a square of this size [m]; of so many squares
_SQUARE, _REMEMBERED = 16.0, 256
# what moves faster than this [m/s] has what it will see so far ahead [m] made ready
_SLOW, _AHEAD = 0.5, 128.0
# the sky is painted anew when the wind has carried the clouds so far [m], which overhead is three quarters of a degree
_DRIFT = 16.0
NO_LIGHTS = Parcel(Lights(np.zeros((0, 4), np.float32), make_beams((), (0.0, 0.0, 0.0)), np.zeros((0, 4))))
SOME_VIEW = Parcel(make_view(Camera.from_fov(2, 2, 1.0), (0.0, 0.0, 0.0), np.eye(3)))
# surroundings that a thread remembers, and after so many pictures it asks for them anew, so that they stay remembered
_WORLDS, _USES = 64, 32


class _Easel(threading.local):
    """What a thread draws with."""

    def __init__(self) -> None:
        self._canvases: dict[tuple[int, int], tuple[Parcel[Canvas], Parcel[Work]]] = {}
        self._worlds: OrderedDict[tuple[int, ...], tuple[Parcel[World], int]] = OrderedDict()
        self._weather = 0

    def worlds(self, weather: int) -> OrderedDict[tuple[int, ...], tuple[Parcel[World], int]]:
        """Give what was laid out in a weather, given by its number, and how often each was used; forgets others."""
        if weather != self._weather:
            self._worlds.clear()
            self._weather = weather
        return self._worlds

    def canvas(self, camera: Camera) -> tuple[Parcel[Canvas], Parcel[Work]]:
        """Give the canvas of a picture's size and the memory to work in; both are kept for the next picture."""
        size = camera.height, camera.width
        if size not in self._canvases:
            self._canvases[size] = Parcel(make_canvas(*size)), Parcel(make_work(*size))
        return self._canvases[size]


class Renderer:
    """Draws what cameras see in the world of one OpenDRIVE document. Several threads may take pictures at once.

    network: the roads. appearance_seed: decides all textures; the same seed gives the same bytes. Roads that lie far
    apart get a look of their own. terrain: of this network and seed, if it was made already.
    scenery: what stands beside the roads, None for nothing. season: of its plants, one of
    species.SEASONS; in "winter" snow falls where it would rain.
    """

    def __init__(
        self,
        network: RoadNetwork,
        appearance_seed: int,
        terrain: Terrain | None = None,
        scenery: Scenery | None = None,
        season: Season = "summer",
    ) -> None:
        self._seed = appearance_seed
        self._season = season
        self._regions: Regions = find_regions(network.roads)
        self._looks: list[Appearance] = [
            draw_appearance(appearance_seed, k, season) for k in range(len(self._regions.bounds))
        ]
        looks = [self._looks[region] for region in self._regions.of_road]
        self._terrain = Terrain(network, appearance_seed) if terrain is None else terrain
        paving = Paving(network.roads, self._terrain.samples, looks, appearance_seed)
        self._vicinity = Vicinity(self._terrain, paving, scenery)
        self._noise = make_noise(appearance_seed)
        self._texels = pack(self._noise)
        self._shift = float(make_generator(appearance_seed, "sky").uniform(0, 256))
        self._stage = Stage(scenery, season)
        self._easel = _Easel()
        self._lamps: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._weathers = 0
        self._light: Parcel[Light]
        self._air: Parcel[Air]
        self._sky: FloatImage
        self._stars: FloatImage
        self._backdrop: Backdrop
        self._elapsed = 0.0
        self.set_weather(Weather())

    def set_weather(self, weather: Weather) -> None:
        """Change the light, the air and the sky. No picture may be taken meanwhile."""
        self._set(Parcel(make_light(weather)), Parcel(make_air(weather, self._season == "winter")))
        self._backdrop = make_backdrop(self._light.value, self._air.value)
        self._paint_sky()

    def _set(self, light: Parcel[Light], air: Parcel[Air]) -> None:
        self._light, self._air = light, air
        self._weathers += 1

    @property
    def lit(self) -> bool:
        """Tell whether it is so dark that headlights are on."""
        return bool(self._light.value.beam > 0.0)

    def set_time(self, elapsed: float) -> None:
        """Let the wind carry the clouds for so many seconds in all. No picture may be taken meanwhile."""
        self._elapsed = elapsed
        if self._steps_of_clouds() != self._steps:
            self._paint_sky()

    def _steps_of_clouds(self) -> int:
        """Give how many times `_DRIFT` clouds have drifted."""
        return int(math.hypot(*self._air.value.wind) * self._elapsed / _DRIFT)

    def _paint_sky(self) -> None:
        """Paint the sky with the clouds where they are."""
        self._steps = steps = self._steps_of_clouds()
        light, air = self._light.value, self._air.value
        speed = max(math.hypot(*air.wind), 1e-6)
        drift = steps * _DRIFT * air.wind[0] / speed, steps * _DRIFT * air.wind[1] / speed
        self._sky = paint_sky(self._backdrop, self._noise, self._shift, drift)
        self._stars = place_stars(light, air, self._noise, self._shift, self._seed, drift)
        self._weathers += 1

    def compile(self) -> None:
        """Draw a small picture in a weather that needs all machine code, so that no later one waits for it.

        All but what few worlds need: of bridges, and of other cars' shadows by sun and moon.
        """
        weather = Weather(sun_altitude_angle=-20, precipitation=50, wetness=90, precipitation_deposits=50)
        light, air = self._light, self._air
        self._set(Parcel(make_light(weather)), Parcel(make_air(weather, False)))
        camera = Camera.from_fov(16, 8, 1.5)
        position = 0.0, 0.0, 1.5
        beam = Beam((0.0, 0.0, 0.0), (1.0, 0.0))
        shot = Shot(camera, position, camera.rotation(), (), (beam,))
        self.take(shot, (RGB, SEMANTIC))
        # what draws a dry day's air is code of its own
        self._set(Parcel(make_light(Weather())), Parcel(make_air(Weather(), False)))
        self.take(shot, (RGB,))
        self._set(light, air)

    def take(self, shot: Shot, kinds: Sequence[str]) -> list[Picture]:
        """Take a picture; gives it in each of these kinds (see `shot`), (height, width, 4) uint8 BGRA."""
        canvas, work = self._easel.canvas(shot.camera)
        position = shot.position
        view = Parcel(make_view(shot.camera, position, shot.rotation, self._ground_below(position)), SOME_VIEW)
        lights = self._find_lights(shot)
        front = self._draw_solid(canvas, work, view, shot, lights)
        pictures: dict[str, Picture] = {}
        if RGB in kinds:
            first = first_noise(self._seed, shot.number, shot.picture)
            add_air(canvas, view, self._light, self._air, self._sky, lights, front, shot.velocity, first)
            exposure, night = self._light.value.exposure, self._light.value.night
            pictures[RGB] = develop(canvas, shot.lens, exposure, night, first)
        else:
            add_front(canvas, view, front)
        pictures |= {kind: encode(canvas.value, kind) for kind in kinds if kind != RGB}
        return [pictures[kind] for kind in kinds]

    def prepare_ahead(self, camera: Camera, position: tuple[float, float, float], velocity: Vector) -> bool:
        """Make a piece, some milliseconds' work, of what a moving camera will see soon; tells whether there was any."""
        speed = math.hypot(velocity[0], velocity[1])
        if speed < _SLOW:
            return False
        x, y = (place + _AHEAD * way / speed for place, way in zip(position[:2], velocity[:2], strict=True))
        above = position[2] - self._ground_below(position)
        return self._vicinity.prepare_ahead(x, y, reach_of(camera.fy, above))

    def draw(
        self,
        camera: Camera,
        position: tuple[float, float, float],
        rotation: NDArray[np.float64],
        bodies: Sequence[Body] = (),
        frame: int = 0,
        **more: Any,
    ) -> Picture:
        """Draw a picture as an rgb camera sees it. frame: number of the picture; more: further fields of a `Shot`."""
        return self.take(Shot(camera, position, rotation, tuple(bodies), picture=frame, **more), (RGB,))[0]

    def draw_semantic(
        self,
        camera: Camera,
        position: tuple[float, float, float],
        rotation: NDArray[np.float64],
        bodies: Sequence[Body] = (),
    ) -> Picture:
        """Draw the tags (see `tags`) as CARLA does: the number in red, 0 in green and blue."""
        return self.take(Shot(camera, position, rotation, tuple(bodies)), (SEMANTIC,))[0]

    def _ground_below(self, position: tuple[float, float, float]) -> float:
        return self._terrain.height_below(*position)

    def _find_lights(self, shot: Shot) -> Parcel[Lights]:
        """Find the lamps that may light this picture."""
        if self._light.value.beam <= 0.0:
            return NO_LIGHTS
        square = int(shot.position[0] // _SQUARE), int(shot.position[1] // _SQUARE)
        lamps = self._lamps.get(square)
        if lamps is None:
            middle_x, middle_y = ((each + 0.5) * _SQUARE for each in square)
            lamps = self._stage.lamps_near(middle_x, middle_y, _LAMPS + _SQUARE)
            if len(self._lamps) >= _REMEMBERED:
                self._lamps.clear()
            self._lamps[square] = lamps
        return Parcel(Lights(self._stars, make_beams(shot.beams, shot.position), lamps), NO_LIGHTS)

    def _see_world(self, view: View, shadow: Shadow) -> Parcel[World]:
        """Give what is to be drawn around a camera: what was laid out for this place before, if it still is so."""
        reach = reach_of(view.fy, view.above)
        region = self._regions.at(view.x, view.y)
        key = (*self._vicinity.key(view.x, view.y, reach), region, shadow.tiles.shape[0])
        worlds = self._easel.worlds(self._weathers)
        parcel, uses = worlds.get(key, (None, 0))
        if parcel is None or uses >= _USES:
            relief, ground, decks = self._vicinity.around(view.x, view.y, reach)
            before = parcel.value if parcel is not None else None
            if before is None or not (
                before.relief.tiles is relief.tiles and before.ground is ground and before.decks is decks
            ):
                sky, light, air = self._sky, self._light.value, self._air.value
                look = self._looks[region]
                world = World(ground, relief, look, light, air, self._texels, sky, shadow, decks)
                parcel = Parcel(world, next(iter(worlds.values()))[0] if worlds else None)
            uses = 0
            if len(worlds) >= _WORLDS:
                worlds.popitem(last=False)
        assert parcel is not None
        worlds[key] = parcel, uses + 1
        return parcel

    def _draw_solid(
        self, canvas: Parcel[Canvas], work: Parcel[Work], view: Parcel[View], shot: Shot, lights: Parcel[Lights]
    ) -> Parcel[Front]:
        """Draw what lies and stands there; gives what is to be laid over it."""
        shadow = self._stage.shadow(view.value.x, view.value.y, self._light.value)
        world = self._see_world(view.value, shadow.value)
        draw_background(work, canvas, world, view, False)
        decks, relief = world.value.decks, world.value.relief
        if len(decks.kind):
            shade_below(canvas.value, decks, relief, self._light.value, view.value)
            if find_bridges(work.value.span, decks, view.value):
                draw_background(work, canvas, world, view, True)
        return self._stage.draw(view, self._light, self._air, lights, shadow, canvas, shot.bodies)


__all__ = ["DEPTH", "INSTANCE", "RGB", "SEMANTIC", "Picture", "Renderer", "Shot"]
