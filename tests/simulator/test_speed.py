"""Target speeds and pedals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.speed import SpeedConfig, SpeedControl, speed_profile

SPACING = 0.5
curvatures = st.lists(st.floats(-0.05, 0.05), min_size=20, max_size=120).map(np.array)


@given(curvatures)
def test_profile_keeps_every_limit(curvature: np.ndarray) -> None:
    config = SpeedConfig()
    speed = speed_profile(curvature, SPACING, config)
    assert speed.shape == curvature.shape
    assert (speed >= config.minimum - 1e-9).all()
    assert (speed <= config.maximum + 1e-9).all()
    lateral = speed**2 * np.abs(curvature)
    assert (lateral <= np.maximum(config.lateral_acceleration, config.minimum**2 * np.abs(curvature)) + 1e-9).all()
    acceleration = np.diff(speed**2) / (2 * SPACING)
    assert acceleration.max() <= config.acceleration + 1e-9
    assert acceleration.min() >= -config.braking - 1e-9


@given(curvatures)
def test_left_and_right_are_driven_equally_fast(curvature: np.ndarray) -> None:
    config = SpeedConfig()
    np.testing.assert_array_equal(speed_profile(curvature, SPACING, config), speed_profile(-curvature, SPACING, config))


def test_straight_is_driven_at_the_maximum_and_a_bend_at_its_lateral_acceleration() -> None:
    config = SpeedConfig()
    curvature = np.zeros(400)
    curvature[200:260] = 1 / 40
    speed = speed_profile(curvature, SPACING, config)
    assert speed[0] == config.maximum
    assert speed[230] == pytest.approx(10.0)  # sqrt(2.5 * 40)
    # braking has ended `window` before the bend and 13 -> 10 m/s took (169 - 100) / (2 * 2) m
    assert speed[200 - 8] == pytest.approx(10.0)
    assert speed[200 - 8 - 36] == config.maximum
    assert speed[200 - 8 - 30] < config.maximum


def drive(control: SpeedControl, target: float, seconds: float, drag: float, power: float) -> list[float]:
    """A point mass with drag; power is what a full throttle gives [m/s²]."""
    speed, trace = 0.0, []
    for _ in range(round(seconds / 0.05)):
        throttle, brake = control.pedals(speed, target)
        speed = max(0.0, speed + 0.05 * (power * throttle - 9.0 * brake - drag * speed * speed))
        trace.append(speed)
    return trace


@pytest.mark.parametrize("power", [3.0, 5.0, 9.0])
def test_pedals_reach_and_hold_the_target_without_much_overshoot(power: float) -> None:
    trace = drive(SpeedControl(SpeedConfig(), 0.05), 10.0, 30.0, 0.002, power)
    assert trace[-1] == pytest.approx(10.0, abs=0.1)
    assert max(trace) < 11.0


def test_pedals_stop_at_a_speed_that_is_no_number() -> None:
    assert SpeedControl(SpeedConfig(), 0.05).pedals(float("nan"), 10.0) == (0.0, 1.0)


def test_config_refuses_limits_that_cross() -> None:
    with pytest.raises(ValidationError, match=r"minimum 9.0 m/s is above maximum 8.0 m/s"):
        SpeedConfig(minimum=9.0, maximum=8.0)
