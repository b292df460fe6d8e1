"""The embedded world's camera: what stands between the server and the ray-caster."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render.appearance import Appearance, draw_appearance
from simulator.embedded.render.bodies import Body
from simulator.embedded.render.daylight import Light, make_light
from simulator.embedded.render.frame import Canvas, World, develop, draw_background
from simulator.embedded.render.ground import lay_ground
from simulator.embedded.render.headlights import make_pool
from simulator.embedded.render.noise import FloatImage, make_noise
from simulator.embedded.render.packet import make_packet
from simulator.embedded.render.regions import Regions, find_regions
from simulator.embedded.render.sky import paint_sky
from simulator.embedded.render.stage import Stage
from simulator.embedded.render.view import make_view
from simulator.embedded.scenery import Scenery
from simulator.embedded.terrain import Terrain
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from simulator.randomness import make_generator

Picture = NDArray[np.uint8]


class Renderer:
    """Draws what cameras see in the world of one OpenDRIVE document.

    network: the roads. appearance_seed: decides all textures; the same seed gives the same bytes. Roads that lie far
    apart get a look of their own. terrain: of this network and seed, if it was made already.
    scenery: what stands beside the roads, None for nothing. season: of its plants, one of species.SEASONS.
    """

    def __init__(
        self,
        network: RoadNetwork,
        appearance_seed: int,
        terrain: Terrain | None = None,
        scenery: Scenery | None = None,
        season: str = "summer",
    ) -> None:
        self._regions: Regions = find_regions(network.roads)
        self._looks: list[Appearance] = [draw_appearance(appearance_seed, k) for k in range(len(self._regions.bounds))]
        looks = [self._looks[region] for region in self._regions.of_road]
        self._terrain = Terrain(network, appearance_seed) if terrain is None else terrain
        self._ground = lay_ground(network.roads, looks, appearance_seed, self._terrain)
        self._noise = make_noise(appearance_seed)
        self._pool = make_pool()
        self._shift = float(make_generator(appearance_seed, "sky").uniform(0, 256))
        self._stage = Stage(scenery, season)
        self._canvases: dict[tuple[int, int], Canvas] = {}
        self._above, self._below = make_packet(), make_packet()
        self._light: Light
        self._sky: FloatImage
        self.set_weather(Weather())

    def set_weather(self, weather: Weather) -> None:
        """Change the light, the haze and the sky."""
        self._light = make_light(weather)
        self._sky = paint_sky(self._light, self._noise, self._shift)

    def draw(
        self,
        camera: Camera,
        position: tuple[float, float, float],
        rotation: NDArray[np.float64],
        bodies: Sequence[Body] = (),
        frame: int = 0,
    ) -> Picture:
        """Draw a picture, (height, width, 4) uint8 BGRA.

        position: of the lens, right-handed world axes [m]. rotation: (3, 3) from camera axes (x right, y down, z along
        the view) to the world's. bodies: other cars; one that holds the lens is not drawn. frame: number of the frame,
        for what moves by itself (nothing yet). The camera's own mount (x, y, z, roll, pitch, yaw) is not looked at.
        """
        return self._draw(camera, position, rotation, bodies)[0]

    def draw_semantic(
        self,
        camera: Camera,
        position: tuple[float, float, float],
        rotation: NDArray[np.float64],
        bodies: Sequence[Body] = (),
        frame: int = 0,
    ) -> Picture:
        """Draw the tags (see `tags`) as CARLA does: the number in red, 0 in green and blue. Takes what `draw` takes."""
        image, tag = self._draw(camera, position, rotation, bodies)
        image[..., :3] = 0
        image[..., 2] = tag
        return image

    def _draw(
        self,
        camera: Camera,
        position: tuple[float, float, float],
        rotation: NDArray[np.float64],
        bodies: Sequence[Body],
    ) -> tuple[Picture, NDArray[np.uint8]]:
        canvas = self._canvas(camera.height, camera.width)
        image = np.empty((camera.height, camera.width, 4), np.uint8)
        look = self._looks[self._regions.at(position[0], position[1])]
        world = World(self._ground, look, self._light, self._noise, self._sky, self._pool)
        view = make_view(camera, position, rotation)
        draw_background(self._above, self._below, canvas, world, view)
        self._stage.draw(view, self._light, self._pool, canvas, bodies)
        develop(canvas.light, image)
        return image, canvas.tag

    def _canvas(self, height: int, width: int) -> Canvas:
        """Give the canvas of a picture's size; it is kept for the next picture."""
        if (height, width) not in self._canvases:
            self._canvases[height, width] = Canvas(
                np.empty((height, width, 4), np.float32),
                np.empty((height, width), np.float32),
                np.empty((height, width), np.uint8),
            )
        return self._canvases[height, width]
