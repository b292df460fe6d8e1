"""What tests of the client's World do with it: drive a stretch, look at the server from outside."""

import carla

from simulator.carla.world import CarlaWorld
from simulator.expert import Expert
from simulator.rollout import rollout
from simulator.world import Group, Moment


def second_client(world: CarlaWorld) -> carla.Client:
    client = carla.Client(world._server.host, world._server.port)
    client.set_timeout(10.0)
    return client


def drive(world: CarlaWorld, group: Group, seed: int, steps: int) -> list[Moment]:
    return [step.moment for step in rollout(Expert(), world, group, seed, max_steps=steps)]
