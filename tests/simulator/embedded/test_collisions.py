"""Boxes against boxes, without a client."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.embedded.axes import Pose
from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.cars import CARS
from simulator.embedded.collisions import find_overlap, resolve
from simulator.embedded.vehicle import Vehicle

MODEL3 = "vehicle.tesla.model3"


def make_car(x=0.0, y=0.0, yaw=0.0, z=0.0, kind=MODEL3):
    attributes = BLUEPRINTS[kind].read_attributes({})
    return Vehicle(1, [1, kind, []], Pose(x=x, y=y, z=z, yaw=yaw), attributes, CARS[kind])


def corners(car):
    half_length, half_width, _ = car.half_size
    cosine, sine = math.cos(car.pose.yaw), math.sin(car.pose.yaw)
    for along in (-half_length, half_length):
        for left in (-half_width, half_width):
            yield car.pose.x + cosine * along - sine * left, car.pose.y + sine * along + cosine * left


def holds(car, x, y):
    cosine, sine = math.cos(car.pose.yaw), math.sin(car.pose.yaw)
    dx, dy = x - car.pose.x, y - car.pose.y
    half_length, half_width, _ = car.half_size
    return abs(cosine * dx + sine * dy) < half_length and abs(cosine * dy - sine * dx) < half_width


places = st.tuples(st.floats(-8, 8), st.floats(-8, 8), st.floats(-4, 4))


@given(places, places)
def test_overlap_is_seen_and_parting_parts(one, two):
    first, second = make_car(*one), make_car(*two)
    overlap = find_overlap(first, second)
    if any(holds(second, *corner) for corner in corners(first)) or any(holds(first, *c) for c in corners(second)):
        assert overlap is not None
    if overlap is None:
        return
    assert math.hypot(overlap.x, overlap.y) == pytest.approx(1)
    out = overlap.depth + 1e-6
    assert find_overlap(make_car(one[0] + overlap.x * out, one[1] + overlap.y * out, one[2]), second) is None
    less = overlap.depth - 1e-6
    assert find_overlap(make_car(one[0] + overlap.x * less, one[1] + overlap.y * less, one[2]), second) is not None


def test_one_above_the_other_does_not_touch():
    assert find_overlap(make_car(), make_car(z=1.0)) is not None
    assert find_overlap(make_car(), make_car(z=1.6)) is None


def test_a_hit_keeps_momentum_and_takes_speed():
    first, second = make_car(), make_car(x=4.6, kind="vehicle.bmw.grandtourer")
    first.set_velocity((10.0, 0.0, 0.0))
    masses = first.physics.mass, second.physics.mass
    (contact,) = resolve([first, second])
    assert contact.impulse[0] < 0
    momentum = masses[0] * first.velocity[0] + masses[1] * second.velocity[0]
    assert momentum == pytest.approx(masses[0] * 10)
    assert first.velocity[0] == pytest.approx(second.velocity[0])
    assert resolve([first, second]) == []


def test_a_held_car_does_not_give_way():
    first, second = make_car(), make_car(x=4.6)
    first.set_velocity((10.0, 0.0, 0.0))
    second.set_simulated(False)
    resolve([first, second])
    assert first.velocity[0] == pytest.approx(0)
    assert second.pose.x == 4.6
