"""What people call their columns, and what is made of it."""

import math

import pytest

from pipeline.signals.columns import NAMES, UNITS, find_column, read_name


@pytest.mark.parametrize(
    ("name", "quantity", "unit"),
    [
        ("speed", "speed", None),
        ("Speed [km/h]", "speed", 1 / 3.6),
        ("Vehicle Speed (mph)", "speed", 0.44704),
        ("speed_kmh", "speed", 1 / 3.6),
        ("speed_m/s", "speed", 1.0),
        ("v_ego", "speed", None),
        ("timestamp_ms", "time", 1e-3),
        ("time (ns)", "time", 1e-9),
        ("seconds", "time", 1.0),
        ("steering_angle_deg", "steering", math.pi / 180),
        ("Steering Wheel Angle [°]", "steering", math.pi / 180),
        ("steering_angle_rad", "steering", 1.0),
        ("yaw_rate_deg/s", "yaw_rate", math.pi / 180),
        ("gyro.z [rad/s]", "yaw_rate", 1.0),
        ("curvature [1/m]", "curvature", 1.0),
    ],
)
def test_names_and_units(name: str, quantity: str, unit: float | None) -> None:
    column = read_name(name, quantity)  # type: ignore[arg-type]
    assert column is not None and column.unit == (None if unit is None else pytest.approx(unit))
    others = [other for other in NAMES if other != quantity]
    assert all(read_name(name, other) is None for other in others), "one name, one quantity"


@pytest.mark.parametrize("name", ["speed_limit", "lap_time", "brake", "image", "", "steering_wheel_torque", "42"])
def test_other_names_are_nothing(name: str) -> None:
    assert all(read_name(name, quantity) is None for quantity in NAMES)


def test_the_best_of_several() -> None:
    found = find_column(["gps_speed", "speed", "speed_kmh", "v"], "speed")
    assert found is not None and found.name == "speed_kmh", "a unit is worth more than none"
    wheel = find_column(["steering", "front_wheel_angle_rad", "steering_wheel_angle"], "steering")
    assert wheel is not None and wheel.name == "steering_wheel_angle"


def test_units_are_si() -> None:
    assert UNITS["speed"]["km/h"] * 36 == pytest.approx(10)
    assert UNITS["speed"]["knots"] * 3600 == pytest.approx(1852)
    assert UNITS["speed"]["mph"] * 3600 == pytest.approx(1609.344)
