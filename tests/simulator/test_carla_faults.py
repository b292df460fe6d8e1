"""What a world answers to wrong wishes and to a server that is gone."""

import math
import subprocess
import sys
import textwrap

import carla
import pytest

from simulator.carla import CarlaWorld
from simulator.errors import LiquidlaneError
from simulator.world import Control, Group
from simulator.world_config import WEATHER_FIELDS, WEATHER_PRESETS, WorldConfig

PAIR = Group(("generated:1", "generated:2"))


def second_client(world: CarlaWorld) -> carla.Client:
    client = carla.Client(world._server.host, world._server.port)
    client.set_timeout(10.0)
    return client


@pytest.mark.parametrize(
    ("roads", "message"),
    [
        (("town:Town04#1",), r"the server has no town 'Town04'"),
        (("town:Town04#1", "generated:1"), r"mixes towns with other roads"),
        (("town:Town04#1", "town:Town05#1"), r"names several towns"),
        (("file:/no/such.xodr",), r"/no/such.xodr"),
        (("generaded:1",), r"generaded:1"),
    ],
)
def test_road_that_can_not_be_had_is_named(blind: CarlaWorld, roads: tuple[str, ...], message: str) -> None:
    with pytest.raises(LiquidlaneError, match=message):
        blind.reset(Group(roads), 0)
    assert blind.reset(PAIR, 0).ended == [None, None]  # and the world goes on


def test_curvature_that_is_no_number_is_refused(blind: CarlaWorld) -> None:
    blind.reset(PAIR, 0)
    with pytest.raises(LiquidlaneError, match="commanded the curvature nan"):
        blind.step([Control(math.nan), Control(0.0)])


def test_unknown_vehicle_is_named() -> None:
    world = CarlaWorld(WorldConfig(vehicle="vehicle.tesla.model4"), cameras=False)
    try:
        with pytest.raises(LiquidlaneError, match=r"0 blueprints named 'vehicle.tesla.model4'.*vehicle.tesla.model3"):
            world.reset(PAIR, 0)
    finally:
        world.close()


def test_weather_names_are_the_clients(blind: CarlaWorld) -> None:

    names = {name for name in dir(carla.WeatherParameters) if not name.startswith("_")}
    assert names == {*WEATHER_FIELDS, *WEATHER_PRESETS}
    with pytest.raises(ValueError, match="did you mean 'HardRainNoon'"):
        WorldConfig(weather="HardRainNon")
    with pytest.raises(ValueError, match="did you mean 'fog_density'"):
        WorldConfig(weather={"fog_densty": 3.0})


def test_weather_arrives() -> None:
    world = CarlaWorld(WorldConfig(weather={"fog_density": 40.0, "sun_altitude_angle": 12.0}), cameras=False)
    try:
        world.reset(PAIR, 0)
        arrived = second_client(world).get_world().get_weather()
        expected = carla.WeatherParameters.ClearNoon
        assert arrived.fog_density == 40.0
        assert arrived.sun_altitude_angle == 12.0
        assert arrived.cloudiness == expected.cloudiness
    finally:
        world.close()


def test_lost_server_is_an_error_in_time_and_for_good() -> None:
    # in a process of its own, since the client may end it
    program = """
        import time
        from simulator.carla import CarlaWorld
        from simulator.errors import LiquidlaneError
        from simulator.world import Control, Group
        from simulator.world_config import WorldConfig
        world = CarlaWorld(WorldConfig(call_timeout=2.0))
        world.reset(Group(("generated:1",)), 0)
        world._server._process.kill()
        for _ in range(2):
            begin = time.monotonic()
            try:
                world.step([Control(0.0)])
            except LiquidlaneError as error:
                print(error, flush=True)
            assert time.monotonic() - begin < 10
        begin = time.monotonic()
        world.close()
        assert time.monotonic() - begin < 5
        print("closed", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.strip().splitlines()
    assert "failed while driving" in lines[0], done.stderr
    assert "ended with code -9" in lines[0]
    assert "open a new one" in lines[1]
    assert lines[2] == "closed"
