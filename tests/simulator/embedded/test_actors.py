"""Cars, sensors' clocks and the cutting of ticks, without a client."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.embedded.axes import Pose
from simulator.embedded.blueprints import BLUEPRINTS, RGB_CAMERA
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.sensors import CameraSensor
from simulator.embedded.settings import EpisodeSettings
from tests.simulator.embedded.plain import drive, level_footing, make_car

ORIGIN = Pose()


FOOTING = level_footing(x=-200.0)


def advance(car, delta):
    drive([car], FOOTING, 1, delta)


@settings(deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(2.0, 30.0), st.floats(-0.3, 0.3))
def test_a_velocity_is_kept_to_the_next_moment(yaw, speed, slip):
    """Also one that points a little aside, which tyres only turn within some tenths of a second."""
    car = make_car(Pose(yaw=yaw))
    car.set_velocity((speed * math.cos(yaw + slip), speed * math.sin(yaw + slip), 0.0))
    advance(car, 1e-4)
    assert math.hypot(*car.velocity[:2]) == pytest.approx(speed, rel=1e-3)
    direction = math.atan2(car.velocity[1], car.velocity[0]) - yaw - slip
    assert math.remainder(direction, math.tau) == pytest.approx(0, abs=0.02)
    assert (car.pose.x, car.pose.y) == pytest.approx((0, 0), abs=0.01)


def test_a_moved_car_keeps_its_velocity_over_the_ground():
    car = make_car(ORIGIN)
    car.set_velocity((10.0, 0.0, 0.0))
    car.place(Pose(x=50.0, yaw=0.1))
    advance(car, 1e-4)
    assert car.velocity[:2] == pytest.approx((10, 0), abs=0.02)
    car.place(Pose(yaw=math.pi))
    advance(car, 1e-4)
    assert car.velocity[0] == pytest.approx(10, abs=0.02), "now it rolls backwards"


def test_a_car_that_slides_aside_is_held_by_its_tyres():
    """It slides as far as friction lets it, and does not turn into speed along its wheels."""
    car = make_car(ORIGIN)
    car.set_velocity((0.0, 10.0, 0.0))
    speeds = [10.0]
    while speeds[-1] > 0.1 and len(speeds) < 100:
        advance(car, 0.05)
        speeds.append(math.hypot(*car.velocity))
    assert speeds == sorted(speeds, reverse=True)
    friction = 1.0489
    assert car.pose.y == pytest.approx(10**2 / (2 * friction * 9.81), rel=0.1)
    assert abs(car.pose.x) < 0.5


def test_place_and_motion_agree():
    """What the car reports as velocity, yaw rate and acceleration is how its pose really moves."""
    car = make_car(ORIGIN)
    car.set_velocity((12.0, 0.0, 0.0))
    car.control = VehicleControl(throttle=0.3, steer=-0.1)
    for _ in range(40):
        before, velocity = car.pose, car.velocity
        advance(car, 0.01)
    moved = (car.pose.x - before.x) / 0.01, (car.pose.y - before.y) / 0.01
    mean = [(a + b) / 2 for a, b in zip(velocity, car.velocity, strict=True)]
    assert moved == pytest.approx(mean[:2], abs=0.01)
    assert (car.pose.yaw - before.yaw) / 0.01 == pytest.approx(car.yaw_rate, abs=0.02)
    assert car.yaw_rate > 0.1, "CARLA's negative steer is to the left"
    lateral = car.velocity[0] * car.acceleration[1] - car.velocity[1] * car.acceleration[0]
    speed = math.hypot(*car.velocity[:2])
    assert lateral / speed == pytest.approx(speed * car.yaw_rate, rel=0.1)


@pytest.mark.parametrize("interval", [0.0, 0.05, 0.12, 0.2, 1.0])
def test_sensor_clock_keeps_its_mean_rate(interval):
    attributes = BLUEPRINTS[RGB_CAMERA].read_attributes({"sensor_tick": str(interval)})
    camera = CameraSensor(2, [1, RGB_CAMERA, []], Pose(), attributes)
    due = [i for i in range(1000) if camera.due(0.05)]
    assert due[0] == 0
    assert len(due) == pytest.approx(50 / max(interval, 0.05), abs=1)


@given(st.floats(1e-4, 2.0), st.floats(1e-4, 0.1), st.booleans())
def test_no_part_of_a_tick_is_longer_than_ten_milliseconds(delta, longest, substepping):
    count = EpisodeSettings(substepping=substepping, max_substep_delta=longest).substeps(delta)
    assert delta / count <= 0.01 + 1e-9
    if substepping:
        assert delta / count <= longest + 1e-9
    assert count == 1 or delta / (count - 1) > min(0.01, longest if substepping else 1.0) - 1e-9
