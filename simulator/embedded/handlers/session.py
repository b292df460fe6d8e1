"""Handshake, clock and settings."""

from typing import Any

from simulator.embedded.protocol import VERSION, WORLD_STREAM
from simulator.embedded.rpc import method
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import read_integer, read_settings, read_text, write_settings
from simulator.errors import LiquidlaneError

WALKERS_FOLDER = "Nav"


@method()
def version(simulation: Simulation) -> str:
    """Tell the version of CARLA whose wire is spoken."""
    return VERSION


@method()
def get_episode_info(simulation: Simulation) -> list[Any]:
    """Name the episode and the stream of its state."""
    return [simulation.episode.id, [simulation.streams.token(WORLD_STREAM)]]


@method(read_integer)
def get_sensor_token(simulation: Simulation, stream_id: int) -> list[Any]:
    """Tell where a stream is; the client subscribes next."""
    return [simulation.streams.expect(stream_id)]


@method()
def get_episode_settings(simulation: Simulation) -> list[Any]:
    """Tell how the clock runs."""
    return write_settings(simulation.settings)


@method(read_settings)
def set_episode_settings(simulation: Simulation, settings: EpisodeSettings) -> int:
    """Set how the clock runs; gives the current frame, which the client then waits for."""
    simulation.set_settings(settings)
    return simulation.frame


@method()
def tick_cue(simulation: Simulation) -> int:
    """Have the clock move by one tick; gives the number of the frame to wait for."""
    return simulation.ask_tick()


@method(read_text, optional=1)
def get_required_files(simulation: Simulation, folder: str = "") -> list[str]:
    """Name files that the client would have to fetch: where pedestrians may go."""
    found = simulation.episode.world_map.ways_file if folder == WALKERS_FOLDER else None
    return [] if found is None else [found[0]]


@method(read_text)
def request_file(simulation: Simulation, name: str) -> bytes:
    """Give the file that says where pedestrians may go.

    Raises:
        LiquidlaneError: if another is asked for.
    """
    found = simulation.episode.world_map.ways_file
    if found is None or name != found[0]:
        raise LiquidlaneError(
            f"the embedded server has no file {name!r}; it hands out what get_required_files({WALKERS_FOLDER!r}) names"
        )
    return found[1]


@method(read_integer)
def is_sensor_enabled_for_ros(simulation: Simulation, stream_id: int) -> bool:
    """Tell whether a sensor goes to ROS: none does."""
    return False
