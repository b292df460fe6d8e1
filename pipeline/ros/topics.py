"""Which topics are taken: as the user maps them, otherwise guessed by type and name, and told."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from pipeline.ros.bag import Topic
from pipeline.ros.options import Options
from pipeline.ros.picture import PACKED, RAW, STREAMS
from pipeline.ros.quantities import FIX, JOINTS, POSE, STEERING, Kind, Source, sources_of
from simulator.errors import LiquidlaneError

NOT_THE_ROAD = re.compile(
    r"depth|dispar|mask|segment|semantic|label|infra|thermal|rear|back|side|debug|annotat|overlay|result|detect|"
    r"rviz|map|costmap|points|confidence|fisheye_down|driver|cabin|gripper|wrist",
    re.IGNORECASE,
)
AHEAD = re.compile(r"front|cent(er|re)|forward|ahead|road|dash", re.IGNORECASE)
ASIDE = re.compile(r"left|right", re.IGNORECASE)
MOST_OF_EACH = 4  # candidates that are read, so that one that turns out empty is replaced


def choose_pictures(topics: Mapping[str, Topic], asked: Sequence[str]) -> tuple[list[Topic], list[str]]:
    """Give the topics of pictures to take, and the names of others that were left.

    Raises:
        LiquidlaneError: if there is none, or one that was asked for is not there.
    """
    there = {name: topic for name, topic in topics.items() if topic.type in (RAW, PACKED) and topic.count}
    if asked:
        return [_named(name, there, "a topic of pictures") for name in asked], []
    fit = {name: topic for name, topic in there.items() if topic.codec and not name.endswith("compressedDepth")}
    if not fit:
        kinds = sorted({STREAMS[topic.type] for topic in topics.values() if topic.type in STREAMS})
        what = f"republish its {' and '.join(kinds)} stream as CompressedImage (ros2 run image_transport republish)"
        listed = ", ".join(f"{topic.name} ({topic.type})" for topic in list(topics.values())[:8]) or "nothing"
        remedy = what if kinds else "record a camera (sensor_msgs/Image or CompressedImage) together with them"
        raise LiquidlaneError(f"the bag holds no pictures, but {listed}; {remedy}")
    ranked = sorted(fit.values(), key=_unlikely)
    return ranked[:1], [topic.name for topic in ranked[1:]]


def _unlikely(topic: Topic) -> tuple[bool, bool, bool, bool, int, str]:
    """Sort by how unlikely it is that a topic shows the road ahead; files of pictures before raw ones."""
    name = topic.name
    aside = ASIDE.search(name) is not None
    return (
        NOT_THE_ROAD.search(name) is not None,
        AHEAD.search(name) is None and aside,
        "right" in name.lower(),
        topic.type != PACKED,
        -topic.count,
        name,
    )


def _named(name: str, there: Mapping[str, Topic], what: str) -> Topic:
    for candidate in (name, f"/{name}"):
        if candidate in there:
            return there[candidate]
    close = difflib.get_close_matches(name, list(there), 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(there)[:12]) or 'none'}"
    raise LiquidlaneError(f"the bag has no {name} as {what}; {hint}")


def rank_steering(sources: Collection[Source]) -> list[Source]:
    """Sort what can be steering: an angle before a yaw rate, what needs no assumption first."""

    def rank(source: Source) -> tuple[int, str]:
        made = (JOINTS, POSE, FIX)
        place = STEERING.index(source.kind) * 10
        if source.kind == Kind.YAW_RATE and not source.command:
            place = 60
        return place + next(
            (1 + made.index(one) for one in made if source.field.startswith(f"{one}.")), 0
        ), source.topic

    return sorted((source for source in sources if source.kind in STEERING), key=rank)


def rank_motion(sources: Collection[Source], kind: Kind) -> list[Source]:
    """Sort what can be the speed or the yaw rate: measured before commanded, a receiver's places after a sensor."""

    def rank(source: Source) -> tuple[bool, int, str]:
        made = (POSE, FIX, JOINTS)
        place = next((1 + made.index(one) for one in made if source.field.startswith(f"{one}.")), 0)
        return source.command, place, source.topic

    return sorted((source for source in sources if source.kind == kind), key=rank)


def candidates(topics: Mapping[str, Topic], options: Options) -> dict[str, list[Source]]:
    """Give the candidates for "steering", "speed" and "motion" (a measured yaw rate), the best first.

    Those "beside" are the speeds of the messages that tell a yaw rate.

    Raises:
        LiquidlaneError: if what the user maps is not there, or tells nothing of the kind.
    """
    busy = sorted(topics.values(), key=lambda topic: (-topic.count, topic.name))
    sources = [source for topic in busy for source in sources_of(topic)]
    found = {
        "steering": rank_steering(sources)[:MOST_OF_EACH],
        "speed": rank_motion(sources, Kind.SPEED)[:MOST_OF_EACH],
        "motion": [source for source in rank_motion(sources, Kind.YAW_RATE) if not source.command][:MOST_OF_EACH],
    }
    if options.steering:
        kinds = (Kind(options.steering_is),) if options.steering_is else STEERING
        found["steering"] = [_mapped(options.steering, topics, kinds, options.steering_is, options.steering_factor)]
    elif options.steering_factor != 1 or options.steering_is:
        raise LiquidlaneError(
            "steering_is and steering_factor tell what a field means; name it with steering=TOPIC:FIELD"
        )
    if options.speed_from:
        found["speed"] = [_mapped(options.speed_from, topics, (Kind.SPEED,), "speed")]
    if options.motion:
        found["motion"] = [_mapped(options.motion, topics, (Kind.YAW_RATE,), "yaw_rate")]
    turning = {source.topic for source in (*found["steering"], *found["motion"]) if source.kind == Kind.YAW_RATE}
    found["beside"] = [source for source in sources if source.kind == Kind.SPEED and source.topic in turning]
    return found


def _mapped(
    written: str, topics: Mapping[str, Topic], kinds: Sequence[Kind], given: str, factor: float = 1.0
) -> Source:
    """Give the source that a user names as "/topic" or "/topic:field"."""
    name, _, field = written.partition(":")
    topic = _named(name, {key: topic for key, topic in topics.items() if topic.count}, "a topic with messages")
    if topic.codec is None:
        raise LiquidlaneError(
            f"neither the bag nor ROS defines {topic.type} of {name}; record the bag with definitions"
        )
    offered = [source for source in sources_of(topic) if source.kind in kinds]
    if not field:
        if offered:
            first = offered[0]
            return Source(first.topic, first.field, first.kind, first.factor * factor, first.command)
        raise LiquidlaneError(f"it is not clear what of {name} ({topic.type}) is meant; name a field: {name}:FIELD")
    known = {source.field: source for source in sources_of(topic)}
    numbers = [".".join(path) for path in topic.codec.numbers]
    if field not in known and field not in numbers:
        close = difflib.get_close_matches(field, numbers, 1, 0.5)
        hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(numbers[:12]) or 'no numbers'}"
        raise LiquidlaneError(f"{name} ({topic.type}) has no number {field}; {hint}")
    kind = Kind(given) if given else known[field].kind if field in known else None
    if kind is None or kind not in kinds:
        some = ", ".join(one.value for one in kinds)
        raise LiquidlaneError(f"it is not clear what {written} is; say it with steering_is, one of {some}")
    own = known[field].factor if field in known and known[field].kind == kind else 1.0
    return Source(topic.name, field, kind, own * factor, known[field].command if field in known else False)
