"""Plays a log in a world: brings its actors on and moves them as they were moved."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from simulator.embedded.actors import NOTHING, Actor
from simulator.embedded.axes import Pose, vector_to_carla
from simulator.embedded.episode import Episode
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.recorder.casting import cast
from simulator.embedded.recorder.layout import Addition, Animation, Packet, Position
from simulator.embedded.recorder.places import CENTIMETRES, between, detach, from_log
from simulator.embedded.recorder.reading import Log, LoggedFrame
from simulator.embedded.recorder.recording import HERO
from simulator.embedded.vehicle import Vehicle
from simulator.errors import LiquidlaneError

NO_INTERPOLATION_FROM = 2.0
"""Time factor from which actors jump from frame to frame, as in CARLA."""
SPECTATOR_BLUEPRINT = "spectator"
BEHIND = Pose(x=-10.0, z=5.0, pitch=0.436)
"""Where the spectator follows an actor: 10 m behind, 5 m above, looking 25 degrees down."""

log = logging.getLogger(__name__)


class Wishes:
    """What a client asked of replays. time_factor: simulated seconds of the log a second of the world."""

    def __init__(self) -> None:
        self.time_factor = 1.0
        self.ignore_hero = False
        self.ignore_spectator = True


class Span(NamedTuple):
    """What part of a log to play [s]. start: negative from its end. duration: 0 for all that follows."""

    start: float
    duration: float

    def within(self, total: float) -> tuple[float, float]:
        """Give begin and end in a log that lasts `total` seconds."""
        begin = max(total + self.start, 0.0) if self.start < 0.0 else min(self.start, total)
        return begin, min(begin + self.duration, total) if self.duration > 0.0 else total


class Follow(NamedTuple):
    """Whom the spectator follows, by its id in the log (0 for nobody), and from where, in that actor's axes."""

    actor_id: int
    seat: Pose


class Playback:
    """A log that is being played.

    notes: what had to be played otherwise than recorded, a line each. over: whether it has come to its end.
    """

    def __init__(self, path: Path, span: tuple[float, float], follow: Follow, sensors: bool, wishes: Wishes) -> None:
        self.notes: list[str] = []
        self.over = False
        self._log = Log(path)
        self._frames: Iterator[LoggedFrame] = self._log.frames()
        (self._time, self._stop), self._follow = span, follow
        self._sensors, self._wishes = sensors, wishes
        self._cast: dict[int, int] = {}
        self._made: set[int] = set()
        self._heroes: set[int] = set()
        self._now: dict[int, Position] = {}
        self._now_at = 0.0
        self._next: LoggedFrame | None = next(self._frames, None)

    def begin(self, episode: Episode) -> None:
        """Bring on whoever is there at the start, where they are then."""
        self._show(episode)

    def advance(self, episode: Episode, delta: float) -> None:
        """Play `delta` seconds of the world's time."""
        self._time = min(self._time + delta * self._wishes.time_factor, self._stop)
        self._show(episode)
        self.over = self._time >= self._stop

    def end(self, episode: Episode, keep_actors: bool) -> None:
        """Stop playing: the cars stand, and their physics is on again; or those that the log brought on go."""
        self._log.close()
        for actor_id in list(self._cast.values()):
            actor = episode.actors.get(actor_id)
            if actor is None or (actor_id in self._heroes and self._wishes.ignore_hero):
                continue
            if not keep_actors and actor_id in self._made:
                episode.destroy(actor_id)
            elif isinstance(actor, Vehicle):
                actor.velocity = NOTHING
                actor.set_simulated(True)
                actor.teleport(actor.pose)
                actor.control = VehicleControl()

    def _show(self, episode: Episode) -> None:
        """Bring the world to the log's time."""
        while self._next is not None and self._next.start.elapsed <= self._time + 1e-9:
            self._enter(episode, self._next)
            self._next = next(self._frames, None)
        self._move(episode)

    def _enter(self, episode: Episode, frame: LoggedFrame) -> None:
        """Let happen what happens in a frame."""
        for actor in frame.additions():
            self._bring_on(episode, actor)
        for gone in frame.records(Packet.EVENT_DEL):
            self._take_off(episode, gone.actor_id)
        for both in frame.records(Packet.EVENT_PARENT):
            self._fix(episode, both.actor_id, both.parent_id)
        for animation in frame.records(Packet.ANIM_VEHICLE):
            vehicle = self._find(episode, animation.actor_id)
            if isinstance(vehicle, Vehicle):
                vehicle.control = _control(animation)
        for lights in frame.records(Packet.VEHICLE_LIGHT):
            vehicle = self._find(episode, lights.actor_id)
            if isinstance(vehicle, Vehicle):
                vehicle.lights = lights.flags
        self._now = {place.actor_id: place for place in frame.records(Packet.POSITION)}
        self._now_at = frame.start.elapsed

    def _find(self, episode: Episode, logged_id: int) -> Actor | None:
        """Give who plays a recorded actor, if the replay moves it."""
        actor_id = self._cast.get(logged_id, 0)
        if self._wishes.ignore_hero and actor_id in self._heroes:
            return None
        return episode.actors.get(actor_id)

    def _bring_on(self, episode: Episode, actor: Addition) -> None:
        """Find or make who plays an actor."""
        if actor.blueprint == SPECTATOR_BLUEPRINT:
            if not self._wishes.ignore_spectator:
                self._cast[actor.actor_id] = episode.spectator.id
            return
        sensor = actor.blueprint.startswith("sensor.")
        hero = any(name == "role_name" and value == HERO for _, name, value in actor.attributes)
        if (sensor and not self._sensors) or (hero and self._wishes.ignore_hero):
            return
        there = episode.actors.get(actor.actor_id)
        if there is None or there.blueprint_id != actor.blueprint:
            there = self._make(episode, actor)
        if there is None:
            return
        self._cast[actor.actor_id] = there.id
        if hero:
            self._heroes.add(there.id)
        if isinstance(there, Vehicle):
            there.set_simulated(False)
            episode.place(there.id, from_log(actor.location, actor.rotation))

    def _make(self, episode: Episode, actor: Addition) -> Actor | None:
        description = cast(actor)
        if description is None:
            if not actor.blueprint.startswith("traffic."):
                self.notes.append(f"Actor {actor.actor_id} ({actor.blueprint}) is left out: there is nothing like it")
            return None
        try:
            made = episode.spawn(description, from_log(actor.location, actor.rotation), wish=actor.actor_id, fits=False)
        except LiquidlaneError as error:
            self.notes.append(f"Actor {actor.actor_id} ({actor.blueprint}) is left out: {error}")
            return None
        self._made.add(made.id)
        if description[1] != actor.blueprint:
            self.notes.append(f"Actor {actor.actor_id} ({actor.blueprint}) is played by {description[1]}")
        return made

    def _take_off(self, episode: Episode, logged_id: int) -> None:
        actor_id = self._cast.pop(logged_id, 0)
        self._heroes.discard(actor_id)
        self._made.discard(actor_id)
        if actor_id in episode.actors and actor_id != episode.spectator.id:
            episode.destroy(actor_id)

    def _fix(self, episode: Episode, logged_id: int, parent_id: int) -> None:
        """Fix an actor to another, where it is on it now."""
        child, parent = self._find(episode, logged_id), self._find(episode, parent_id)
        if child is None or parent is None or child.id not in self._made or child.id <= parent.id:
            return  # a parent is always older than what it carries
        child.relative = detach(parent.pose, child.pose)
        child.parent = parent

    def _move(self, episode: Episode) -> None:
        """Put all actors where they are at the log's time, with the velocity that takes them to the next frame."""
        ahead = {place.actor_id: place for place in self._next.records(Packet.POSITION)} if self._next else {}
        lasts = self._next.start.elapsed - self._now_at if self._next else 0.0
        share = (self._time - self._now_at) / lasts if lasts > 0.0 else 0.0
        if self._wishes.time_factor >= NO_INTERPOLATION_FROM:
            share = 0.0
        for logged_id, place in self._now.items():
            actor = self._find(episode, logged_id)
            if actor is None or actor.parent is not None:
                continue
            after = ahead.get(logged_id, place)
            if isinstance(actor, Vehicle):
                rate = self._wishes.time_factor / lasts / CENTIMETRES if lasts > 0.0 else 0.0
                x, y, z = (rate * (b - a) for a, b in zip(place[1:4], after[1:4], strict=True))
                actor.velocity = vector_to_carla(x, y, z)
            episode.place(actor.id, between(place, after, min(share, 1.0)))
        followed = episode.actors.get(self._cast.get(self._follow.actor_id, 0))
        if followed is not None and followed is not episode.spectator:
            episode.follow(followed, self._follow.seat)


def _control(animation: Animation) -> VehicleControl:
    gear = min(max(animation.gear, -1), 100)
    return VehicleControl(
        _within(animation.throttle, 0.0), _within(animation.steer, -1.0), _within(animation.brake, 0.0),
        animation.hand_brake, animation.gear < 0, False, gear,
    )  # fmt: skip


def _within(value: float, lowest: float) -> float:
    """Hold a pedal or the wheel in its range; what is no number is 0."""
    return min(max(value, lowest), 1.0) if math.isfinite(value) else 0.0
