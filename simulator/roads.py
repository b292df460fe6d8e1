"""Roads by name: "generated:SEED", "file:PATH#ROAD_ID@TURNS", "osm:PATH", "ring:SEED"; k of them make one document.

"town:NAME#SPAWN_POINT" names a place in a CARLA town and is `simulator.carla`'s affair.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.errors import LiquidlaneError
from simulator.opendrive import Road, RoadNetwork
from simulator.opendrive.route import TURNS
from simulator.path import Path
from simulator.roads_compose import Season, compose, entry_lanes, load_file, load_generated, load_osm, load_ring
from simulator.roads_config import RoadsConfig, Split, split_seeds

__all__ = [
    "RoadName",
    "RoadsConfig",
    "Season",
    "Split",
    "build_ring",
    "build_roads",
    "parse_name",
    "paths_of",
    "split_seeds",
]

MOST_ROUNDS = 1000  # of a ring, however small
NARROWEST = 2.0  # a lane that tapers to less has ended [m]
MOST_JUMP = 1.0  # between samples of a path, which lie 0.5 m apart [m]
RING_DISTANCE = 2000.0  # a ring's path goes round until it has at least this length [m]
KINDS = ("generated", "file", "osm", "ring", "town")


class RoadName(NamedTuple):
    """What a road's name says. kind: of KINDS. place: seed, file, extract or town. part: behind the "#", or None.

    turns: behind an "@" of the part, a letter of `opendrive.route.TURNS` for each junction.
    """

    kind: str
    place: str
    part: str | None
    turns: str = ""

    @property
    def seed(self) -> int:
        """The seed of a generated road or ring."""
        return int(self.place)


def parse_name(name: str) -> RoadName:
    """Take a road's name apart.

    Raises:
        LiquidlaneError: if it isn't one.
    """
    kind, colon, rest = name.partition(":")
    if not colon or kind not in KINDS or not rest:
        raise LiquidlaneError(
            f"{name!r} names no road; write generated:SEED, ring:SEED, file:PATH, file:PATH#ROAD_ID@TURNS, osm:PATH or "
            "town:NAME#POINT"
        )
    if kind in ("generated", "ring"):
        if not (rest.isascii() and rest.isdigit()) or len(rest) > 18:
            raise LiquidlaneError(f"{name!r} has no seed; write a whole number behind the colon, as in {kind}:5003")
        return RoadName(kind, rest, None)
    place, _, part = rest.rpartition("#") if "#" in rest else (rest, "", "")
    if not place or ("#" in rest and not part):
        raise LiquidlaneError(f"{name!r} is incomplete; write {kind}:NAME#PART")
    part, at, turns = part.partition("@")
    if at and not (turns and set(turns) <= set(TURNS)):
        known = ", ".join(f"{letter} ({word})" for letter, word in TURNS.items())
        raise LiquidlaneError(f"{name!r} has no route behind the @; write a letter for each junction: {known}")
    if kind == "town" and part and not part.isdigit():
        raise LiquidlaneError(f"{name!r} has no spawn point; write its number behind the #, as in town:Town04#12")
    return RoadName(kind, place, part or None, turns)


def build_roads(names: Sequence[str], config: RoadsConfig, appearance_seed: int, season: Season = "summer") -> str:
    """Compose the OpenDRIVE document of a group: its roads >= 3 km apart, driven roads with the ids "1", "2", ...

    A file's roads all come along, renumbered; a road takes its place by translation, so its headings stay.

    Raises:
        LiquidlaneError: for a name that is none, a town, a missing or unusable file, or no name at all.
    """
    if not names:
        raise LiquidlaneError("a group needs at least one road; name one, such as generated:1")
    pieces = []
    for name in names:
        parsed = parse_name(name)
        if parsed.kind == "town":
            raise LiquidlaneError(f"{name} belongs to a CARLA server and can't be built; open a world on such a server")
        if parsed.kind == "generated":
            pieces.append(load_generated(parsed.seed, config))
        elif parsed.kind == "ring":
            pieces.append(load_ring(parsed.seed, config))
        elif parsed.kind == "osm":
            pieces.append(load_osm(parsed.place, parsed.part))
        else:
            pieces.append(load_file(parsed.place, parsed.part))
    return compose(pieces, appearance_seed, season)


def build_ring(seed: int, config: RoadsConfig, appearance_seed: int, season: Season = "summer") -> str:
    """Compose the document of one ring of three linked roads, where an autopilot never comes to an end."""
    return build_roads([f"ring:{seed}"], config, appearance_seed, season)


def paths_of(network: RoadNetwork | str, names: Sequence[str]) -> list[Path]:
    """Give the line that each car of a group drives, from the document (or its network) that `build_roads` gave.

    It begins at the start of the driven road (at the end of one that only leads back), follows the links to other roads
    and ends where the lane gets narrower than 2 m. Of several lanes it is the one that leads farthest, and of equals
    the outermost; where the name has turns, of those that lead there. A ring is driven round and round for at least
    2 km.

    Raises:
        LiquidlaneError: if the network has no such roads, or no lane that can take the turns.
    """
    if isinstance(network, str):
        network = RoadNetwork.parse(network, "the group's roads")
    return [_path_of(network, network.road(str(k + 1)), name) for k, name in enumerate(names)]


def _path_of(network: RoadNetwork, road: Road, name: str) -> Path:
    """Give the path from a road's start that leads farthest."""
    turns = parse_name(name).turns
    paths, reason = [], None
    for lane_id in entry_lanes(road):
        try:
            lanes = network.follow(road, lane_id, turns)
        except LiquidlaneError as error:
            reason = reason or f"{name}: {error}"
            continue
        if not turns and network.leads_back(lanes):
            lanes *= min(math.ceil(RING_DISTANCE / sum(part.length for part, _ in lanes)), MOST_ROUNDS)
        path = Path.from_lanes(lanes)
        jumps = np.hypot(*np.diff(path.points, axis=0).T)
        if jumps.max() > MOST_JUMP:
            x, y = path.points[int(np.argmax(jumps))]
            raise LiquidlaneError(
                f"{name} leads over a gap of {jumps.max():.2f} m at x = {x:.1f} m, y = {y:.1f} m; mend the file or "
                "name another road"
            )
        narrow = np.flatnonzero(path.width < NARROWEST)
        if len(narrow) == 0:
            paths.append(path)
        elif narrow[0] > 1:
            paths.append(path.until(float(path.s[narrow[0] - 1])))
    if not paths:
        raise LiquidlaneError(
            reason
            or f"road {road.id} ({name}) has no driving lane of at least {NARROWEST:g} m to begin in; name another road"
        )
    # parallel lanes differ by metres in curves: that is not what makes one lead farther
    longest = max(path.length for path in paths)
    return next(path for path in paths if path.length > 0.9 * longest)
