"""Whose end ends the server."""

import html
import json
import os
import pty
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import carla
import pytest

from simulator.embedded.presets import PRESETS, parse_weather
from simulator.embedded.ring import ring_document
from simulator.embedded.serve import _is_live
from simulator.embedded.server import Server
from simulator.embedded.start import make_start
from simulator.errors import LiquidlaneError
from simulator.world_config import WEATHER_FIELDS
from tests.simulator.embedded.conftest import RunningServer


@pytest.fixture
def inputs(tmp_path: Path) -> Iterator[dict[str, int]]:
    """Open one of each kind."""
    reading, writing = os.pipe()
    controlling, terminal = pty.openpty()
    with ExitStack() as stack:
        pair = [stack.enter_context(end) for end in socket.socketpair()]
        file = stack.enter_context((tmp_path / "file").open("wb"))
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor in (reading, writing, controlling, terminal, null):
            stack.callback(os.close, descriptor)
        yield {"pipe": reading, "socket": pair[0].fileno(), "terminal": terminal, "file": file.fileno(), "null": null}


def test_only_the_end_of_a_pipe_or_socket_ends_the_server(inputs: dict[str, int]) -> None:
    """One that reads its terminal in the background is stopped by the shell (SIGTTIN) at the next command typed."""
    assert {kind for kind, descriptor in inputs.items() if _is_live(descriptor)} == {"pipe", "socket"}
    assert not _is_live(None)
    assert not _is_live(10_000)  # closed


@pytest.mark.parametrize(("port", "stream_port"), [(-1, 0), (70_000, 0), (0, 65_536)])
def test_a_port_that_none_can_have_is_refused_in_words(port: int, stream_port: int) -> None:
    with pytest.raises(LiquidlaneError, match=f"no port {port or stream_port}; give one from 1 to 65535"):
        Server("127.0.0.1", port, stream_port)


def test_presets_are_carlas() -> None:
    names = [name for name in dir(carla.WeatherParameters) if name[0].isupper()]
    assert set(PRESETS) == set(names)
    for name in names:
        if name != "Default":
            theirs = getattr(carla.WeatherParameters, name)
            assert PRESETS[name].to_numbers() == pytest.approx([getattr(theirs, each) for each in WEATHER_FIELDS])


def test_typed_weather() -> None:
    weather = parse_weather("wetnoon, Fog_Density=40")
    assert weather == replace(PRESETS["WetNoon"], fog_density=40.0)
    assert parse_weather("dust_storm=3") == replace(PRESETS["ClearNoon"], dust_storm=3.0)


def test_it_starts_with_the_world_that_was_asked_for_and_warns_of_strangers() -> None:
    arguments = ("--host", "0.0.0.0", "--road", "generated:3", "--season", "winter", "--seed", "5")
    running = RunningServer(*arguments, "--weather", "WetSunset")
    seen = running.play("world.first_world")
    log = running.end()
    assert running.ready["host"] == "0.0.0.0"
    assert "no passwords" in log
    assert seen["map"] == "Carla/Maps/OpenDriveMap"
    assert json.loads(html.unescape(re.search(r'code="liquidlane" value="([^"]*)"', seen["document"])[1])) == {
        "appearance_seed": 5,
        "season": "winter",
    }
    assert seen["weather"] == pytest.approx(PRESETS["WetSunset"].to_numbers())
    assert seen["maps"] == ["Carla/Maps/Ring", "Carla/Maps/OpenDriveMap"]
    assert seen["again"] == seen["weather"]


def test_the_built_in_ring_has_seasons_too() -> None:
    start = make_start(season="autumn", seed=9)
    assert start.map.appearance_seed == 9
    assert json.loads(start.map.network.user_data["liquidlane"])["season"] == "autumn"
    assert make_start().map.document == ring_document()
