"""The whole world behind the wire: the episode, the clock and its settings, the streams, the Traffic Managers."""

import logging
import secrets

from simulator.embedded.episode import Episode
from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.recorder.recorder import Recorder
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.start import Start
from simulator.embedded.streaming import Streams
from simulator.embedded.traffic import TrafficManagers
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import BUILT_IN_MAP, OPENDRIVE_MAP, WorldMap, built_in_map
from simulator.errors import LiquidlaneError

FREE_RUNNING_PERIOD = 0.05
LONGEST_DELTA = 0.2
FIRST_FRAME = 100
MOST_TICKS = 1000

log = logging.getLogger(__name__)


class Simulation:
    """What remote methods work on.

    frame: number of the last tick. sent_map: the OpenDRIVE document that a client sent and may load. built_in: the
    ring, once it was needed. start: what there is before a client loads a map; its weather begins every episode.
    recorder: writes and plays logs, which lie in the folder `logs`.
    """

    def __init__(self, streams: Streams, start: Start | None = None, logs: LogFolder | None = None) -> None:
        start = start if start is not None else Start(built_in_map(), Weather())
        self.streams = streams
        self.settings = EpisodeSettings()
        self.traffic_managers = TrafficManagers()
        self.recorder = Recorder(logs if logs is not None else LogFolder())
        self.frame = FIRST_FRAME
        self.sent_map: WorldMap | None = None
        self._ticks_asked = 0
        self._ticked = False
        self.built_in: WorldMap | None = None
        self._weather = start.weather
        if start.map.name.endswith(OPENDRIVE_MAP):
            self.sent_map = start.map
        else:
            self.built_in = start.map
        self.episode = Episode(secrets.randbits(62), start.map, streams, first_actor_id=1)
        self.episode.weather = start.weather

    def load(self, world_map: WorldMap, reset_settings: bool) -> None:
        """Begin a new episode on a map; all actors and their streams end."""
        self.recorder.end(self)
        self.episode.end()
        if reset_settings:
            self.settings = EpisodeSettings()
        self._ticks_asked = 0
        self.episode = Episode(self.episode.id + 1, world_map, self.streams, self.episode.next_actor_id)
        self.episode.weather = self._weather

    def find_map(self, name: str) -> WorldMap:
        """Give the map that a client names: the current one by an empty name, the one sent, or the built-in one.

        Raises:
            LiquidlaneError: if there is no such map.
        """
        short = name.rsplit("/", 1)[-1]
        if not short:
            return self.episode.world_map
        if short == OPENDRIVE_MAP and self.sent_map is not None:
            return self.sent_map
        if short == BUILT_IN_MAP:
            if self.built_in is None:
                self.built_in = built_in_map()
            return self.built_in
        raise LiquidlaneError(
            f"there is no map {name!r}; the embedded server has {BUILT_IN_MAP}, and {OPENDRIVE_MAP} after an OpenDRIVE "
            "document was sent (client.generate_opendrive_world)"
        )

    def ask_tick(self) -> int:
        """Have the clock move by one tick soon; gives the number of its frame. A free-running clock needs no asking.

        Raises:
            LiquidlaneError: if a thousand ticks wait already.
        """
        if not self.settings.synchronous_mode:
            return self.frame + 1
        if self._ticks_asked >= MOST_TICKS:
            raise LiquidlaneError(f"{MOST_TICKS} ticks are asked for and not done yet; wait for their frames first")
        self._ticks_asked += 1
        asked = self.frame + self._ticks_asked
        if self._ticks_asked == 1 and not self._ticked and not self.traffic_managers:
            # before the answer: whoever waits for it then finds the frame there. Not with a Traffic Manager: the sooner
            # it is woken again, the more often its wake-up is lost (docs/carla-api.md)
            self._ticked = True
            self.run_due_tick()
        return asked

    def begin_round(self) -> None:
        """Let the next tick that is asked for be done at once; called whenever all clients were heard."""
        self._ticked = False

    @property
    def tick_waits(self) -> bool:
        """Tell whether a tick was asked for and not yet done."""
        return self._ticks_asked > 0

    def run_due_tick(self) -> None:
        """Do one tick that was asked for, unless someone who is about to subscribe to a stream has not yet."""
        if self._ticks_asked > 0 and self.settings.synchronous_mode and self.streams.awaited() <= 0.0:
            try:
                self.run_asked_tick()
            except Exception:
                # ours, not the client's: one frame is lost, the world lives on
                log.exception("frame %d failed in the server", self.frame)

    def run_asked_tick(self) -> None:
        """Do one of the ticks that were asked for; in between, others are heard."""
        if self._ticks_asked > 0:
            self._ticks_asked -= 1
            self.tick(self.settings.fixed_delta or FREE_RUNNING_PERIOD)

    def set_settings(self, settings: EpisodeSettings) -> None:
        """Let the clock run otherwise; a clock that runs freely again owes no ticks."""
        if not settings.synchronous_mode:
            self._ticks_asked = 0
        self.settings = settings

    @property
    def period(self) -> float:
        """Seconds between two ticks of the free-running clock."""
        return self.settings.fixed_delta or FREE_RUNNING_PERIOD

    def run_freely(self, passed: float) -> None:
        """Tick the free-running clock, `passed` real seconds after the last time."""
        self.tick(self.settings.fixed_delta or min(max(passed, 1e-3), LONGEST_DELTA))

    def tick(self, delta: float) -> None:
        """Move the clock by one frame of `delta` seconds."""
        self.frame += 1
        self.recorder.before_tick(self, delta)
        self.episode.advance(self.frame, delta, self.settings)
        self.recorder.after_tick(self, delta)
