"""Drives a road again and films it: what the driver sees, how it steers and where the car is in its lane."""

import io
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.condition import ConditionedPolicy
from simulator.rollout import RolloutStep, rollout
from simulator.world import Group, Policy, World

Image = NDArray[np.uint8]

WIDTH = 600
PANEL, CAPTION = 56, 24
RED, WHITE, GREY, DARK, BLUE = (226, 75, 60), (240, 240, 240), (150, 150, 150), (24, 26, 30), (80, 160, 255)
CURVATURE_RANGE = 0.05
"""Half the width of the steering gauge [1/m]: a bend of 20 m radius."""
OFFSET_RANGE = 2.5
"""Half the width of the offset gauge [m]."""
ALARM = 1.5
"""Seconds that the red border of an intervention stays."""
LIMIT_OF_RATE = {"maxrate": "350k", "bufsize": "700k"}
"""Image noise can't be compressed; without a limit 10 s of it take 4 MB."""


def film(policy: Policy, world: World, group: Group, seed: int, seconds: float) -> bytes:
    """Drive the first seconds of a road and give an mp4 (H.264, no sound).

    Under a `ConditionedPolicy` the film shows what the driver saw, with the condition's noise and lost frames.

    Args:
        policy: who drives.
        world: where; its camera gives the picture.
        group: the road; of several, the first is filmed.
        seed: of the world.
        seconds: how much is filmed at most.
    """
    steps = rollout(policy, world, group, seed, max_steps=max(1, round(seconds / world.period)))
    return encode(_draw_frames(steps, policy), 1 / world.period)


def _draw_frames(steps: Iterable[RolloutStep], policy: Policy) -> Iterable[Image]:
    """Draw the first car's frames; a lost frame repeats the picture before."""
    image: Image | None = None
    alarm_until = -1.0
    for step in steps:
        if step.moment.ended[0] is not None:
            return
        seen = step.moment.observations[0]
        if isinstance(policy, ConditionedPolicy) and not step.interventions[0]:
            seen = policy.seen[0]
        if seen is not None:
            image = seen.image
        if step.interventions[0]:
            alarm_until = step.moment.timestamp + ALARM
        if image is not None:
            yield draw_frame(image, step, alarm=step.moment.timestamp < alarm_until)


def draw_frame(image: Image, step: RolloutStep, *, alarm: bool) -> Image:
    """Draw one frame of the film: the camera's image enlarged below gauges (a player's buttons cover the lower edge).

    Args:
        image: (height, width, 3) uint8 RGB.
        step: of the rollout; its first car is shown.
        alarm: paint a red border, since somebody had to help.
    """
    factor = max(1, round(WIDTH / image.shape[1]))
    size = (image.shape[1] * factor // 2 * 2, image.shape[0] * factor // 2 * 2)
    large: Image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
    panel = np.full((PANEL, size[0], 3), DARK, np.uint8)
    lane, car, command = step.moment.lanes[0], step.moment.cars[0], step.controls[0].curvature
    curvature = car.executed if command is None else command
    middle = size[0] // 2
    draw_gauge(panel, 12, middle - 12, curvature / CURVATURE_RANGE, f"curvature {1000 * curvature:+.1f} /km", BLUE)
    edge = lane.width / 2 / OFFSET_RANGE
    colour = RED if abs(lane.offset) > lane.width / 2 else WHITE
    draw_gauge(
        panel, middle + 12, size[0] - 12, lane.offset / OFFSET_RANGE, f"offset {lane.offset:+.2f} m", colour, edge
    )
    large[:CAPTION] = large[:CAPTION] // 3
    write(large, f"{step.moment.timestamp:.1f} s", (12, 16))
    write(large, f"{3.6 * car.speed:.0f} km/h", (112, 16))
    write(large, f"{car.distance:.0f} m", (212, 16))
    if alarm:
        cv2.rectangle(large, (2, 2), (size[0] - 3, size[1] - 3), RED, 5)
        write(large, "put back into the lane", (312, 16))
    return np.concatenate([panel, large])


def draw_gauge(
    panel: Image, left: int, right: int, value: float, text: str, colour: tuple[int, int, int], edge: float = 0.0
) -> None:
    """Draw a scale with zero in the middle; left is positive. value, edge: in half widths of the scale."""
    middle, reach, y = (left + right) // 2, (right - left) // 2, PANEL - 18
    write(panel, text, (left, 18), GREY)
    cv2.line(panel, (left, y), (right, y), (70, 74, 80), 1, cv2.LINE_AA)
    cv2.line(panel, (middle, y - 8), (middle, y + 8), GREY, 1, cv2.LINE_AA)
    for side in (-edge, edge) if edge else ():
        x = round(middle + side * reach)
        cv2.line(panel, (x, y - 10), (x, y + 10), WHITE, 2, cv2.LINE_AA)
    x = round(middle - max(-1.0, min(1.0, value)) * reach)
    if edge:
        cv2.rectangle(panel, (x - 7, y - 6), (x + 7, y + 6), colour, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(panel, (min(middle, x), y - 5), (max(middle, x), y + 5), colour, -1)


def write(image: Image, text: str, place: tuple[int, int], colour: tuple[int, int, int] = WHITE) -> None:
    """Write text at (x, y) [px], the left end of its foot."""
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)


def encode(frames: Iterable[Image], rate: float, quality: int = 28) -> bytes:
    """Encode frames (height, width, 3) uint8 RGB of one even size as an mp4.

    Args:
        frames: at least one.
        rate: frames a second.
        quality: H.264's constant rate factor; smaller is better and bigger.

    Raises:
        ValueError: if there is no frame.
    """
    import av

    buffer = io.BytesIO()
    stream: Any = None
    with av.open(buffer, "w", format="mp4") as container:
        for frame in frames:
            if stream is None:
                options = {"crf": str(quality), "preset": "medium", "threads": "1", **LIMIT_OF_RATE}
                stream = container.add_stream("libx264", Fraction(rate).limit_denominator(1000), options=options)
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = "yuv420p"
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")):
                container.mux(packet)
        if stream is None:
            raise ValueError("there is no frame to film")
        for packet in stream.encode():
            container.mux(packet)
    return buffer.getvalue()
