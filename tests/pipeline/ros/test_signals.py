"""What topics of each type tell: curvature and speed of a car on a circle, whichever message says it."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.ingest.rosbag import Options, find_recordings
from pipeline.ingestion.reader import Recording
from pipeline.ros.quantities import Kind, _meaning
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import plain_pictures
from tests.pipeline.ingest.rosbag_source import CAMERA, BagWriter, stamp_of

SPEED, BEND, WHEELBASE, RATIO, FULL = 8.0, 0.02, 2.7, 15.0, 30.0
ANGLE = math.atan(BEND * WHEELBASE)
COUNT, STEP = 60, 0.1
EARTH = 6_378_137.0
Message = tuple[str, str, dict[str, Any]]


def twist(speed: float = SPEED, rate: float = SPEED * BEND) -> dict[str, Any]:
    return {"linear": {"x": speed}, "angular": {"z": rate}}


def pose(time: float) -> dict[str, Any]:
    """Give where a car on a circle to the left is."""
    heading = SPEED * BEND * time + 0.4
    place = {"x": math.sin(heading) / BEND, "y": -math.cos(heading) / BEND}
    return {"position": place, "orientation": {"z": math.sin(heading / 2), "w": math.cos(heading / 2)}}


def fix(time: float) -> dict[str, Any]:
    place = pose(time)["position"]
    latitude = 48.0 + math.degrees(place["y"] / EARTH)
    longitude = 11.0 + math.degrees(place["x"] / EARTH / math.cos(math.radians(48.0)))
    return {"latitude": latitude, "longitude": longitude}


def write(folder: Path, messages: Callable[[float], list[Message]], **definitions: str) -> None:
    """Write pictures and messages; a name ending in Stamped, or one of a sensor, gets a stamp."""
    with BagWriter(folder, **definitions) as bag:
        for index in range(COUNT):
            time = index * STEP
            bag.jpeg(time, plain_pictures(1)[0])
            for topic, name, fields in messages(time):
                stamped = "header" in dict(bag.store.fielddefs[name][1])
                bag.add(topic, name, stamp_of(time), stamp_of(time) if stamped else None, **fields)


def read(folder: Path, **options: Any) -> tuple[Recording, np.ndarray, np.ndarray, np.ndarray]:
    """Give the recording, and curvature, executed curvature and speed of the frames but for the first and last few."""
    (recording,) = find_recordings(folder, Options(**options))
    shots = recording.tracks[0].shots[5:-5]
    values = np.array([(shot.curvature, shot.executed, shot.speed) for shot in shots])
    return recording, *values.T


DRIVE = {"steering_angle": ANGLE, "speed": SPEED}
JOINTS = {
    "name": ["front_left_steer_joint", "front_right_steer_joint", "rear_left_wheel", "rear_right_wheel"],
    "position": np.array([ANGLE + 0.01, ANGLE - 0.01, 5.0, 6.0]),
    "velocity": np.array([0.0, 0.0, SPEED / 0.3, SPEED / 0.3]),
}
TELLING: dict[str, Callable[[float], list[Message]]] = {
    "twist": lambda _: [("/cmd_vel", "geometry_msgs/msg/Twist", twist())],
    "twist stamped": lambda _: [("/vehicle/twist", "geometry_msgs/msg/TwistStamped", {"twist": twist()})],
    "ackermann": lambda _: [("/ackermann_cmd", "ackermann_msgs/msg/AckermannDrive", DRIVE)],
    "ackermann stamped": lambda _: [("/drive", "ackermann_msgs/msg/AckermannDriveStamped", {"drive": DRIVE})],
    "joints": lambda _: [("/joint_states", "sensor_msgs/msg/JointState", JOINTS)],
    "odometry": lambda _: [("/odom", "nav_msgs/msg/Odometry", {"twist": {"twist": twist()}})],
    "odometry's pose": lambda time: [("/odom", "nav_msgs/msg/Odometry", {"pose": {"pose": pose(time)}})],
    "pose": lambda time: [("/pose", "geometry_msgs/msg/PoseStamped", {"pose": pose(time)})],
    "fixes": lambda time: [("/fix", "sensor_msgs/msg/NavSatFix", fix(time))],
    "gyroscope and fixes": lambda time: [
        ("/imu", "sensor_msgs/msg/Imu", {"angular_velocity": {"z": SPEED * BEND}}),
        ("/fix", "sensor_msgs/msg/NavSatFix", fix(time)),
    ],
    "numbers": lambda _: [
        ("/car/steering_angle", "std_msgs/msg/Float32", {"data": ANGLE}),
        ("/car/speed_kmh", "std_msgs/msg/Float64", {"data": 3.6 * SPEED}),
    ],
    "shares": lambda _: [
        ("/car/steering", "std_msgs/msg/Float32", {"data": math.degrees(ANGLE) / FULL}),
        ("/car/speed", "std_msgs/msg/Float32", {"data": SPEED}),
    ],
    "degrees": lambda _: [
        ("/car/steering_wheel_angle", "std_msgs/msg/Float32", {"data": math.degrees(ANGLE * RATIO)}),
        ("/car/speed", "std_msgs/msg/Float32", {"data": SPEED}),
    ],
}


@pytest.mark.parametrize("name", TELLING)
def test_a_circle_to_the_left_is_told_by(name: str, tmp_path: Path) -> None:
    write(tmp_path / "ride", TELLING[name])
    _, curvature, executed, speed = read(tmp_path / "ride")
    rough = 0.02 if "fixes" in name or "pose" in name else 1e-6  # chords are shorter than arcs
    np.testing.assert_allclose(curvature, BEND, rtol=rough)
    np.testing.assert_allclose(executed, BEND, rtol=rough)
    np.testing.assert_allclose(speed, SPEED, rtol=max(rough, 1e-6))


REPORT = "std_msgs/Header header\nfloat32 steering_wheel_angle\nfloat32 steering_wheel_cmd\nfloat32 speed\n"
STATUS = "std_msgs/Header header\nfloat32 velocity\ncarla_msgs/CarlaEgoVehicleControl control\n"
CONTROL = "float32 throttle\nfloat32 steer\nfloat32 brake\n"
TIRE = "builtin_interfaces/Time stamp\nfloat32 steering_tire_angle\n"
VELOCITY = "std_msgs/Header header\nfloat32 longitudinal_velocity\nfloat32 lateral_velocity\nfloat32 heading_rate\n"


def test_types_of_other_cars_by_the_definitions_in_the_bag(tmp_path: Path) -> None:
    write(
        tmp_path / "lincoln",
        lambda _: [
            ("/vehicle/steering_report", "dbw/msg/Report", {"steering_wheel_angle": ANGLE * RATIO, "speed": SPEED})
        ],
        dbw__msg__Report=REPORT,
    )
    recording, curvature, _, speed = read(tmp_path / "lincoln")
    np.testing.assert_allclose(curvature, BEND, rtol=1e-6)
    np.testing.assert_allclose(speed, SPEED)
    assert "steering_wheel_angle as steering_wheel" in " ".join(recording.assumptions)

    control = {"steer": -math.degrees(ANGLE) / 70}
    write(
        tmp_path / "carla",
        lambda _: [("/carla/ego/status", "carla_msgs/msg/Status", {"velocity": SPEED, "control": control})],
        carla_msgs__msg__CarlaEgoVehicleControl=CONTROL,
        carla_msgs__msg__Status=STATUS,
    )
    _, curvature, _, _ = read(tmp_path / "carla", maximum_angle=70.0)
    np.testing.assert_allclose(curvature, BEND, rtol=1e-6, err_msg="CARLA steers to the right with positive numbers")

    write(
        tmp_path / "autoware",
        lambda _: [
            ("/vehicle/status/steering_status", "autoware/msg/Tire", {"steering_tire_angle": ANGLE}),
            (
                "/vehicle/status/velocity",
                "autoware/msg/Velocity",
                {"longitudinal_velocity": SPEED, "heading_rate": 0.1},
            ),
        ],
        autoware__msg__Tire=TIRE,
        autoware__msg__Velocity=VELOCITY,
    )
    recording, curvature, executed, speed = read(tmp_path / "autoware")
    np.testing.assert_allclose(curvature, BEND, rtol=1e-6)
    np.testing.assert_allclose(executed, 0.1 / SPEED, rtol=1e-6)


def test_steering_is_compared_with_the_measured_motion(tmp_path: Path) -> None:
    """The car follows 0.3 s late; the steering is written with right positive by mistake."""

    def weave(time: float) -> list[Message]:
        wanted, driven = (0.03 * math.sin(1.7 * moment) for moment in (time, time - 0.3))
        return [
            ("/drive", "ackermann_msgs/msg/AckermannDrive", {"steering_angle": -math.atan(wanted * WHEELBASE)}),
            ("/odom", "nav_msgs/msg/Odometry", {"twist": {"twist": twist(SPEED, SPEED * driven)}}),
        ]

    write(tmp_path / "ride", weave)
    recording, curvature, executed, _ = read(tmp_path / "ride")
    assert "OPPOSITE" in " ".join(recording.findings)
    assert np.corrcoef(curvature, executed)[0, 1] < -0.7
    recording, *_ = read(tmp_path / "ride", steering="/drive", steering_factor=-1.0)
    found = re.search(r"agrees with .*comes (\d+) ms after it, 1\.00 times", " ".join(recording.findings))
    assert found and abs(int(found[1]) - 300) <= 10


def test_a_topic_is_not_compared_with_itself(tmp_path: Path) -> None:
    def weave(time: float) -> list[Message]:
        rate = SPEED * 0.03 * math.sin(1.7 * time)
        return [("/odom", "nav_msgs/msg/Odometry", {"twist": {"twist": twist(SPEED, rate)}})]

    write(tmp_path / "ride", weave)
    recording, *_ = read(tmp_path / "ride", steering="/odom", steering_factor=-1.0)
    assert "the motion" not in " ".join(recording.findings)
    assert "as given, since the options name it" in " ".join(recording.assumptions)


def test_signals_slower_and_faster_than_the_pictures(tmp_path: Path) -> None:
    """A receiver once a second and a command at 33 Hz; a command acts until the next one, a measure is interpolated."""
    with BagWriter(tmp_path / "ride") as bag:
        for index in range(200):
            time = 0.03 * index
            bag.add("/cmd_vel", "geometry_msgs/msg/Twist", stamp_of(time), **twist(2.0, 2.0 * 0.01 * index))
        for index in range(7):
            bag.add("/speed", "std_msgs/msg/Float32", stamp_of(index), data=float(index))
        for index in range(COUNT):
            bag.jpeg(0.1 * index, plain_pictures(1)[0])
    recording, curvature, _, speed = read(tmp_path / "ride", speed_from="/speed")
    times = np.array([shot.timestamp for shot in recording.tracks[0].shots[5:-5]])
    times -= recording.tracks[0].shots[0].timestamp
    np.testing.assert_allclose(speed, times, atol=0.01)
    steps = np.round(curvature / 0.01, 3)
    np.testing.assert_allclose(steps, np.minimum(np.round(steps), 50))
    assert (np.abs(np.minimum(times / 0.03, 50) - steps) <= 1.01).all()


def test_a_model_car_is_scaled_and_its_slowness_is_no_standstill(tmp_path: Path) -> None:
    write(tmp_path / "ride", lambda _: [("/cmd_vel", "geometry_msgs/msg/Twist", twist(0.4, 0.2))])
    recording, curvature, _, speed = read(tmp_path / "ride")
    np.testing.assert_allclose(curvature, 0.5)
    _, curvature, _, speed = read(tmp_path / "ride", scale=10.0)
    np.testing.assert_allclose(curvature, 0.05)
    np.testing.assert_allclose(speed, 4.0)
    assert recording.tracks[0].name == "camera" and recording.tracks[0].facts["camera"] == CAMERA


def test_what_tells_nothing_is_refused_in_words(tmp_path: Path) -> None:
    write(tmp_path / "none", lambda _: [("/weather", "std_msgs/msg/Float32", {"data": 20.0})])
    with pytest.raises(LiquidlaneError, match="does not tell how the car was steered.*steering=TOPIC:FIELD"):
        find_recordings(tmp_path / "none", Options())
    write(tmp_path / "pulses", lambda _: [("/servo/steer", "std_msgs/msg/Int16", {"data": 1500})])
    with pytest.raises(LiquidlaneError, match="does not tell how"):
        find_recordings(tmp_path / "pulses", Options())
    with pytest.raises(LiquidlaneError, match="reaches 1500, so it is no share"):
        find_recordings(tmp_path / "pulses", Options(steering="/servo/steer"))
    recording, curvature, _, speed = read(
        tmp_path / "pulses", steering="/servo/steer:data", steering_is="wheels", steering_factor=0.0001, speed=3.0
    )
    np.testing.assert_allclose(curvature, math.tan(0.15) / WHEELBASE)
    assert set(speed) == {3.0} and "speed 3 m/s as given" in " ".join(recording.assumptions)


@pytest.mark.parametrize(
    ("name", "kind", "factor"),
    [
        ("steering_wheel_angle", Kind.STEERING_WHEEL, 1.0),
        ("steeringWheelAngle", Kind.STEERING_WHEEL, 1.0),
        ("steering_angle_deg", Kind.WHEELS, math.pi / 180),
        ("steering_tire_angle", Kind.WHEELS, 1.0),
        ("yaw_rate", Kind.YAW_RATE, 1.0),
        ("speed_mph", Kind.SPEED, 0.44704),
        ("vehicle_speed_kmh", Kind.SPEED, 1 / 3.6),
        ("curvature", Kind.CURVATURE, 1.0),
        ("steer", Kind.STEER, 1.0),
    ],
)
def test_names_and_units(name: str, kind: Kind, factor: float) -> None:
    assert _meaning(name) == (kind, pytest.approx(factor))


@pytest.mark.parametrize("name", ["fan_speed", "throttle", "brake", "x", "steering_torque", "wheel", "angle", "rate"])
def test_names_that_mean_something_else(name: str) -> None:
    assert _meaning(name) is None
