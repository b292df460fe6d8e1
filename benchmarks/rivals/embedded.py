"""Our embedded server behind the official client, with the expert's lane poses: what `liquidlane benchmark` steps."""

import sys
from pathlib import Path

import psutil
from turns import take_turns  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).parents[2]))

from simulator.carla.world import CarlaWorld
from simulator.expert import Expert
from simulator.rollout import rollout
from simulator.world import Group
from simulator.world_config import CameraConfig, WorldConfig


def main() -> None:
    """Let the expert drive generated roads one after the other."""
    width, height = int(sys.argv[1]), int(sys.argv[2])
    config = WorldConfig(camera=CameraConfig(width=width, height=height))
    world = CarlaWorld(config)
    steps = iter(())
    road = 0

    def step() -> None:
        nonlocal steps, road
        while next(steps, None) is None:
            road += 1
            steps = rollout(Expert(), world, Group((f"generated:{road}",)), 1)

    step()
    server = psutil.Process().children(recursive=True)

    def spent() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in server)

    take_turns(step, 1 / config.camera_rate, spent)


if __name__ == "__main__":
    main()
