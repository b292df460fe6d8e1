"""A vehicle's physics control in a log: how it is written, and CARLA's words for it."""

import struct
from dataclasses import astuple
from typing import Any

from simulator.embedded.axes import Pose, attach, vector_to_carla
from simulator.embedded.physics_control import PhysicsControl
from simulator.embedded.recorder.cursor import Cursor
from simulator.embedded.recorder.layout import COUNT, Packet, pack_packet
from simulator.errors import LiquidlaneError

_HEAD = struct.Struct("<I5f?4f3f")
_LENGTH = struct.Struct("<I")
_POINT, _GEAR, _WHEEL = struct.Struct("<2f"), struct.Struct("<3f"), struct.Struct("<12f")
_SWITCH_TIME_TOLD = 0.5
"""CARLA's log has no gear_switch_time; its text shows the default."""
_NAMES = (
    *("max_rpm", "MOI", "damping_rate_full_throttle", "damping_rate_zero_throttle_clutch_engaged"),
    *("damping_rate_zero_throttle_clutch_disengaged", "use_gear_auto_box", "gear_switch_time", "clutch_strength"),
    *("final_ratio", "mass", "drag_coefficient", "center_of_mass"),
)
_WHEEL_NAMES = (
    *("tire_friction", "damping_rate", "max_steer_angle", "radius", "max_brake_torque"),
    "max_handbrake_torque",
)


def pack_physics(vehicles: list[tuple[int, PhysicsControl, Pose]]) -> bytes:
    """Give the packet of vehicles' physics controls: id, numbers and where the vehicle is."""
    parts = [COUNT.pack(len(vehicles))]
    for actor_id, physics, pose in vehicles:
        head = _HEAD.pack(
            actor_id,
            physics.max_rpm,
            physics.moi,
            physics.damping_full_throttle,
            physics.damping_clutch_engaged,
            physics.damping_clutch_disengaged,
            physics.use_gear_autobox,
            physics.clutch_strength,
            physics.final_ratio,
            physics.mass,
            physics.drag_coefficient,
            *vector_to_carla(*physics.center_of_mass),
        )
        wheels = []
        for wheel in physics.wheels:
            there = attach(pose, Pose(wheel.x, wheel.y, wheel.z))
            place = [100.0 * part for part in vector_to_carla(there.x, there.y, there.z)]
            wheels.append((*astuple(wheel)[:9], *place))
        parts += [head, _pack_rows(_POINT, physics.torque_curve), _pack_rows(_GEAR, physics.gears)]
        parts += [_pack_rows(_POINT, physics.steering_curve), _pack_rows(_WHEEL, wheels)]
    return pack_packet(Packet.PHYSICS_CONTROL, b"".join(parts))


def _pack_rows(layout: struct.Struct, rows: Any) -> bytes:
    return _LENGTH.pack(len(rows)) + b"".join(layout.pack(*row) for row in rows)


def _read_rows(cursor: Cursor, layout: struct.Struct) -> list[tuple[float, ...]]:
    (count,) = cursor.unpack(_LENGTH)
    return list(layout.iter_unpack(cursor.take(count * layout.size)))


def tell_physics(data: bytes, frame: int) -> list[str]:
    """Tell a packet of physics controls, line by line.

    Raises:
        LiquidlaneError: if it is shorter than it says.
    """
    cursor = Cursor(data)
    try:
        count = cursor.count()
        lines = [f" Physics Control events: {count}"]
        for _ in range(count):
            lines += _tell_vehicle(cursor)
    except IndexError:
        raise LiquidlaneError(f"frame {frame} has a damaged physics control; record it again") from None
    return lines


def _tell_vehicle(cursor: Cursor) -> list[str]:
    actor_id, *numbers = cursor.unpack(_HEAD)
    torque, gears = _read_rows(cursor, _POINT), _read_rows(cursor, _GEAR)
    steering, wheels = _read_rows(cursor, _POINT), _read_rows(cursor, _WHEEL)
    told = [f"{value:g}" for value in numbers[:5]]
    told += ["true" if numbers[5] else "false", f"{_SWITCH_TIME_TOLD:g}"]
    told += [f"{value:g}" for value in numbers[6:10]]
    told.append(f"({', '.join(f'{value:g}' for value in numbers[10:13])})")
    lines = [f"  Id: {actor_id}", *(f"   {name} = {value}" for name, value in zip(_NAMES, told, strict=True))]
    for name, curve in (("torque_curve", torque), ("steering_curve", steering)):
        lines.append(f"   {name} =" + "".join(f" ({x:g}, {y:g})" for x, y in curve))
    lines.append("   forward_gears:")
    lines += [f"    gear {k}: ratio {g[0]:g} down_ratio {g[1]:g} up_ratio {g[2]:g}" for k, g in enumerate(gears)]
    lines.append("   wheels:")
    for k, wheel in enumerate(wheels):
        named = " ".join(f"{name} {value:g}" for name, value in zip(_WHEEL_NAMES, wheel[:6], strict=True))
        place = ", ".join(f"{value:g}" for value in wheel[9:12])
        lines.append(f"    wheel {k}: {named} position ({place})")
    return lines
