"""What is in a log, in the words and the layout of CARLA's `show_recorder_file_info`.

Left out are walkers' bones, doors and what only animates: packets that this server never writes.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.embedded.recorder.layout import SECONDS, Addition, Header, Packet
from simulator.embedded.recorder.physics import tell_physics
from simulator.embedded.recorder.reading import Log, LoggedFrame, NoLogError, read_additions, read_records
from simulator.errors import LiquidlaneError

LONGEST_TEXT = 32 << 20
_LIGHTS = (
    *("Position", "LowBeam", "HighBeam", "Brake", "RightBlinker", "LeftBlinker", "Reverse", "Fog", "Interior"),
    *("Special1", "Special2"),
)
_LIGHTS_TOLD = (*_LIGHTS[:7], "Interior", "Fog", *_LIGHTS[9:])


def number(value: float) -> str:
    """Give a number as C++ prints it: six digits."""
    return f"{value:g}"


def triple(x: float, y: float, z: float) -> str:
    """Give three numbers in brackets."""
    return f"({x:g}, {y:g}, {z:g})"


def tell_header(header: Header) -> str:
    """Give version, map and date."""
    date = time.strftime("%m/%d/%y %H:%M:%S", time.localtime(min(max(header.date, 0), 1 << 36)))
    return f"Version: {header.version}\nMap: {header.map}\nDate: {date}\n\n"


def tell_end(frames: int, duration: str) -> str:
    """Give the last two lines."""
    return f"\nFrames: {frames}\nDuration: {duration} seconds\n"


def missing(path: Path) -> str:
    """Say that there is no such log."""
    return f"File {path} not found on server\n"


def open_log(path: Path) -> Log | str:
    """Open a log, or give what CARLA says where there is none.

    Raises:
        LiquidlaneError: if the log is damaged.
    """
    if not path.is_file():
        return missing(path)
    try:
        return Log(path)
    except NoLogError:
        return "File is not a CARLA recorder\n"


def tell_log(path: Path, everything: bool) -> str:
    """Tell what happened in a log; `everything` also what each frame holds.

    Raises:
        LiquidlaneError: if the log is damaged, or the text longer than 32 MiB.
    """
    log = open_log(path)
    if isinstance(log, str):
        return log
    with log:
        parts, size = [tell_header(log.header)], 0
        frames, elapsed = 0, 0.0
        for frame in log.frames():
            log.check_frame(frame)
            frames, elapsed = frame.start.number, frame.start.elapsed
            text = _tell_frame(frame, everything)
            size += len(text)
            if size > LONGEST_TEXT:
                raise LiquidlaneError(f"what {path} holds is longer than 32 MiB of text; ask with show_all=False")
            parts.append(text)
        return "".join(parts) + tell_end(frames, number(elapsed))


def _tell_frame(frame: LoggedFrame, everything: bool) -> str:
    lines = []
    for kind, data in frame.packets:
        if kind == Packet.EVENT_ADD:
            lines += [line for actor in read_additions(data) for line in _tell_addition(actor)]
        elif kind in _EVENTS:
            lines += [_EVENTS[kind](record) for record in read_records(kind, data)]
        elif everything and kind in _STATES:
            title, tell = _STATES[kind]
            records = read_records(kind, data)
            lines += [f" {title}: {len(records)}", *(f"  Id: {record[0]}{tell(record)}" for record in records)]
        elif everything and kind == Packet.PLATFORM_TIME and len(data) == SECONDS.size:
            lines.append(f" Current platform time: {SECONDS.unpack(data)[0]:g}")
        elif everything and kind == Packet.PHYSICS_CONTROL:
            lines += tell_physics(data, frame.start.number)
    if not lines and not everything:
        return ""
    head = f"Frame {frame.start.number} at {number(frame.start.elapsed)} seconds\n"
    return head + "".join(f"{line}\n" for line in lines)


def _tell_addition(actor: Addition) -> list[str]:
    head = f" Create {actor.actor_id}: {actor.blueprint} ({actor.kind}) at {triple(*actor.location)}"
    return [head, *(f"  {name} = {value}" for _, name, value in actor.attributes)]


def _tell_collision(hit: Any) -> str:
    first = f"{hit.first}{' (hero) ' if hit.first_hero else ''}"
    return f" Collision id {hit.number} between {first} with {hit.second}{' (hero) ' if hit.second_hero else ''}"


def _tell_lights(lights: Any) -> str:
    on = [name for name in _LIGHTS_TOLD if lights.flags >> _LIGHTS.index(name) & 1]
    return f" {' '.join(on) or 'None'}"


def _tell_lamp(lamp: Any) -> str:
    color = triple(lamp.red, lamp.green, lamp.blue)
    return f" enabled: {lamp.on} intensity: {lamp.intensity:g} RGB_color: {color}"


def _tell_box(box: Any) -> str:
    return f" origin: {triple(*box[1:4])} extension: {triple(*box[4:7])}"


_EVENTS: dict[int, Callable[[Any], str]] = {
    Packet.EVENT_DEL: lambda gone: f" Destroy {gone.actor_id}",
    Packet.EVENT_PARENT: lambda both: f" Parenting {both.actor_id} with {both.parent_id} (parent)",
    Packet.COLLISION: _tell_collision,
}

_STATES: dict[int, tuple[str, Callable[[Any], str]]] = {
    Packet.POSITION: (
        "Positions",
        lambda place: f" Location: {triple(*place[1:4])} Rotation: {triple(*place[4:7])}",
    ),
    Packet.STATE: (
        "State traffic lights",
        lambda light: (
            f" state: {chr(0x30 + light.state % 64)} frozen: {int(light.frozen)} elapsedTime: {light.elapsed:g}"
        ),
    ),
    Packet.ANIM_VEHICLE: (
        "Vehicle animations",
        lambda car: (
            f" Steering: {car.steer:g} Throttle: {car.throttle:g} Brake: {car.brake:g} "
            f"Handbrake: {int(car.hand_brake)} Gear: {car.gear}"
        ),
    ),
    Packet.ANIM_WALKER: ("Walker animations", lambda walker: f" speed: {walker.speed:g}"),
    Packet.VEHICLE_LIGHT: ("Vehicle light animations", _tell_lights),
    Packet.SCENE_LIGHT: ("Scene light changes", _tell_lamp),
    Packet.KINEMATICS: (
        "Dynamic actors",
        lambda way: f" linear_velocity: {triple(*way[1:4])} angular_velocity: {triple(*way[4:7])}",
    ),
    Packet.BOUNDING_BOX: ("Actor bounding boxes", _tell_box),
    Packet.TRIGGER_VOLUME: ("Actor trigger volumes", _tell_box),
    Packet.TRAFFIC_LIGHT_TIME: (
        "Traffic Light time events",
        lambda light: f" green_time: {light.green:g} yellow_time: {light.yellow:g} red_time: {light.red:g}",
    ),
}
