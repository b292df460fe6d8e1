"""Pedestrians against cars and against what stands: who is pushed aside, and who is knocked over."""

from typing import TYPE_CHECKING

import numpy as np

from simulator.embedded.boxes import find_overlap_at
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker

if TYPE_CHECKING:
    from simulator.embedded.collisions import Contact
    from simulator.embedded.obstacles import Obstacles

# hit faster than this a walker falls [m/s]; share of the speed with which it springs off; how much it is thrown up
_KNOCKS_OVER, _RESTITUTION, _UPWARDS, _MOST_UPWARDS = 1.0, 0.1, 0.25, 3.0


def meet_cars(walkers: list[Walker], vehicles: list[Vehicle]) -> "list[Contact]":
    """Push walkers out of cars, and knock over who is hit; gives who touched whom. Who lies is not hit again."""
    from simulator.embedded.collisions import Contact

    if not vehicles:
        return []
    places = np.array([walker.pose[:2] for walker in walkers])
    cars = np.array([vehicle.pose[:2] for vehicle in vehicles])
    reaches = np.array([walker.reach for walker in walkers])[:, None] + [vehicle.reach for vehicle in vehicles]
    near = np.abs(places[:, None] - cars[None]).max(axis=2) <= reaches
    contacts = []
    for i, k in np.argwhere(near).tolist():
        walker, vehicle = walkers[i], vehicles[k]
        if walker.fallen is not None or not (walker.collides or walker.guided) or not vehicle.collides:
            continue
        overlap = find_overlap_at(walker.foot, walker.half_size, vehicle.pose, vehicle.half_size)
        if overlap is None:
            continue
        walker.push(overlap.x * overlap.depth, overlap.y * overlap.depth)
        x, y, mass = vehicle.velocity[0], vehicle.velocity[1], walker.kind.mass
        closing = (x - walker.velocity[0]) * overlap.x + (y - walker.velocity[1]) * overlap.y
        impulse = 0.0
        if closing > 0.0:
            heavy = vehicle.physics.mass if vehicle.simulated else np.inf
            impulse = (1.0 + _RESTITUTION) * closing * mass / (1.0 + mass / heavy)
            if vehicle.simulated:
                vehicle.hit((-impulse * overlap.x, -impulse * overlap.y), 0.0)
            if closing > _KNOCKS_OVER:
                thrown = impulse / mass
                walker.knock(
                    (walker.velocity[0] + thrown * overlap.x, walker.velocity[1] + thrown * overlap.y),
                    min(_UPWARDS * closing, _MOST_UPWARDS),
                )
        contacts.append(Contact(vehicle, walker, (-impulse * overlap.x, -impulse * overlap.y, 0.0)))
    return contacts


def meet_obstacles(walkers: list[Walker], obstacles: "Obstacles") -> None:
    """Keep walkers that walk by themselves out of walls, trunks and posts."""
    for walker in walkers:
        if walker.guided or not (walker.collides and walker.simulated):
            continue
        for obstacle in obstacles.near(walker):
            overlap = find_overlap_at(walker.foot, walker.half_size, obstacle.pose, obstacle.half_size)
            if overlap is not None:
                walker.push(overlap.x * overlap.depth, overlap.y * overlap.depth)
