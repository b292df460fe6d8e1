"""What a world answers to wrong wishes and to a server that is gone."""

import math
import subprocess
import sys
import textwrap

import carla
import pytest

from simulator.carla.world import CarlaWorld
from simulator.errors import LiquidlaneError
from simulator.world import Control, Group
from simulator.world_config import WEATHER_FIELDS, WEATHER_PRESETS, WorldConfig
from tests.simulator.carla.rides import second_client

PAIR = Group(("generated:1", "generated:2"))


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


def test_unknown_vehicle_is_named_and_a_closed_world_says_so() -> None:
    world = CarlaWorld(WorldConfig(vehicle="vehicle.tesla.model4"), cameras=False)
    try:
        with pytest.raises(LiquidlaneError, match=r"0 blueprints named 'vehicle.tesla.model4'.*vehicle.tesla.model3"):
            world.reset(PAIR, 0)
    finally:
        world.close()
    world.close()
    with pytest.raises(LiquidlaneError, match="was closed; open a new one"):
        world.reset(PAIR, 0)


def test_weather_names_are_the_clients(blind: CarlaWorld) -> None:

    names = {name for name in dir(carla.WeatherParameters) if not name.startswith("_")}
    assert names == {*WEATHER_FIELDS, *WEATHER_PRESETS}
    with pytest.raises(ValueError, match="did you mean 'HardRainNoon'"):
        WorldConfig(weather="HardRainNon")
    with pytest.raises(ValueError, match="did you mean 'fog_density'"):
        WorldConfig(weather={"fog_densty": 3.0})


def test_weather_arrives(blind: CarlaWorld) -> None:
    blind.change_weather({"fog_density": 40.0, "sun_altitude_angle": 12.0})
    blind.reset(PAIR, 0)
    arrived = second_client(blind).get_world().get_weather()
    assert arrived.fog_density == 40.0
    assert arrived.sun_altitude_angle == 12.0
    assert arrived.cloudiness == carla.WeatherParameters.ClearNoon.cloudiness
    blind.change_weather("ClearNoon")
    blind.reset(PAIR, 0)
    assert second_client(blind).get_world().get_weather() == carla.WeatherParameters.ClearNoon


@pytest.mark.slow
def test_lost_server_is_an_error_in_time_and_a_reset_gets_a_new_one() -> None:
    # in a process of its own, since the client may end it
    program = """
        import signal, time
        from simulator.carla.world import CarlaWorld
        from simulator.errors import ServerLostError
        from simulator.world import Control, Group
        from simulator.world_config import WorldConfig
        world = CarlaWorld(WorldConfig(call_timeout=3.0))
        group = Group(("generated:1",))
        before = world.reset(group, 0)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            world._server._process.send_signal(number)
            if number == signal.SIGKILL:
                world._server._process.wait()
            begin = time.monotonic()
            try:
                world.step([Control(0.0)])
            except ServerLostError as error:
                print(error, flush=True)
            assert time.monotonic() - begin < 60
        after = world.reset(group, 0)
        assert after.cars == before.cars
        assert (after.observations[0].image == before.observations[0].image).all()
        world._server._process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        world.close()
        assert time.monotonic() - begin < 100
        print("closed", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 3, done.stderr
    assert "failed while driving: time-out of 3000ms" in lines[0]
    assert "stands still, since driving failed; reset it" in lines[1]
    assert lines[2] == "closed"
