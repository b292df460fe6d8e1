"""The World on the official CARLA client. Lives in a process that its parent may lose: the client can end it.

Together with `carla_axes`, `carla_car` and `carla_map` the only place that imports carla, and only when it drives.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import season_transform
from simulator.camera import Camera
from simulator.carla.autopilot import Autopilot
from simulator.carla.axes import Steering, to_transform
from simulator.carla.car import Car, Way, spawn_sensors, spawn_vehicle
from simulator.carla.connection import connect, make_weather, set_clock
from simulator.carla.map import load_roads
from simulator.errors import LiquidlaneError, ServerLostError
from simulator.launch import launch
from simulator.world import Control, Group, Moment, Observation
from simulator.world_config import WorldConfig

_SETTLE_TICKS = 20
"""Ticks that a real server's cars get to come to rest on their springs."""
_SPAWN_HEIGHT, _CLEARANCE = 0.5, 0.1
"""How far above the road a real server's cars are put, at rest and when driving [m]."""
_LOST_FRAMES = 3
_log = logging.getLogger(__name__)


def open_world(config: WorldConfig, *, cameras: bool = True) -> "CarlaWorld":
    """Start or find the server and give its world.

    Args:
        config: of the world.
        cameras: False for drivers that don't look: no image is drawn, each observation's has shape (0, 0, 3).

    Raises:
        LiquidlaneError: if there is no server of the right version.
    """
    return CarlaWorld(config, cameras=cameras)


class CarlaWorld:
    """Several cars in one world of a CARLA server, one on each road of a group, in step with its clock."""

    def __init__(self, config: WorldConfig, *, cameras: bool = True) -> None:
        """Start or find the server."""
        self._config = config
        self._draws = cameras
        self._camera = config.camera.camera()
        self._cars: list[Car] = []
        self._ways: list[Way] = []
        self._lost: list[int] = []
        self._seed = self._first_frame = 0
        self._loaded: tuple[Group, int] | None = None
        self._broken = ""
        self._closed = False
        self._autopilot: Autopilot | None = None
        self._world: Any = None
        self._open()

    def _open(self) -> None:
        self._server = launch(self._config)
        try:
            self._client = connect(self._server, self._config)
        except BaseException:
            self._server.close()
            raise
        if self._transforms_season:
            season = self._config.season
            _log.warning(season_transform.WARNING, self._server.address, season, season)

    @property
    def _transforms_season(self) -> bool:
        """Whether a season has to be made in the pictures, since the server has none."""
        return self._config.season != "summer" and not self._server.embedded

    @property
    def camera(self) -> Camera:
        """The camera of each car."""
        return self._camera

    @property
    def period(self) -> float:
        """Seconds between two frames of the camera."""
        return 1.0 / self._config.camera_rate

    def reset(self, group: Group, seed: int) -> Moment:
        """See `World.reset`. Roads are built once per (group, seed); cars start at their target speed.

        A world whose server was lost gets a new one.

        Raises:
            LiquidlaneError: if a road can't be driven.
            ServerLostError: if the server does not answer.
        """
        try:
            self._check()
        except ServerLostError:
            self._reopen()
        with self._talking(f"loading {', '.join(group.roads)}"):
            self._clear()
            if self._loaded != (group, seed):
                self._loaded = None
                self._load(group, seed)
                self._loaded = (group, seed)
            self._world.set_weather(make_weather(self._config.weather))
            for name, way in zip(group.roads, self._ways, strict=True):
                self._spawn(name, way)
            self._warm_up()
            for car in self._cars:
                car.put(car.way.start, car.way.target(car.way.start)[0])
            self._lost = [0] * len(self._cars)
            controls = [Control(car.way.path.pose_at(car.way.start)[3]) for car in self._cars]
            return self._advance(controls)

    def step(self, controls: Sequence[Control]) -> Moment:
        """See `World.step`.

        Raises:
            LiquidlaneError: if a curvature is no number.
            ServerLostError: if the server does not answer in time; only `reset` and `close` help then.
        """
        self._check()
        with self._talking("driving"):
            return self._advance(controls)

    def change_weather(self, weather: str | dict[str, float]) -> None:
        """Choose the weather that the next reset sets: a preset or fields, see `WorldConfig.weather`."""
        self._config = self._config.model_copy(update={"weather": weather})

    def restore(self, car: int) -> None:
        """See `World.restore`."""
        if self._cars[car].ended is None:
            self._cars[car].restore()

    def route(self, car: int) -> NDArray[np.float64]:
        """See `World.route`."""
        return self._cars[car].way.route()

    def close(self) -> None:
        """See `World.close`. A server that no longer answers is not waited for."""
        try:
            if not self._closed:
                self._check()
                with self._talking("closing"):
                    self._clear()
                    if not self._server.ours and self._loaded is not None:
                        set_clock(self._world, None)
        except ServerLostError as error:
            _log.warning("%s", error)
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        """Forget the server's things without a word to it, and end it if it is ours."""
        self._cars = []
        self._loaded = self._autopilot = self._world = self._client = None
        self._server.close()

    def _reopen(self) -> None:
        _log.warning("the world at %s gets a new start, since %s", self._server.address, self._broken)
        self._let_go()
        self._open()
        self._broken = ""

    def _check(self) -> None:
        if self._closed:
            raise LiquidlaneError(f"the world at {self._server.address} was closed; open a new one")
        if self._server.fate():
            self._broken = self._broken or f"its server is gone{self._server.fate()}"
        if self._broken:
            raise ServerLostError(f"the world at {self._server.address} stands still, since {self._broken}; reset it")

    @contextlib.contextmanager
    def _talking(self, doing: str) -> Iterator[None]:
        """Turn the client's errors into ours; after one the state of the server's clock is unknown."""
        try:
            yield
        except RuntimeError as error:
            self._broken = f"{doing} failed"
            time.sleep(0.1)  # a killed process takes a moment to be gone
            raise ServerLostError(
                f"the CARLA server at {self._server.address}{self._server.fate()} failed while {doing}: {error}; "
                "start again, with a longer call_timeout if the server was only slow"
            ) from error

    def _load(self, group: Group, seed: int) -> None:
        """Load the roads and take over the clock."""
        self._ways = load_roads(self._client, group, seed, self._config, self._server.embedded)
        self._world = self._client.get_world()
        set_clock(self._world, self._config, rendering=self._draws)
        self._seed = seed

    def _spawn(self, name: str, way: Way) -> None:
        """Put a car with its sensors at the start of its way, at rest."""
        x, y, heading, _ = way.path.pose_at(way.start)
        height = way.height(way.start) + (0.0 if self._server.embedded else _SPAWN_HEIGHT)
        transform = to_transform(x, y, height, heading)
        vehicle = spawn_vehicle(self._world, self._config.vehicle, transform, name)
        steering = Steering(vehicle.get_physics_control(), transform, self._config.steering_gain)
        car = Car(vehicle, way, steering, self._config.speed, self.period)
        self._cars.append(car)
        car.watch(*spawn_sensors(self._world, vehicle, self._camera if self._draws else None))

    def _warm_up(self) -> None:
        """Let the cars settle and the cameras connect; what they see meanwhile is thrown away."""
        import carla

        hold = carla.VehicleControl(brake=1.0, hand_brake=True)
        self._client.apply_batch([carla.command.ApplyVehicleControl(car.id, hold) for car in self._cars])
        frame = 0
        for _ in range(1 if self._server.embedded else _SETTLE_TICKS):
            frame = self._world.tick(self._config.call_timeout)
        while self._draws:  # a camera that connects late misses the first frames
            deadline = time.monotonic() + self._config.frame_timeout
            seen = [car.image(frame, 1.0) for car in self._cars]
            if all(image is not None for image in seen):
                break
            if time.monotonic() > deadline:
                raise RuntimeError("its cameras give no images")
            frame = self._world.tick(self._config.call_timeout)
        self._first_frame = frame + 1

    def _advance(self, controls: Sequence[Control]) -> Moment:
        """Send the controls, tick once and look around."""
        batch = []
        clearance = 0.0 if self._server.embedded else _CLEARANCE
        for car, control in zip(self._cars, controls, strict=True):
            if car.ended is None:
                self._hand_over(car, control)
                batch += car.commands(control, clearance)
        self._client.apply_batch(batch)
        ticking = self._world if self._autopilot is None else self._autopilot
        frame = ticking.tick(self._config.call_timeout)
        snapshot = self._world.get_snapshot()
        if snapshot.frame != frame:
            raise RuntimeError(
                f"its clock stands at frame {snapshot.frame} instead of {frame}; does another client tick?"
            )
        timestamp = (frame - self._first_frame) * self.period
        driving = [car for car in self._cars if car.ended is None]
        for car in driving:
            car.update(snapshot)
        observations = [self._observe(i, frame, timestamp) for i in range(len(self._cars))]
        self._park([car for car in driving if car.ended is not None])
        return Moment(
            timestamp,
            observations,
            [car.lane for car in self._cars],
            [car.state for car in self._cars],
            [car.ended for car in self._cars],
        )

    def _park(self, cars: list[Car]) -> None:
        """Hold cars that have ended, without a driver and without pictures."""
        if cars:
            for car in cars:
                if self._autopilot is not None:
                    self._autopilot.release(car)
            self._client.apply_batch([car.park() for car in cars])

    def _observe(self, index: int, frame: int, timestamp: float) -> Observation | None:
        car = self._cars[index]
        if car.ended is not None:
            return None
        image = car.image(frame, self._config.frame_timeout) if self._draws else np.zeros((0, 0, 3), np.uint8)
        self._lost[index] = self._lost[index] + 1 if image is None else 0
        if self._lost[index] >= _LOST_FRAMES:
            raise RuntimeError(f"{_LOST_FRAMES} images in a row of car {index} did not come")
        if image is not None and self._draws and self._transforms_season:
            image = season_transform.transform(image, self._config.season)
        return None if image is None else Observation(image, car.state.speed, timestamp)

    def _hand_over(self, car: Car, control: Control) -> None:
        """Give a car to the server's autopilot, or take it back."""
        wanted = control.curvature is None
        if wanted and self._autopilot is None:
            self._autopilot = Autopilot(self._client, self._world, self._seed)
        if self._autopilot is not None:
            self._autopilot.take(car) if wanted else self._autopilot.release(car)

    def _clear(self) -> None:
        """Take all cars out of the world."""
        if self._cars:  # every call below would wait for a server that is gone
            self._client.get_server_version()
        if self._autopilot is not None:
            self._autopilot.close()
            self._autopilot = None
        for car in self._cars:
            car.destroy()
        self._cars = []
