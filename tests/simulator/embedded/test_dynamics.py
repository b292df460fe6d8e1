"""The single-track model against the package it was taken from, and its integrator against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from vehiclemodels.parameters_vehicle2 import parameters_vehicle2
from vehiclemodels.parameters_vehicle3 import parameters_vehicle3
from vehiclemodels.vehicle_dynamics_st import vehicle_dynamics_st

from simulator.embedded import dynamics, motion
from simulator.embedded.car_model import model_parameters
from simulator.embedded.cars import CARS

PACKAGES = {"vehicle.bmw.grandtourer": parameters_vehicle2(), "vehicle.volkswagen.t2": parameters_vehicle3()}
DRIVER = 0.4  # how fast the package's driver turns the wheels [rad/s]; ours turn at Unreal's pace, as CARLA's do
for _kind, _package in PACKAGES.items():
    assert (_package.steering.v_min, _package.steering.v_max) == (-DRIVER, DRIVER)
    _package.steering.v_max = CARS[_kind].steering_rate
    _package.steering.v_min = -CARS[_kind].steering_rate
NO_CURVE = np.zeros((0, 2))
NO_GEARS = np.zeros((0, 3))


def parameters(kind, grip=True):
    vector = model_parameters(CARS[kind], CARS[kind].physics)
    if not grip:
        vector[[dynamics.FRONT_GRIP, dynamics.REAR_GRIP]] = math.inf
    return vector


states = st.tuples(
    st.floats(-1e3, 1e3),
    st.floats(-1e3, 1e3),
    st.floats(-1.1, 1.1),
    st.floats(-15, 52) | st.floats(-0.2, 0.2),
    st.floats(-9, 9),
    st.floats(-2, 2),
    st.floats(-1, 1),
)


@pytest.mark.parametrize("kind", PACKAGES)
@settings(max_examples=400, deadline=None)
@given(state=states, steering_rate=st.floats(-4, 4), acceleration=st.floats(-14, 14))
def test_derivative_is_the_packages(kind, state, steering_rate, acceleration):
    theirs = vehicle_dynamics_st(list(state), [steering_rate, acceleration], PACKAGES[kind])
    ours = dynamics.derivative(np.array(state), steering_rate, acceleration, parameters(kind, grip=False))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", PACKAGES)
def test_car_numbers_are_the_packages(kind):
    car, package = CARS[kind], PACKAGES[kind]
    assert car.physics.wheelbase_parts == pytest.approx((package.a, package.b))
    assert car.physics.mass == pytest.approx(package.m)
    assert (car.length, car.width, car.yaw_inertia) == pytest.approx((package.l, package.w, package.I_z))
    assert math.radians(car.physics.wheels[0].max_steer_angle) == pytest.approx(package.steering.max)
    assert car.steering_rate == pytest.approx(2.5 * package.steering.max) and car.steering_rate > DRIVER
    assert car.fastest == package.longitudinal.v_max


@pytest.mark.parametrize("speed", [3.0, 8.0, 20.0])
def test_integrator_follows_the_packages_model(speed):
    """Two seconds of steering in and out, without pedals: within 2 cm of the package's model solved to 1e-9."""
    kind = "vehicle.bmw.grandtourer"
    vector = parameters(kind)
    vector[[dynamics.AIR_DRAG, dynamics.ROLLING, dynamics.DAMPING_CLOSED, dynamics.ENGINE_INERTIA]] = 0.0
    largest = vector[dynamics.STEER_HIGH]
    targets = (0.02, -0.02, 0.03)
    state = np.zeros(dynamics.STATE_SIZE)
    state[dynamics.SPEED], state[dynamics.YAW] = speed, 0.3
    exact = state[: dynamics.PACKAGE_SIZE].copy()
    most = CARS[kind].steering_rate
    for target in targets:
        for _ in range(40):
            pedals = (0.0, target / largest, 0.0, 0.0, 1)
            ground = dynamics.level_ground()
            motion.advance(state, *pedals, vector, NO_CURVE, NO_CURVE, NO_GEARS, ground, 0.05 / 3, 2)

        def rates(_, x, target=target):
            # the wheels turn as fast as they may and stop at the target, within a step
            rate = max(min((target - x[dynamics.STEER]) / 0.0083, most), -most)
            return vehicle_dynamics_st(list(x), [rate, 0.0], PACKAGES[kind])

        exact = solve_ivp(rates, (0, 40 * 0.05 / 3), exact, method="LSODA", rtol=1e-8, atol=1e-9).y[:, -1]
    assert math.dist(state[:2], exact[:2]) < 0.02 * speed / 3
    assert state[dynamics.YAW] == pytest.approx(exact[dynamics.YAW], abs=2e-3)
    assert state[dynamics.YAW_RATE] == pytest.approx(exact[dynamics.YAW_RATE], abs=2e-3)


def drive(kind, ticks, speed=0.0, drive=0.0, steer=0.0, brake=0.0, hand_brake=0.0):
    car = CARS[kind]
    curves = [np.array(curve) for curve in (car.physics.torque_curve, car.physics.steering_curve, car.physics.gears)]
    state = np.zeros(dynamics.STATE_SIZE)
    state[dynamics.SPEED] = speed
    ground = dynamics.level_ground()
    states = []
    for _ in range(ticks):
        pedals = (abs(drive), steer, brake, hand_brake, -1 if drive < 0 else 1)
        motion.advance(state, *pedals, parameters(kind), *curves, ground, 0.05, 5)
        states.append(state[: dynamics.PACKAGE_SIZE].copy())
    return np.array(states)


@pytest.mark.parametrize("kind", CARS)
@pytest.mark.parametrize("steer", [-1.0, -0.3, 1.0])
@pytest.mark.parametrize("speed", [0.0, 0.5, 5.0, 30.0])
def test_nothing_explodes_and_tyres_hold_no_more_than_they_can(kind, steer, speed):
    states = drive(kind, 200, speed=speed, drive=0.6, steer=steer)
    assert np.isfinite(states).all()
    direction = np.unwrap(states[:, dynamics.YAW] + states[:, dynamics.SLIP])
    lateral = np.abs(states[1:, dynamics.SPEED] * np.diff(direction) / 0.05)
    assert lateral[40:].max() < 1.05 * parameters(kind)[dynamics.FRICTION] * 9.81 * 1.05
    assert np.abs(states[:, dynamics.SLIP]).max() < 0.8
    assert np.sign(states[-1, dynamics.YAW_RATE]) == np.sign(steer)


@pytest.mark.parametrize("kind", CARS)
def test_left_and_right_are_mirrored(kind):
    left, right = (drive(kind, 100, speed=10.0, drive=0.3, steer=steer) for steer in (0.1, -0.1))
    mirrored = right * np.array([1, -1, -1, 1, -1, -1, -1])
    assert np.allclose(left, mirrored, atol=1e-9)
    assert left[-1, dynamics.Y] > 0


@pytest.mark.parametrize("kind", CARS)
def test_wheels_turn_at_the_steerings_rate(kind):
    wheels = drive(kind, 7, steer=1.0)[:, dynamics.STEER]
    assert np.diff(wheels) == pytest.approx(np.full(6, CARS[kind].steering_rate * 0.05), abs=1e-9)


@pytest.mark.parametrize("kind", CARS)
def test_brakes_stop_and_hold(kind):
    stopped = drive(kind, 200, speed=20.0, brake=1.0)
    assert (np.diff(stopped[:, dynamics.SPEED]) <= 0).all()
    assert stopped[-1, dynamics.SPEED] == 0
    way = stopped[-1, dynamics.X]
    assert 18 < way < 35, "20 m/s stop within what tyres and brakes of a car allow"
    assert drive(kind, 100, speed=5.0, hand_brake=1.0)[-1, dynamics.SPEED] == 0


@pytest.mark.parametrize("kind", CARS)
def test_reverse_goes_backwards_round_the_same_circle(kind):
    states = drive(kind, 200, drive=-0.3, steer=0.5)
    assert (states[1:, dynamics.SPEED] < 0).all()
    front, rear = CARS[kind].physics.wheelbase_parts
    state = states[-1]
    slip = math.atan(math.tan(state[dynamics.STEER]) * rear / (front + rear))
    rolling = state[dynamics.SPEED] * math.cos(slip) * math.tan(state[dynamics.STEER]) / (front + rear)
    assert state[dynamics.YAW_RATE] == pytest.approx(rolling, rel=1e-6)


@settings(deadline=None)
@given(
    speed=st.floats(0.2, 40), yaw_rate=st.floats(-0.5, 0.5), slip=st.floats(-0.03, 0.03), steer=st.floats(-0.02, 0.02)
)
def test_the_implicit_steps_jacobian_is_the_derivatives(speed, yaw_rate, slip, steer):
    vector = parameters("vehicle.tesla.model3", grip=False)
    state = np.array([0.0, 0.0, steer, speed, 0.0, yaw_rate, slip])
    jacobian = np.array(dynamics.dynamic_turn(state, 1.0, vector, math.inf, math.inf)[2:6]).reshape(2, 2)
    for column, place in enumerate((dynamics.YAW_RATE, dynamics.SLIP)):
        step = np.zeros(7)
        step[place] = 1e-4
        free = (1.0, vector, math.inf, math.inf)
        ahead, behind = (dynamics.dynamic_turn(state + sign * step, *free)[:2] for sign in (1, -1))
        numeric = (np.array(ahead) - np.array(behind)) / 2e-4
        assert jacobian[:, column] == pytest.approx(numeric, rel=1e-6, abs=1e-6)
