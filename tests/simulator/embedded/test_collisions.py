"""Boxes against boxes, without a client."""

import math
import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.embedded.axes import Pose
from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.boxes import find_overlap
from simulator.embedded.cars import CARS
from simulator.embedded.collisions import FRICTION, RESTITUTION, _Body, _near_pairs, find_impulse, resolve
from simulator.embedded.obstacles import Obstacle, Obstacles
from simulator.embedded.vehicle import Vehicle
from tests.simulator.embedded.plain import drive, level_footing

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


def energy(*cars):
    """Of all that moves [J]."""
    return sum(
        0.5 * car.physics.mass * math.hypot(*car.mass_velocity) ** 2 + 0.5 * car.yaw_inertia * car.yaw_rate**2
        for car in cars
    )


def test_a_hit_keeps_momentum_and_takes_speed():
    first, second = make_car(), make_car(x=4.6, kind="vehicle.bmw.grandtourer")
    first.set_velocity((10.0, 0.0, 0.0))
    before = energy(first, second)
    masses = first.physics.mass, second.physics.mass
    (contact,) = resolve([first, second])
    assert contact.impulse[0] < 0
    momentum = masses[0] * first.velocity[0] + masses[1] * second.velocity[0]
    assert momentum == pytest.approx(masses[0] * 10)
    assert second.velocity[0] - first.velocity[0] == pytest.approx(RESTITUTION * 10)
    reduced = masses[0] * masses[1] / sum(masses)
    assert before - energy(first, second) == pytest.approx(0.5 * reduced * 100 * (1 - RESTITUTION**2))
    assert resolve([first, second]) == []


motions = st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(-3, 3))


@settings(deadline=None, max_examples=300)
@given(places, places, motions, motions, st.sampled_from(list(CARS)))
def test_energy_never_rises(one, two, motion_one, motion_two, kind):
    first, second = make_car(*one), make_car(*two, kind=kind)
    for car, (x, y, turn) in ((first, motion_one), (second, motion_two)):
        car.set_yaw_rate(turn)
        car.set_mass_velocity(x, y)
    before = energy(first, second)
    resolve([first, second])
    assert energy(first, second) <= before * (1 + 1e-9) + 1e-6


bodies = st.builds(
    _Body,
    st.floats(1e-5, 1e-2),
    st.floats(0, 1e-2),
    st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
)


@given(bodies, bodies | st.just(_Body(0.0, 0.0, (0.0, 0.0), (0.0, 0.0))), st.floats(-4, 4))
def test_impulse_adds_no_energy_pushes_apart_and_rubs_within_friction(a, b, angle):
    normal = math.cos(angle), math.sin(angle)
    x, y = find_impulse(a, b, normal)
    across, along = x * normal[0] + y * normal[1], y * normal[0] - x * normal[1]
    assert across >= 0
    assert abs(along) <= FRICTION * across * (1 + 1e-9) + 1e-9
    work = x * (a.velocity[0] - b.velocity[0]) + y * (a.velocity[1] - b.velocity[1])
    turns = [body.arm[0] * y - body.arm[1] * x for body in (a, b)]
    work += 0.5 * ((a.light + b.light) * (x * x + y * y) + a.loose * turns[0] ** 2 + b.loose * turns[1] ** 2)
    assert work <= 1e-9 * abs(across) * 100 + 1e-9


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_hit_beside_the_middle_spins_both(side):
    first, second = make_car(y=side), make_car(x=4.5)
    first.set_velocity((10.0, 0.0, 0.0))
    resolve([first, second])
    for car in (first, second):
        assert math.copysign(1, car.yaw_rate) == -side, "passing on the left, its right front is held"
        assert abs(car.yaw_rate) > 0.2


def test_a_car_hit_from_the_side_is_thrown_and_comes_to_rest():
    ground = level_footing(x=-200.0)
    first, second = make_car(x=-3.4, yaw=0.0), make_car(x=0.0, yaw=math.pi / 2)
    first.set_velocity((15.0, 0.0, 0.0))
    resolve([first, second])
    assert second.velocity[0] > 4
    drive([first, second], ground, 200)
    assert math.hypot(*second.velocity) < 0.1
    assert 2 < second.pose.x < 10


def test_a_held_car_does_not_give_way():
    first, second = make_car(), make_car(x=4.6)
    first.set_velocity((10.0, 0.0, 0.0))
    second.set_simulated(False)
    resolve([first, second])
    assert first.velocity[0] == pytest.approx(-RESTITUTION * 10)
    assert second.pose.x == 4.6


def post(x, y=0.0):
    return Obstacle(Pose(x=x, y=y), (0.1, 0.1, 3.0), 6)


@pytest.mark.parametrize("speed", [5.0, 20.0, 50.0])
@pytest.mark.parametrize("delta", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("aside", [0.0, 0.9])
def test_nothing_passes_through_a_post(speed, delta, aside):
    ground, obstacles = level_footing(x=-200.0), Obstacles(lambda x, y, radius: [post(30.0, aside)])
    car = make_car()
    car.set_velocity((speed, 0.0, 0.0))
    hits = []
    for _ in range(int(8 / delta)):
        drive([car], ground, 1, delta)
        hits += resolve([car], obstacles)
        if not hits:
            assert car.pose.x + car.half_size[0] < 30
    assert hits[0].second.kind == "static.pole"
    assert hits[0].impulse[0] < -0.3 * car.physics.mass * speed
    assert car.pose.x < 30


def test_two_cars_meet_at_fifty_each():
    ground = level_footing(x=-200.0)
    first, second = make_car(x=-40.0), make_car(x=40.0, yaw=math.pi)
    for car, speed in ((first, 50.0), (second, -50.0)):
        car.set_velocity((speed, 0.0, 0.0))
    for _ in range(60):
        drive([first, second], ground, 1)
        resolve([first, second])
        assert first.pose.x < second.pose.x


def test_only_neighbours_are_looked_at_and_none_is_missed():
    generator = random.Random(1)
    cars = [
        make_car(generator.uniform(0, 120), generator.uniform(-20, 20), generator.uniform(-3, 3)) for _ in range(60)
    ]
    seen = {frozenset(map(id, pair)) for pair in _near_pairs(cars)}
    touching = {frozenset((id(a), id(b))) for a, b in combinations(cars, 2) if find_overlap(a, b)}
    assert touching
    assert touching <= seen
    assert len(seen) < len(cars) * (len(cars) - 1) / 4
