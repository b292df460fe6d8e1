"""A world without a server: kinematic cars on curved roads, drawn as a white-edged lane. Exact, so a reference."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.randomness import make_generator
from simulator.world import CarState, Control, Ended, Group, LanePose, Moment, Observation

SPACING = 0.5
WIDTH = 3.5


def make_center(road: str, length: float = 300.0) -> NDArray[np.float64]:
    """Integrate a smooth curvature profile that depends on the road's name: (M, 3) x, y, heading."""
    rng = make_generator(0, road)
    s = np.arange(0, length + SPACING, SPACING)
    knots = rng.uniform(-0.02, 0.02, int(length // 40) + 3)
    knots[0] = 0
    curvature = np.interp(s, np.linspace(0, length, len(knots)), knots)
    heading = np.concatenate([[0], np.cumsum(curvature[:-1] * SPACING)])
    middle = heading + curvature * SPACING / 2
    steps = SPACING * np.stack([np.cos(middle), np.sin(middle)], axis=1)
    points = np.concatenate([[[0.0, 0.0]], np.cumsum(steps, axis=0)[:-1]])
    return np.column_stack([points, heading, curvature])


class KinematicWorld:
    """Implements simulator.world.World."""

    def __init__(
        self, length: float = 300.0, speed: float = 10.0, period: float = 0.05, mirrored: bool = False
    ) -> None:
        self._length, self._speed, self._period = length, speed, period
        self._sign = -1.0 if mirrored else 1.0
        self._camera = Camera.from_fov(100, 48, 1.4, x=0.4, z=1.4, pitch=0.1)
        self.lost_frames: set[tuple[int, int]] = set()
        self.blocked: set[int] = set()

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def period(self) -> float:
        return self._period

    def reset(self, group: Group, seed: int) -> Moment:
        self._time, self._frame = 0.0, 0
        self._paths = []
        for index, road in enumerate(group.roads):
            path = make_center(road, self._length)
            path[:, 1:] *= self._sign
            path[:, 1] += 3000.0 * index
            self._paths.append(path)
        self._cars = [(path[0, 0], path[0, 1], path[0, 2], 0.0) for path in self._paths]
        self._ended: list[Ended | None] = [None] * len(self._paths)
        self._restore: set[int] = set()
        self._shade = 80 + seed % 40
        return self._moment()

    def step(self, controls: Sequence[Control]) -> Moment:
        self._time += self._period
        self._frame += 1
        for car, control in enumerate(controls):
            if self._ended[car] is None:
                self._move(car, control.curvature or 0.0)
        self._restore.clear()
        return self._moment()

    def _move(self, car: int, curvature: float) -> None:
        x, y, heading, _ = self._cars[car]
        if car in self._restore:
            x, y, heading = self._paths[car][self._nearest(car)][:3]
        reach = 0.0 if car in self.blocked else self._speed * self._period
        heading_after = heading + curvature * reach
        middle = (heading + heading_after) / 2
        self._cars[car] = (x + reach * np.cos(middle), y + reach * np.sin(middle), heading_after, curvature)
        if self._nearest(car) >= len(self._paths[car]) - 1:
            self._ended[car] = "finished"

    def restore(self, car: int) -> None:
        self._restore.add(car)

    def route(self, car: int) -> NDArray[np.float64]:
        return self._paths[car][:, :2].copy()

    def close(self) -> None:
        pass

    def _nearest(self, car: int) -> int:
        x, y = self._cars[car][:2]
        return int(np.argmin((self._paths[car][:, 0] - x) ** 2 + (self._paths[car][:, 1] - y) ** 2))

    def _moment(self) -> Moment:
        lanes, cars, seen = [], [], []
        for car, (x, y, heading, curvature) in enumerate(self._cars):
            row = self._nearest(car)
            px, py, direction, bend = self._paths[car][row]
            offset = -(x - px) * np.sin(direction) + (y - py) * np.cos(direction)
            along = row * SPACING + (x - px) * np.cos(direction) + (y - py) * np.sin(direction)
            rows = np.clip(row + np.arange(40) * 2, 0, len(self._paths[car]) - 1)
            ahead = self._paths[car][rows, :2] - (x, y)
            turn = np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])
            lanes.append(LanePose(float(offset), float(heading - direction), float(bend), WIDTH, ahead @ turn))
            cars.append(
                CarState((float(x), float(y)), float(heading), self._speed, float(along), curvature, self._speed)
            )
            lost = self._ended[car] is not None or (self._frame, car) in self.lost_frames
            seen.append(None if lost else Observation(self._draw(lanes[-1]), self._speed, self._time))
        return Moment(self._time, seen, lanes, cars, list(self._ended))

    def _draw(self, lane: LanePose) -> NDArray[np.uint8]:
        image = np.full((self._camera.height, self._camera.width, 3), (60, self._shade, 60), np.uint8)
        image[: self._camera.height // 3] = (150, 180, 220)
        for side in (-WIDTH / 2, WIDTH / 2):
            edge = np.column_stack([lane.ahead + np.array([0.0, side]), np.zeros(len(lane.ahead))])
            pixels = self._camera.project(edge[edge[:, 0] > 1.0])
            if len(pixels) > 1:
                cv2.polylines(image, [np.clip(pixels, -999, 999).astype(np.int32)], False, (240, 240, 240), 1)
        return image
