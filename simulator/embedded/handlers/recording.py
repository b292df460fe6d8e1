"""Logs of what happened: recording, queries, replay."""

from typing import Any

from simulator.embedded.axes import Pose
from simulator.embedded.recorder.info import tell_log
from simulator.embedded.recorder.queries import tell_blocked, tell_collisions
from simulator.embedded.recorder.replaying import BEHIND, Follow, Span
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    BadValueError,
    read_flag,
    read_integer,
    read_number,
    read_text,
    read_transform,
    show,
)

SLOWEST, FASTEST = 0.0, 1000.0


def _read_letter(value: Any) -> str:
    """Read one letter, which the client sends as its number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 128:
        return chr(value)
    if isinstance(value, str) and len(value) == 1:
        return value
    raise BadValueError(f"expected a letter, not {show(value)}")


def _read_time_factor(value: Any) -> float:
    factor = read_number(value)
    if not SLOWEST <= factor <= FASTEST:
        raise BadValueError(f"time factor is {factor:g}; give {SLOWEST:g} to {FASTEST:g}")
    return factor


@method(read_text, read_flag, optional=1)
def start_recorder(simulation: Simulation, name: str, additional: bool = False) -> str:
    """Write a log from the next tick on; gives its file."""
    return str(simulation.recorder.start(simulation, name, additional))


@method()
def stop_recorder(simulation: Simulation) -> None:
    """Finish the log."""
    simulation.recorder.stop()


@method(read_text, read_flag, optional=1)
def show_recorder_file_info(simulation: Simulation, name: str, everything: bool = False) -> str:
    """Tell what happened in a log."""
    return tell_log(simulation.recorder.folder.find(name), everything)


@method(read_text, _read_letter, _read_letter)
def show_recorder_collisions(simulation: Simulation, name: str, first: str, second: str) -> str:
    """Tell who touched whom in a log."""
    return tell_collisions(simulation.recorder.folder.find(name), first, second)


@method(read_text, read_number, read_number)
def show_recorder_actors_blocked(simulation: Simulation, name: str, shortest: float, distance: float) -> str:
    """Tell who stood still in a log."""
    return tell_blocked(simulation.recorder.folder.find(name), shortest, distance)


@method(read_text, read_number, read_number, read_integer, read_flag, read_transform, optional=2)
def replay_file(
    simulation: Simulation,
    name: str,
    start: float,
    duration: float,
    follow: int,
    sensors: bool = False,
    seat: Pose = BEHIND,
) -> str:
    """Play a log; the spectator follows an actor from its seat."""
    return simulation.recorder.replay(simulation, name, Span(start, duration), Follow(follow, seat), sensors)


@method(read_flag)
def stop_replayer(simulation: Simulation, keep_actors: bool) -> None:
    """Stop playing."""
    simulation.recorder.stop_replay(simulation, keep_actors)


@method(_read_time_factor)
def set_replayer_time_factor(simulation: Simulation, factor: float) -> None:
    """Set how fast logs are played."""
    simulation.recorder.wishes.time_factor = factor


@method(read_flag)
def set_replayer_ignore_hero(simulation: Simulation, ignored: bool) -> None:
    """Leave heroes to others, or move them too."""
    simulation.recorder.wishes.ignore_hero = ignored


@method(read_flag)
def set_replayer_ignore_spectator(simulation: Simulation, ignored: bool) -> None:
    """Leave the spectator to others, or move it too."""
    simulation.recorder.wishes.ignore_spectator = ignored
