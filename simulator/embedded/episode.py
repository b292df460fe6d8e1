"""One episode: a map, its actors, its weather and its time."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.actors import Actor
from simulator.embedded.actuation import Actuation
from simulator.embedded.axes import Pose, attach
from simulator.embedded.blueprints import RANGERS, SPECTATOR
from simulator.embedded.cameras import CameraSensor, open_studio
from simulator.embedded.cars import CARS
from simulator.embedded.collisions import Contact, resolve
from simulator.embedded.footing import Footing
from simulator.embedded.library import find_blueprint
from simulator.embedded.motion_sensors import MotionSensor
from simulator.embedded.obstacles import Obstacles, find_in
from simulator.embedded.protocol import (
    WORLD_STREAM,
    SensorType,
    pack_episode_header,
    pack_sensor_header,
)
from simulator.embedded.room import check_room, let_lead
from simulator.embedded.sensor import Sensor
from simulator.embedded.sensors import CollisionSensor, WalkerController, find_maker
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.streaming import Streams
from simulator.embedded.surroundings import Surroundings
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.contacts import meet_cars, meet_obstacles
from simulator.embedded.walkers.kinds import WALKERS
from simulator.embedded.walkers.walker import Walker
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import WorldMap
from simulator.errors import LiquidlaneError

SPECTATOR_POSE = Pose(z=10.0)
MOST_ACTORS = 10_000
LOOK_AHEAD = 0.002
"""No piece of what cameras will see soon is begun after so much of a tick [s]."""
LARGE = 1 << 16
"""Larger messages are left out for who leaves too much unread, as images are [bytes]."""
LARGEST_WISH = 1 << 30
"""An id above this is not given because somebody wishes for it: so there is always room for more."""


class Episode:
    """What is in the world between two loads of a map.

    id: no other episode of any server has it. elapsed: simulated seconds since its start. actors: by id. contacts: who
    touched what in the last tick.
    """

    def __init__(self, episode_id: int, world_map: WorldMap, streams: Streams, first_actor_id: int) -> None:
        self.id = episode_id
        self.world_map = world_map
        self.elapsed = 0.0
        self.weather = Weather()
        self.actors: dict[int, Actor] = {}
        self.next_actor_id = first_actor_id
        self.actuation = Actuation()
        self.contacts: list[Contact] = []
        self.surroundings = Surroundings(world_map, self.actors)
        self._streams = streams
        self._footing = Footing(world_map.terrain, world_map.season)
        self._obstacles = Obstacles(find_in(world_map.scenery))
        self._weather_drawn: Weather | None = None
        self.spectator = self._add(Actor(self._new_id(), [0, SPECTATOR, []], SPECTATOR_POSE))

    def _new_id(self) -> int:
        self.next_actor_id += 1
        return self.next_actor_id - 1

    def _add(self, actor: Actor) -> Actor:
        self.actors[actor.id] = actor
        return actor

    @property
    def vehicles(self) -> list[Vehicle]:
        """All cars, in the order of their spawning."""
        return [actor for actor in self.actors.values() if isinstance(actor, Vehicle)]

    def find(self, actor_id: int) -> Actor:
        """Find an actor.

        Raises:
            LiquidlaneError: if it is not there.
        """
        if actor_id not in self.actors:
            raise LiquidlaneError(f"there is no actor {actor_id}; it was destroyed or belongs to another episode")
        return self.actors[actor_id]

    @property
    def walkers(self) -> list[Walker]:
        """All pedestrians, in the order of their spawning."""
        return [actor for actor in self.actors.values() if isinstance(actor, Walker)]

    def find_walker(self, actor_id: int) -> Walker:
        """Find a walker.

        Raises:
            LiquidlaneError: if it is not there or no walker.
        """
        actor = self.find(actor_id)
        if not isinstance(actor, Walker):
            raise LiquidlaneError(f"actor {actor_id} is a {actor.blueprint_id}, not a walker; name a walker's id")
        return actor

    def find_vehicle(self, actor_id: int) -> Vehicle:
        """Find a vehicle.

        Raises:
            LiquidlaneError: if it is not there or no vehicle.
        """
        actor = self.find(actor_id)
        if not isinstance(actor, Vehicle):
            raise LiquidlaneError(f"actor {actor_id} is a {actor.blueprint_id}, not a vehicle; name a vehicle's id")
        return actor

    def spawn(
        self,
        description: tuple[list[Any], str, dict[str, str]],
        pose: Pose,
        parent_id: int = 0,
        *,
        wish: int = 0,
        fits: bool = True,
    ) -> Actor:
        """Put a new actor into the world; `pose` is relative to the parent if there is one.

        wish: an id that it gets if nobody ever had it. fits: whether it must stand free of others.

        Raises:
            LiquidlaneError: on an unknown blueprint, attribute or parent, a taken place, or ten thousand actors.
        """
        if len(self.actors) >= MOST_ACTORS:
            raise LiquidlaneError(f"the world holds {MOST_ACTORS} actors and no more; destroy some first")
        whole, blueprint_id, given = description
        attributes = find_blueprint(blueprint_id).read_attributes(given)
        if self.next_actor_id < wish <= LARGEST_WISH:
            self.next_actor_id = wish
        parent = self.find(parent_id) if parent_id else None
        place = attach(parent.pose, pose) if parent is not None else pose
        actor: Actor
        if blueprint_id in CARS:
            actor = Vehicle(self.next_actor_id, whole, place, attributes, CARS[blueprint_id])
        elif blueprint_id in WALKERS:
            actor = Walker(self.next_actor_id, whole, place, attributes, WALKERS[blueprint_id])
        else:
            actor = find_maker(blueprint_id)(self.next_actor_id, whole, place, attributes)
        if fits and isinstance(actor, Vehicle | Walker):
            check_room(actor, [*self.vehicles, *self.walkers])
        if isinstance(actor, CameraSensor):
            _ = self.world_map.renderer  # made now, where a client waits patiently, and not within a tick
        if blueprint_id in RANGERS:
            self.surroundings.compile_rays()
        if isinstance(actor, Sensor):
            actor.stream_id = self._streams.open()
            actor.token = self._streams.token(actor.stream_id)
        if isinstance(actor, WalkerController):
            let_lead(blueprint_id, parent, self.world_map)
        actor.parent, actor.relative = parent, pose
        self._new_id()
        return self._add(actor)

    def destroy(self, actor_id: int) -> None:
        """Take an actor out of the world; what was fixed to it stays where it is.

        Raises:
            LiquidlaneError: if it is not there, or is the spectator.
        """
        actor = self.find(actor_id)
        if actor is self.spectator:
            raise LiquidlaneError("the spectator can't be destroyed; leave it where it is")
        del self.actors[actor_id]
        self.actuation.forget(actor_id)
        self._obstacles.forget(actor_id)
        if actor.stream_id:
            self._streams.end(actor.stream_id)
        if isinstance(actor, WalkerController) and isinstance(actor.parent, Walker):
            actor.parent.guided = False
        for other in self.actors.values():
            if other.parent is actor:
                other.parent = None

    def place(self, actor_id: int, pose: Pose) -> None:
        """Put an actor somewhere, and what is fixed to it along; for a fixed one, `pose` is relative to its parent."""
        actor = self.find(actor_id)
        if actor.parent is not None:
            actor.relative = pose
            pose = attach(actor.parent.pose, pose)
        actor.teleport(pose)
        self._carry()

    def follow(self, actor: Actor, relative: Pose) -> None:
        """Put the spectator where it sees an actor; `relative` is in the actor's axes."""
        self.spectator.place(attach(actor.pose, relative))

    def end(self) -> None:
        """End all its actors' streams."""
        for actor in self.actors.values():
            if actor.stream_id:
                self._streams.end(actor.stream_id)

    def advance(self, frame: int, delta: float, settings: EpisodeSettings) -> None:
        """Let `delta` seconds pass and send the new state of the world and what the sensors saw."""
        self.elapsed += delta
        vehicles = self.vehicles
        self.actuation.apply(vehicles, delta)
        self._drive([vehicle for vehicle in vehicles if vehicle.simulated], delta, settings)
        self.contacts = resolve([vehicle for vehicle in vehicles if vehicle.collides], self._obstacles)
        walkers = self.walkers
        if walkers:
            self._walk(walkers, vehicles, delta)
        self._carry()
        self._send_state(frame, delta)
        self._send_sensors(frame, delta, self.contacts, [*vehicles, *walkers], not settings.no_rendering_mode)

    def _drive(self, vehicles: list[Vehicle], delta: float, settings: EpisodeSettings) -> None:
        """Let cars drive for `delta` seconds, and sit on the ground where that brings them."""
        for vehicle in vehicles:
            vehicle.advance(delta, settings)
        self._footing.settle(vehicles, self.weather, delta)

    def _walk(self, walkers: list[Walker], vehicles: list[Vehicle], delta: float) -> None:
        """Let walkers walk for `delta` seconds, and be pushed by what comes their way."""
        for walker in walkers:
            walker.advance(delta, self.world_map.terrain.height_below)
        self.contacts += meet_cars(walkers, vehicles)
        meet_obstacles(walkers, self._obstacles)

    def _carry(self) -> None:
        """Bring what is fixed to something to where that is now; a parent is always older than what it carries."""
        for actor in self.actors.values():
            if actor.parent is not None:
                actor.pose = attach(actor.parent.pose, actor.relative)

    def _send_state(self, frame: int, delta: float) -> None:
        header = pack_sensor_header(SensorType.WORLD, frame, self.elapsed, Pose())
        episode = pack_episode_header(self.id, time.time(), delta)
        states = [actor.pack_state() for actor in self.actors.values()]
        self._streams.send(WORLD_STREAM, [b"".join((header, episode, *states))])

    def _send_sensors(
        self, frame: int, delta: float, contacts: list[Contact], seen: list[Actor], rendering: bool
    ) -> None:
        cameras = [actor for actor in self.actors.values() if isinstance(actor, CameraSensor)]
        for camera in cameras:
            camera.move(delta)
        # a camera's clock goes on while nobody looks
        due = [camera for camera in cameras if camera.due(delta)]
        wanted = [camera for camera in due if rendering and self._streams.wanted(camera.stream_id)]
        pictures = self._take(wanted, seen)
        for actor in tuple(self.actors.values()):
            if isinstance(actor, CollisionSensor):
                for contact in contacts:
                    if actor.parent in (contact.first, contact.second):
                        actor.send(self._streams, frame, self.elapsed, contact)
            elif isinstance(actor, MotionSensor):
                self._measure(actor, frame, delta)
            elif isinstance(actor, CameraSensor) and actor.id in pictures:
                actor.send(self._streams, frame, self.elapsed, pictures[actor.id])
        self._look_ahead([camera for camera in cameras if camera.id in pictures], frame)

    def _look_ahead(self, cameras: list[CameraSensor], frame: int) -> None:
        """Use what time a client needs to look at pictures for what will be seen soon; each camera has its turn."""
        start = time.perf_counter()
        turn = frame % max(len(cameras), 1)
        for camera in cameras[turn:] + cameras[:turn]:
            if camera.prepare_ahead(self.world_map.renderer) and time.perf_counter() > start + LOOK_AHEAD:
                return

    def _measure(self, sensor: MotionSensor, frame: int, delta: float) -> None:
        sensor.pass_time(delta)
        if not sensor.due(delta):
            return
        if not self._streams.wanted(sensor.stream_id):
            sensor.rest()
        else:
            body = sensor.measure(self.surroundings, delta)
            if body is not None:
                header = pack_sensor_header(sensor.kind, frame, self.elapsed, sensor.pose)
                self._streams.send(sensor.stream_id, [header, body], droppable=len(body) > LARGE)

    def _take(self, cameras: list[CameraSensor], seen: list[Actor]) -> dict[int, NDArray[np.uint8]]:
        """Take the pictures of cameras; gives them by the cameras' ids."""
        if not cameras:
            return {}
        renderer = self.world_map.renderer
        if self._weather_drawn != self.weather:
            renderer.set_weather(self.weather.within_limits())
            self._weather_drawn = self.weather
        renderer.set_time(self.elapsed)
        return open_studio().take(renderer, cameras, seen)
