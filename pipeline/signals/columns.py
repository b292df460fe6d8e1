"""Which column of a log is the speed, the steering, the time? Guessed by names and units that people write."""

import re
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

Quantity = Literal["time", "frame", "speed", "curvature", "steering", "yaw_rate"]

NAMES: dict[Quantity, tuple[str, ...]] = {
    "time": ("time", "timestamp", "t", "stamp", "elapsed", "elapsed_time", "seconds", "sec", "millis", "datetime"),
    "frame": ("frame", "frame_index", "frame_number", "frame_id", "frame_no", "picture", "index"),
    "speed": (
        *("speed", "velocity", "vehicle_speed", "car_speed", "forward_speed", "longitudinal_speed", "v_ego", "vego"),
        *("wheel_speed", "gps_speed", "ground_speed", "linear_x", "v"),
    ),
    "curvature": ("curvature", "path_curvature", "kappa"),
    "steering": (
        *("steering_wheel_angle", "steering_angle", "steeringangle", "steering", "steer", "steer_angle", "angle"),
        *("wheel_angle", "steering_wheel", "swa", "steering_command", "steering_input"),
        *("steering_angle_normalized", "steering_angle_normalised", "steering_normalized", "steering_normalised"),
        *(
            "front_wheel_angle",
            "road_wheel_angle",
            "tire_angle",
            "tyre_angle",
            "steering_tire_angle",
            "ackermann_angle",
        ),
    ),
    "yaw_rate": ("yaw_rate", "yawrate", "yaw_velocity", "gyro_z", "angular_z", "angular_velocity_z", "wz"),
}
FRONT_WHEELS = NAMES["steering"][-6:]
"""Names of the front wheels' angle; the others are a steering wheel's."""
NORMALISED = (
    *("steer", "steering", "steering_command", "steering_input"),
    *(name for name in NAMES["steering"] if name.endswith(("normalized", "normalised"))),
)
"""Names of what may be a command in -1 to 1."""

_DEGREE = 0.017453292519943295
_KNOT, _MILE = 0.5144444444444445, 0.44704
UNITS: dict[Quantity, dict[str, float]] = {
    "time": {
        **dict.fromkeys(("s", "sec", "secs", "seconds"), 1.0),
        **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), 1e-3),
        **dict.fromkeys(("us", "µs", "usec", "microseconds"), 1e-6),
        **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds"), 1e-9),
    },
    "frame": {},
    "speed": {
        **dict.fromkeys(("m/s", "mps", "ms", "m_s", "m/sec"), 1.0),
        **dict.fromkeys(("km/h", "kmh", "kph", "kmph", "km_h"), 1 / 3.6),
        **dict.fromkeys(("mph", "mi/h", "mi_h"), _MILE),
        **dict.fromkeys(("kn", "kt", "knots"), _KNOT),
    },
    "curvature": {**dict.fromkeys(("1/m", "per_m", "m-1", "m^-1"), 1.0), **dict.fromkeys(("1/km", "per_km"), 1e-3)},
    "steering": {
        **dict.fromkeys(("rad", "rads", "radians"), 1.0),
        **dict.fromkeys(("deg", "degs", "degree", "degrees", "°"), _DEGREE),
    },
    "yaw_rate": {
        **dict.fromkeys(("rad/s", "rads", "radps", "rad_s"), 1.0),
        **dict.fromkeys(("deg/s", "degs", "dps", "degps", "deg_s", "°/s"), _DEGREE),
    },
}


class Column(NamedTuple):
    """A column that holds a quantity. name: as in the log. bare: without unit. unit: its SI value, None if unknown."""

    name: str
    bare: str
    unit: float | None


def read_name(name: str, quantity: Quantity) -> Column | None:
    """Say whether a column's name is one of a quantity: "speed", "Speed [km/h]", "vehicle speed (mph)", "speed_kmh"."""
    text = name.strip().lower()
    bracket = re.fullmatch(r"(.*?)[\s_]*[\[(<]\s*(.*?)\s*[\])>]", text)
    bare = re.sub(r"[\s.\-/]+", "_", bracket[1] if bracket else text).strip("_")
    if bracket:
        unit = UNITS[quantity].get(bracket[2])
        return Column(name, bare, unit) if bare in NAMES[quantity] else None
    if bare in NAMES[quantity]:
        told = {"seconds": 1.0, "sec": 1.0, "millis": 1e-3}.get(bare) if quantity == "time" else None
        return Column(name, bare, told)
    for unit_name, unit in UNITS[quantity].items():
        ending = "_" + re.sub(r"[\s.\-/]+", "_", unit_name)
        if bare.endswith(ending) and bare.removesuffix(ending) in NAMES[quantity]:
            return Column(name, bare.removesuffix(ending), unit)
    return None


def find_column(names: Collection[str], quantity: Quantity) -> Column | None:
    """Give the column whose name fits a quantity best: the order of NAMES decides, then that a unit is told."""
    found = [column for name in names if (column := read_name(name, quantity)) is not None]
    order = NAMES[quantity]
    return min(found, key=lambda column: (order.index(column.bare), column.unit is None), default=None)


def known_names(cells: Sequence[str]) -> list[str]:
    """Give those of some cells, a log's first row perhaps, that name a quantity."""
    return [cell for cell in cells if any(read_name(cell, quantity) is not None for quantity in NAMES)]
