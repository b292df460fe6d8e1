"""Steering against motion: sign, delay and scale are found, on made drives and on a real car."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.signals.curvature import from_steering_wheel, from_yaw_rate
from pipeline.signals.motion import compare_with_motion, yaw_rate_of_headings
from pipeline.signals.resample import at_frames
from tests.pipeline.ingest.recorded import DRIVES, real

TIMES = np.arange(0, 30, 0.05)


def road(times: np.ndarray) -> np.ndarray:
    return np.asarray(0.02 * np.sin(times * 0.9) + 0.01 * np.sin(times * 2.3 + 1))


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.6, 0.6), st.sampled_from([1, -1]), st.floats(0.3, 3))
def test_what_was_put_in_comes_out(delay: float, sign: int, scale: float) -> None:
    noise = np.random.default_rng(0).normal(0, 1e-3, len(TIMES))
    found = compare_with_motion(TIMES, road(TIMES), sign * scale * road(TIMES - delay) + noise * scale)
    assert found is not None
    assert found.sign_is_right is (sign > 0)
    assert found.delay == pytest.approx(delay, abs=0.02)
    assert found.scale == pytest.approx(sign * scale, rel=0.05)


def test_what_can_not_be_told_is_not_told() -> None:
    assert compare_with_motion(TIMES, np.zeros(len(TIMES)), road(TIMES)) is None, "a straight road"
    assert compare_with_motion(TIMES[:20], road(TIMES[:20]), road(TIMES[:20])) is None, "too short"
    assert compare_with_motion(TIMES, np.full(len(TIMES), np.nan), road(TIMES)) is None
    noise = np.random.default_rng(1).normal(0, 0.01, len(TIMES))
    found = compare_with_motion(TIMES, road(TIMES), noise)
    assert found is not None and found.sign_is_right is None
    assert "can't be compared" in str(found)


def test_sentences() -> None:
    assert "agrees with the motion (correlation +1.00)" in str(compare_with_motion(TIMES, road(TIMES), road(TIMES)))
    assert "OPPOSITE" in str(compare_with_motion(TIMES, road(TIMES), -road(TIMES)))


@real
def test_a_real_car_steers_left_where_it_turns_left() -> None:
    """Found by hand by those who gave the set: left is positive, correlation 0.77 with the yaw rate of the pose."""
    segment = next((DRIVES / "comma2k19_signals").glob("**/processed_log")).parent
    frames = np.load(segment / "global_pose" / "frame_times")
    orientation = np.load(segment / "global_pose" / "frame_orientations")  # quaternions, from the car to the earth
    position = np.load(segment / "global_pose" / "frame_positions")
    up = position[0] / np.linalg.norm(position[0])
    w, x, y, z = orientation.T
    forward = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], axis=1)
    east = np.cross([0, 0, 1], up)
    east /= np.linalg.norm(east)
    heading = np.arctan2(forward @ np.cross(up, east), forward @ east)  # counter-clockwise from east
    can = segment / "processed_log" / "CAN"
    angle = at_frames(np.load(can / "steering_angle/t"), np.load(can / "steering_angle/value"), frames)
    speed = at_frames(np.load(can / "speed/t"), np.load(can / "speed/value"), frames)
    steering = from_steering_wheel(np.radians(angle), 15.4, 2.7)
    found = compare_with_motion(frames, steering, from_yaw_rate(yaw_rate_of_headings(frames, heading), speed))
    assert found is not None and found.sign_is_right
    assert found.correlation > 0.77
    assert 0 < found.delay < 0.5
