"""The client's door: CARLA's left-handed metres, degrees and right-positive steer become ours here, and back.

Ours are right-handed, in radians, with left positive (see `simulator.world`). The functions take and give objects of
the `carla` module, which only the process that drives imports.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from simulator.camera import Camera

STANDSTILL = 0.5
"""Speed below which no curvature is measured [m/s]."""


class Motion(NamedTuple):
    """Where a car is and how it moves. x, y: [m]. heading: [rad]. speed: [m/s]. curvature: yaw rate / speed [1/m]."""

    x: float
    y: float
    heading: float
    speed: float
    curvature: float


def read_motion(actor: Any) -> Motion:
    """Read a `carla.ActorSnapshot`."""
    transform, velocity = actor.get_transform(), actor.get_velocity()
    speed = math.sqrt(velocity.x**2 + velocity.y**2 + velocity.z**2)
    yaw_rate = -math.radians(actor.get_angular_velocity().z)
    curvature = yaw_rate / speed if speed >= STANDSTILL else 0.0
    location = transform.location
    return Motion(location.x, -location.y, -math.radians(transform.rotation.yaw), speed, curvature)


def to_transform(x: float, y: float, z: float, heading: float) -> Any:
    """Give the `carla.Transform` of a level car."""
    import carla

    return carla.Transform(carla.Location(x, -y, z), carla.Rotation(yaw=-math.degrees(heading)))


def to_velocity(speed: float, heading: float) -> Any:
    """Give the `carla.Vector3D` of a level velocity."""
    import carla

    return carla.Vector3D(speed * math.cos(heading), -speed * math.sin(heading), 0.0)


def to_angular_velocity(yaw_rate: float) -> Any:
    """Give the `carla.Vector3D` [degrees/s] of a level car that turns at a rate [rad/s]."""
    import carla

    return carla.Vector3D(0.0, 0.0, -math.degrees(yaw_rate))


def to_camera_transform(camera: Camera) -> Any:
    """Give the `carla.Transform` that mounts a camera on its car."""
    import carla

    pitch, yaw, roll = -math.degrees(camera.pitch), -math.degrees(camera.yaw), math.degrees(camera.roll)
    return carla.Transform(carla.Location(camera.x, -camera.y, camera.z), carla.Rotation(pitch, yaw, roll))


class Steering:
    """Turns a path curvature at the rear axle into CARLA's steer, through the car's own physics numbers.

    wheelbase: [m]. rear_axle: how far the rear axle lies behind the actor's origin [m]. maximum: wheel angle [rad].
    """

    def __init__(self, physics: Any, transform: Any, gain: float) -> None:
        """Read a `carla.VehiclePhysicsControl` of a car that stands at `transform`."""
        places = [np.array([w.position.x, w.position.y, w.position.z]) / 100.0 for w in physics.wheels]
        places = [_to_car(place, places, transform) for place in places]
        steered = [w.max_steer_angle > 0 for w in physics.wheels]
        front = np.mean([place for place, steers in zip(places, steered, strict=True) if steers], axis=0)
        rear = np.mean([place for place, steers in zip(places, steered, strict=True) if not steers], axis=0)
        self.wheelbase = float(abs(front[0] - rear[0]))
        self.rear_axle = float(-rear[0])
        self.maximum = math.radians(max(w.max_steer_angle for w in physics.wheels))
        self._gain = gain
        self._curve_speed = [float(point.x) for point in physics.steering_curve] or [0.0]
        self._curve_share = [float(point.y) for point in physics.steering_curve] or [1.0]

    def steer(self, curvature: float, speed: float) -> float:
        """Give CARLA's steer in [-1, 1], right positive, for a curvature [1/m], left positive, at a speed [m/s]."""
        angle = math.atan(self.wheelbase * curvature) * self._gain
        share = float(np.interp(speed * 3.6, self._curve_speed, self._curve_share))
        return min(max(-angle / (self.maximum * share), -1.0), 1.0)


def _to_car(place: Any, places: list[Any], transform: Any) -> Any:
    """Bring a wheel's place [m] into the car's axes.

    A CARLA server gives wheels in world coordinates, the documentation promises the car's own: whichever centre of
    all wheels lies near tells which it is.
    """
    location = np.array([transform.location.x, transform.location.y, transform.location.z])
    centre = np.mean(places, axis=0)
    if np.linalg.norm(centre[:2]) <= np.linalg.norm((centre - location)[:2]):
        return place
    rotation = np.array(transform.get_matrix())[:3, :3]
    return rotation.T @ (place - location)
