"""The whole world behind the wire: the episode, the clock and its settings, the streams, the Traffic Managers."""

import secrets

from simulator.embedded.episode import Episode
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.streaming import Streams
from simulator.embedded.traffic import TrafficManagers
from simulator.embedded.world_map import WorldMap, built_in_map
from simulator.errors import LiquidlaneError

FREE_RUNNING_PERIOD = 0.05
LONGEST_DELTA = 0.2
FIRST_FRAME = 100
MOST_TICKS = 1000


class Simulation:
    """What remote methods work on.

    frame: number of the last tick. sent_map: the OpenDRIVE document that a client sent and may load.
    """

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.settings = EpisodeSettings()
        self.traffic_managers = TrafficManagers()
        self.frame = FIRST_FRAME
        self.sent_map: WorldMap | None = None
        self._ticks_asked = 0
        self.episode = Episode(secrets.randbits(62), built_in_map(), streams, first_actor_id=1)

    def load(self, world_map: WorldMap, reset_settings: bool) -> None:
        """Begin a new episode on a map; all actors and their streams end."""
        self.episode.end()
        if reset_settings:
            self.settings = EpisodeSettings()
        self._ticks_asked = 0
        self.episode = Episode(self.episode.id + 1, world_map, self.streams, self.episode.next_actor_id)

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
        return self.frame + self._ticks_asked

    @property
    def tick_waits(self) -> bool:
        """Tell whether a tick was asked for and not yet done."""
        return self._ticks_asked > 0

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
        self.episode.advance(self.frame, delta, self.settings)
