"""The motion of one car: the single-track model of commonroad-vehicle-models 3.0.2 and an implicit step of it.

The first seven numbers of the state are the package's, at the centre of mass: x, y [m], steering angle of the front
wheels [rad], speed [m/s], yaw [rad], yaw rate [rad/s], slip angle [rad]. Inputs: steering rate [rad/s] and
acceleration [m/s2]. `derivative` is the package's `vehicle_dynamics_st` (M. Althoff; TUM), written with the axles'
slip angles, and equals it while no tyre is at its limit. Beyond, the package's tyres grip without end; here a tyre's
force stops growing at `FRONT_GRIP` or `REAR_GRIP` of its load times friction (the front lets go first: asked too much,
the car runs wide), less on wet or snowy ground and less while it drives or brakes (friction ellipse). The slope before
that limit stays the package's, as in the brush model of a tyre (Pacejka, Tire and Vehicle Dynamics, ch. 3).
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from simulator.jit import compiled

X, Y, STEER, SPEED, YAW, YAW_RATE, SLIP = range(7)
PACKAGE_SIZE = 7
"""What the package's model knows of a state; the rest is engine, brakes, gearbox and what telemetry shows."""
THROTTLE, BRAKE, GEAR, SHIFTING, RPM, DRIVE_FORCE, SLOWING_FORCE = range(7, 14)
FRONT_SIDE_FORCE, REAR_SIDE_FORCE, FRONT_SLIP, REAR_SLIP = range(14, 18)
STATE_SIZE = 18
"""THROTTLE, BRAKE: what the engine and the brakes give by now, -1 to 1 and 0 to 1. SHIFTING: seconds left. Forces [N],
to the left. Slip angles of the axles [rad]."""

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
    WHEEL_RADIUS,
    FINAL_RATIO,
    DRIVEN_SHARE,
    THROTTLE_LAG,
    BRAKE_LAG,
    SHIFT_TIME,
    MAX_RPM,
    ENGINE_INERTIA,
    DAMPING_CLOSED,
    DAMPING_FULL,
    AUTOMATIC,
) = range(31)
"""Places in a car's parameter vector. FRONT, REAR: from the centre of mass to the axles [m]; HEIGHT of that centre [m].
STIFFNESS: of a tyre per friction and load [1/rad]. AIR_DRAG [kg/m]; ROLLING resistance [m/s2]; forces [N].
DRIVEN_SHARE: of the weight on driven wheels. Lags and SHIFT_TIME [s]. ENGINE_INERTIA [kg m2]. DAMPING: of the engine
with closed and full throttle [Nm s/rad]."""
PARAMETER_SIZE = 31

GRIP, RESISTANCE, ALONG, ASIDE, LEVEL = range(5)
GROUND_SIZE = 5
"""Places in the vector of what is below a car. GRIP: relative to dry asphalt. RESISTANCE: to rolling, beyond asphalt's
[m/s2]. ALONG, ASIDE: gravity's pull forward and to the left [m/s2]. LEVEL: metres on the map per metre of way."""

GRAVITY = 9.81
KINEMATIC_BELOW = 0.1
LEAST_SIDE_SHARE = 0.15

_jit = numba.njit


@_jit
def limit_inputs(state, steering_rate, acceleration, p):  # type: ignore[no-untyped-def]
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
def kinematic_turn(state, steering_rate, acceleration, p):  # type: ignore[no-untyped-def]
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
def tyre(slip_angle, stiffness, limit):  # type: ignore[no-untyped-def]
    """Force of a tyre and its slope, per friction and load."""
    force = stiffness * slip_angle
    if force > limit:
        return limit, 0.0
    if force < -limit:
        return -limit, 0.0
    return force, stiffness


@_jit
def side_share(used, whole):  # type: ignore[no-untyped-def]
    """What a tyre that uses `used` of its `whole` grip lengthwise has left sideways, 0 to 1: the friction ellipse."""
    if used <= 0.0:
        return 1.0
    if used >= whole:
        return LEAST_SIDE_SHARE
    return max(math.sqrt(1.0 - (used / whole) ** 2), LEAST_SIDE_SHARE)


@_jit
def dynamic_turn(state, acceleration, p, front_limit, rear_limit):  # type: ignore[no-untyped-def]
    """Yaw acceleration and slip rate from the tyres' forces, their Jacobian by (yaw rate, slip), and the forces [N]."""
    speed, yaw_rate, slip = state[SPEED], state[YAW_RATE], state[SLIP]
    wheelbase = p[FRONT] + p[REAR]
    per_load = p[FRICTION] * p[MASS] / wheelbase
    front_load = per_load * (GRAVITY * p[REAR] - acceleration * p[HEIGHT])
    rear_load = per_load * (GRAVITY * p[FRONT] + acceleration * p[HEIGHT])
    front, front_slope = tyre(state[STEER] - slip - p[FRONT] * yaw_rate / speed, p[STIFFNESS], front_limit)
    rear, rear_slope = tyre(p[REAR] * yaw_rate / speed - slip, p[STIFFNESS], rear_limit)
    front, front_slope = front * front_load, front_slope * front_load
    rear, rear_slope = rear * rear_load, rear_slope * rear_load

    yaw_acceleration = (p[FRONT] * front - p[REAR] * rear) / p[YAW_INERTIA]
    slip_rate = (front + rear) / (p[MASS] * speed) - yaw_rate
    moment = p[FRONT] * front_slope - p[REAR] * rear_slope
    yaw_by_yaw = -(p[FRONT] ** 2 * front_slope + p[REAR] ** 2 * rear_slope) / (speed * p[YAW_INERTIA])
    yaw_by_slip = -moment / p[YAW_INERTIA]
    slip_by_yaw = -moment / (p[MASS] * speed * speed) - 1.0
    slip_by_slip = -(front_slope + rear_slope) / (p[MASS] * speed)
    return yaw_acceleration, slip_rate, yaw_by_yaw, yaw_by_slip, slip_by_yaw, slip_by_slip, front, rear


@compiled
def derivative(
    state: NDArray[np.float64], steering_rate: float, acceleration: float, p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the time derivative of the state, (7,), as the package's `vehicle_dynamics_st` does."""
    steering_rate, acceleration = limit_inputs(state, steering_rate, acceleration, p)
    rates = np.empty(PACKAGE_SIZE)
    rates[STEER], rates[SPEED] = steering_rate, acceleration
    direction = state[YAW] + state[SLIP]
    if abs(state[SPEED]) < KINEMATIC_BELOW:
        rolling_slip, yaw_rate, rates[YAW_RATE], rates[SLIP] = kinematic_turn(state, steering_rate, acceleration, p)
        direction = state[YAW] + rolling_slip
        rates[YAW] = yaw_rate
    else:
        rates[YAW] = state[YAW_RATE]
        turn = dynamic_turn(state, acceleration, p, p[FRONT_GRIP], p[REAR_GRIP])
        rates[YAW_RATE], rates[SLIP] = turn[0], turn[1]
    rates[X] = state[SPEED] * math.cos(direction)
    rates[Y] = state[SPEED] * math.sin(direction)
    return rates


@_jit
def step_turn(state, steering_rate, acceleration, p, ground, front_share, rear_share, step):  # type: ignore[no-untyped-def]
    """Move the state by one step, in place.

    Yaw rate and slip are stiff at low speed: they are taken by the linearly implicit Euler method, which is stable for
    any step; the position by the midpoint rule. In reverse, where the package's tyres would push the wrong way, and
    below 0.1 m/s the car rolls without slipping. front_share, rear_share: what the axles have left sideways.
    """
    steering_rate, acceleration = limit_inputs(state, steering_rate, acceleration, p)
    steer_before, speed_before, yaw_rate_before, slip_before = state[STEER], state[SPEED], state[YAW_RATE], state[SLIP]
    state[STEER] = min(max(steer_before + step * steering_rate, p[STEER_LOW]), p[STEER_HIGH])
    state[SPEED] = speed_before + step * acceleration
    if state[SPEED] < KINEMATIC_BELOW:
        state[SLIP], state[YAW_RATE] = kinematic_turn(state, 0.0, 0.0, p)[:2]
        yaw_rate_before, slip_before = state[YAW_RATE], state[SLIP]
        state[FRONT_SIDE_FORCE] = state[REAR_SIDE_FORCE] = 0.0
    else:
        front_limit = p[FRONT_GRIP] * ground[GRIP] * front_share
        rear_limit = p[REAR_GRIP] * ground[GRIP] * rear_share
        turn = dynamic_turn(state, acceleration, p, front_limit, rear_limit)
        yaw_acceleration, slip_rate = turn[0], turn[1] + ground[ASIDE] / state[SPEED]
        a, b, c, d = 1.0 - step * turn[2], -step * turn[3], -step * turn[4], 1.0 - step * turn[5]
        determinant = a * d - b * c
        state[YAW_RATE] += step * (d * yaw_acceleration - b * slip_rate) / determinant
        state[SLIP] += step * (a * slip_rate - c * yaw_acceleration) / determinant
        state[SLIP] = min(max(state[SLIP], -1.0), 1.0)
        state[FRONT_SIDE_FORCE], state[REAR_SIDE_FORCE] = turn[6], turn[7]
    move(state, step, speed_before, yaw_rate_before, slip_before, ground[LEVEL])


@_jit
def move(state, step, speed_before, yaw_rate_before, slip_before, level):  # type: ignore[no-untyped-def]
    """Bring place and yaw to the end of a step by the midpoint rule, in place."""
    yaw_rate = 0.5 * (yaw_rate_before + state[YAW_RATE])
    direction = state[YAW] + 0.5 * step * yaw_rate + 0.5 * (slip_before + state[SLIP])
    travelled = 0.5 * step * (speed_before + state[SPEED]) * level
    state[X] += travelled * math.cos(direction)
    state[Y] += travelled * math.sin(direction)
    state[YAW] += step * yaw_rate


def parameter_vector() -> NDArray[np.float64]:
    """Give an empty parameter vector, to be filled at the places named above."""
    return np.zeros(PARAMETER_SIZE)


def level_ground() -> NDArray[np.float64]:
    """Give what is below a car on dry, level asphalt."""
    ground = np.zeros(GROUND_SIZE)
    ground[GRIP] = ground[LEVEL] = 1.0
    return ground
