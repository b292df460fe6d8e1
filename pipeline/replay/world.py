"""A World made from a recorded drive: its pictures, seen from where the car would be by now.

In the manner of VISTA (Amini et al. 2020, "Learning Robust Control Policies for End-to-End Autonomous Driving from
Data-Driven Simulation"): the car moves freely about the recorded way; what it sees is the last picture taken before
its place, shifted and turned as if the road were flat and all above the horizon infinitely far
(`pipeline.augmentation.viewpoint`). That holds near the recorded way only, so an episode ends at the limit of valid
views.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.augmentation.viewpoint import move_view
from pipeline.drives.drive import Drive
from pipeline.replay.path import DrivenPath, drive_path
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.world import CarState, Control, Ended, Group, LanePose, Moment, Observation

OFFSET_LIMIT = 1.5
"""[m] beside the recorded way, up to which a shifted view is believed."""
HEADING_LIMIT = math.radians(10)
"""[rad] askew, likewise."""
ASSUMED_FOV = 1.2
"""Horizontal field of view of a recording that does not know its camera [rad]; it looks level, 1.4 m above ground."""


class ReplayWorld:
    """Drives one recorded drive again. A `simulator.world.World` for groups of exactly one road, its `name`.

    The car goes at the recorded speed of each place and turns as commanded, at once; Control(None) follows the
    recorded way. LanePose: the recorded way stands for the lane's centre, its width is twice the limit of valid views.
    Beyond that limit the episode ends "departed". Standstill is passed over.

    name: of the drive, with the frames if it is not the whole drive. smoothing: seconds over which the recorded
    steering was averaged to make it drivable, 0 if it was not; see `pipeline.replay.path.drive_path`.

    Args:
        drive: what was recorded.
        start: first frame.
        stop: behind the last frame; None is the drive's end.
        camera: of the pictures; None is the drive's, or an assumed one.

    Raises:
        LiquidlaneError: if the car hardly moved, or pictures are too far apart.
    """

    def __init__(self, drive: Drive, start: int = 0, stop: int | None = None, *, camera: Camera | None = None) -> None:
        self._drive = drive
        stop = len(drive) if stop is None else stop
        self.name = drive.name if stop - start == len(drive) else f"{drive.name} {start}-{stop}"
        height, width = drive.image_size
        self._camera = camera or drive.camera or Camera.from_fov(width, height, ASSUMED_FOV)
        self._driven: DrivenPath = drive_path(drive, start, stop, 2 * OFFSET_LIMIT)
        self.smoothing = self._driven.smoothing
        self._picture: tuple[int, NDArray[np.uint8]] = (-1, np.empty((0, 0, 3), np.uint8))
        self._put(0.0)

    @property
    def camera(self) -> Camera:
        """The recording's camera; where it is unknown, an assumed one of the same size."""
        return self._camera

    @property
    def period(self) -> float:
        """Seconds between two frames: the recording's."""
        return self._drive.period

    def reset(self, group: Group, seed: int) -> Moment:
        """Put the car at the start of the recorded way; nothing here is random.

        Raises:
            LiquidlaneError: if the group is another one than the drive.
        """
        if group.roads != (self.name,):
            raise LiquidlaneError(
                f"a replay of {self.name!r} can't drive {', '.join(group.roads)}; open a replay for each drive"
            )
        self._steps = 0
        self._executed = 0.0
        self._ended: Ended | None = None
        self._put(0.0)
        return self._look()

    def step(self, controls: Sequence[Control]) -> Moment:
        """Let the car obey for one period."""
        if self._ended is None:
            curvature = controls[0].curvature
            self._steps += 1
            if curvature is None:
                self._follow()
            else:
                self._turn(curvature)
            self._judge()
        return self._look()

    def restore(self, car: int) -> None:
        """Put the car back on the recorded way, aligned."""
        self._put(self._s)

    def route(self, car: int) -> NDArray[np.float64]:
        """Give the recorded way, (M, 2) [m], on a plane that begins where the drive does."""
        return self._driven.path.points.copy()

    def close(self) -> None:
        """Forget the picture."""
        self._picture = (-1, np.empty((0, 0, 3), np.uint8))

    def _put(self, s: float) -> None:
        """Put the car on the recorded way."""
        x, y, heading, _ = self._driven.path.pose_at(s)
        self._x, self._y, self._heading, self._s = x, y, heading, s
        self._lane: LanePose = self._driven.path.lane_pose(x, y, heading, s)[0]

    def _speed(self) -> float:
        return float(np.interp(self._s, self._driven.place, self._driven.speed))

    def _turn(self, curvature: float) -> None:
        """Move along an arc."""
        distance = self._speed() * self.period
        turn = curvature * distance
        chord = distance * float(np.sinc(turn / math.tau))
        self._x += chord * math.cos(self._heading + turn / 2)
        self._y += chord * math.sin(self._heading + turn / 2)
        self._heading += turn
        self._executed = curvature
        self._lane, self._s = self._driven.path.lane_pose(self._x, self._y, self._heading, self._s)

    def _follow(self) -> None:
        """Move along the recorded way."""
        before = self._s
        self._put(before + self._speed() * self.period)
        turned = self._driven.path.pose_at(self._s)[2] - self._driven.path.pose_at(before)[2]
        self._executed = turned / (self._s - before)

    def _judge(self) -> None:
        """Find out whether the way or the valid views end here."""
        if self._s > self._driven.path.length - 1e-6:
            self._ended = "finished"
        elif abs(self._lane.offset) > OFFSET_LIMIT or abs(self._lane.heading) > HEADING_LIMIT:
            self._ended = "departed"

    def _look(self) -> Moment:
        speed, time = self._speed(), self._steps * self.period
        seen = None if self._ended else Observation(self._view(), speed, time)
        state = CarState(
            (self._x, self._y), self._heading, speed, max(self._s, 0.0), self._executed, speed_target=speed
        )
        return Moment(time, [seen], [self._lane], [state], [self._ended])

    def _view(self) -> NDArray[np.uint8]:
        """Give what the car sees: the last picture taken before its place, moved to where it is."""
        number = max(0, int(np.searchsorted(self._driven.place, self._s, side="right")) - 1)
        frame = int(self._driven.frames[number])
        if self._picture[0] != frame:
            self._picture = (frame, self._drive.image(frame))
        x, y, heading, _ = self._driven.path.pose_at(float(self._driven.place[number]))
        x -= self._driven.aside[number] * math.sin(heading)
        y += self._driven.aside[number] * math.cos(heading)
        heading += self._driven.askew[number]
        along, across = self._x - x, self._y - y
        cosine, sine = math.cos(heading), math.sin(heading)
        ahead, shift = cosine * along + sine * across, cosine * across - sine * along
        yaw = self._heading - heading
        if abs(shift) < 1e-6 and abs(yaw) < 1e-7 and abs(ahead) < 1e-6:
            return self._picture[1]
        view: NDArray[np.uint8] = move_view(self._picture[1][None], self._camera, shift, yaw, ahead=ahead)[0]
        return view
