"""Worlds on embedded servers, shared by the tests of a process since their start takes a while."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.carla.world import CarlaWorld
from simulator.world import Group
from simulator.world_config import WorldConfig

STRAIGHT = """<?xml version="1.0"?>
<OpenDRIVE><header revMajor="1" revMinor="5" name="straight"/>
<road name="" length="{length}" id="1" junction="-1"><planView>
<geometry s="0" x="0" y="0" hdg="0.5" length="{length}"><line/></geometry></planView>
<lanes><laneSection s="0">
<left><lane id="1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></left>
<center><lane id="0" type="none" level="false">
<roadMark sOffset="0" type="broken" color="white" width="0.12"/></lane></center>
<right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right>
</laneSection></lanes></road></OpenDRIVE>
"""


@pytest.fixture(scope="session")
def seeing() -> Iterator[CarlaWorld]:
    """A world whose cars have cameras."""
    world = CarlaWorld(WorldConfig())
    yield world
    world.close()


@pytest.fixture(scope="session")
def blind() -> Iterator[CarlaWorld]:
    """A world without cameras."""
    world = CarlaWorld(WorldConfig(), cameras=False)
    yield world
    world.close()


@pytest.fixture
def straight(tmp_path: Path) -> Group:
    """A straight road of 3 km that is not along an axis."""
    file = tmp_path / "straight.xodr"
    file.write_text(STRAIGHT.format(length=3000))
    return Group((f"file:{file}",))


@pytest.fixture
def short(tmp_path: Path) -> Group:
    """A straight road of 100 m and a generated one."""
    file = tmp_path / "short.xodr"
    file.write_text(STRAIGHT.format(length=100))
    return Group((f"file:{file}", "generated:1"))
