"""What `carla.Map` 0.9.16 dies of (a segmentation fault, or a bare IndexError) although it can be driven.

Found by reading documents with single attributes and elements changed; the links are looked up as CARLA's MapBuilder
does. The client reads whatever world the server serves, so the server must not accept such a document.
"""

from simulator.errors import LiquidlaneError
from simulator.opendrive.lanes import Lane, LaneSection
from simulator.opendrive.network import RoadNetwork
from simulator.opendrive.road import Link, Road


def check_for_carla(network: RoadNetwork, name: str) -> None:
    """Refuse what the client would die of.

    Raises:
        LiquidlaneError: in words.
    """
    for road in network.roads:
        if not (road.id.isascii() and road.id.isdigit() and int(road.id) < 2**32 - 1):
            raise LiquidlaneError(f"{name} has a road with the id {road.id!r}; CARLA needs whole numbers")
    for key, connections in network.junctions.items():
        for connection in connections:
            # an attribute that isn't there is road 0 to CARLA
            for road_id in (connection.incoming or "0", connection.connecting or "0"):
                if not network.has_road(road_id):
                    direct = not connection.connecting
                    what = "is a direct junction" if direct else f"connects a road {road_id!r} that is not there"
                    raise LiquidlaneError(
                        f"{name}: junction {key} {what}, which CARLA can't read; remove the connection"
                    )
    for road in network.roads:
        _check_starts(road, name)
        if road.missing_signals:
            raise LiquidlaneError(
                f"{name}: road {road.id} refers to a signal {min(road.missing_signals)!r} that is not there; "
                "remove the <signalReference>"
            )
        for i, section in enumerate(road.sections):
            hole = _hole(section)
            if hole is not None:
                raise LiquidlaneError(
                    f"{name}: road {road.id} has lane {hole[0]} but no lane {hole[1]} at s = {section.start:g} m; "
                    "number lanes from the centre line on"
                )
            if 0 not in section.lanes:
                raise LiquidlaneError(
                    f"{name}: road {road.id} has no centre lane at s = {section.start:g} m; add a lane with the id 0"
                )
            for lane in section.lanes.values():
                missing = missing_target(network, road, i, lane)
                if missing is not None:
                    raise LiquidlaneError(
                        f"{name}: lane {lane.id} of road {road.id} leads to {missing}, which is not there; "
                        "correct the links"
                    )


def _check_starts(road: Road, name: str) -> None:
    """Refuse descriptions that begin after the road or lane section they describe."""
    starts = {
        "geometry": road.reference_line.starts[0],
        "elevation": road.elevation.starts[0],
        "laneOffset": road.lane_offset.starts[0],
    }
    for section in road.sections:
        for lane in section.lanes.values():
            starts["width"] = max(starts.get("width", 0.0), lane.width.starts[0])
    for tag, start in starts.items():
        if start > 0:
            raise LiquidlaneError(f"{name}: road {road.id} has no <{tag}> before s = {start:g}; let one start at 0")


def missing_target(network: RoadNetwork, road: Road, index: int, lane: Lane) -> str | None:
    """Name the lane that a lane leads to, if that is not there. CARLA takes lane ids <= 0 for forward lanes."""
    forward = lane.id <= 0
    following = (lane.successor if forward else lane.predecessor) or 0
    sections = road.sections[index + 1 :] if forward else road.sections[:index]
    leads_on = following != 0 or lane.id == 0
    if sections:
        found = not leads_on or _has_lane(sections, following)
        return None if found else f"lane {following} in another section"
    link = road.successor if forward else road.predecessor
    # a missing link is road 0 to CARLA
    link = link or Link("road", "0", "start")
    if network.has_road(link.id):
        found = not leads_on or _has_lane(network.road(link.id).sections, following)
        return None if found else f"lane {following} of road {link.id}"
    for connection in network.junctions.get(link.id, ()):
        # a direct junction has no connecting roads
        if connection.incoming != road.id or not network.has_road(connection.connecting):
            continue
        targets = {connection.lanes[lane.id]} if lane.id in connection.lanes else set()
        for target in targets | ({0} if lane.id == 0 else set()):
            if not _has_lane(network.road(connection.connecting).sections, target):
                return f"lane {target} of road {connection.connecting}"
    return None


def _hole(section: LaneSection) -> tuple[int, int] | None:
    """Give a driven lane and the id that is missing between it and the centre line; CARLA finds no place for it."""
    for lane in section.lanes.values():
        for inner in range(min(lane.id + 1, 1), max(lane.id, 0)):
            if lane.drivable and inner != 0 and inner not in section.lanes:
                return lane.id, inner
    return None


def _has_lane(sections: tuple[LaneSection, ...], lane_id: int) -> bool:
    return any(lane_id in section.lanes for section in sections)
