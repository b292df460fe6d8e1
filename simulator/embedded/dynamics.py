"""The motion of one car: the single-track model of commonroad-vehicle-models 3.0.2 in numba, and its integrator.

State, at the centre of mass: x, y [m], steering angle of the front wheels [rad], speed [m/s], yaw [rad],
yaw rate [rad/s], slip angle [rad]. Inputs: steering rate [rad/s] and acceleration [m/s2].
`derivative` is the package's `vehicle_dynamics_st` (M. Althoff; TUM), written with the axles' slip angles, and equals
it while no tyre is at its limit. Beyond, the package's tyres grip without end; here a tyre's force stops growing at
`FRONT_GRIP` or `REAR_GRIP` of its load times friction (the front lets go first: asked too much, the car runs wide).
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

X, Y, STEER, SPEED, YAW, YAW_RATE, SLIP = range(7)
STATE_SIZE = 7

(
    MASS,
    YAW_INERTIA,
    FRONT,
    REAR,
    HEIGHT,
    FRICTION,
    STIFFNESS,
    FRONT_GRIP,
    REAR_GRIP,
    STEER_LOW,
    STEER_HIGH,
    STEER_RATE,
    SPEED_LOW,
    SPEED_HIGH,
    SPEED_SWITCH,
    ACCELERATION_LIMIT,
    AIR_DRAG,
    ROLLING,
    BRAKE_FORCE,
    HAND_BRAKE_FORCE,
    FORCE_PER_TORQUE,
    RPM_PER_SPEED,
) = range(22)
"""Places in a car's parameter vector. FRONT, REAR: from the centre of mass to the axles [m]; HEIGHT of that centre [m].
STIFFNESS: of a tyre per friction and load [1/rad]. AIR_DRAG [kg/m]; ROLLING resistance [m/s2]; forces [N]."""
PARAMETER_SIZE = 22

GRAVITY = 9.81
KINEMATIC_BELOW = 0.1

_jit = numba.njit(cache=True, fastmath=False)
_Vector = numba.float64[::1]
_Table = numba.float64[:, ::1]


@_jit
def _limit_inputs(state, steering_rate, acceleration, p):  # type: ignore[no-untyped-def]
    """The package's `steering_constraints` and `acceleration_constraints`."""
    steer, speed = state[STEER], state[SPEED]
    if (steer <= p[STEER_LOW] and steering_rate <= 0.0) or (steer >= p[STEER_HIGH] and steering_rate >= 0.0):
        steering_rate = 0.0
    steering_rate = min(max(steering_rate, -p[STEER_RATE]), p[STEER_RATE])
    highest = p[ACCELERATION_LIMIT]
    if speed > p[SPEED_SWITCH]:
        highest *= p[SPEED_SWITCH] / speed
    if (speed <= p[SPEED_LOW] and acceleration <= 0.0) or (speed >= p[SPEED_HIGH] and acceleration >= 0.0):
        acceleration = 0.0
    return steering_rate, min(max(acceleration, -p[ACCELERATION_LIMIT]), highest)


@_jit
def _kinematic_turn(state, steering_rate, acceleration, p):  # type: ignore[no-untyped-def]
    """Slip, yaw rate and their rates of the car that rolls without slipping, as in the package.

    The package squares the tangent once too often in the slip rate; kept, since only `derivative` uses it.
    """
    steer, speed, slip = state[STEER], state[SPEED], state[SLIP]
    wheelbase = p[FRONT] + p[REAR]
    rolling_slip = math.atan(math.tan(steer) * p[REAR] / wheelbase)
    yaw_rate = speed * math.cos(rolling_slip) * math.tan(steer) / wheelbase
    slip_rate = (
        p[REAR]
        * steering_rate
        / (wheelbase * math.cos(steer) ** 2 * (1.0 + (math.tan(steer) ** 2 * p[REAR] / wheelbase) ** 2))
    )
    yaw_acceleration = (
        acceleration * math.cos(slip) * math.tan(steer)
        - speed * math.sin(slip) * slip_rate * math.tan(steer)
        + speed * math.cos(slip) * steering_rate / math.cos(steer) ** 2
    ) / wheelbase
    return rolling_slip, yaw_rate, yaw_acceleration, slip_rate


@_jit
def _tyre(slip_angle, stiffness, limit):  # type: ignore[no-untyped-def]
    """Force of a tyre and its slope, per friction and load."""
    force = stiffness * slip_angle
    if force > limit:
        return limit, 0.0
    if force < -limit:
        return -limit, 0.0
    return force, stiffness


@_jit
def _dynamic_turn(state, acceleration, p):  # type: ignore[no-untyped-def]
    """Yaw acceleration and slip rate from the tyres' forces, and their Jacobian by (yaw rate, slip)."""
    speed, yaw_rate, slip = state[SPEED], state[YAW_RATE], state[SLIP]
    wheelbase = p[FRONT] + p[REAR]
    per_load = p[FRICTION] * p[MASS] / wheelbase
    front_load = per_load * (GRAVITY * p[REAR] - acceleration * p[HEIGHT])
    rear_load = per_load * (GRAVITY * p[FRONT] + acceleration * p[HEIGHT])
    front, front_slope = _tyre(state[STEER] - slip - p[FRONT] * yaw_rate / speed, p[STIFFNESS], p[FRONT_GRIP])
    rear, rear_slope = _tyre(p[REAR] * yaw_rate / speed - slip, p[STIFFNESS], p[REAR_GRIP])
    front, front_slope = front * front_load, front_slope * front_load
    rear, rear_slope = rear * rear_load, rear_slope * rear_load

    yaw_acceleration = (p[FRONT] * front - p[REAR] * rear) / p[YAW_INERTIA]
    slip_rate = (front + rear) / (p[MASS] * speed) - yaw_rate
    moment = p[FRONT] * front_slope - p[REAR] * rear_slope
    yaw_by_yaw = -(p[FRONT] ** 2 * front_slope + p[REAR] ** 2 * rear_slope) / (speed * p[YAW_INERTIA])
    yaw_by_slip = -moment / p[YAW_INERTIA]
    slip_by_yaw = -moment / (p[MASS] * speed * speed) - 1.0
    slip_by_slip = -(front_slope + rear_slope) / (p[MASS] * speed)
    return yaw_acceleration, slip_rate, yaw_by_yaw, yaw_by_slip, slip_by_yaw, slip_by_slip


@numba.njit(_Vector(_Vector, numba.float64, numba.float64, _Vector), cache=True)
def derivative(state, steering_rate, acceleration, p):  # type: ignore[no-untyped-def]
    """Give the time derivative of the state, (7,), as the package's `vehicle_dynamics_st` does."""
    steering_rate, acceleration = _limit_inputs(state, steering_rate, acceleration, p)
    rates = np.empty(STATE_SIZE)
    rates[STEER], rates[SPEED] = steering_rate, acceleration
    direction = state[YAW] + state[SLIP]
    if abs(state[SPEED]) < KINEMATIC_BELOW:
        rolling_slip, yaw_rate, rates[YAW_RATE], rates[SLIP] = _kinematic_turn(state, steering_rate, acceleration, p)
        direction = state[YAW] + rolling_slip
        rates[YAW] = yaw_rate
    else:
        rates[YAW] = state[YAW_RATE]
        rates[YAW_RATE], rates[SLIP] = _dynamic_turn(state, acceleration, p)[:2]
    rates[X] = state[SPEED] * math.cos(direction)
    rates[Y] = state[SPEED] * math.sin(direction)
    return rates


@_jit
def _interpolate(table, at):  # type: ignore[no-untyped-def]
    """Read a curve of (x, y) rows, held beyond its ends; an empty curve is 1."""
    if table.shape[0] == 0:
        return 1.0
    return np.interp(at, table[:, 0], table[:, 1])


@_jit
def _pedals(speed, drive, brake, hand_brake, torque_curve, p, step):  # type: ignore[no-untyped-def]
    """Acceleration [m/s2] over a step: engine and air first, then what only slows down and never turns a car round."""
    torque = 0.0
    if drive != 0.0 and torque_curve.shape[0] > 0:
        torque = drive * _interpolate(torque_curve, abs(speed) * p[RPM_PER_SPEED])
    pushed = speed + step * torque * p[FORCE_PER_TORQUE] / p[MASS]
    pushed /= 1.0 + step * p[AIR_DRAG] * abs(speed) / p[MASS]
    grip = p[FRICTION] * GRAVITY
    rear_grip = grip * p[FRONT] / (p[FRONT] + p[REAR])
    slowing = brake * p[BRAKE_FORCE] / p[MASS] + hand_brake * min(p[HAND_BRAKE_FORCE] / p[MASS], rear_grip)
    slowing = step * (min(slowing, grip) + p[ROLLING])
    slowed = max(pushed - slowing, 0.0) if pushed > 0.0 else min(pushed + slowing, 0.0)
    return (slowed - speed) / step


@_jit
def _step(state, steering_rate, acceleration, p, step):  # type: ignore[no-untyped-def]
    """Move the state by one step, in place.

    Yaw rate and slip are stiff at low speed: they are taken by the linearly implicit Euler method, which is stable for
    any step; the position by the midpoint rule. In reverse, where the package's tyres would push the wrong way, and
    below 0.1 m/s the car rolls without slipping.
    """
    steering_rate, acceleration = _limit_inputs(state, steering_rate, acceleration, p)
    steer_before, speed_before, yaw_rate_before, slip_before = state[STEER], state[SPEED], state[YAW_RATE], state[SLIP]
    state[STEER] = min(max(steer_before + step * steering_rate, p[STEER_LOW]), p[STEER_HIGH])
    state[SPEED] = speed_before + step * acceleration
    if state[SPEED] < KINEMATIC_BELOW:
        state[SLIP], state[YAW_RATE] = _kinematic_turn(state, 0.0, 0.0, p)[:2]
        yaw_rate_before, slip_before = state[YAW_RATE], state[SLIP]
    else:
        yaw_acceleration, slip_rate, a, b, c, d = _dynamic_turn(state, acceleration, p)
        a, b, c, d = 1.0 - step * a, -step * b, -step * c, 1.0 - step * d
        determinant = a * d - b * c
        state[YAW_RATE] += step * (d * yaw_acceleration - b * slip_rate) / determinant
        state[SLIP] += step * (a * slip_rate - c * yaw_acceleration) / determinant
        state[SLIP] = min(max(state[SLIP], -1.0), 1.0)
    yaw_rate = 0.5 * (yaw_rate_before + state[YAW_RATE])
    direction = state[YAW] + 0.5 * step * yaw_rate + 0.5 * (slip_before + state[SLIP])
    travelled = 0.5 * step * (speed_before + state[SPEED])
    state[X] += travelled * math.cos(direction)
    state[Y] += travelled * math.sin(direction)
    state[YAW] += step * yaw_rate


@numba.njit(
    numba.void(
        _Vector, numba.float64, numba.float64, numba.float64, numba.float64, _Vector, _Table, _Table,
        numba.float64, numba.int64,
    ),
    cache=True,
)  # fmt: skip
def advance(state, drive, steer, brake, hand_brake, p, torque_curve, steering_curve, delta, steps):  # type: ignore[no-untyped-def]
    """Drive a car for `delta` seconds in `steps` equal parts; changes `state`.

    drive: throttle, negative in reverse gear, -1 to 1. steer: -1 to 1, left positive: the share of the largest wheel
    angle times `steering_curve` at this speed that the wheels turn to, at the steering's limited rate.
    brake: 0 to 1. hand_brake: 0 or 1. torque_curve: rows of (rpm, Nm). steering_curve: rows of (km/h, share).
    """
    step = delta / steps
    for _ in range(steps):
        share = _interpolate(steering_curve, abs(state[SPEED]) * 3.6)
        wanted = steer * p[STEER_HIGH] * share
        acceleration = _pedals(state[SPEED], drive, brake, hand_brake, torque_curve, p, step)
        _step(state, (wanted - state[STEER]) / step, acceleration, p, step)
    state[YAW] -= 2.0 * math.pi * math.floor((state[YAW] + math.pi) / (2.0 * math.pi))


def parameter_vector() -> NDArray[np.float64]:
    """Give an empty parameter vector, to be filled at the places named above."""
    return np.zeros(PARAMETER_SIZE)
