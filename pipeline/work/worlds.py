"""Worlds in workers: kept open between units, and described for fingerprints."""

from typing import Any

from pipeline.work.executor import keep
from simulator.world import World
from simulator.world_config import WorldConfig

PATIENCE = ("start_timeout", "call_timeout", "frame_timeout")


def describe_world(config: WorldConfig) -> dict[str, Any]:
    """Give what of a world's config can change results: not where its server runs, nor how long we wait for it."""
    described: dict[str, Any] = config.model_dump(mode="json", exclude=set(PATIENCE))
    described["server"] = "embedded" if config.server == "embedded" else "carla"
    return described


def keep_world(config: WorldConfig, *, cameras: bool = True) -> World:
    """Open a world in this worker, or go on with the one that is open if only its weather differs."""
    from simulator.carla.world import CarlaWorld, open_world

    name = f"world {config.model_copy(update={'weather': 'ClearNoon'}).model_dump_json()} {cameras}"
    world: CarlaWorld = keep(name, lambda: open_world(config, cameras=cameras))
    world.change_weather(config.weather)
    return world
