"""Values on the RPC wire: each `read_` checks one and makes it ours, each `write_` gives one back."""

import reprlib
from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any, TypeVar

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose, Vector, attach, pose_from_carla, pose_to_carla, vector_to_carla
from simulator.embedded.obstacles import Obstacle
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.physics_control import Curve, PhysicsControl, Wheel
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.weather import Weather

T = TypeVar("T")
CENTIMETRES = 100.0
LARGEST = 1e15
LARGEST_INTEGER = 2**63
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80


class BadValueError(ValueError):
    """A value that has not the shape its method asks for."""


def show(value: Any) -> str:
    """Give a value for a message, cut short, however long or deep it is."""
    return _short.repr(value)[:120].encode("utf-8", "backslashreplace").decode()


def read_anything(value: Any) -> Any:
    """Take a value as it is."""
    return value


def read_number(value: Any) -> float:
    """Read a number that can be calculated with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -LARGEST <= value <= LARGEST:
        raise BadValueError(f"expected a number between -{LARGEST:.0e} and {LARGEST:.0e}, not {show(value)}")
    return float(value)


def read_integer(value: Any) -> int:
    """Read a whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
        raise BadValueError(f"expected a whole number, not {show(value)}")
    return value


def read_flag(value: Any) -> bool:
    """Read a yes or no."""
    if not isinstance(value, bool):
        raise BadValueError(f"expected true or false, not {show(value)}")
    return value


def read_text(value: Any) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise BadValueError(f"expected text, not {show(value)}")
    return value


def read_items(value: Any, *readers: Callable[[Any], Any]) -> list[Any]:
    """Read a struct: one reader per element; later CARLA versions may add more elements."""
    if not isinstance(value, list) or len(value) < len(readers):
        raise BadValueError(f"expected {len(readers)} elements, not {show(value)}")
    return [read(item) for read, item in zip(readers, value, strict=False)]


def list_of(read: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Make a reader of lists."""

    def read_list(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise BadValueError(f"expected a list, not {show(value)}")
        return [read(item) for item in value]

    return read_list


def read_optional(value: Any, read: Callable[[Any], T]) -> T | None:
    """Read CARLA's optional: [false] or [true, value]."""
    if isinstance(value, list) and len(value) == 1 and value[0] is False:
        return None
    present, inner = read_items(value, read_flag, read_anything)
    return read(inner) if present else None


def read_vector(value: Any) -> Vector:
    """Read a position, velocity or impulse into our axes."""
    return vector_to_carla(*read_items(value, read_number, read_number, read_number))


def read_plain_vector(value: Any) -> Vector:
    """Read three numbers without turning axes."""
    x, y, z = read_items(value, read_number, read_number, read_number)
    return x, y, z


def read_transform(value: Any) -> Pose:
    """Read a transform into our axes."""
    location, rotation = read_items(value, read_plain_vector, read_plain_vector)
    return pose_from_carla(*location, *rotation)


def write_transform(pose: Pose) -> list[Any]:
    """Give a transform's value on the wire."""
    x, y, z, pitch, yaw, roll = pose_to_carla(pose)
    return [[x, y, z], [pitch, yaw, roll]]


_SEVEN = (read_anything,) * 7


def read_control(value: Any) -> VehicleControl:
    """Read pedals and wheel, held within their ranges."""
    throttle, steer, brake, hand_brake, reverse, manual, gear = read_items(value, *_SEVEN)
    return VehicleControl(
        min(max(read_number(throttle), 0.0), 1.0),
        min(max(read_number(steer), -1.0), 1.0),
        min(max(read_number(brake), 0.0), 1.0),
        read_flag(hand_brake),
        read_flag(reverse),
        read_flag(manual),
        min(max(read_integer(gear), -1), 100),
    )


def read_settings(value: Any) -> EpisodeSettings:
    """Read the world's settings."""
    numbers = read_items(
        value,
        *(read_flag, read_flag, read_anything, read_flag, read_number, read_integer),
        *(read_number, read_flag, read_number, read_number, read_flag),
    )
    numbers[2] = read_optional(numbers[2], read_number)
    if numbers[2] is not None and not 0 <= numbers[2] <= 10:
        raise BadValueError(f"fixed_delta_seconds is {numbers[2]}; give 0 to 10 s")
    if not numbers[2]:
        numbers[2] = None
    return EpisodeSettings(*numbers)


def write_settings(settings: EpisodeSettings) -> list[Any]:
    """Give the settings' value on the wire."""
    numbers: list[Any] = list(astuple(settings))
    numbers[2] = [False] if settings.fixed_delta is None else [True, settings.fixed_delta]
    return numbers


def read_weather(value: Any) -> Weather:
    """Read the weather."""
    return Weather.from_numbers(list_of(read_number)(value))


def read_description(value: Any) -> tuple[list[Any], str, dict[str, str]]:
    """Read what is to be spawned: its value as it came, the blueprint's id, the attributes."""
    uid, id, attributes = read_items(value, read_integer, read_text, list_of(_read_attribute))
    whole = [uid, id, [[key, kind, text] for key, kind, text in attributes]]
    return whole, id, {key: text for key, _, text in attributes}


def _read_attribute(value: Any) -> list[Any]:
    return read_items(value, read_text, read_integer, read_text)


def write_bounding_box(actor: Actor) -> list[Any]:
    """Give an actor's box: its centre in the actor's axes, half its size, no rotation."""
    half = actor.half_size
    return [list(vector_to_carla(*actor.box_middle)), list(half), [0.0, 0.0, 0.0], actor.id]


def write_actor(actor: Actor) -> list[Any]:
    """Give an actor's value on the wire."""
    parent = actor.parent.id if actor.parent is not None else 0
    box = write_bounding_box(actor)
    return [actor.id, parent, actor.description, box, actor.semantic_tags, actor.token]


def write_obstacle(obstacle: Obstacle) -> list[Any]:
    """Give what is no actor the way CARLA does: as one without an id or attributes, of the kind that its tag names."""
    half = obstacle.half_size
    box = [[0.0, 0.0, half[2]], list(half), [0.0, 0.0, 0.0], 0]
    return [0, 0, [0, obstacle.kind, []], box, bytes([obstacle.tag]), b""]


def _read_point(value: Any) -> tuple[float, float]:
    x, y = read_items(value, read_number, read_number)
    return x, y


def read_curve(value: Any) -> Curve:
    """Read rows of (x, y)."""
    return tuple(list_of(_read_point)(value))


def _read_wheel(value: Any) -> Wheel:
    """Read a wheel; where it is can't be set, so its place is left at zero."""
    friction, damping, angle, radius, brake, hand_brake, load, lateral, longitudinal = read_items(
        value, *[read_number] * 9
    )
    return Wheel(friction, damping, angle, radius, brake, hand_brake, load, lateral, longitudinal, 0.0, 0.0, 0.0)


def read_physics(value: Any, wheels: tuple[Wheel, ...]) -> PhysicsControl:
    """Read a vehicle's physics control; `wheels` say where its wheels are, which a client can't move."""
    numbers = read_items(
        value,
        *(read_curve, *[read_number] * 5, read_flag, *[read_number] * 3, list_of(read_plain_vector)),
        *(read_number, read_number, read_vector, read_curve, list_of(_read_wheel), read_flag),
    )
    numbers[10] = tuple(numbers[10])
    given = numbers[15]
    if len(given) != len(wheels):
        raise BadValueError(f"expected {len(wheels)} wheels, not {len(given)}")
    numbers[15] = tuple(replace(wheel, x=own.x, y=own.y, z=own.z) for wheel, own in zip(given, wheels, strict=True))
    return PhysicsControl(*numbers)


def write_physics(physics: PhysicsControl, pose: Pose) -> list[Any]:
    """Give a vehicle's physics control; the wheels stand in the world, in centimetres, as in CARLA."""
    wheels = []
    for wheel in physics.wheels:
        there = attach(pose, Pose(wheel.x, wheel.y, wheel.z))
        place = [CENTIMETRES * part for part in vector_to_carla(there.x, there.y, there.z)]
        wheels.append([*astuple(wheel)[:9], place])
    return [
        [list(point) for point in physics.torque_curve],
        physics.max_rpm,
        physics.moi,
        physics.damping_full_throttle,
        physics.damping_clutch_engaged,
        physics.damping_clutch_disengaged,
        physics.use_gear_autobox,
        physics.gear_switch_time,
        physics.clutch_strength,
        physics.final_ratio,
        [list(gear) for gear in physics.gears],
        physics.mass,
        physics.drag_coefficient,
        list(vector_to_carla(*physics.center_of_mass)),
        [list(point) for point in physics.steering_curve],
        wheels,
        physics.use_sweep_wheel_collision,
    ]
