"""All blueprints that a client is told of; those that can't be spawned say why when somebody tries.

CARLA's own example scripts look up all kinds of sensors before they know whether they need them, and
end where a library has none.
"""

from simulator.embedded.blueprints import (
    BLUEPRINTS,
    OF_CAMERAS,
    Attribute,
    AttributeType,
    Blueprint,
    floats,
)
from simulator.errors import LiquidlaneError

_EVENTS = (
    *OF_CAMERAS,
    *floats(positive_threshold=0.3, negative_threshold=0.3, sigma_positive_threshold=0.0),
    *floats(sigma_negative_threshold=0.0, refractory_period_ns=0.0, log_eps=0.001),
    Attribute("use_log", AttributeType.BOOL, "True"),
)
_OTHER_CAMERA = "choose sensor.camera.rgb, semantic_segmentation, instance_segmentation or depth"
_UNSERVED: dict[str, tuple[tuple[Attribute, ...], str]] = {
    "sensor.camera.dvs": (_EVENTS, _OTHER_CAMERA),
    "sensor.camera.optical_flow": (OF_CAMERAS, _OTHER_CAMERA),
    "sensor.camera.normals": (OF_CAMERAS, _OTHER_CAMERA),
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
