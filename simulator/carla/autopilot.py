"""CARLA's own autopilot, the Traffic Manager, which lives in the client."""

from typing import Any

from simulator.carla.car import Car
from simulator.carla.wakeup import WakingTick
from simulator.launch import find_free_port


class Autopilot:
    """Drives the cars that it is given at their target speeds, in step with the server's clock.

    Opens a port on all network interfaces; the client knows no other way.
    """

    def __init__(self, client: Any, world: Any, seed: int) -> None:
        """Start a Traffic Manager of our own for a `carla.Client` and its `carla.World`."""
        self._manager = client.get_trafficmanager(find_free_port())
        self._manager.set_synchronous_mode(True)
        self._manager.set_random_device_seed(seed % 2**31)
        self._cars: dict[int, Car] = {}
        self._ticking = WakingTick(world, self._manager.get_port())

    def tick(self, timeout: float) -> int:
        """Tick the world; gives the new frame's number. Every tick while this lives has to go through here.

        timeout: how long to wait for the server [s].
        """
        return self._ticking.tick(timeout)

    def take(self, car: Car) -> None:
        """Drive a car until it is released; it keeps its lane and heeds no lights and signs."""
        if car.id not in self._cars:
            car.vehicle.set_autopilot(True, self._manager.get_port())
            self._manager.ignore_lights_percentage(car.vehicle, 100.0)
            self._manager.ignore_signs_percentage(car.vehicle, 100.0)
            self._manager.auto_lane_change(car.vehicle, False)
            self._cars[car.id] = car
        self._manager.set_desired_speed(car.vehicle, car.state.speed_target * 3.6)

    def release(self, car: Car) -> None:
        """Take the hand from a car, if it was there."""
        if self._cars.pop(car.id, None) is not None and not car.vanished:
            car.vehicle.set_autopilot(False, self._manager.get_port())

    def close(self) -> None:
        """Release all cars and end. Before they are destroyed: it ends the process over a car that is gone."""
        for car in list(self._cars.values()):
            self.release(car)
        self._ticking.close()
        self._manager.shut_down()
