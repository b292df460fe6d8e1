"""The bytes of CARLA 0.9.16's recorder logs: little-endian, packed, lengths first.

A log is a header, then packets, each with an id, a size and that many bytes; those between a frame's start and its end
belong to it. After `Recorder/CarlaRecorder*.cpp` of CARLA. Places are in centimetres, rotations roll, pitch, yaw in
degrees, both in CARLA's left-handed axes; they are left so here and turned where they meet the world.
"""

import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

MAGIC = "CARLA_RECORDER"
VERSION = 1
PACKET_HEAD = struct.Struct("<BI")
COUNT = struct.Struct("<H")
MOST_RECORDS = 0xFFFF
NO_DURATION = -1.0
"""How long a log's last frame lasted: not known any more."""

Triple = tuple[float, float, float]


class Packet(IntEnum):
    """Kinds of packets. CARLA leaves ids above 100 to others; it skips what it does not know."""

    FRAME_START = 0
    FRAME_END = 1
    EVENT_ADD = 2
    EVENT_DEL = 3
    EVENT_PARENT = 4
    COLLISION = 5
    POSITION = 6
    STATE = 7
    ANIM_VEHICLE = 8
    ANIM_WALKER = 9
    VEHICLE_LIGHT = 10
    SCENE_LIGHT = 11
    KINEMATICS = 12
    BOUNDING_BOX = 13
    PLATFORM_TIME = 14
    PHYSICS_CONTROL = 15
    TRAFFIC_LIGHT_TIME = 16
    TRIGGER_VOLUME = 17
    FRAME_COUNTER = 18
    WALKER_BONES = 19
    VISUAL_TIME = 20
    VEHICLE_DOOR = 21
    ANIM_VEHICLE_WHEELS = 22
    ANIM_BIKER = 23
    MAP_DOCUMENT = 113
    """Ours: the map's OpenDRIVE document, deflated."""


class ActorKind(IntEnum):
    """How CARLA counts kinds of actors."""

    OTHER = 0
    VEHICLE = 1
    WALKER = 2
    TRAFFIC_LIGHT = 3
    TRAFFIC_SIGN = 4
    SENSOR = 5


class Header(NamedTuple):
    """What a log begins with. date: seconds since 1970. map: its name without a folder."""

    version: int
    date: int
    map: str


class Frame(NamedTuple):
    """Begins a frame. duration: until the next one [s]. elapsed: since the first one [s]."""

    number: int
    duration: float
    elapsed: float


class Addition(NamedTuple):
    """An actor that came to be. attributes: (type, name, value) each."""

    actor_id: int
    kind: int
    location: Triple
    rotation: Triple
    uid: int
    blueprint: str
    attributes: tuple[tuple[int, str, str], ...]


class Destruction(NamedTuple):
    """An actor that is no more."""

    actor_id: int


class Parenting(NamedTuple):
    """An actor that was fixed to another."""

    actor_id: int
    parent_id: int


class Collision(NamedTuple):
    """Two that touched; what is no actor has the id 0."""

    number: int
    first: int
    second: int
    first_hero: bool
    second_hero: bool


class Position(NamedTuple):
    """Where an actor is."""

    actor_id: int
    x: float
    y: float
    z: float
    roll: float
    pitch: float
    yaw: float


class LightState(NamedTuple):
    """What a traffic light shows. elapsed: since it changed [s]."""

    actor_id: int
    frozen: bool
    elapsed: float
    state: int


class Animation(NamedTuple):
    """A vehicle's pedals, wheel and gear."""

    actor_id: int
    steer: float
    throttle: float
    brake: float
    hand_brake: bool
    gear: int


class WalkerSpeed(NamedTuple):
    """How fast a walker walks [m/s]."""

    actor_id: int
    speed: float


class VehicleLights(NamedTuple):
    """Which lights of a vehicle are on."""

    actor_id: int
    flags: int


class SceneLight(NamedTuple):
    """A street lamp."""

    light_id: int
    intensity: float
    red: float
    green: float
    blue: float
    alpha: float
    on: bool
    kind: int


class Kinematics(NamedTuple):
    """How an actor moves: [m/s] and [degrees/s]."""

    actor_id: int
    x: float
    y: float
    z: float
    turn_x: float
    turn_y: float
    turn_z: float


class LoggedBox(NamedTuple):
    """An actor's box, or a trigger's: its middle and half its size [cm]."""

    actor_id: int
    x: float
    y: float
    z: float
    half_x: float
    half_y: float
    half_z: float


class LightTimes(NamedTuple):
    """How long a traffic light stays so [s]."""

    actor_id: int
    green: float
    yellow: float
    red: float


FRAME = struct.Struct("<Qdd")
SECONDS = struct.Struct("<d")
RECORDS: dict[int, tuple[struct.Struct, Any]] = {
    Packet.EVENT_DEL: (struct.Struct("<I"), Destruction),
    Packet.EVENT_PARENT: (struct.Struct("<II"), Parenting),
    Packet.COLLISION: (struct.Struct("<III??"), Collision),
    Packet.POSITION: (struct.Struct("<I6f"), Position),
    Packet.STATE: (struct.Struct("<I?fb"), LightState),
    Packet.ANIM_VEHICLE: (struct.Struct("<I3f?i"), Animation),
    Packet.ANIM_WALKER: (struct.Struct("<If"), WalkerSpeed),
    Packet.VEHICLE_LIGHT: (struct.Struct("<II"), VehicleLights),
    Packet.SCENE_LIGHT: (struct.Struct("<i5f?B"), SceneLight),
    Packet.KINEMATICS: (struct.Struct("<I6f"), Kinematics),
    Packet.BOUNDING_BOX: (struct.Struct("<I6f"), LoggedBox),
    Packet.TRIGGER_VOLUME: (struct.Struct("<I6f"), LoggedBox),
    Packet.TRAFFIC_LIGHT_TIME: (struct.Struct("<I3f"), LightTimes),
}
"""Packets that are a count and so many records of one size."""

PLACE = struct.Struct("<IB6fI")
"""How an addition begins: id, kind, place, rotation and the blueprint's number."""


def pack_text(text: str) -> bytes:
    """Give a text: its length, then its UTF-8, cut after 65,535 bytes."""
    data = text.encode("utf-8", "replace")[:MOST_RECORDS]
    return COUNT.pack(len(data)) + data


def pack_header(header: Header) -> bytes:
    """Begin a log."""
    head = COUNT.pack(header.version) + pack_text(MAGIC)
    return head + struct.pack("<q", header.date) + pack_text(header.map)


def pack_packet(kind: Packet, data: bytes = b"") -> bytes:
    """Give a packet."""
    return PACKET_HEAD.pack(kind, len(data)) + data


def pack_records(kind: Packet, records: Sequence[Iterable[Any]]) -> bytes:
    """Give a packet of records of one size; of more than 65,535 the first ones, which is all that CARLA can count."""
    layout = RECORDS[kind][0]
    records = records[:MOST_RECORDS]
    return pack_packet(kind, COUNT.pack(len(records)) + b"".join(layout.pack(*record) for record in records))


def pack_additions(additions: Sequence[Addition]) -> bytes:
    """Give the packet of the actors that came to be."""
    parts = [COUNT.pack(min(len(additions), MOST_RECORDS))]
    for actor in additions[:MOST_RECORDS]:
        parts.append(PLACE.pack(actor.actor_id, actor.kind, *actor.location, *actor.rotation, actor.uid))
        parts += (pack_text(actor.blueprint), COUNT.pack(len(actor.attributes)))
        for kind, name, value in actor.attributes:
            parts += (bytes([kind]), pack_text(name), pack_text(value))
    return pack_packet(Packet.EVENT_ADD, b"".join(parts))
