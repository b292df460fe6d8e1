"""Maps, weather and what hangs in the air."""

from typing import Any

from simulator.embedded.library import LIBRARY
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    read_anything,
    read_flag,
    read_integer,
    read_text,
    read_weather,
    write_actor,
    write_transform,
)
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import BUILT_IN_MAP, MAPS_FOLDER, OPENDRIVE_MAP, WorldMap

# place among the parameters of an OpenDRIVE world
_FOR_WALKERS = 6


@method()
def get_map_info(simulation: Simulation) -> list[Any]:
    """Name the map and give its spawn points."""
    world_map = simulation.episode.world_map
    return [world_map.name, [write_transform(pose) for pose in world_map.spawn_points]]


@method()
def get_map_data(simulation: Simulation) -> str:
    """Give the map's OpenDRIVE document."""
    return simulation.episode.world_map.document


@method()
def get_available_maps(simulation: Simulation) -> list[str]:
    """Name the maps that can be loaded."""
    names = [BUILT_IN_MAP] if simulation.sent_map is None else [BUILT_IN_MAP, OPENDRIVE_MAP]
    return [f"/Game/{MAPS_FOLDER}{name}" for name in names]


@method(read_text, read_anything)
def copy_opendrive_to_file(simulation: Simulation, document: str, parameters: Any) -> None:
    """Take an OpenDRIVE document, to be loaded next.

    CARLA's parameters shape its 3D mesh; here is none. The last says whether there is a mesh for walkers.
    """
    has_walkers = not (isinstance(parameters, list) and len(parameters) > _FOR_WALKERS and not parameters[_FOR_WALKERS])
    simulation.sent_map = WorldMap(MAPS_FOLDER + OPENDRIVE_MAP, document, has_walkers)


@method(read_text, read_flag, read_integer, optional=2)
def load_new_episode(simulation: Simulation, name: str, reset_settings: bool = True, layers: int = 0) -> None:
    """Begin a new episode on a map."""
    simulation.load(simulation.find_map(name), reset_settings)


@method()
def get_actor_definitions(simulation: Simulation) -> list[Any]:
    """Give all blueprints, also those that can't be spawned here; see `library`."""
    return [blueprint.to_wire() for blueprint in LIBRARY]


@method()
def get_spectator(simulation: Simulation) -> list[Any]:
    """Give the spectator."""
    return write_actor(simulation.episode.spectator)


@method()
def get_weather_parameters(simulation: Simulation) -> list[float]:
    """Give the weather."""
    return simulation.episode.weather.to_numbers()


@method(read_weather)
def set_weather_parameters(simulation: Simulation, weather: Weather) -> None:
    """Set the weather, seen from the next image on."""
    simulation.episode.weather = weather


@method(read_text, optional=1)
def query_lights_state(simulation: Simulation, client: str = "") -> list[Any]:
    """Give the street lights: none."""
    return []


@method(read_anything)
def draw_debug_shape(simulation: Simulation, shape: Any) -> None:
    """Take a debug shape; it is not drawn, as CARLA's cameras don't see it either unless asked to."""


@method()
def clear_debug_shape(simulation: Simulation) -> None:
    """Clear the debug shapes: none are drawn."""


@method()
def clear_debug_string(simulation: Simulation) -> None:
    """Clear the debug texts: none are drawn."""


@method(read_flag)
def set_annotations_traverse_translucency(simulation: Simulation, enabled: bool) -> None:
    """Let segmentation look through glass: there is none."""
