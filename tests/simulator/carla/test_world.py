"""The World on the official client, driving the embedded server, against the client's own map and calls."""

import math

import carla
import numpy as np
import pytest

from simulator.carla.car import START
from simulator.carla.world import CarlaWorld
from simulator.launch import launch
from simulator.speed import SpeedConfig
from simulator.world import Control, Group, Moment
from simulator.world_config import WorldConfig
from tests.simulator.carla.rides import drive, second_client

PAIR = Group(("generated:1", "generated:2"))


def fingerprint(moment: Moment) -> list[object]:
    """Every bit of what a policy and a drive get from a moment."""
    images = [seen.image.tobytes() if seen else None for seen in moment.observations]
    return [moment.timestamp, images, [lane.ahead.tobytes() for lane in moment.lanes], moment.cars, moment.ended]


def test_first_moments_are_on_the_lane_at_speed_and_in_time(seeing: CarlaWorld) -> None:
    moments = drive(seeing, PAIR, 3, 20)
    for car in range(2):
        assert abs(moments[0].lanes[car].offset) < 0.02
        assert abs(moments[0].lanes[car].heading) < 0.01
        assert moments[0].cars[car].speed == pytest.approx(moments[0].cars[car].speed_target, rel=0.03)
        assert moments[0].cars[car].distance == pytest.approx(10.0 + 0.65, abs=0.1)
    np.testing.assert_allclose([moment.timestamp for moment in moments], np.arange(20) * 0.05, atol=1e-12)
    distances = np.array([moment.cars[0].distance for moment in moments])
    speeds = np.array([moment.cars[0].speed for moment in moments])
    np.testing.assert_allclose(np.diff(distances), speeds[1:] * 0.05, rtol=0.02)


def test_each_car_sees_its_own_road_as_rgb(seeing: CarlaWorld) -> None:
    moments = drive(seeing, PAIR, 3, 30)
    first, second = (seen.image for seen in moments[-1].observations if seen)
    assert first.shape == second.shape == (78, 200, 3)
    assert first.dtype == np.uint8
    assert first.flags["C_CONTIGUOUS"]
    assert first.std() > 5
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, moments[-2].observations[0].image)  # type: ignore[union-attr]
    sky, ground = first[:10].mean(axis=(0, 1)), first[-10:].mean(axis=(0, 1))
    assert sky[2] - sky[0] > ground[2] - ground[0]  # blue is the last channel


def test_paint_is_where_the_lane_says(seeing: CarlaWorld, straight: Group) -> None:
    """The one line of this road is broken, white and half a lane to the left."""
    beside: dict[float, list[float]] = {-1.75: [], 0.0: [], 1.75: []}
    seeing.reset(straight, 2)
    for i in range(60):
        moment = seeing.step([Control(0.01 if i < 20 else -0.01)])
        (seen,), (lane,) = moment.observations, moment.lanes
        assert seen is not None
        normal = np.array([-math.sin(-lane.heading), math.cos(-lane.heading)])
        for left, values in beside.items():
            ground = np.column_stack([lane.ahead[5:12] + left * normal, np.zeros(7)])
            for u, v in np.round(seeing.camera.project(ground)).astype(int):
                if 0 <= u < 200 and 0 <= v < 78:
                    values.append(float(seen.image[v, u].mean()))
    assert min(len(values) for values in beside.values()) > 200
    right, middle, line = (np.mean(beside[left]) for left in (-1.75, 0.0, 1.75))
    assert line > middle + 10
    assert line > right + 10


def test_lanes_agree_with_the_clients_own_map(blind: CarlaWorld) -> None:
    moments = drive(blind, PAIR, 4, 300)
    carla_map = second_client(blind).get_world().get_map()
    for moment in moments[5::20]:
        for lane, car in zip(moment.lanes, moment.cars, strict=True):
            place = carla.Location(car.position[0], -car.position[1], 0.0)
            transform = carla_map.get_waypoint(place).transform
            right, away = transform.get_right_vector(), place - transform.location
            assert -(away.x * right.x + away.y * right.y) == pytest.approx(lane.offset, abs=0.01)
            turn = math.remainder(car.heading + math.radians(transform.rotation.yaw), math.tau)
            assert lane.heading == pytest.approx(turn, abs=0.005)  # get_waypoint is up to 0.1 m off along the lane
            assert lane.width == pytest.approx(carla_map.get_waypoint(place).lane_width, abs=1e-3)
            cosine, sine = math.cos(car.heading), math.sin(car.heading)
            for x, y in lane.ahead[1::13]:
                ahead = place + carla.Location(cosine * x - sine * y, -(sine * x + cosine * y), 0.0)
                assert ahead.distance(carla_map.get_waypoint(ahead).transform.location) < 0.12
            np.testing.assert_allclose(np.hypot(*np.diff(lane.ahead, axis=0).T), 1.0, atol=1e-3)
            assert lane.ahead[0] == pytest.approx(
                np.array([-math.sin(lane.heading), -math.cos(lane.heading)]) * lane.offset, abs=1e-6
            )


def test_left_is_positive_and_right_its_mirror(blind: CarlaWorld, straight: Group) -> None:
    def steer(curvature: float) -> tuple[Moment, Moment, carla.Transform, float]:
        first = blind.reset(straight, 0)
        moment = first
        for _ in range(14):  # farther, and the right wheels would be on the grass
            moment = blind.step([Control(curvature)])
        snapshot = blind._world.get_snapshot().find(blind._cars[0].id)
        return first, moment, snapshot.get_transform(), snapshot.get_angular_velocity().z

    first, left, transform, yaw_rate = steer(0.02)
    _, right, _, _ = steer(-0.02)
    lane, car = left.lanes[0], left.cars[0]
    assert lane.offset > 0.3
    assert lane.heading > 0.1
    assert car.executed > 0.015
    assert lane.ahead[20, 1] < -1  # the lane lies to the right of a car that has gone left
    assert car.heading > first.cars[0].heading
    assert yaw_rate < 0  # the server turns it counter-clockwise, which CARLA counts negative
    assert transform.rotation.yaw == pytest.approx(-math.degrees(car.heading), abs=1e-3)
    mirrored = right.lanes[0]
    assert mirrored.offset == pytest.approx(-lane.offset, abs=2e-4)
    assert mirrored.heading == pytest.approx(-lane.heading, abs=1e-5)
    assert right.cars[0].executed == pytest.approx(-car.executed, abs=1e-6)
    np.testing.assert_allclose(mirrored.ahead, lane.ahead * (1, -1), atol=1e-3)


def test_curvature_driven_is_the_curvature_commanded(straight: Group) -> None:
    """Prints the calibration; each speed's world attaches to one server that runs already."""
    server = launch(WorldConfig())
    lines = ["", "speed [m/s]  commanded [1/m]  driven [1/m]  error"]
    errors = []
    try:
        for speed in (5.0, 9.0, 13.0):
            config = WorldConfig(server=server.address, speed=SpeedConfig(minimum=speed, maximum=speed))
            world = CarlaWorld(config, cameras=False)
            for curvature in (0.005, -0.01, 0.02, -0.03):
                if abs(curvature) * speed**2 < 4.5:
                    world.reset(straight, 0)
                    driven = np.mean([world.step([Control(curvature)]).cars[0].executed for _ in range(60)][30:])
                    errors.append(driven / curvature - 1)
                    lines.append(f"{speed:9.1f}  {curvature:15.3f}  {driven:12.5f}  {100 * errors[-1]:+6.2f} %")
            world.close()
        world = CarlaWorld(WorldConfig(server=server.address, steering_gain=1.5), cameras=False)
        world.reset(straight, 0)
        disturbed = [world.step([Control(0.01)]).cars[0].executed for _ in range(50)][-1]
        world.close()
    finally:
        server.close()
    print("\n".join(lines))
    assert len(errors) == 11
    assert np.abs(errors).max() < 0.02
    assert disturbed == pytest.approx(0.015, rel=0.03)


def test_same_group_seed_and_controls_give_the_same_bits(seeing: CarlaWorld) -> None:
    again = [fingerprint(moment) for moment in drive(seeing, PAIR, 7, 60)]
    drive(seeing, PAIR, 7, 11)
    assert [fingerprint(moment) for moment in drive(seeing, PAIR, 7, 60)] == again
    fresh = CarlaWorld(WorldConfig())
    try:
        assert [fingerprint(moment) for moment in drive(fresh, PAIR, 7, 60)] == again
        assert fingerprint(drive(fresh, PAIR, 8, 1)[0])[1] != again[0][1]  # another seed looks otherwise
    finally:
        fresh.close()


def test_cars_do_not_depend_on_their_neighbours_number(blind: CarlaWorld) -> None:
    alone = drive(blind, Group(PAIR.roads[:1]), 7, 100)[-1]
    pair = drive(blind, PAIR, 7, 100)[-1]
    assert pair.cars[0].distance == pytest.approx(alone.cars[0].distance, abs=1e-3)
    assert pair.lanes[0].offset == pytest.approx(alone.lanes[0].offset, abs=1e-3)


def test_built_in_town_is_driven_by_spawn_point_for_one_lap(blind: CarlaWorld) -> None:
    moments = drive(blind, Group(("town:Ring#0",)), 0, 300)
    assert np.abs([moment.lanes[0].offset for moment in moments]).max() < 0.3
    assert moments[-1].cars[0].distance > 120
    route = blind.route(0)
    laps = [2 * 120.0 + 2 * math.pi * radius for radius in (50 - 1.75, 50 + 1.75)]  # of either lane
    length = np.hypot(*np.diff(route, axis=0).T).sum()
    assert min(abs(length - START - lap) for lap in laps) < 2.0
    assert math.dist(route[-1], route[20]) < 2.0
    np.testing.assert_allclose(np.hypot(*(route - (60.0, 0.0)).T).max(), 60 + 50, atol=2.0)
