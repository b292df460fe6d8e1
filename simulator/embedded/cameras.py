"""Camera sensors: rgb, semantic segmentation, depth, instance segmentation; and how a tick's pictures are taken."""

import math
import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

from simulator.camera import Camera
from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose, rotation_matrix
from simulator.embedded.blueprints import DEPTH_CAMERA, INSTANCE_CAMERA, RGB_CAMERA, SEMANTIC_CAMERA
from simulator.embedded.embodiment import bodies_of
from simulator.embedded.protocol import SensorType, pack_image_header, pack_sensor_header
from simulator.embedded.sensor import Sensor
from simulator.embedded.streaming import Streams
from simulator.embedded.vehicle import Vehicle

if TYPE_CHECKING:
    from simulator.embedded.render import Beam, Body, Renderer, Shot
    from simulator.embedded.render.renderer import Picture

ABOVE_ROOF = 1.0
"""A camera over its own car, less than this above the roof [m], does not see the car: it would hide the road."""

_TYPES = {
    RGB_CAMERA: SensorType.RGB_CAMERA,
    SEMANTIC_CAMERA: SensorType.SEMANTIC_CAMERA,
    DEPTH_CAMERA: SensorType.DEPTH_CAMERA,
    INSTANCE_CAMERA: SensorType.INSTANCE_CAMERA,
}


class CameraSensor(Sensor):
    """A camera; what is in its pictures, its blueprint says.

    number: what its noise and raindrops follow from; that of its place, so that it is the same in every process.
    """

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        from simulator.embedded.render.lens import read_lens

        super().__init__(actor_id, description, pose, attributes)
        self.kind = self.blueprint_id.removeprefix("sensor.camera.")
        width, height = int(attributes["image_size_x"]), int(attributes["image_size_y"])
        fov = float(attributes["fov"])
        self.camera = Camera.from_fov(width, height, math.radians(fov), z=0.0)
        self.number = zlib.crc32(repr((width, height, fov, *(round(value, 4) for value in pose))).encode())
        self._to_body = self.camera.rotation()
        self._image_header = pack_image_header(width, height, fov)
        self._lens = read_lens(attributes, width)
        self._pictures = 0
        self._last: Pose | None = None
        self._velocity = (0.0, 0.0, 0.0)

    def move(self, delta: float) -> None:
        """Take note of where it is now, `delta` seconds after the last time."""
        now, last = self.pose, self._last
        if last is not None and now is not last:
            self._velocity = (now.x - last.x) / delta, (now.y - last.y) / delta, (now.z - last.z) / delta
        elif last is not None:
            self._velocity = (0.0, 0.0, 0.0)
        self._last = now

    def prepare_ahead(self, renderer: "Renderer") -> bool:
        """Have a piece made of what it will see soon; tells whether there was any."""
        return renderer.prepare_ahead(self.camera, self.pose[:3], self._velocity)

    @property
    def view(self) -> tuple[Any, ...]:
        """What is equal for cameras whose pictures show the same; only of rgb cameras the lens matters."""
        camera = self.camera
        return self.pose, camera.width, camera.height, camera.fx, self.parent.id if self.parent is not None else 0

    def shot(self, looks: Sequence[tuple[Actor, "list[Body]"]], beams: "tuple[Beam, ...]" = ()) -> "Shot":
        """Say what picture to take now. looks: vehicles and walkers with their bodies. beams: those that are on."""
        from simulator.embedded.render import Shot

        pose = self.pose
        picture = self._pictures
        self._pictures += 1
        return Shot(
            self.camera,
            (pose.x, pose.y, pose.z),
            rotation_matrix(pose) @ self._to_body,
            tuple(body for actor, bodies in looks if self.sees(actor) for body in bodies),
            beams,
            self._velocity,
            self._lens,
            self.number,
            picture,
        )

    def send(self, streams: Streams, frame: int, elapsed: float, picture: "Picture") -> None:
        """Send a picture to its subscribers."""
        header = pack_sensor_header(_TYPES[self.blueprint_id], frame, elapsed, self.pose)
        streams.send(self.stream_id, [header, self._image_header, picture.data.cast("B")], droppable=True)

    def sees(self, actor: Actor) -> bool:
        """Tell whether an actor is in its pictures: all but the one that carries it, unless it looks from outside."""
        if actor is not self.parent:
            return True
        x, y, z = self.relative[:3]
        half = actor.half_size
        return abs(x) > half[0] or abs(y) > half[1] or z > actor.box_middle[2] + half[2] + ABOVE_ROOF


def _beam(vehicle: Vehicle) -> "Beam":
    """Give a vehicle's headlights."""
    from simulator.embedded.render import Beam

    pose, half = vehicle.pose, vehicle.half_size
    return Beam((pose.x, pose.y, pose.z), (math.cos(pose.yaw), math.sin(pose.yaw)), half[0], half[1])


def group_cameras(cameras: Sequence[CameraSensor]) -> list[list[CameraSensor]]:
    """Put cameras together that see the same, so that rays are cast once for them; of an rgb camera one each."""
    groups: dict[tuple[Any, ...], list[CameraSensor]] = {}
    for camera in cameras:
        key = camera.view
        while any(other.kind == camera.kind for other in groups.get(key, ())):
            key = (*key, camera.kind)
        groups.setdefault(key, []).append(camera)
    return list(groups.values())


class Studio:
    """Takes pictures on all cores; they are the same however many there are."""

    def __init__(self, workers: int | None = None) -> None:
        """workers: threads beside the caller's, None for one less than there are cores."""
        self._workers = max(_cores() - 1, 0) if workers is None else workers
        self._pool = ThreadPoolExecutor(self._workers, "camera") if self._workers else None

    def take(
        self, renderer: "Renderer", cameras: Sequence[CameraSensor], actors: Sequence[Actor]
    ) -> dict[int, "Picture"]:
        """Take the pictures of cameras; gives them by the cameras' ids."""
        groups = group_cameras(cameras)
        # the rgb camera of a group, if any, decides on the lens
        looks = [(each, bodies_of(each, each.id & 0xFFFF)) for each in actors]
        beams = tuple(_beam(each) for each in actors if isinstance(each, Vehicle)) if renderer.lit else ()
        shots = [max(group, key=lambda camera: camera.kind == "rgb").shot(looks, beams) for group in groups]
        taken: dict[int, Picture] = {}
        rest = iter(range(len(groups)))

        def work() -> None:
            for k in rest:
                pictures = renderer.take(shots[k], [camera.kind for camera in groups[k]])
                for camera, picture in zip(groups[k], pictures, strict=True):
                    taken[camera.id] = picture

        helpers = min(self._workers, len(groups) - 1)
        futures = [self._pool.submit(work) for _ in range(helpers)] if self._pool is not None else []
        work()
        for future in futures:
            future.result()
        return taken


@cache
def open_studio() -> Studio:
    """Give the server's studio."""
    return Studio()


def _cores() -> int:
    return len(os.sched_getaffinity(0))
