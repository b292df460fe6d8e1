"""The vocabulary of driving: what a car sees, what it is told, where it is, and who may drive it.

Axes and signs, everywhere in this project: world axes are right-handed (OpenDRIVE's), in a car x points
forward and y left, angles are counter-clockwise. **Left is positive** for offset, heading and curvature.
SI units. CARLA's left-handed axes are converted in `simulator.carla` (client) and at the embedded server's wire only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera

Ended = Literal["finished", "stuck", "collided", "departed"]
"""departed: left where a replayed recording can show what is seen."""
AHEAD_POINTS = 40


@dataclass(frozen=True, slots=True)
class Observation:
    """What a driver may know at one moment.

    image: (height, width, 3) uint8 RGB. speed: [m/s]. timestamp: [s] since the episode's start.
    """

    image: NDArray[np.uint8]
    speed: float
    timestamp: float


@dataclass(frozen=True, slots=True)
class Control:
    """What a driver commands until the next moment.

    curvature: path curvature at the rear axle [1/m], left positive; None hands the wheel to the server's autopilot.
    """

    curvature: float | None


@dataclass(frozen=True, slots=True)
class LanePose:
    """Privileged: where the car's origin is in its lane.

    offset: car minus lane centre [m]. heading: car minus lane [rad]. curvature: the lane's here [1/m].
    width: the lane's here [m]. ahead: (40, 2) [m] lane centre every metre along the lane from the car's
    projection on (row 0 is at 0 m), in the car's axes (x forward, y left).
    """

    offset: float
    heading: float
    curvature: float
    width: float
    ahead: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CarState:
    """Privileged: the motion of one car.

    position: (x, y) [m] world, right-handed. heading: world [rad]. speed: [m/s]. distance: along its road
    since the start of the road [m]. executed: yaw rate / speed, really driven [1/m] (0 below 0.5 m/s).
    speed_target: [m/s].
    """

    position: tuple[float, float]
    heading: float
    speed: float
    distance: float
    executed: float
    speed_target: float


@dataclass(frozen=True, slots=True)
class Moment:
    """All cars of a world at one tick. Each list has one entry a car, in the order of the group's roads.

    observations: None where the frame was lost or the car has ended. ended: None while the car drives on.
    The lanes and cars of ended cars keep their last values.
    """

    timestamp: float
    observations: list[Observation | None]
    lanes: list[LanePose]
    cars: list[CarState]
    ended: list[Ended | None]


@dataclass(frozen=True, slots=True)
class Group:
    """The unit of work: k roads driven at once in one world, one car on each.

    roads: names that `simulator.roads` understands: "generated:5003" (from a seed), "file:PATH" or "file:PATH#ROAD_ID"
    (an OpenDRIVE file; "#ROAD_ID@lsr" turns left, goes straight, turns right), "osm:PATH" (an OpenStreetMap extract),
    "ring:SEED" (a closed road), "town:Town04#12" (spawn point 12 of a CARLA town).
    """

    roads: tuple[str, ...]


class Policy(Protocol):
    """Who sits at the wheel of all cars at once. Recurrent state lives inside."""

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Forget everything and prepare for `cars` cars seen by `camera` every `period` seconds.

        Raises:
            LiquidlaneError: if the policy can't use this camera.
        """

    def forget(self, car: int) -> None:
        """Forget one car's past (after an intervention or the like); the others go on."""

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Choose a control for each car; where the observation is None, the last control holds.

        `lanes` is for privileged policies only; a learned driver must not look at it.
        """

    @property
    def neurons(self) -> NDArray[np.float32] | None:
        """Activity of the recurrent units after the last `act`, (cars, units), or None if there are none."""


class World(Protocol):
    """A road, cars, a camera and a clock."""

    @property
    def camera(self) -> Camera:
        """The camera of each car."""

    @property
    def period(self) -> float:
        """Seconds between two frames of the camera."""

    def reset(self, group: Group, seed: int) -> Moment:
        """Load the group's roads, put a car at the start of each and give the first moment."""

    def step(self, controls: Sequence[Control]) -> Moment:
        """Let each car obey its control for one camera period. Controls of ended cars are ignored."""

    def restore(self, car: int) -> None:
        """Put a car back on its lane centre, aligned, at its speed; takes effect before the next step's motion."""

    def route(self, car: int) -> NDArray[np.float64]:
        """Privileged: the lane centre of a car's way since the last reset, (M, 2) [m] world, right-handed.

        From the start of its road (where `CarState.distance` is 0) to where it counts as finished, so that the
        line's length is the distance at the finish. Points are at most a few metres apart.
        """

    def close(self) -> None:
        """Destroy the cars and let the server go."""
