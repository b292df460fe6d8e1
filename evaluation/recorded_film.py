"""Films a recorded drive with two arcs on the road: what was steered, and what a driver would have steered."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.open_loop import NOMINAL_FOV, Recording
from evaluation.steering_arc import arc_on_road, assume_camera
from evaluation.video import BLUE, CAPTION, CURVATURE_RANGE, DARK, PANEL, WIDTH, draw_gauge, encode, write
from simulator.camera import Camera
from simulator.world import Observation, Policy

Image = NDArray[np.uint8]

PINK = (255, 47, 160)
FRACTION = 4  # bits of a pixel's fraction that lines are drawn with
FASTEST = 30.0
"""Frames a second of a film of single shots or of an odd clock."""


def film_recording(policy: Policy, recording: Recording, seconds: float) -> bytes:
    """Show a recorded drive to a policy, which does not steer it, and give an mp4 (H.264, no sound).

    Args:
        policy: who predicts; its memory runs on from frame to frame, as when it is scored.
        recording: its pictures, speeds and times.
        seconds: how much is filmed at most.
    """
    return encode(_draw_frames(policy, recording, seconds), min(FASTEST, 1 / recording.period))


def _draw_frames(policy: Policy, recording: Recording, seconds: float) -> Iterator[Image]:
    height, width = recording.image_size
    told = recording.camera or Camera.from_fov(width, height, NOMINAL_FOV)
    policy.reset(1, told, recording.period)
    start = float(recording.timestamp[0])
    for frame in range(len(recording)):
        time = float(recording.timestamp[frame]) - start
        if time > seconds:
            return
        image, speed = recording.image(frame), float(recording.speed[frame])
        predicted = policy.act([Observation(image, speed, time)], [])[0].curvature or 0.0
        yield draw_prediction(image, recording.camera, float(recording.curvature[frame]), predicted, time, speed)


def draw_prediction(
    image: Image, camera: Camera | None, recorded: float, predicted: float, time: float, speed: float
) -> Image:
    """Draw one frame: the picture enlarged, both arcs on it, gauges above.

    Args:
        image: (height, width, 3) uint8 RGB.
        camera: of the picture; without one the arcs show side and strength, not the place.
        recorded: label [1/m], pink, left positive.
        predicted: [1/m], blue.
        time: [s].
        speed: [m/s].
    """
    height, width = image.shape[:2]
    factor = max(1, round(WIDTH / width))
    size = (width * factor // 2 * 2, height * factor // 2 * 2)
    large: Image = np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    view = camera or assume_camera(height, width)
    for curvature, colour in ((recorded, PINK), (predicted, BLUE)):
        for wheel in arc_on_road(view, curvature):
            _draw_line(large, (wheel + 0.5) * (size[0] / width) - 0.5, colour)
    panel = np.full((PANEL, size[0], 3), DARK, np.uint8)
    middle = size[0] // 2
    for left, right, curvature, name, colour in (
        (12, middle - 12, recorded, "recorded", PINK),
        (middle + 12, size[0] - 12, predicted, "predicted", BLUE),
    ):
        draw_gauge(panel, left, right, curvature / CURVATURE_RANGE, f"{name} {1000 * curvature:+.1f} /km", colour)
    large[:CAPTION] = large[:CAPTION] // 3
    write(large, f"{time:.1f} s", (12, 16))
    write(large, f"{3.6 * speed:.0f} km/h", (112, 16))
    if camera is None:
        write(large, "camera unknown: side and strength", (212, 16))
    return np.concatenate([panel, large])


def _draw_line(image: Image, points: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    """Draw a line through points (N, 2) [px] that lie in or near the picture."""
    reach = 4 * max(image.shape)
    known = points[np.isfinite(points).all(axis=1) & (np.abs(points) < reach).all(axis=1)]
    scaled = np.rint(known * (1 << FRACTION)).astype(np.int32).reshape(-1, 1, 2)
    for thickness, shade in ((4, (0, 0, 0)), (2, colour)):  # a dark rim, so that it is seen on any ground
        cv2.polylines(image, [scaled], False, shade, thickness, cv2.LINE_AA, FRACTION)
