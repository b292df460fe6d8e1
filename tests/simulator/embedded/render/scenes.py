"""Roads, cameras and poses for the tests of the renderer."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import Renderer
from simulator.embedded.seasons import Season
from simulator.embedded.terrain import Terrain
from simulator.opendrive import Road, RoadNetwork
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

Pose = tuple[tuple[float, float, float], NDArray[np.float64]]

SOLID = '<roadMark sOffset="0" type="solid" width="0.12" color="white"/>'
YELLOW_DASHES = '<roadMark sOffset="0" type="broken" width="0.12" color="yellow"/>'
NO_MARK = '<roadMark sOffset="0" type="none"/>'


def two_lanes(curvature: float = 0.0, length: float = 200.0, center: str = YELLOW_DASHES, edge: str = SOLID) -> str:
    """A road of two lanes that starts at the origin along x."""
    shape = f'<arc curvature="{curvature}"/>' if curvature else "<line/>"
    lanes = section(left=lane(1, mark=edge), right=lane(-1, mark=edge), center=center)
    return document(road(geometry(shape, length), lanes, length=length))


@lru_cache(maxsize=32)
def renderer_of(xml: str, seed: int = 5, hills: float = 0.0, season: Season = "summer") -> Renderer:
    """A renderer, made once; on level land, unless hills are asked for."""
    network = RoadNetwork.parse(xml)
    return Renderer(network, seed, Terrain(network, seed, hills), season=season)


@lru_cache(maxsize=8)
def generated(*seeds: int) -> str:
    """A document of generated roads."""
    return build_roads([f"generated:{seed}" for seed in seeds], RoadsConfig(), 7)


def look_from(x: float, y: float, heading: float, camera: Camera) -> Pose:
    """The pose of a camera mounted on a car whose origin is at (x, y)."""
    cosine, sine = math.cos(heading), math.sin(heading)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    mount = turn @ (camera.x, camera.y, camera.z)
    return (x + mount[0], y + mount[1], float(mount[2])), turn @ camera.rotation()


def look_from_lane(road: Road, s: float, camera: Camera, t: float = -1.75) -> Pose:
    """The pose of a camera on a car that stands aligned at (s, t) of a road."""
    at = road.reference(np.array([s]))
    heading = float(at.heading[0])
    return look_from(float(at.x[0]) - t * math.sin(heading), float(at.y[0]) + t * math.cos(heading), heading, camera)


def look_down(x: float, y: float, height: float, camera: Camera) -> Pose:
    """The pose of a camera that looks straight down, with world x to the right and y up in the picture."""
    return (x, y, height), np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])


def pixel_size(camera: Camera, height: float) -> float:
    """Metres a pixel of `look_down`."""
    return height / camera.fx
