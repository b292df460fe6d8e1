"""The way a drive takes through a network: along the links of its lane, and by chosen turns through junctions."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.errors import LiquidlaneError
from simulator.opendrive.road import Road

if TYPE_CHECKING:
    from simulator.opendrive.network import RoadNetwork

TURNS = {"l": "left", "s": "straight on", "r": "right", "u": "back"}
"""Letters of a route, and what they mean."""

Lane = tuple[Road, int]
# what turns less is straight on, whatever else there is [rad]
_LEAST_TURN = 0.02


class _Way(NamedTuple):
    """A way through a junction. angle: its turn [rad], left positive. exit: the road beyond. entry: its lane before."""

    angle: float
    exit: str
    entry: int
    lane: Lane


def follow(network: "RoadNetwork", road: Road, lane_id: int, turns: str = "") -> list[Lane]:
    """See `RoadNetwork.follow`."""
    result = [(road, lane_id)]
    seen = {(road.id, lane_id)}
    left = turns
    while True:
        following, used = _following(network, *result[-1], left)
        if used:
            left, seen = left[1:], set()
        if following is None or (following[0].id, following[1]) in seen:
            break
        seen.add((following[0].id, following[1]))
        result.append(following)
    if left:
        done = len(turns) - len(left)
        raise LiquidlaneError(
            f"the route {turns!r} comes to its end after {done} turns: no further junction offers a choice; "
            f"give {turns[:done]!r}"
        )
    return result


def following_lane(network: "RoadNetwork", road: Road, lane_id: int) -> Lane | None:
    """Find the road and lane that the lane entered at `lane_id` leads to; through a junction the straightest way."""
    return _following(network, road, lane_id, "")[0]


def _following(network: "RoadNetwork", road: Road, lane_id: int, turns: str) -> tuple[Lane | None, bool]:
    """Find what a lane leads to, and tell whether the first of the turns was taken for that."""
    track = road.follow_lane(lane_id)
    forward = road.runs_forward(lane_id)
    link = road.successor if forward else road.predecessor
    if link is None or len(track) < len(road.sections):
        return None, False
    last = road.sections[track[-1][0]].lanes[track[-1][1]]
    if link.type == "junction":
        return _through(_ways(network, road, link.id), road, last.id, turns)
    linked = last.successor if forward else last.predecessor
    return _entered(network, link.id, link.contact == "start", last.id if linked is None else linked), False


def _entered(network: "RoadNetwork", road_id: str, at_start: bool, lane_id: int) -> Lane | None:
    """Give a road and lane if it can be entered there in its driving direction."""
    if not network.has_road(road_id):
        return None
    road = network.road(road_id)
    if lane_id == 0 or road.runs_forward(lane_id) != at_start:
        return None
    lane = road.sections[0 if at_start else -1].lanes.get(lane_id)
    return (road, lane_id) if lane is not None and lane.drivable else None


def _ways(network: "RoadNetwork", road: Road, junction: str) -> list[_Way]:
    """Give all ways that lead from a road through a junction, for whichever of its lanes."""
    ways = []
    for connection in network.junctions.get(junction, ()):
        if connection.incoming != road.id:
            continue
        at_start = connection.contact == "start"
        for entry, target in connection.lanes.items():
            lane = _entered(network, connection.connecting, at_start, target)
            if lane is None:
                continue
            first, last = lane[0].reference(np.array([0.0, lane[0].length])).heading.tolist()
            beyond = lane[0].successor if at_start else lane[0].predecessor
            leads_to = lane[0].id if beyond is None else beyond.id
            ways.append(_Way(last - first if at_start else first - last, leads_to, entry, lane))
    return ways


def _through(ways: list[_Way], road: Road, lane_id: int, turns: str) -> tuple[Lane | None, bool]:
    """Choose the way that the first turn names, if there is a choice, or else the straightest of the lane's own."""
    own = [way for way in ways if way.entry == lane_id]
    exits = {way.exit for way in ways}
    chosen = bool(turns) and len(exits) > 1
    if chosen:
        wanted = _exit(ways, road, turns[0])
        reached = [way for way in own if way.exit == wanted]
        if wanted is None or not reached:
            named = (letter for letter in TURNS if _exit(ways, road, letter) in {way.exit for way in own})
            offered = " or ".join(TURNS[letter] for letter in named) or "nowhere"
            raise LiquidlaneError(
                f"the route can't turn {TURNS[turns[0]]} from lane {lane_id} of road {road.id} of the world, "
                f"which leads {offered} there; choose another turn or another road to begin on"
            )
        own = reached
    return (min(own, key=lambda way: abs(way.angle)).lane if own else None), chosen


def _exit(ways: list[_Way], road: Road, turn: str) -> str | None:
    """Name the road that a turn leads to: the leftmost, straightest or rightmost beyond, or the one that it came by."""
    if turn == "u":
        return road.id if any(way.exit == road.id for way in ways) else None
    others = [way for way in ways if way.exit != road.id]
    if not others:
        return None
    if turn == "s":
        return min(others, key=lambda way: abs(way.angle)).exit
    side = 1.0 if turn == "l" else -1.0
    aside = [side * math.remainder(way.angle, math.tau) for way in others]
    return others[aside.index(max(aside))].exit if max(aside) > _LEAST_TURN else None
