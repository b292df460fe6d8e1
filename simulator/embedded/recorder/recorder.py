"""A server's recorder and replayer: at most one log is written or played at a time."""

import binascii
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.recorder.info import missing
from simulator.embedded.recorder.reading import Log, NoLogError
from simulator.embedded.recorder.recording import Recording
from simulator.embedded.recorder.replaying import Follow, Playback, Span, Wishes
from simulator.embedded.world_map import BUILT_IN_MAP, MAPS_FOLDER, OPENDRIVE_MAP, WorldMap
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.simulation import Simulation

log = logging.getLogger(__name__)


class Recorder:
    """What `start_recorder`, `replay_file` and their like work on."""

    def __init__(self, folder: LogFolder) -> None:
        self.folder = folder
        self.wishes = Wishes()
        self._recording: Recording | None = None
        self._playback: Playback | None = None

    def start(self, simulation: "Simulation", name: str, additional: bool) -> Path:
        """Write a log from the next tick on; gives its file.

        Raises:
            LiquidlaneError: if it can't be written.
        """
        path = self.folder.make(name)
        self.stop_replay(simulation, keep_actors=True)
        self.stop()
        self._recording = Recording(path, simulation.episode, additional)
        return path

    def stop(self) -> None:
        """Finish the log that is being written, if any."""
        if self._recording is not None:
            recording, self._recording = self._recording, None
            recording.end()

    def replay(self, simulation: "Simulation", name: str, span: Span, follow: Follow, sensors: bool) -> str:
        """Play a log; gives CARLA's words about it. sensors: whether those of the log come on, too.

        Raises:
            LiquidlaneError: if the log is damaged, or there is no such map.
        """
        path = self.folder.find(name)
        self.stop()
        self.stop_replay(simulation, keep_actors=True)
        lines = [f"Replaying File: {path}"]
        if not path.is_file():
            return f"{lines[0]}\n{missing(path)}"
        try:
            with Log(path) as found:
                total = found.check()
                lines += _enter_map(simulation, found)
        except NoLogError as error:
            raise LiquidlaneError(str(error)) from error
        begin, stop = span.within(total)
        lines.append(f"Total time recorded: {total:g}")
        told = f"{begin:g} s - {stop:g} s ({total:g} s)"
        lines.append(f"Replaying from {told} at {self.wishes.time_factor:.1f}x")
        if self.wishes.ignore_hero:
            lines.append("Ignoring Hero vehicle")
        if self.wishes.ignore_spectator:
            lines.append("Ignoring Spectator camera")
        self._playback = Playback(path, (begin, stop), follow, sensors, self.wishes)
        self._playback.begin(simulation.episode)
        return "\n".join([*lines, *self._playback.notes]) + "\n"

    def stop_replay(self, simulation: "Simulation", keep_actors: bool) -> None:
        """Stop playing, if anything plays."""
        if self._playback is not None:
            playback, self._playback = self._playback, None
            playback.end(simulation.episode, keep_actors)

    def before_tick(self, simulation: "Simulation", delta: float) -> None:
        """Move what is replayed."""
        if self._playback is None:
            return
        try:
            self._playback.advance(simulation.episode, delta)
        except (LiquidlaneError, OSError, IndexError) as error:
            log.warning("the replay stops: %s", error)
            self.stop_replay(simulation, keep_actors=True)
            return
        if self._playback.over:
            self.stop_replay(simulation, keep_actors=True)

    def after_tick(self, simulation: "Simulation", delta: float) -> None:
        """Record what became of the world."""
        if self._recording is None:
            return
        try:
            self._recording.take(simulation.episode, delta)
        except LiquidlaneError as error:
            log.warning("the recorder stops: %s", error)
            self.stop()

    def end(self, simulation: "Simulation") -> None:
        """Stop all, since the episode ends."""
        self.stop()
        self.stop_replay(simulation, keep_actors=True)


def _enter_map(simulation: "Simulation", found: Log) -> list[str]:
    """Load the log's map unless it is loaded; our logs bring their roads along, CARLA's only name their map."""
    document = found.document()
    current = simulation.episode.world_map
    short = found.header.map.rsplit("/", 1)[-1]
    if document is not None:
        if document == current.document:
            return []
        world_map = _find_roads(simulation, short, document)
    elif current.name.rsplit("/", 1)[-1] == short:
        return []
    elif current is simulation.sent_map:
        return [f"Recorded on the map {short}; played on the roads that were sent (client.generate_opendrive_world)"]
    else:
        try:
            world_map = simulation.find_map(short)
        except LiquidlaneError as error:
            raise LiquidlaneError(
                f"{found.path} was recorded on the map {short!r}, which this server has not; send that map's OpenDRIVE "
                "document first (client.generate_opendrive_world)"
            ) from error
    simulation.load(world_map, reset_settings=False)
    return [f"Loading map {short}", "Make a new carla.Client: one that is connected keeps the roads that it had"]


def _find_roads(simulation: "Simulation", short: str, document: str) -> WorldMap:
    """Give the map of a document: the built-in one if it is that, else a new one.

    Its name is its own, since a client takes a map of a name that it knows for the one that it has.
    """
    if short == BUILT_IN_MAP:
        built_in = simulation.find_map(BUILT_IN_MAP)
        if built_in.document == document:
            return built_in
    mark = binascii.crc32(document.encode("utf-8", "surrogateescape"))
    simulation.sent_map = WorldMap(f"{MAPS_FOLDER}{OPENDRIVE_MAP}_{mark:08x}", document)
    return simulation.sent_map
