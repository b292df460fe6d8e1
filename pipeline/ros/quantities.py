"""What the topics of a bag tell of steering and motion, by their types, and by the names of fields and topics.

Axes and units are ROS's (REP 103): metres, radians, counter-clockwise and so left positive. CARLA's messages steer with
right positive. A field whose name tells a unit ("steering_angle_deg", "speed_kmh") is read in it.
"""

import math
import re
from dataclasses import dataclass
from enum import Enum

from pipeline.ros.bag import Topic

JOINTS, FIX, POSE = "joints", "fix", "pose"
STEERING_JOINT = re.compile(r"steer", re.IGNORECASE)
WHEEL_JOINT = re.compile(r"wheel|rear", re.IGNORECASE)
COMMAND = re.compile(r"cmd|command|control|teleop|joy|request|target|desired|setpoint", re.IGNORECASE)


class Kind(str, Enum):
    """What a number means, the steering kinds in the order in which they are preferred."""

    CURVATURE = "curvature"  # [1/m]
    WHEELS = "wheels"  # angle of the front wheels [rad]
    STEERING_WHEEL = "steering_wheel"  # its angle [rad]
    YAW_RATE = "yaw_rate"  # [rad/s]
    STEER = "steer"  # share of the largest angle
    SPEED = "speed"  # [m/s]


STEERING = (Kind.CURVATURE, Kind.WHEELS, Kind.STEERING_WHEEL, Kind.YAW_RATE, Kind.STEER)


@dataclass(frozen=True, slots=True)
class Source:
    """A field of a topic, and what it means.

    field: its path, or the name of a column that is made from a message as a whole ("joints.steering", "pose.speed").
    factor: to our unit and sign. command: what was asked of the car, not what it did.
    """

    topic: str
    field: str
    kind: Kind
    factor: float = 1.0
    command: bool = False

    def __str__(self) -> str:
        return f"{self.topic}:{self.field}"


TWIST = (("linear.x", Kind.SPEED), ("angular.z", Kind.YAW_RATE))
DRIVE = (("steering_angle", Kind.WHEELS), ("speed", Kind.SPEED))
POSED = ((f"{POSE}.speed", Kind.SPEED), (f"{POSE}.yaw_rate", Kind.YAW_RATE))
TYPES: dict[str, tuple[tuple[str, Kind], ...]] = {
    "geometry_msgs/msg/Twist": TWIST,
    "geometry_msgs/msg/TwistStamped": tuple((f"twist.{field}", kind) for field, kind in TWIST),
    "geometry_msgs/msg/TwistWithCovarianceStamped": tuple((f"twist.twist.{field}", kind) for field, kind in TWIST),
    "nav_msgs/msg/Odometry": (*((f"twist.twist.{field}", kind) for field, kind in TWIST), *POSED),
    "sensor_msgs/msg/Imu": (("angular_velocity.z", Kind.YAW_RATE),),
    "ackermann_msgs/msg/AckermannDrive": DRIVE,
    "ackermann_msgs/msg/AckermannDriveStamped": tuple((f"drive.{field}", kind) for field, kind in DRIVE),
    "sensor_msgs/msg/JointState": ((f"{JOINTS}.steering", Kind.WHEELS), (f"{JOINTS}.speed", Kind.SPEED)),
    "sensor_msgs/msg/NavSatFix": ((f"{FIX}.speed", Kind.SPEED), (f"{FIX}.yaw_rate", Kind.YAW_RATE)),
    "geometry_msgs/msg/PoseStamped": POSED,
    "geometry_msgs/msg/PoseWithCovarianceStamped": POSED,
}
POSES = {
    "nav_msgs/msg/Odometry": "pose.pose",
    "geometry_msgs/msg/PoseStamped": "pose",
    "geometry_msgs/msg/PoseWithCovarianceStamped": "pose.pose",
}
NUMBER_TYPES = re.compile(r"std_msgs/msg/(Float|Int|UInt)\d+|.*/msg/Float(32|64)(Stamped)?")

NAMES = (
    (r"curvature", Kind.CURVATURE),
    (r"(steering|steer|hand)_?wheel_?(angle|position)|steering_wheel", Kind.STEERING_WHEEL),
    (
        r"(steering|steer|tire|tyre|steering_tire|steering_tyre|(front_|road_)?wheel|servo)_?(angle|position)",
        Kind.WHEELS,
    ),
    (r"(yaw|heading)_?rate|yaw_?velocity|omega", Kind.YAW_RATE),
    (r"steer(ing)?(_?(cmd|command|value|input))?", Kind.STEER),
    (r"(longitudinal|forward|vehicle|wheel|car|ground|linear)?_?(speed|velocity)|v", Kind.SPEED),
)
UNITS: tuple[tuple[str, tuple[Kind, ...], float], ...] = (
    (r"_(deg|degrees?)", (Kind.WHEELS, Kind.STEERING_WHEEL, Kind.YAW_RATE), math.pi / 180),
    (r"_(rad|radians?|rps|rad_s|radps)", (Kind.WHEELS, Kind.STEERING_WHEEL, Kind.YAW_RATE), 1.0),
    (r"_(kmh|kph|km_h|kmph)", (Kind.SPEED,), 1 / 3.6),
    (r"_mph", (Kind.SPEED,), 0.44704),
    (r"_(mps|m_s|ms)", (Kind.SPEED,), 1.0),
)


def sources_of(topic: Topic) -> list[Source]:
    """Give what a topic tells; nothing if it isn't about steering or motion."""
    if topic.codec is None or topic.count == 0:
        return []
    command = COMMAND.search(topic.name) is not None or topic.type.startswith("ackermann_msgs")
    if topic.type in TYPES:
        return [Source(topic.name, field, kind, 1.0, command) for field, kind in TYPES[topic.type]]
    if NUMBER_TYPES.fullmatch(topic.type):
        found = _meaning(topic.name.rstrip("/").rpartition("/")[2])
        # a bare "v" or a topic called "steering" is common, but only the last part of a topic's name is its own
        return [Source(topic.name, "data", *found, command)] if found else []
    right = -1.0 if topic.type.startswith("carla_msgs/") else 1.0
    sources = []
    for path in topic.codec.numbers:
        found = _meaning(path[-1])
        if found and not (len(path) > 1 and COMMAND.search(path[-1])):
            kind, factor = found
            sign = right if kind != Kind.SPEED else 1.0
            sources.append(Source(topic.name, ".".join(path), kind, factor * sign, command))
    return sources


def _meaning(name: str) -> tuple[Kind, float] | None:
    """Say what a number is by its name, and the factor to our unit."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    for ending, kinds, factor in UNITS:
        bare = re.fullmatch(rf"(.+?){ending}", plain)
        found = _kind_of(bare[1]) if bare else None
        if found is not None and found in kinds:
            return found, factor
    kind = _kind_of(plain)
    return (kind, 1.0) if kind is not None else None


def _kind_of(plain: str) -> Kind | None:
    return next((kind for pattern, kind in NAMES if re.fullmatch(pattern, plain)), None)
