"""Writes down every lane marking that a wandering car crosses: the plain `carla` API, on any CARLA 0.9.16 server.

    liquidlane serve --port 2000          (or a real CARLA server)
    python examples/lane_invasions.py --port 2000 --out invasions.csv

The car follows its lane but sways a little more with every second, until it crosses the lines.
"""

import argparse
import csv
import math
import time
from pathlib import Path

import carla

DELTA = 0.05


def steer_along(world_map: carla.Map, car: carla.Actor, sway: float) -> carla.VehicleControl:
    """Steer towards the lane 8 m ahead, `sway` metres to its right, at about 8 m/s."""
    place = car.get_transform()
    ahead = world_map.get_waypoint(place.location).next(8.0)
    if not ahead:
        return carla.VehicleControl(brake=0.3)
    aim = ahead[0].transform
    target = aim.location + sway * aim.get_right_vector()
    angle = math.atan2(target.y - place.location.y, target.x - place.location.x) - math.radians(place.rotation.yaw)
    throttle = 0.4 if car.get_velocity().length() < 8.0 else 0.0
    return carla.VehicleControl(throttle=throttle, steer=max(-1.0, min(1.0, 0.6 * math.remainder(angle, math.tau))))


def log_invasions(arguments: argparse.Namespace, world: carla.World) -> int:
    """Drive and write the events down; gives how many there were."""
    before, settings = world.get_settings(), world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, DELTA
    world.apply_settings(settings)
    library, places = world.get_blueprint_library(), world.get_map().get_spawn_points()
    actors, events = [], []
    try:
        car = world.spawn_actor(library.find("vehicle.tesla.model3"), places[arguments.spawn_point % len(places)])
        actors.append(car)
        sensor = world.spawn_actor(library.find("sensor.other.lane_invasion"), carla.Transform(), attach_to=car)
        actors.append(sensor)
        # runs in another thread: only keep what came
        sensor.listen(lambda event: events.append((event, car.get_velocity().length())))
        for i in range(round(arguments.seconds / DELTA)):
            seconds = i * DELTA
            sway = arguments.sway * seconds / 10.0 * math.sin(math.tau * seconds / 6.0)
            car.apply_control(steer_along(world.get_map(), car, sway))
            world.tick()
        time.sleep(0.5)
    finally:
        for actor in reversed(actors):
            actor.destroy()
        world.apply_settings(before)
    with Path(arguments.out).open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("frame", "seconds", "x", "y", "speed", "crossed"))
        for event, speed in events:
            place = event.transform.location
            crossed = " and ".join(f"{mark.color} {mark.type}" for mark in event.crossed_lane_markings)
            numbers = (f"{number:.2f}" for number in (event.timestamp, place.x, place.y, speed))
            rows.writerow((event.frame, *numbers, crossed))
    print(f"{arguments.out}: {len(events)} crossings in {arguments.seconds:g} s")
    return len(events)


def main() -> int:
    """Read the command line and drive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="where the server is (default: %(default)s)")
    parser.add_argument("--port", type=int, default=2000, help="its port (default: %(default)s)")
    parser.add_argument("--out", default="invasions.csv", help="the log (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="simulated time (default: %(default)s)")
    parser.add_argument("--sway", type=float, default=1.5, help="how far to sway after 10 s [m] (default: %(default)s)")
    parser.add_argument("--spawn-point", type=int, default=0, help="number of the map's spawn point")
    arguments = parser.parse_args()
    client = carla.Client(arguments.host, arguments.port)
    client.set_timeout(60.0)
    log_invasions(arguments, client.get_world())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
