"""Writes a world's log while it runs."""

import logging
import math
import time
import zlib
from pathlib import Path
from typing import IO

from simulator.embedded.actors import Actor
from simulator.embedded.axes import turn_to_carla, vector_to_carla
from simulator.embedded.blueprints import WALKER_CONTROLLER
from simulator.embedded.collisions import Contact
from simulator.embedded.episode import Episode
from simulator.embedded.recorder.layout import (
    FRAME,
    NO_DURATION,
    SECONDS,
    ActorKind,
    Addition,
    Header,
    Packet,
    Parenting,
    pack_additions,
    pack_header,
    pack_packet,
    pack_records,
)
from simulator.embedded.recorder.physics import pack_physics
from simulator.embedded.recorder.places import CENTIMETRES, to_log
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker
from simulator.errors import LiquidlaneError

LARGEST_LOG = 4 << 30
HERO = "hero"

log = logging.getLogger(__name__)


def is_hero(actor: Actor | None) -> bool:
    """Tell whether an actor's role is the hero's."""
    given = actor.description[2] if actor is not None else []
    return any(name == "role_name" and value == HERO for name, _, value in given)


class Recording:
    """A log that is being written, frame by frame. A frame is written when the next one tells how long it lasted.

    Raises:
        LiquidlaneError: if the file can't be written.
    """

    def __init__(self, path: Path, episode: Episode, additional: bool) -> None:
        self._path, self._additional = path, additional
        try:
            self._file: IO[bytes] = path.open("wb", buffering=0)  # whole frames, whoever ends us
        except OSError as error:
            raise LiquidlaneError(f"{path} can't be written ({error.strerror})") from error
        self._began = time.time()
        self._known: dict[int, int] = {}
        self._frames, self._collisions, self._size = 0, 0, 0
        self._elapsed = 0.0
        self._waiting: tuple[int, float, bytes] | None = None
        self._file.write(pack_header(Header(1, int(self._began), episode.world_map.name.rsplit("/", 1)[-1])))

    def take(self, episode: Episode, delta: float) -> None:
        """Take the world as it is now, `delta` seconds after the last time.

        Raises:
            LiquidlaneError: if the disk is full, or the log has 4 GiB.
        """
        if self._frames:
            self._elapsed += delta
            self._write(delta)
        self._frames += 1
        self._waiting = self._frames, self._elapsed, b"".join(self._packets(episode))
        if self._size > LARGEST_LOG:
            raise LiquidlaneError(f"{self._path} has {LARGEST_LOG >> 30} GiB, and the recorder stops there")

    def end(self) -> None:
        """Write what waits and close the file."""
        try:
            self._write(NO_DURATION)
            self._file.close()
        except (OSError, LiquidlaneError) as error:
            log.warning("%s could not be finished: %s", self._path, error)

    def _write(self, duration: float) -> None:
        if self._waiting is None:
            return
        number, elapsed, body = self._waiting
        self._waiting = None
        start = pack_packet(Packet.FRAME_START, FRAME.pack(number, duration, elapsed))
        data = start + body + pack_packet(Packet.FRAME_END)
        self._size += len(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise LiquidlaneError(f"{self._path} can't be written ({error.strerror})") from error

    def _packets(self, episode: Episode) -> list[bytes]:
        vehicles = episode.vehicles
        moving = [actor for actor in episode.actors.values() if not _is_unseen(actor)]
        packets = [pack_packet(Packet.VISUAL_TIME, SECONDS.pack(episode.elapsed))]
        if self._frames == 1:
            document = episode.world_map.document.encode("utf-8", "surrogateescape")
            packets.append(pack_packet(Packet.MAP_DOCUMENT, zlib.compress(document)))
        new = self._events(episode, packets)
        packets.append(pack_records(Packet.COLLISION, self._hits(episode)))
        packets.append(pack_records(Packet.POSITION, [(actor.id, *to_log(actor.pose)) for actor in moving]))
        packets.append(pack_records(Packet.STATE, []))
        packets.append(pack_records(Packet.ANIM_VEHICLE, [_animation(vehicle) for vehicle in vehicles]))
        speeds = [(walker.id, math.hypot(*walker.velocity[:2])) for walker in episode.walkers]
        packets.append(pack_records(Packet.ANIM_WALKER, speeds))
        lights = [(vehicle.id, vehicle.lights & 0xFFFFFFFF) for vehicle in vehicles]
        packets.append(pack_records(Packet.VEHICLE_LIGHT, lights))
        if self._additional:
            packets += self._more(vehicles, new)
        return packets

    def _events(self, episode: Episode, packets: list[bytes]) -> list[Actor]:
        """Add who came, went and was fixed to whom since the last frame; gives the new ones."""
        actors = episode.actors
        gone = [actor_id for actor_id in self._known if actor_id not in actors]
        for actor_id in gone:
            del self._known[actor_id]
        new = [actor for actor in actors.values() if actor.id not in self._known]
        fixed = []
        for actor in new:
            self._known[actor.id] = actor.parent.id if actor.parent is not None else 0
            if actor.parent is not None:
                fixed.append(Parenting(actor.id, actor.parent.id))
        packets.append(pack_additions([_addition(actor) for actor in new]))
        packets.append(pack_records(Packet.EVENT_DEL, [(actor_id,) for actor_id in gone]))
        packets.append(pack_records(Packet.EVENT_PARENT, fixed))
        return new

    def _hits(self, episode: Episode) -> list[tuple[int, int, int, bool, bool]]:
        hits = []
        for contact in episode.contacts:
            first, second = _hero_first(contact)
            other = second.id if second is not None else 0
            hits.append((self._collisions & 0xFFFFFFFF, first.id, other, is_hero(first), is_hero(second)))
            self._collisions += 1
        return hits

    def _more(self, vehicles: list[Vehicle], new: list[Actor]) -> list[bytes]:
        """Give what CARLA calls additional data."""
        ways = [
            (vehicle.id, *vector_to_carla(*vehicle.velocity), *turn_to_carla(*vehicle.turn)) for vehicle in vehicles
        ]
        boxes = []
        for actor in new:
            half = [CENTIMETRES * part for part in actor.half_size]
            boxes.append((actor.id, 0.0, 0.0, CENTIMETRES * actor.box_middle[2], *half))
        packets = [pack_records(Packet.KINEMATICS, ways), pack_records(Packet.BOUNDING_BOX, boxes)]
        packets.append(pack_packet(Packet.PLATFORM_TIME, SECONDS.pack(time.time() - self._began)))
        cars = [(car.id, car.physics, car.pose) for car in new if isinstance(car, Vehicle)]
        if cars:
            packets.append(pack_physics(cars))
        return packets


def _is_unseen(actor: Actor) -> bool:
    return _is_sensor(actor) or actor.blueprint_id == WALKER_CONTROLLER


def _is_sensor(actor: Actor) -> bool:
    return actor.blueprint_id.startswith("sensor.")


def _hero_first(contact: Contact) -> tuple[Actor, Actor | None]:
    second = contact.second if isinstance(contact.second, Vehicle | Walker) else None
    if second is not None and is_hero(second) and not is_hero(contact.first):
        return second, contact.first
    return contact.first, second


def _addition(actor: Actor) -> Addition:
    kind = ActorKind.OTHER
    if isinstance(actor, Vehicle):
        kind = ActorKind.VEHICLE
    elif isinstance(actor, Walker):
        kind = ActorKind.WALKER
    elif _is_sensor(actor):
        kind = ActorKind.SENSOR
    place = to_log(actor.pose)
    attributes = tuple((int(type) & 0xFF, str(name), str(value)) for name, type, value in actor.description[2])
    uid = int(actor.description[0]) & 0xFFFFFFFF
    return Addition(actor.id, kind, place[:3], place[3:], uid, actor.blueprint_id, attributes)


def _animation(vehicle: Vehicle) -> tuple[int, float, float, float, bool, int]:
    control = vehicle.control
    gear = -1 if control.reverse else vehicle.gear
    return vehicle.id, control.steer, control.throttle, control.brake, control.hand_brake, gear
