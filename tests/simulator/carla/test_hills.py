"""A hilly, banked road of a file in the embedded world: driven by the expert, at the road's height and slope."""

import math
from pathlib import Path

import numpy as np
import pytest

from simulator.carla.world import CarlaWorld
from simulator.expert import Expert
from simulator.opendrive import RoadNetwork
from simulator.opendrive.geometry import Clothoid
from simulator.rollout import rollout
from simulator.world import Group
from tests.simulator.opendrive_samples import document, geometry, road

HILLS = (
    '<elevation s="0" a="12" b="0" c="0.0006" d="0"/><elevation s="100" a="18" b="0.12" c="-0.0006" d="0"/>'
    '<elevation s="300" a="18" b="-0.12" c="0.0006" d="0"/>'
)
BANKS = '<superelevation s="0" a="0" b="0.0004" c="0" d="0"/><superelevation s="150" a="0.06" b="0" c="0" d="0"/>'


@pytest.fixture
def hills(tmp_path: Path) -> Path:
    """A straight, a spiral and an arc, 500 m over two hills of 12 %."""
    u, v, turn = (float(part[0]) for part in Clothoid(50, 0, 0.01).local(np.array([50.0]))[:3])
    course = (
        geometry("<line/>", 100)
        + geometry('<spiral curvStart="0" curvEnd="0.01"/>', 50, s=100, x=100)
        + geometry('<arc curvature="0.01"/>', 350, s=150, x=100 + u, y=v, heading=turn)
    )
    path = tmp_path / "hills.xodr"
    path.write_text(document(road(course, length=500, elevation=HILLS, bank=BANKS)))
    return path


def test_the_expert_keeps_its_lane_over_hills(blind: CarlaWorld, hills: Path) -> None:
    original = RoadNetwork.parse(hills.read_text()).roads[0]
    network: RoadNetwork | None = None
    seen = []
    for step in rollout(Expert(), blind, Group((f"file:{hills}",)), 3, max_steps=3000):
        (vehicle,) = blind._world.get_actors().filter("vehicle.*")
        transform = vehicle.get_transform()
        network = network or RoadNetwork.parse(blind._world.get_map().to_opendrive())
        place = network.locate(transform.location.x, -transform.location.y)
        along, across = (float(rise[0]) for rise in original.slope(place.s, place.t))
        seen.append(
            (
                step.moment.lanes[0].offset,
                transform.location.z - float(original.height(place.s, place.t)[0]),
                math.radians(transform.rotation.pitch) - math.atan(along),
                math.radians(transform.rotation.roll) - math.atan(across),
                along,
            )
        )
    assert step.moment.ended == ["finished"]
    offsets, heights, pitches, rolls, slopes = np.abs(np.array(seen)).T
    assert slopes.max() > 0.1
    assert offsets.max() < 0.3
    # a car touches a curved surface with its wheels, not with its origin
    assert heights.max() < 0.05
    assert pitches.max() < 0.03 and rolls.max() < 0.03, (pitches.max(), rolls.max())
