"""Connects the official client to a server and sets the server's clock and weather."""

import time
from typing import Any

from simulator.errors import LiquidlaneError
from simulator.launch import CARLA_VERSION, Server, check_version
from simulator.world_config import WEATHER_FIELDS, WorldConfig


def connect(server: Server, config: WorldConfig) -> Any:
    """Give a `carla.Client` of a server, its version checked.

    Raises:
        LiquidlaneError: if it does not answer as a CARLA server of our version does.
    """
    import carla

    deadline = time.monotonic() + (config.start_timeout if server.ours else config.call_timeout)
    while True:
        client = carla.Client(server.host, server.port, 1)
        client.set_timeout(config.call_timeout)
        try:
            version = client.get_server_version()
            break
        except RuntimeError as error:
            if time.monotonic() > deadline or server.fate():
                raise LiquidlaneError(
                    f"what listens at {server.address} does not answer as a CARLA server within {config.call_timeout} s"
                    f"{server.fate()}; see that it is CARLA {CARLA_VERSION}, or set server: embedded"
                ) from error
    check_version(f"server at {server.address}", version, f"start CARLA {CARLA_VERSION} there, or set server: embedded")
    return client


def set_clock(world: Any, config: WorldConfig | None, rendering: bool = True) -> None:
    """Make the server tick when told, one camera period at a time; or, without a config, let it run freely."""
    settings = world.get_settings()
    settings.synchronous_mode = config is not None
    settings.fixed_delta_seconds = None
    settings.no_rendering_mode = not rendering
    if config is not None:
        settings.fixed_delta_seconds = 1.0 / config.camera_rate
        settings.substepping = True
        settings.max_substep_delta_time = 1.0 / config.camera_rate / config.physics_substeps
        settings.max_substeps = config.physics_substeps
        settings.deterministic_ragdolls = True
    world.apply_settings(settings, config.call_timeout if config is not None else 10.0)


def make_weather(wanted: str | dict[str, float]) -> Any:
    """Give the `carla.WeatherParameters` of a preset's name, or of fields that differ from ClearNoon."""
    import carla

    if isinstance(wanted, str):
        return getattr(carla.WeatherParameters, wanted)
    preset = carla.WeatherParameters.ClearNoon
    return carla.WeatherParameters(**{**{name: getattr(preset, name) for name in WEATHER_FIELDS}, **wanted})
