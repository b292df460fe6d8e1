"""Cars on the ground, against what mechanics says: slopes, friction, curves, gears, rough verges."""

import math

import numpy as np
import pytest

from simulator.embedded import dynamics
from simulator.embedded.axes import Pose
from simulator.embedded.cars import CARS
from simulator.embedded.grip import DEEP_SNOW, GRASS, ICE, PACKED_SNOW, UNDER_WATER, WET, road_grip
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.weather import Weather
from tests.simulator.embedded.plain import drive, level_footing, make_car

MODEL3 = "vehicle.tesla.model3"
NEUTRAL = VehicleControl(manual_gear_shift=True, gear=0)
WEATHERS = {
    "dry": (Weather(), "summer"),
    "wet": (Weather(wetness=60.0), "autumn"),
    "flooded": (Weather(wetness=100.0, precipitation_deposits=100.0), "spring"),
    "snow": (Weather(), "winter"),
    "ice": (Weather(wetness=100.0), "winter"),
}


def on_slope(grade, y=0.0):
    return Pose(x=200.0, y=y, z=200.0 * grade)


@pytest.mark.parametrize("grade", [-0.12, -0.05, 0.05])
@pytest.mark.parametrize("kind", ["vehicle.tesla.model3", "vehicle.carlamotors.carlacola"])
def test_coasting_on_a_slope_gains_what_gravity_gives(grade, kind):
    """Out of gear from 1 m/s: m dv/dt = m g sin - rolling - air, integrated here by itself."""
    car, ground = make_car(on_slope(grade), kind), level_footing(grade=grade)
    car.control = NEUTRAL
    drive([car], ground, 1)
    direction = -math.copysign(1, grade)
    car.set_mass_velocity(direction, 0.0)
    speeds = []
    for _ in range(80):
        drive([car], ground, 1)
        speeds.append(math.hypot(*car.velocity) * direction)
    angle, numbers, speed = math.atan(grade), car._parameters, direction * math.hypot(1.0, grade)
    for _ in range(8000):
        pull = -9.81 * math.sin(angle)
        resistance = numbers[dynamics.ROLLING] + numbers[dynamics.AIR_DRAG] * speed**2 / numbers[dynamics.MASS]
        speed += (pull - direction * resistance) * 0.0005
    assert speeds[-1] == pytest.approx(speed, rel=0.01)
    assert car.velocity[2] == pytest.approx(-abs(speed) * math.sin(abs(angle)), rel=0.02), "it goes down"
    assert car.pose.pitch == pytest.approx(-angle, abs=1e-3)
    assert car.pose.z == pytest.approx(car.pose.x * grade, abs=0.01)


@pytest.mark.parametrize("weather", WEATHERS)
@pytest.mark.parametrize("kind", CARS)
def test_braking_distance_is_what_friction_allows(weather, kind):
    air, season = WEATHERS[weather]
    car, ground = make_car(Pose(x=20.0), kind), level_footing(season)
    drive([car], ground, 1, weather=air)
    car.set_mass_velocity(20.0, 0.0)
    car.control = VehicleControl(brake=1.0)
    start = car.pose.x
    drive([car], ground, 800, weather=air)
    numbers = car._parameters
    friction = numbers[dynamics.FRICTION] * road_grip(air, season)
    brakes = numbers[dynamics.BRAKE_FORCE] / numbers[dynamics.MASS] / 9.81
    speed, longest = 20.0, 20.0 * CARS[kind].brake_lag
    while speed > 0:
        resistance = numbers[dynamics.ROLLING] + numbers[dynamics.AIR_DRAG] * speed**2 / numbers[dynamics.MASS]
        speed -= 0.001 * (9.81 * min(0.98 * friction, brakes) + resistance)
        longest += 0.001 * speed
    assert math.hypot(*car.velocity) < 1e-6
    # the engine brakes along where the brakes leave it some grip
    assert 0.9 * longest < car.pose.x - start < 1.02 * longest


def test_grip_is_ordered_as_the_table_says():
    grips = [road_grip(*WEATHERS[name]) for name in ("dry", "wet", "flooded", "snow", "ice")]
    assert grips == [1.0, WET, UNDER_WATER, PACKED_SNOW, ICE]
    assert grips == sorted(grips, reverse=True)
    rising = [road_grip(Weather(precipitation=rain), "summer") for rain in range(0, 101, 10)]
    assert rising == sorted(rising, reverse=True)


@pytest.mark.parametrize("speed", [8.0, 15.0])
def test_steady_cornering_follows_the_linear_single_track_model(speed):
    """Yaw rate per wheel angle = v / (L + K v^2), K from axle loads and stiffness (Rajamani, ch. 3)."""
    car, ground = make_car(Pose(x=100.0)), level_footing()
    drive([car], ground, 1)
    car.set_mass_velocity(speed, 0.0)
    car.control = VehicleControl(steer=-0.02, throttle=0.0)
    for _ in range(60):
        drive([car], ground, 1)
        car.set_mass_velocity(*(speed * np.array(car.mass_velocity) / math.hypot(*car.mass_velocity)))
    numbers = car._parameters
    front, rear = numbers[dynamics.FRONT], numbers[dynamics.REAR]
    # both axles have the same stiffness per load: neutral steering, K = 0
    assert car.yaw_rate == pytest.approx(speed * math.tan(car.wheel_angle) / (front + rear), rel=0.02)


@pytest.mark.parametrize(("weather", "share"), [("dry", 1.0), ("snow", PACKED_SNOW), ("ice", ICE)])
def test_no_curve_is_taken_faster_than_friction_holds(weather, share):
    air, season = WEATHERS[weather]
    car, ground = make_car(Pose(x=100.0, y=-100.0)), level_footing(season)
    drive([car], ground, 1, weather=air)
    car.set_mass_velocity(15.0, 0.0)
    car.control = VehicleControl(steer=-0.5)
    rates = []
    for _ in range(60):
        before = car.mass_velocity
        drive([car], ground, 1, weather=air)
        after = car.mass_velocity
        rates.append(math.hypot(after[0] - before[0], after[1] - before[1]) / 0.05)
    assert max(rates[20:]) < 1.06 * 1.0489 * 9.81 * share + 0.4
    assert max(rates[20:]) > 0.6 * 1.0489 * 9.81 * share, "it does use what there is"


def test_a_bank_pulls_to_its_low_side_and_carries_in_a_curve():
    """Neutral on a bank of b: steady straight on needs the tyres to hold g sin b, which shows as a slip angle."""
    bank = 0.06
    car, ground = make_car(Pose(x=100.0)), level_footing(bank=bank)
    car.control = NEUTRAL
    drive([car], ground, 40)
    assert car.pose.roll == pytest.approx(math.atan(bank), abs=1e-3)
    car.set_mass_velocity(20.0, 0.0)
    drive([car], ground, 1)
    drift = car.pose.y
    drive([car], ground, 60)
    assert car.pose.y - drift < -0.05, "it runs down the bank, to the right"
    level = make_car(Pose(x=100.0))
    level.control = NEUTRAL
    level.set_mass_velocity(20.0, 0.0)
    drive([level], level_footing(), 60)
    assert level.pose.y == pytest.approx(0.0, abs=1e-9)


def test_brakes_hold_on_a_slope_and_neutral_does_not():
    ground = level_footing(grade=0.1)
    held, free = make_car(on_slope(0.1)), make_car(on_slope(0.1, y=20.0))
    held.control, free.control = VehicleControl(hand_brake=True), NEUTRAL
    start = held.pose.x
    drive([held, free], ground, 60)
    assert held.pose.x == start
    assert free.pose.x < start - 2


def test_the_verge_shakes_slows_and_slips():
    ground = level_footing(half_width=10.0)
    road, verge = make_car(Pose(x=100.0)), make_car(Pose(x=100.0, y=14.0))
    heights, bare = [], []
    for car in (road, verge):
        car.control = NEUTRAL
        drive([car], ground, 20)
        car.set_mass_velocity(15.0, 0.0)
    for _ in range(60):
        drive([road, verge], ground, 1)
        heights.append(verge.pose.z)
        bare.append(road.pose.z)
    assert max(bare) == min(bare) == 0.0
    assert 0.004 < np.std(np.diff(heights)) < 0.05
    assert math.hypot(*road.velocity) > 14
    assert math.hypot(*verge.velocity) < 13.5
    assert verge.telemetry.grip == pytest.approx(GRASS, abs=0.05)
    assert road.telemetry.grip == 1.0


def test_snow_lies_deeper_on_the_verge():
    ground = level_footing("winter", half_width=10.0)
    road, verge = make_car(Pose(x=100.0)), make_car(Pose(x=100.0, y=14.0))
    drive([road, verge], ground, 20)
    assert road.telemetry.grip == pytest.approx(PACKED_SNOW)
    assert verge.telemetry.grip == pytest.approx(DEEP_SNOW, abs=0.02)


def test_wheels_do_not_pull_more_than_ice_holds():
    air, season = WEATHERS["ice"]
    for kind in ("vehicle.tesla.model3", "vehicle.nissan.micra"):
        car, ground = make_car(Pose(x=20.0), kind), level_footing(season)
        drive([car], ground, 1, weather=air)
        car.control = VehicleControl(throttle=1.0)
        drive([car], ground, 40, weather=air)
        share = car._parameters[dynamics.DRIVEN_SHARE]
        pull = ICE * share * 1.0489 * 9.81 - car._parameters[dynamics.ROLLING]
        assert 0.85 * 2.0 * pull < math.hypot(*car.velocity) < 2.0 * pull


@pytest.mark.parametrize("kind", [kind for kind in CARS if len(CARS[kind].physics.gears) > 1])
def test_gears_go_up_one_by_one_and_the_engine_keeps_its_limits(kind):
    car, ground = make_car(Pose(x=20.0), kind), level_footing()
    car.control = VehicleControl(throttle=1.0)
    gears = []
    for _ in range(500):
        drive([car], ground, 1)
        gears.append(car.gear)
        assert car.telemetry.rpm <= 1.02 * car.physics.max_rpm
    assert set(np.diff(gears)) <= {0, 1}
    assert gears[-1] >= 3
    car.control = VehicleControl(brake=0.4)
    drive([car], ground, 400)
    assert car.gear == 1
    car.control = VehicleControl(throttle=0.5, reverse=True)
    drive([car], ground, 40)
    assert car.gear == -1
    assert car.velocity[0] < -0.5


def test_a_low_gear_by_hand_slows_more_than_a_high_one():
    lost = []
    for gear in (2, 5):
        car, ground = make_car(Pose(x=20.0), "vehicle.bmw.grandtourer"), level_footing()
        car.control = VehicleControl(manual_gear_shift=True, gear=gear)
        drive([car], ground, 10)
        car.set_mass_velocity(15.0, 0.0)
        drive([car], ground, 60)
        assert car.gear == gear
        lost.append(15.0 - car.velocity[0])
    assert lost[0] > 1.5 * lost[1] > 0


def test_a_spun_car_slides_and_stops_losing_energy_all_the_time():
    car, ground = make_car(Pose(x=200.0)), level_footing()
    car.set_yaw_rate(4.0)
    car.set_mass_velocity(3.0, 18.0)
    before = math.inf
    for _ in range(120):
        drive([car], ground, 1)
        energy = 0.5 * car.physics.mass * math.hypot(*car.mass_velocity) ** 2 + 0.5 * car.yaw_inertia * car.yaw_rate**2
        assert energy <= before * 1.001 + 1.0
        before = energy
    assert math.hypot(*car.velocity) < 8


def test_place_height_and_angles_follow_the_road_without_lag():
    """When its springs came to rest the car stays within 1 cm of a steady slope."""
    car, ground = make_car(on_slope(0.08)), level_footing(grade=0.08)
    car.control = VehicleControl(throttle=0.5)
    drive([car], ground, 100)
    before = car.pose
    drive([car], ground, 1)
    assert abs(car.pose.z - 0.08 * car.pose.x) < 0.01
    moved = [(a - b) / 0.05 for a, b in zip(car.pose[:3], before[:3], strict=True)]
    assert moved == pytest.approx(car.velocity, abs=0.2)
    assert car.turn == pytest.approx((0, 0, 0), abs=1e-3)
