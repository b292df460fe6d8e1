"""What moves vehicles besides their pedals: controllers, forces, impulses and held velocities."""

import math

from simulator.embedded.ackermann import AckermannController, AckermannSettings, AckermannTarget
from simulator.embedded.axes import Vector
from simulator.embedded.vehicle import Vehicle

NO_FORCE: Vector = (0.0, 0.0, 0.0)


class Actuation:
    """All of it, by vehicle. `apply` works it in before each tick."""

    def __init__(self) -> None:
        self._controllers: dict[int, AckermannController] = {}
        self._driven: set[int] = set()
        self._held: dict[int, Vector] = {}
        self._forces: dict[int, Vector] = {}
        self._torques: dict[int, float] = {}

    def ackermann(self, vehicle: Vehicle) -> AckermannController:
        """Give a vehicle's controller, which drives only after `drive`."""
        return self._controllers.setdefault(vehicle.id, AckermannController(AckermannSettings()))

    def drive(self, vehicle: Vehicle, target: AckermannTarget) -> None:
        """Let the controller drive a vehicle until somebody takes the pedals."""
        self.ackermann(vehicle).target = target
        self._driven.add(vehicle.id)

    def release(self, vehicle: Vehicle) -> None:
        """Take the controller off the pedals; its settings stay."""
        if vehicle.id in self._driven:
            self._driven.discard(vehicle.id)
            self._controllers[vehicle.id] = AckermannController(self._controllers[vehicle.id].settings)

    def hold(self, vehicle: Vehicle, velocity: Vector | None) -> None:
        """Hold a velocity [m/s] in the vehicle's own axes, forward first; None lets go."""
        if velocity is None:
            self._held.pop(vehicle.id, None)
        else:
            self._held[vehicle.id] = velocity

    def push(self, vehicle: Vehicle, force: Vector) -> None:
        """Add a force [N], world axes, that acts during the next tick."""
        before = self._forces.get(vehicle.id, NO_FORCE)
        self._forces[vehicle.id] = (before[0] + force[0], before[1] + force[1], before[2] + force[2])

    def twist(self, vehicle: Vehicle, torque: float) -> None:
        """Add a torque about the vertical [Nm], left positive, that acts during the next tick."""
        self._torques[vehicle.id] = self._torques.get(vehicle.id, 0.0) + torque

    def forget(self, actor_id: int) -> None:
        """Drop everything about a vehicle that is no more."""
        self._driven.discard(actor_id)
        for table in (self._controllers, self._held, self._forces, self._torques):
            table.pop(actor_id, None)

    def apply(self, vehicles: list[Vehicle], delta: float) -> None:
        """Work everything in, before the vehicles move by `delta` seconds."""
        if not (self._driven or self._held or self._forces or self._torques):
            return
        for vehicle in vehicles:
            if not vehicle.simulated:
                continue
            if vehicle.id in self._forces:
                give_impulse(vehicle, *(delta * part for part in self._forces[vehicle.id]))
            if vehicle.id in self._torques:
                give_spin(vehicle, delta * self._torques[vehicle.id])
            if vehicle.id in self._held:
                forward, left, up = self._held[vehicle.id]
                cosine, sine = math.cos(vehicle.pose.yaw), math.sin(vehicle.pose.yaw)
                vehicle.set_velocity((forward * cosine - left * sine, forward * sine + left * cosine, up))
            if vehicle.id in self._driven:
                vehicle.control = self._controllers[vehicle.id].control(vehicle, delta)
        self._forces.clear()
        self._torques.clear()


def give_impulse(vehicle: Vehicle, x: float, y: float, z: float) -> None:
    """Change a vehicle's velocity at once by an impulse [Ns] on its centre of mass, world axes."""
    mass, velocity = vehicle.physics.mass, vehicle.velocity
    vehicle.set_velocity((velocity[0] + x / mass, velocity[1] + y / mass, velocity[2] + z / mass))


def give_spin(vehicle: Vehicle, angular_impulse: float) -> None:
    """Change a vehicle's yaw rate at once by an angular impulse [Nms] about the vertical, left positive."""
    vehicle.set_yaw_rate(vehicle.yaw_rate + angular_impulse / vehicle.yaw_inertia)
