"""One car of a CARLA world: its actors, its images, its pedals and its way."""

import math
import queue
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.carla.axes import (
    Motion,
    Steering,
    read_motion,
    to_angular_velocity,
    to_camera_transform,
    to_transform,
    to_velocity,
)
from simulator.errors import LiquidlaneError
from simulator.path import Path
from simulator.speed import SpeedConfig, SpeedControl, speed_profile
from simulator.world import CarState, Control, Ended, LanePose

FINISH_MARGIN = 30.0
"""A car has finished this far before its path's end [m]: what lies behind is what its driver looks at."""
START = 10.0
STUCK_SPEED, STUCK_TARGET, STUCK_TIME = 0.5, 1.0, 10.0
_GROUND = ("static.road", "static.roadline", "static.sidewalk", "static.ground", "static.terrain")


class Way:
    """The path of a car with its speed profile.

    start, finish: [m] along the path.
    """

    def __init__(self, path: Path, name: str, config: SpeedConfig, heights: NDArray[np.float64] | None = None) -> None:
        """Take a path, the road's name for messages, and heights at the path's samples [m] if they aren't its own."""
        self.path = path
        self._heights = path.height if heights is None else heights
        self.start = START
        self.finish = path.length - FINISH_MARGIN
        if self.finish < self.start + FINISH_MARGIN:
            raise LiquidlaneError(
                f"road {name} is {path.length:.0f} m long, too short to drive; use one of at least "
                f"{START + 2 * FINISH_MARGIN:.0f} m"
            )
        self._spacing = path.length / (len(path.s) - 1)
        self._profile = speed_profile(path.curvature, self._spacing, config)
        self._acceleration = self._profile * np.gradient(self._profile, self._spacing)

    def target(self, s: float) -> tuple[float, float]:
        """Give the target speed [m/s] and its acceleration [m/s²] at s."""
        place = s / self._spacing
        index = min(max(int(place), 0), len(self._profile) - 2)
        share = min(max(place - index, 0.0), 1.0)
        speed = (1 - share) * self._profile[index] + share * self._profile[index + 1]
        return float(speed), float(self._acceleration[index])

    def height(self, s: float) -> float:
        """Give the road's height [m] at s."""
        return float(np.interp(s, self.path.s, self._heights))

    def route(self) -> NDArray[np.float64]:
        """Give the lane centre from s = 0 to the finish, (M, 2) [m]."""
        inside = self.path.points[self.path.s < self.finish]
        return np.vstack([inside, self.path.pose_at(self.finish)[:2]])


class Car:
    """A car, its camera and its collision sensor in a CARLA world.

    Its state after each tick is in `lane`, `state` and `ended`.
    """

    lane: LanePose
    state: CarState

    def __init__(self, vehicle: Any, way: Way, steering: Steering, speed: SpeedConfig, period: float) -> None:
        """Take the spawned `carla.Vehicle` and its way."""
        self.vehicle = vehicle
        self.id: int = vehicle.id
        self.way = way
        self.ended: Ended | None = None
        self.vanished = False
        self.images: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.camera: Any = None
        self.collision_sensor: Any = None
        self._collided = False
        self._steering = steering
        self._pedals = SpeedControl(speed, period)
        self._period = period
        self._slow_time = 0.0
        self._s = way.start
        self._put_at: float | None = None
        self._speed = 0.0

    def watch(self, camera: Any, collision_sensor: Any) -> None:
        """Listen to the sensors; camera may be None."""
        self.camera, self.collision_sensor = camera, collision_sensor
        if camera is not None:
            camera.listen(self.images.put)
        collision_sensor.listen(self._on_collision)

    def _on_collision(self, event: Any) -> None:
        if not event.other_actor.type_id.startswith(_GROUND):
            self._collided = True

    def put(self, s: float, speed: float) -> None:
        """Have the next `commands` put the car on the lane centre at s [m], aligned and at a speed [m/s]."""
        self._put_at = s
        self._speed = speed

    def restore(self) -> None:
        """Have the next `commands` put the car on its lane centre, at its speed."""
        self.put(self._s, self._speed)

    def commands(self, control: Control, clearance: float) -> list[Any]:
        """Give the batch that makes the car obey until the next tick; one that is put somewhere follows its lane there.

        clearance: how far above the road it is put [m].
        """
        import carla

        batch: list[Any] = []
        wanted = control.curvature
        if self._put_at is not None:
            x, y, heading, curvature = self.way.path.pose_at(self._put_at)
            turn = to_angular_velocity(curvature * self._speed)
            z = self.way.height(self._put_at) + clearance
            batch.append(carla.command.ApplyTransform(self.id, to_transform(x, y, z, heading)))
            batch.append(carla.command.ApplyTargetAngularVelocity(self.id, turn))
            batch.append(carla.command.ApplyTargetVelocity(self.id, to_velocity(self._speed, heading)))
            self._put_at = None
            # its driver has not seen yet where it is now
            wanted = None if wanted is None else curvature
        if wanted is not None:
            batch.append(carla.command.ApplyVehicleControl(self.id, self._obey(wanted)))
        return batch

    def _obey(self, curvature: float) -> Any:
        import carla

        if not math.isfinite(curvature):
            raise LiquidlaneError(f"a driver commanded the curvature {curvature}; its weights or its input are broken")
        target, acceleration = self.way.target(self._s)
        throttle, brake = self._pedals.pedals(self._speed, target, acceleration)
        return carla.VehicleControl(throttle=throttle, brake=brake, steer=self._steering.steer(curvature, self._speed))

    def park(self) -> Any:
        """Stop the camera and give the command that holds the car."""
        import carla

        if self.camera is not None and self.camera.is_listening():
            self.camera.stop()
        return carla.command.ApplyVehicleControl(self.id, carla.VehicleControl(brake=1.0, hand_brake=True))

    def update(self, snapshot: Any) -> None:
        """Read the world's snapshot after a tick into `lane`, `state` and `ended`."""
        actor = snapshot.find(self.id)
        if actor is None:  # the Traffic Manager destroys cars at dead ends
            self.vanished = True
            self.ended = "finished" if self._s > self.way.finish - FINISH_MARGIN else "stuck"
            return
        motion = read_motion(actor)
        self.lane, s = self.way.path.lane_pose(motion.x, motion.y, motion.heading, self._s)
        self._s, self._speed = s, motion.speed
        self.state = self._describe(motion)
        self.ended = self._judge()

    def _describe(self, motion: Motion) -> CarState:
        return CarState(
            position=(motion.x, motion.y),
            heading=motion.heading,
            speed=motion.speed,
            distance=self._s,
            executed=motion.curvature,
            speed_target=self.way.target(self._s)[0],
        )

    def _judge(self) -> Ended | None:
        slow = self.state.speed < STUCK_SPEED and self.state.speed_target > STUCK_TARGET
        self._slow_time = self._slow_time + self._period if slow else 0.0
        if self._collided:
            return "collided"
        if self.state.distance >= self.way.finish:
            return "finished"
        return "stuck" if self._slow_time >= STUCK_TIME else None

    def image(self, frame: int, timeout: float) -> NDArray[np.uint8] | None:
        """Wait for the image of a frame; give it as (height, width, 3) RGB, or None if it does not come in time."""
        while True:
            try:
                image = self.images.get(timeout=timeout)
            except queue.Empty:
                return None
            if image.frame == frame:
                pixels = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
                rgb = np.empty((image.height, image.width, 3), np.uint8)
                cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB, dst=rgb)
                return rgb
            if image.frame > frame:
                return None

    def destroy(self) -> None:
        """Stop the sensors, then take everything out of the world."""
        for sensor in (self.camera, self.collision_sensor):
            if sensor is not None:
                if sensor.is_listening():
                    sensor.stop()
                sensor.destroy()
        self.camera = self.collision_sensor = None
        if not self.vanished:
            self.vehicle.destroy()


def spawn_vehicle(world: Any, blueprint: str, transform: Any, road: str) -> Any:
    """Put a `carla.Vehicle` into a world.

    Raises:
        LiquidlaneError: if there is no such blueprint or the place is taken.
    """
    library = world.get_blueprint_library()
    found = library.filter(blueprint)
    if len(found) != 1:
        raise LiquidlaneError(
            f"the server has {len(found)} blueprints named {blueprint!r}; set vehicle to one of "
            f"{', '.join(sorted(each.id for each in library.filter('vehicle.*'))[:8])}"
        )
    try:
        return world.spawn_actor(found[0], transform)
    except RuntimeError as error:
        if "collision" not in str(error):
            raise
        raise LiquidlaneError(
            f"no car can be put at the start of {road}, where something stands; choose another road"
        ) from error


def spawn_sensors(world: Any, vehicle: Any, camera: Camera | None) -> tuple[Any, Any]:
    """Fix a camera (None: none) and a collision sensor to a car."""
    import carla

    library = world.get_blueprint_library()
    eye = None
    if camera is not None:
        blueprint = library.find("sensor.camera.rgb")
        blueprint.set_attribute("image_size_x", str(camera.width))
        blueprint.set_attribute("image_size_y", str(camera.height))
        blueprint.set_attribute("fov", repr(math.degrees(camera.fov)))
        eye = world.spawn_actor(blueprint, to_camera_transform(camera), vehicle)
    return eye, world.spawn_actor(library.find("sensor.other.collision"), carla.Transform(), vehicle)
