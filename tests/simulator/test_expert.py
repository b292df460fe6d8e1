"""The privileged drivers, on a kinematic car that is not the project's own dynamics."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.camera import Camera
from simulator.expert import REAR_AXLE, AutopilotExpert, Expert, NoiseConfig, NoisyExpert, expert_curvature
from simulator.path import Path
from simulator.world import Control, LanePose, Observation

CAMERA = Camera.from_fov(200, 78, math.pi / 2)
PERIOD = 0.05


def lane_on_circle(curvature: float, offset: float = 0.0, heading: float = 0.0) -> LanePose:
    """The LanePose of a car beside a lane of constant curvature, from plane geometry."""
    s = np.arange(40.0)
    if curvature:
        points = np.stack([np.sin(curvature * s), 1 - np.cos(curvature * s)], axis=1) / curvature
    else:
        points = np.stack([s, 0 * s], axis=1)
    cosine, sine = math.cos(heading), math.sin(heading)
    ahead = (points - (0.0, offset)) @ np.array([[cosine, -sine], [sine, cosine]])
    return LanePose(offset, heading, curvature, 3.5, ahead)


def see(speed: float) -> Observation:
    return Observation(np.zeros((0, 0, 3), np.uint8), speed, 0.0)


def winding_path(seed: int = 0) -> Path:
    """Bends of radius 30 to 200 m joined by clothoids, integrated from their curvature."""
    generator = np.random.default_rng(seed)
    curvature = [0.0] * 100
    for _ in range(10):
        peak = generator.choice((-1, 1)) / math.exp(generator.uniform(math.log(30), math.log(200)))
        curvature += [*np.linspace(0, peak, 50), *[peak] * 60, *np.linspace(peak, 0, 50), *[0.0] * 40]
    heading = np.cumsum(curvature) * 0.5
    return Path.from_points(np.stack([np.cumsum(np.cos(heading)), np.cumsum(np.sin(heading))], axis=1) * 0.5, 3.5)


def drive_kinematic(policy: Expert, path: Path, steps: int, speed: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Offsets of the car's origin and commands; the rear axle follows the commanded curvature at once."""
    x, y, heading, _ = path.pose_at(10.0)
    s, offsets, commands = 10.0, [], []
    policy.reset(1, CAMERA, PERIOD)
    for _ in range(steps):
        lane, s = path.lane_pose(x, y, heading, s)
        (control,) = policy.act([see(speed)], [lane])
        assert control.curvature is not None
        offsets.append(lane.offset)
        commands.append(control.curvature)
        rear_x, rear_y = x - REAR_AXLE * math.cos(heading), y - REAR_AXLE * math.sin(heading)
        turn = speed * PERIOD * control.curvature
        rear_x += speed * PERIOD * math.cos(heading + turn / 2)
        rear_y += speed * PERIOD * math.sin(heading + turn / 2)
        heading += turn
        x, y = rear_x + REAR_AXLE * math.cos(heading), rear_y + REAR_AXLE * math.sin(heading)
    return np.array(offsets), np.array(commands)


@pytest.mark.parametrize("radius", [25.0, 60.0, 200.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_expert_drives_a_circle_whose_rear_axle_it_is_on(radius: float, side: int) -> None:
    # the rear axle is on the circle; the origin is then outside, and heads out by atan(rear axle / radius)
    kappa = side / radius
    outer = math.hypot(radius, REAR_AXLE)
    lane = lane_on_circle(kappa, offset=side * (radius - outer), heading=-side * math.atan2(REAR_AXLE, radius))
    assert expert_curvature(lane, 8.0) == pytest.approx(kappa, rel=0.01)


@given(st.floats(-0.04, 0.04), st.floats(-3, 3), st.floats(-0.6, 0.6), st.floats(0, 20))
def test_mirrored_lane_gives_mirrored_curvature(kappa: float, offset: float, heading: float, speed: float) -> None:
    here = expert_curvature(lane_on_circle(kappa, offset, heading), speed)
    mirrored = expert_curvature(lane_on_circle(-kappa, -offset, -heading), speed)
    assert mirrored == pytest.approx(-here, abs=1e-12)


@given(st.floats(-2, 2), st.floats(-0.3, 0.3))
def test_left_of_the_lane_it_steers_right_of_where_it_would(offset: float, heading: float) -> None:
    centred = expert_curvature(lane_on_circle(0.01, 0.0, heading), 8.0)
    beside = expert_curvature(lane_on_circle(0.01, offset, heading), 8.0)
    assert math.copysign(1, beside - centred) == -math.copysign(1, offset) or abs(offset) < 1e-9


@given(st.floats(-0.04, 0.04), st.floats(-2, 2), st.floats(-0.4, 0.4), st.floats(5, 14))
def test_answer_is_continuous(kappa: float, offset: float, heading: float, speed: float) -> None:
    here = expert_curvature(lane_on_circle(kappa, offset, heading), speed)
    near = expert_curvature(lane_on_circle(kappa, offset + 1e-4, heading + 1e-5), speed + 1e-4)
    assert abs(here - near) < 1e-4


def test_clean_expert_keeps_the_centre_of_a_winding_road() -> None:
    path = winding_path()
    offsets, commands = drive_kinematic(Expert(), path, 2200)
    assert np.abs(offsets).mean() <= 0.08
    assert np.abs(offsets).max() <= 0.4
    assert np.abs(np.diff(commands)).mean() < 4e-4


def test_noise_spreads_the_car_as_intended_and_comes_back() -> None:
    spreads = []
    for seed in range(4):
        offsets, _ = drive_kinematic(NoisyExpert(seed), winding_path(seed), 2200)
        spreads.append(offsets.std())
        assert np.abs(offsets).max() < 2.0
    assert 0.1 < np.mean(spreads) < 0.5


def test_noise_of_strength_zero_is_the_clean_expert() -> None:
    path = winding_path()
    clean = drive_kinematic(Expert(), path, 300)[1]
    np.testing.assert_array_equal(drive_kinematic(NoisyExpert(3, NoiseConfig(strength=0.0)), path, 300)[1], clean)


def test_noise_depends_on_seed_and_car_but_not_on_the_number_of_cars() -> None:
    lane = lane_on_circle(0.01)

    def commands(seed: int, cars: int) -> np.ndarray:
        policy = NoisyExpert(seed)
        policy.reset(cars, CAMERA, PERIOD)
        return np.array([[c.curvature for c in policy.act([see(8.0)] * cars, [lane] * cars)] for _ in range(200)])

    few, many, other = commands(1, 2), commands(1, 5), commands(2, 2)
    np.testing.assert_array_equal(few, many[:, :2])
    assert not np.allclose(few[:, 0], few[:, 1])
    assert not np.allclose(few, other)


def test_noise_lets_go_far_off_the_lane() -> None:
    policy = NoisyExpert(0, NoiseConfig(strength=3.0))
    policy.reset(1, CAMERA, PERIOD)
    lane = lane_on_circle(0.0, offset=1.6)
    for _ in range(300):
        assert policy.act([see(8.0)], [lane])[0].curvature == expert_curvature(lane, 8.0)


def test_lost_frame_holds_the_last_control_until_forgotten() -> None:
    policy = Expert()
    policy.reset(1, CAMERA, PERIOD)
    lane = lane_on_circle(0.02)
    seen = policy.act([see(8.0)], [lane])
    assert policy.act([None], [lane_on_circle(-0.02)]) == seen
    policy.forget(0)
    assert policy.act([None], [lane]) == [Control(0.0)]


def test_autopilot_leaves_the_wheel() -> None:
    policy = AutopilotExpert()
    policy.reset(2, CAMERA, PERIOD)
    assert policy.act([see(8.0), None], [lane_on_circle(0.0)] * 2) == [Control(None), Control(None)]
