"""What can be spawned, and with which attributes."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from simulator.embedded.cars import CARS
from simulator.embedded.walkers.kinds import WALKERS, WalkerKind
from simulator.errors import LiquidlaneError

LARGEST_IMAGE = (7680, 4320)
LARGEST_NUMBER = 1e12


class AttributeType(IntEnum):
    """How CARLA 0.9.16 counts the types of attributes."""

    BOOL = 1
    INT = 2
    FLOAT = 3
    STRING = 4
    COLOR = 5


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a blueprint, with its value unless the client sets another.

    recommended: values that scripts may choose from. restricted: whether the client takes no others.
    """

    id: str
    type: AttributeType
    value: str
    recommended: tuple[str, ...] = ()
    modifiable: bool = True
    restricted: bool = False

    def to_wire(self) -> list[Any]:
        """Give the definition's value on the wire."""
        return [self.id, int(self.type), self.value, list(self.recommended), self.modifiable, self.restricted]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A kind of actor. uid: its number on the wire."""

    uid: int
    id: str
    attributes: tuple[Attribute, ...]

    def to_wire(self) -> list[Any]:
        """Give the definition's value on the wire."""
        return [self.uid, self.id, self.id.replace(".", ","), [attribute.to_wire() for attribute in self.attributes]]

    def read_attributes(self, given: dict[str, str]) -> dict[str, str]:
        """Lay what a client gave over the defaults.

        Raises:
            LiquidlaneError: on an attribute that this blueprint has not, or a number that is none or out of range.
        """
        values = {attribute.id: attribute.value for attribute in self.attributes}
        for key in given:
            if key not in values:
                raise LiquidlaneError(f"{self.id} has no attribute {key!r}; it has {', '.join(values)}")
        values.update(given)
        for attribute in self.attributes:
            if attribute.type == AttributeType.INT and values[attribute.id].endswith(".0"):
                # CARLA reads whole numbers so; its lidar_to_camera.py sets channels to 64.0
                values[attribute.id] = values[attribute.id].removesuffix(".0")
            if attribute.type in (AttributeType.INT, AttributeType.FLOAT):
                self._check_number(attribute, values[attribute.id])
            elif attribute.restricted and values[attribute.id] not in attribute.recommended:
                # the wheel does not look
                choices = ", ".join(attribute.recommended)
                raise LiquidlaneError(f"{self.id}: {attribute.id} is {values[attribute.id]!r}; choose one of {choices}")
        return values

    def _check_number(self, attribute: Attribute, text: str) -> None:
        limits = _LIMITS.get(attribute.id, (-LARGEST_NUMBER, LARGEST_NUMBER))
        try:
            value = int(text) if attribute.type == AttributeType.INT else float(text)
        except ValueError:
            value = float("nan")
        if not limits[0] <= value <= limits[1]:
            raise LiquidlaneError(
                f"{self.id}: {attribute.id} is {text!r}; give a number between {limits[0]} and {limits[1]}"
            )


_LIMITS = {
    "image_size_x": (1, LARGEST_IMAGE[0]),
    "image_size_y": (1, LARGEST_IMAGE[1]),
    "fov": (1.0, 179.0),
    "sensor_tick": (0.0, 1e6),
    "distance": (0.01, 1e3),
    "hit_radius": (0.0, 10.0),
    "noise_seed": (0, 2**63),
    "channels": (1, 1024),
    "points_per_second": (0, 20_000_000),
    "range": (0.01, 1e3),
    "rotation_frequency": (0.0, 1e4),
    "upper_fov": (-90.0, 90.0),
    "lower_fov": (-90.0, 90.0),
    "horizontal_fov": (0.01, 360.0),
    "vertical_fov": (0.01, 179.0),
    **dict.fromkeys(("noise_stddev", "atmosphere_attenuation_rate"), (0.0, 1e6)),
    **dict.fromkeys(("dropoff_general_rate", "dropoff_intensity_limit", "dropoff_zero_intensity"), (0.0, 1.0)),
}


def _role(value: str, *recommended: str) -> Attribute:
    return Attribute("role_name", AttributeType.STRING, value, recommended)


def floats(**values: float) -> tuple[Attribute, ...]:
    """Make attributes that are numbers, by name."""
    return tuple(Attribute(name, AttributeType.FLOAT, str(value)) for name, value in values.items())


def fixed(name: str, type: AttributeType, value: str) -> Attribute:
    """Make an attribute that no client can set."""
    return Attribute(name, type, value, modifiable=False)


# scripts choose one at random, and fail where there is none
_PAINTS = ("17,37,103", "75,87,173", "150,20,24", "180,180,180", "39,39,39", "230,230,225", "44,83,60")

_VEHICLE = (
    Attribute("role_name", AttributeType.STRING, "autopilot"),
    Attribute("color", AttributeType.COLOR, "17,37,103", _PAINTS),
    Attribute("sticky_control", AttributeType.BOOL, "True"),
    Attribute("terramechanics", AttributeType.BOOL, "False"),
    fixed("number_of_wheels", AttributeType.INT, "4"),
    fixed("base_type", AttributeType.STRING, "car"),
    fixed("special_type", AttributeType.STRING, ""),
    fixed("generation", AttributeType.INT, "2"),
    fixed("has_lights", AttributeType.BOOL, "True"),
    fixed("has_dynamic_doors", AttributeType.BOOL, "False"),
    fixed("object_type", AttributeType.STRING, ""),
)

OF_SENSORS = (_role("front"), *floats(sensor_tick=0.0))

OF_CAMERAS = (
    *OF_SENSORS,
    Attribute("image_size_x", AttributeType.INT, "800"),
    Attribute("image_size_y", AttributeType.INT, "600"),
    *floats(
        fov=90.0,
        lens_circle_falloff=5.0,
        lens_circle_multiplier=0.0,
        lens_k=-1.0,
        lens_kcube=0.0,
        lens_x_size=0.08,
        lens_y_size=0.08,
    ),
)

# All of CARLA's are accepted, since scripts set them; which have an effect, render/lens.py and docs/limits.md say.
_RGB = (
    *OF_CAMERAS,
    Attribute("enable_postprocess_effects", AttributeType.BOOL, "True"),
    Attribute("exposure_mode", AttributeType.STRING, "histogram", ("histogram", "manual"), restricted=True),
    *floats(
        bloom_intensity=0.675,
        fstop=1.4,
        iso=100.0,
        gamma=2.2,
        lens_flare_intensity=0.1,
        shutter_speed=200.0,
        motion_blur_intensity=0.45,
        motion_blur_max_distortion=0.35,
        motion_blur_min_object_screen_size=0.1,
        exposure_compensation=0.0,
        exposure_min_bright=10.0,
        exposure_max_bright=12.0,
        exposure_speed_up=3.0,
        exposure_speed_down=1.0,
        min_fstop=1.2,
        calibration_constant=16.0,
        focal_distance=1000.0,
        blade_count=5.0,
        blur_amount=1.0,
        blur_radius=0.0,
        slope=0.88,
        toe=0.55,
        shoulder=0.26,
        black_clip=0.0,
        white_clip=0.04,
        temp=6500.0,
        tint=0.0,
        chromatic_aberration_intensity=0.0,
        chromatic_aberration_offset=0.0,
    ),
)

_SEED = Attribute("noise_seed", AttributeType.INT, "0")

_IMU = (
    *OF_SENSORS,
    _SEED,
    *floats(**{f"noise_{kind}_{axis}": 0.0 for kind in ("accel_stddev", "gyro_bias", "gyro_stddev") for axis in "xyz"}),
)

_GNSS = (
    *OF_SENSORS,
    _SEED,
    *floats(**{f"noise_{part}_{kind}": 0.0 for part in ("alt", "lat", "lon") for kind in ("bias", "stddev")}),
)

_OBSTACLE = (
    *OF_SENSORS,
    *floats(distance=5.0, hit_radius=0.5),
    Attribute("only_dynamics", AttributeType.BOOL, "False"),
    Attribute("debug_linetrace", AttributeType.BOOL, "False"),
)

_RAYS = (
    *OF_SENSORS,
    Attribute("channels", AttributeType.INT, "32"),
    Attribute("points_per_second", AttributeType.INT, "56000"),
    *floats(range=10.0, rotation_frequency=10.0, upper_fov=10.0, lower_fov=-30.0, horizontal_fov=360.0),
)
_LIDAR = (
    *_RAYS,
    *floats(
        atmosphere_attenuation_rate=0.004,
        dropoff_general_rate=0.45,
        dropoff_intensity_limit=0.8,
        dropoff_zero_intensity=0.4,
        noise_stddev=0.0,
    ),
    _SEED,
)
_RADAR = (
    *OF_SENSORS,
    Attribute("points_per_second", AttributeType.INT, "1500"),
    *floats(range=100.0, horizontal_fov=30.0, vertical_fov=30.0),
    _SEED,
)


def _walker(kind: WalkerKind) -> tuple[Attribute, ...]:
    return (
        _role("pedestrian"),
        Attribute("is_invincible", AttributeType.BOOL, "True"),
        # standing, walking, running: scripts take the second or the third
        Attribute("speed", AttributeType.FLOAT, "0.0", ("0.0", "1.4", "2.6")),
        fixed("gender", AttributeType.STRING, kind.gender),
        fixed("age", AttributeType.STRING, kind.age),
        fixed("generation", AttributeType.INT, str(kind.generation)),
        fixed("can_use_wheelchair", AttributeType.BOOL, "False"),
    )


WALKER_CONTROLLER = "controller.ai.walker"
RGB_CAMERA = "sensor.camera.rgb"
SEMANTIC_CAMERA = "sensor.camera.semantic_segmentation"
DEPTH_CAMERA = "sensor.camera.depth"
INSTANCE_CAMERA = "sensor.camera.instance_segmentation"
CAMERAS = (RGB_CAMERA, SEMANTIC_CAMERA, DEPTH_CAMERA, INSTANCE_CAMERA)
COLLISION_SENSOR = "sensor.other.collision"
LANE_INVASION_SENSOR = "sensor.other.lane_invasion"
IMU_SENSOR = "sensor.other.imu"
GNSS_SENSOR = "sensor.other.gnss"
OBSTACLE_SENSOR = "sensor.other.obstacle"
LIDAR = "sensor.lidar.ray_cast"
SEMANTIC_LIDAR = "sensor.lidar.ray_cast_semantic"
RADAR = "sensor.other.radar"
RANGERS = (LIDAR, SEMANTIC_LIDAR, RADAR)
SPECTATOR = "spectator"

_KINDS: dict[str, tuple[Attribute, ...]] = {
    **dict.fromkeys(CARS, _VEHICLE),
    RGB_CAMERA: _RGB,
    SEMANTIC_CAMERA: OF_CAMERAS,
    DEPTH_CAMERA: OF_CAMERAS,
    INSTANCE_CAMERA: OF_CAMERAS,
    COLLISION_SENSOR: OF_SENSORS,
    LANE_INVASION_SENSOR: OF_SENSORS,
    IMU_SENSOR: _IMU,
    GNSS_SENSOR: _GNSS,
    OBSTACLE_SENSOR: _OBSTACLE,
    LIDAR: _LIDAR,
    SEMANTIC_LIDAR: _RAYS,
    RADAR: _RADAR,
    **{id: _walker(kind) for id, kind in WALKERS.items()},
    WALKER_CONTROLLER: (_role("default"),),
}

BLUEPRINTS: dict[str, Blueprint] = {
    id: Blueprint(uid, id, attributes) for uid, (id, attributes) in enumerate(_KINDS.items(), start=1)
}
