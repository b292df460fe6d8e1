"""All blueprints that a client is told of; those that can't be spawned say why when somebody tries.

CARLA's own example scripts look up lidars, walkers and their controllers before they know whether they need them, and
end where a library has none.
"""

from simulator.embedded.blueprints import (
    BLUEPRINTS,
    OF_CAMERAS,
    OF_SENSORS,
    Attribute,
    AttributeType,
    Blueprint,
    fixed,
    floats,
)
from simulator.errors import LiquidlaneError

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
    Attribute("noise_seed", AttributeType.INT, "0"),
)
_RADAR = (
    *OF_SENSORS,
    Attribute("points_per_second", AttributeType.INT, "1500"),
    *floats(range=100.0, horizontal_fov=30.0, vertical_fov=30.0),
    Attribute("noise_seed", AttributeType.INT, "0"),
)
_EVENTS = (
    *OF_CAMERAS,
    *floats(positive_threshold=0.3, negative_threshold=0.3, sigma_positive_threshold=0.0),
    *floats(sigma_negative_threshold=0.0, refractory_period_ns=0.0, log_eps=0.001),
    Attribute("use_log", AttributeType.BOOL, "True"),
)
_WALKER = (
    Attribute("role_name", AttributeType.STRING, "pedestrian"),
    Attribute("is_invincible", AttributeType.BOOL, "True"),
    *floats(speed=1.4),
    fixed("gender", AttributeType.STRING, "other"),
    fixed("age", AttributeType.STRING, "adult"),
    fixed("generation", AttributeType.INT, "2"),
    Attribute("can_use_wheelchair", AttributeType.BOOL, "False", modifiable=False),
)
_NO_RAYS = "there are no lidars or radars; sensor.camera.depth gives distances"
_NO_WALKERS = "there are no walkers; use vehicles"
_OTHER_CAMERA = "choose sensor.camera.rgb, semantic_segmentation, instance_segmentation or depth"
_UNSERVED: dict[str, tuple[tuple[Attribute, ...], str]] = {
    "sensor.lidar.ray_cast": (_LIDAR, _NO_RAYS),
    "sensor.lidar.ray_cast_semantic": (_RAYS, _NO_RAYS),
    "sensor.other.radar": (_RADAR, _NO_RAYS),
    "sensor.camera.dvs": (_EVENTS, _OTHER_CAMERA),
    "sensor.camera.optical_flow": (OF_CAMERAS, _OTHER_CAMERA),
    "sensor.camera.normals": (OF_CAMERAS, _OTHER_CAMERA),
    "walker.pedestrian.0001": (_WALKER, _NO_WALKERS),
    "controller.ai.walker": ((), _NO_WALKERS),
}
LIBRARY: tuple[Blueprint, ...] = (
    *BLUEPRINTS.values(),
    *(
        Blueprint(uid, id, attributes)
        for uid, (id, (attributes, _)) in enumerate(_UNSERVED.items(), start=len(BLUEPRINTS) + 1)
    ),
)
"""What a client is told of."""


def find_blueprint(id: str) -> Blueprint:
    """Find what a client wants to spawn.

    Raises:
        LiquidlaneError: if there is none of that name, or it can't be spawned here.
    """
    if id in _UNSERVED:
        raise LiquidlaneError(f"the embedded server can't spawn {id}: {_UNSERVED[id][1]}")
    if id not in BLUEPRINTS:
        raise LiquidlaneError(f"there is no blueprint {id!r}; the embedded server has {', '.join(BLUEPRINTS)}")
    return BLUEPRINTS[id]
