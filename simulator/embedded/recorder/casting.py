"""Who plays a recorded actor: the same blueprint where we have it, else the nearest one, or nobody."""

from typing import Any

from simulator.embedded.blueprints import BLUEPRINTS, SPECTATOR, AttributeType
from simulator.embedded.recorder.layout import Addition
from simulator.embedded.vehicle import read_color
from simulator.errors import LiquidlaneError

SEDAN = "vehicle.tesla.model3"
_BY_TYPE = {
    "truck": "vehicle.carlamotors.carlacola",
    "bus": "vehicle.carlamotors.carlacola",
    "van": "vehicle.mercedes.sprinter",
}
_BY_NAME = {
    "truck": "truck",
    "firetruck": "truck",
    "european_hgv": "truck",
    "fusorosa": "bus",
    "ambulance": "van",
    "sprinter": "van",
    "t2": "van",
    "t2_2021": "van",
}
TWO_WHEELS = "2"
Description = tuple[list[Any], str, dict[str, str]]


def cast(actor: Addition) -> Description | None:
    """Give what `Episode.spawn` needs to bring an actor on; None for what there is nothing like here.

    Vehicles that this server has not become its sedan, van or lorry; two-wheelers, walkers, props, lights and signs
    become nothing.
    """
    given = {name: value for _, name, value in actor.attributes}
    blueprint = actor.blueprint
    if blueprint.startswith(("walker.", "controller.")):
        return None
    if blueprint not in BLUEPRINTS:
        if not blueprint.startswith("vehicle.") or given.get("number_of_wheels") == TWO_WHEELS:
            return None
        kind = given.get("base_type", "").lower() or _BY_NAME.get(blueprint.rsplit(".", 1)[-1], "")
        blueprint = _BY_TYPE.get(kind, SEDAN)
    if blueprint == SPECTATOR:
        return None
    found = BLUEPRINTS[blueprint]
    kept = {}
    for attribute in found.attributes:
        if attribute.id not in given or not attribute.modifiable:
            continue
        try:
            found.read_attributes({attribute.id: given[attribute.id]})
            if attribute.type == AttributeType.COLOR:
                read_color(given[attribute.id])
        except LiquidlaneError:
            continue  # a value that only another server knows; the default plays
        kept[attribute.id] = given[attribute.id]
    kinds = {attribute.id: int(attribute.type) for attribute in found.attributes}
    whole = [found.uid, blueprint, [[name, kinds[name], value] for name, value in kept.items()]]
    return whole, blueprint, kept
