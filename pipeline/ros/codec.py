"""How the bytes of a message become an object: by the definitions in the bag, or those of ROS itself.

The definitions of each type are kept apart from those of the others, so that one that is broken, or another version of
a message that both use, costs only its own topics.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from rosbags.interfaces import MessageDefinition, MessageDefinitionFormat, Nodetype
from rosbags.interfaces.typing import Typesdict
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

IDL_RULE = "=" * 80 + "\n"
DEEPEST = 4  # fields within fields that are looked through
NUMBERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")
COMMON = {  # not in ROS itself, and older bags of ROS 2 hold no definitions
    "ackermann_msgs/msg/AckermannDrive": "float32 steering_angle\nfloat32 steering_angle_velocity\n"
    "float32 speed\nfloat32 acceleration\nfloat32 jerk\n",
    "ackermann_msgs/msg/AckermannDriveStamped": "std_msgs/Header header\nackermann_msgs/AckermannDrive drive\n",
}


@dataclass(frozen=True, slots=True)
class Codec:
    """Reads messages of one type.

    read: bytes → object with the message's fields; raises whatever a damaged message causes. numbers: the paths of all
    fields that are single numbers, such as ("twist", "linear", "x"). stamped: whether it has a header. origin: what
    `make_codec` made it of, and makes it of again in another process.
    """

    read: Callable[[bytes], Any]
    numbers: tuple[tuple[str, ...], ...]
    stamped: bool
    origin: tuple[str, MessageDefinition, bool]

    def __reduce__(self) -> tuple[Callable[..., "Codec | None"], tuple[str, MessageDefinition, bool]]:
        return make_codec, self.origin


@cache
def make_codec(name: str, definition: MessageDefinition, first_version: bool) -> Codec | None:
    """Give what reads messages of a type; None if neither the bag nor ROS defines it.

    Args:
        name: of the type, such as "sensor_msgs/msg/Image".
        definition: of the bag; may be empty.
        first_version: whether it is ROS 1.

    Raises:
        Exception: whatever a broken definition causes.
    """
    store = _make_store(name, definition) or _common_store(first_version)
    if name not in store.fielddefs:
        return None
    read = store.deserialize_ros1 if first_version else store.deserialize_cdr
    fields = [field for field, _ in store.fielddefs[name][1]]
    numbers = tuple(_walk(store, name, ()))
    return Codec(lambda data: read(data, name), numbers, "header" in fields, (name, definition, first_version))


def _make_store(name: str, definition: MessageDefinition) -> Typestore | None:
    types: Typesdict = {}
    if definition.format == MessageDefinitionFormat.MSG:
        types.update(get_types_from_msg(definition.data, name))
    elif definition.format == MessageDefinitionFormat.IDL:
        parts = [definition.data]
        if definition.data.startswith(f"{IDL_RULE}IDL: "):
            parts = [part.partition("\n")[2] for part in definition.data.split(IDL_RULE)[1:]]
        for part in parts:
            types.update(get_types_from_idl(part))
    if name not in types:
        return None
    store = get_typestore(Stores.EMPTY)
    store.register(types)
    return store


@cache
def _common_store(first_version: bool) -> Typestore:
    store = get_typestore(Stores.ROS1_NOETIC if first_version else Stores.ROS2_HUMBLE)
    for name, text in COMMON.items():
        store.register(get_types_from_msg(text, name))
    return store


def _walk(store: Typestore, name: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the paths of all fields that are single numbers."""
    if len(path) >= DEEPEST or name not in store.fielddefs:
        return
    for field, (kind, what) in store.fielddefs[name][1]:
        if field == "header":
            continue
        if kind == Nodetype.BASE and what[0] in NUMBERS:
            yield (*path, field)
        elif kind == Nodetype.NAME:
            yield from _walk(store, str(what), (*path, field))
