"""Who touched whom, and who stood still, in a log: CARLA's two queries, in its layout."""

import math
from dataclasses import dataclass
from pathlib import Path

from simulator.embedded.recorder.info import number, open_log, tell_end, tell_header
from simulator.embedded.recorder.layout import Packet, Position, Triple
from simulator.embedded.recorder.reading import LoggedFrame
from simulator.errors import LiquidlaneError

CATEGORIES = "ovwt"
ASKED = "ovwtha"


def tell_collisions(path: Path, first: str, second: str) -> str:
    """Tell which actors touched.

    first, second: o other, v vehicle, w walker, t traffic light, h hero or a any.

    Raises:
        LiquidlaneError: if there is no such category, or the log is damaged.
    """
    for category in (first, second):
        if category not in ASKED or len(category) != 1:
            raise LiquidlaneError(f"there is no category {category!r}; give o, v, w, t, h or a")
    log = open_log(path)
    if isinstance(log, str):
        return log
    with log:
        lines = [f"{'Time':>8} {'Types':>6} {'Id':>6} {'Actor 1':<35} {'Id':>6} {'Actor 2':<35}\n"]
        actors: dict[int, tuple[str, str]] = {}
        touching: set[tuple[int, int]] = set()
        frames, elapsed = 0, 0.0
        for frame in log.frames():
            log.check_frame(frame)
            frames, elapsed = frame.start.number, frame.start.elapsed
            _follow(frame, actors)
            before, touching = touching, set()
            for hit in frame.records(Packet.COLLISION):
                one, other = actors.get(hit.first, ("o", "")), actors.get(hit.second, ("o", ""))
                if not (_fits(first, one[0], hit.first_hero) and _fits(second, other[0], hit.second_hero)):
                    continue
                touching.add((hit.first, hit.second))
                if (hit.first, hit.second) not in before:
                    lines.append(
                        f"{elapsed:8.0f}   {one[0]} {other[0]}  {hit.first:>6} {one[1]:<35} {hit.second:>6} "
                        f"{other[1]:<35}\n"
                    )
        # after its first line of numbers C++ goes on without decimals
        duration = f"{elapsed:.0f}" if len(lines) > 1 else number(elapsed)
        return tell_header(log.header) + "".join(lines) + tell_end(frames, duration)


def _follow(frame: LoggedFrame, actors: dict[int, tuple[str, str]]) -> None:
    """Keep the table of actors' categories and blueprints, also of those that are gone."""
    for actor in frame.additions():
        kind = CATEGORIES[actor.kind] if actor.kind < len(CATEGORIES) else "o"
        actors[actor.actor_id] = kind, actor.blueprint


def _fits(asked: str, category: str, hero: bool) -> bool:
    return asked in ("a", category) or (asked == "h" and hero)


@dataclass
class _Stay:
    """Where an actor last moved to [cm], when it stopped there and for how long [s]."""

    place: Triple = (0.0, 0.0, 0.0)
    since: float = 0.0
    lasts: float = 0.0


def tell_blocked(path: Path, shortest: float, distance: float) -> str:
    """Tell which actors stayed within `distance` [cm] for `shortest` seconds or more, the longest stay first.

    Raises:
        LiquidlaneError: if the log is damaged.
    """
    log = open_log(path)
    if isinstance(log, str):
        return log
    with log:
        stays: dict[int, _Stay] = {}
        actors: dict[int, tuple[str, str]] = {}
        found: list[tuple[float, str]] = []
        frames, elapsed = 0, 0.0

        def end(actor_id: int, stay: _Stay) -> None:
            if stay.lasts >= shortest:
                name = actors.get(actor_id, ("o", ""))[1]
                found.append((stay.lasts, f"{stay.since:8.0f} {actor_id:>6} {name:<35} {stay.lasts:>10.0f}\n"))

        for frame in log.frames():
            log.check_frame(frame)
            frames, elapsed = frame.start.number, frame.start.elapsed
            _follow(frame, actors)
            for position in frame.records(Packet.POSITION):
                stay = stays.setdefault(position.actor_id, _Stay())
                if _stands(stay, position, distance):
                    stay.since = elapsed if stay.lasts == 0.0 else stay.since
                    stay.lasts += max(frame.start.duration, 0.0)
                else:
                    end(position.actor_id, stay)
                    stays[position.actor_id] = _Stay(position[1:4])
        for actor_id, stay in stays.items():
            end(actor_id, stay)
        found.sort(key=lambda row: -row[0])
        head = f"{'Time':>8} {'Id':>6} {'Actor':<35} {'Duration':>10}\n"
        rows = "".join(text for _, text in found)
        return tell_header(log.header) + head + rows + tell_end(frames, number(elapsed))


def _stands(stay: _Stay, position: Position, distance: float) -> bool:
    return math.dist(stay.place, position[1:4]) < distance
