"""A town of square blocks as OpenDRIVE: two-way streets, and junctions with a connecting road for each way through.

Run as `python -m benchmarks.grid_town`, it prints how long the server takes to read 10 km² of it.
"""

import math
import statistics
import time

GOAL = 3.0
"""What a client may wait for 10 km² [s]."""
BLOCK, REACH, WIDTH = 200.0, 12.0, 3.5
FIRST = 100_000  # a junction with the id of a road leads the client astray
MARK = '<roadMark sOffset="0" type="{}" width="0.12" color="white"/>'
LANE = '<lane id="{}" type="{}" level="false"><link>{}</link><width sOffset="0" a="{}" b="0" c="0" d="0"/>{}</lane>'
ROAD = (
    '<road id="{}" junction="{}" length="{}"><link>{}</link><planView>'
    '<geometry s="0" x="{}" y="{}" hdg="{}" length="{}">{}</geometry></planView>'
    '<elevationProfile><elevation s="0" a="0" b="0" c="0" d="0"/></elevationProfile>'
    '<lanes><laneSection s="0"><left>{}</left><center><lane id="0" type="none">{}</lane></center><right>{}</right>'
    "</laneSection></lanes></road>"
)
LINK = '<{} elementType="{}" elementId="{}"{}/>'
CONNECTION = (
    '<connection id="{}" incomingRoad="{}" connectingRoad="{}" contactPoint="start"><laneLink from="{}" to="-1"/>'
    "</connection>"
)


def grid_town(count: int) -> str:
    """Give a town of count x count crossings, 200 m apart: 17 of them make 10 km²."""
    streets: list[str] = []
    ends: dict[tuple[int, int, int], tuple[int, str]] = {}
    number = 1
    for i in range(count):
        for j in range(count):
            for side, (di, dj) in enumerate(((1, 0), (0, 1))):
                if i + di >= count or j + dj >= count:
                    continue
                heading = side * math.pi / 2
                x, y = i * BLOCK + di * REACH, j * BLOCK + dj * REACH
                streets.append(_street(number, x, y, heading, FIRST + i * count + j, FIRST + (i + di) * count + j + dj))
                # who drives away from a crossing in direction `side`, and who back
                ends[i, j, side] = (number, "start")
                ends[i + di, j + dj, side + 2] = (number, "end")
                number += 1
    connecting, junctions = [], []
    for i in range(count):
        for j in range(count):
            crossing = FIRST + i * count + j
            inside: list[str] = []
            for come in range(4):
                for leave in range(4):
                    if come == leave or (i, j, come) not in ends or (i, j, leave) not in ends:
                        continue
                    source, target = ends[i, j, come], ends[i, j, leave]
                    connecting.append(_way(number, crossing, (i * BLOCK, j * BLOCK), (come, leave), (source, target)))
                    lane = -1 if source[1] == "end" else 1
                    inside.append(CONNECTION.format(len(inside), source[0], number, lane))
                    number += 1
            junctions.append(f'<junction id="{crossing}" name="">{"".join(inside)}</junction>')
    return f"<OpenDRIVE><header/>{''.join(streets + connecting + junctions)}</OpenDRIVE>"


def _street(number: int, x: float, y: float, heading: float, start: int, end: int) -> str:
    links = LINK.format("predecessor", "junction", start, "") + LINK.format("successor", "junction", end, "")
    length = BLOCK - 2 * REACH
    edge, walk = MARK.format("solid"), MARK.format("none")
    left = LANE.format(2, "sidewalk", "", 2.0, walk) + LANE.format(1, "driving", "", WIDTH, edge)
    right = LANE.format(-1, "driving", "", WIDTH, edge) + LANE.format(-2, "sidewalk", "", 2.0, walk)
    center = MARK.format("broken")
    return ROAD.format(number, -1, length, links, x, y, heading, length, "<line/>", left, center, right)


def _way(
    number: int,
    crossing: int,
    middle: tuple[float, float],
    sides: tuple[int, int],
    roads: tuple[tuple[int, str], tuple[int, str]],
) -> str:
    """Make the road through a crossing from one side to another; sides: 0 east, 1 north, 2 west, 3 south."""
    come, leave = sides
    away = come * math.pi / 2
    turn = math.remainder(leave * math.pi / 2 - (away + math.pi), math.tau)
    straight = abs(turn) < 1e-6
    length = 2 * REACH if straight else REACH * math.pi / 2
    shape = "<line/>" if straight else f'<arc curvature="{math.copysign(1 / REACH, turn)!r}"/>'
    links, lanes = "", ""
    for tag, (road, contact), lane in zip(
        ("predecessor", "successor"), roads, (("end", -1), ("start", -1)), strict=True
    ):
        links += LINK.format(tag, "road", road, f' contactPoint="{contact}"')
        lanes += f'<{tag} id="{lane[1] if contact == lane[0] else -lane[1]}"/>'
    x, y = middle[0] + REACH * math.cos(away), middle[1] + REACH * math.sin(away)
    right = LANE.format(-1, "driving", lanes, WIDTH, MARK.format("none"))
    none = MARK.format("none")
    return ROAD.format(number, crossing, length, links, x, y, away + math.pi, length, shape, "", none, right)


def main() -> None:
    """Measure and print."""
    from simulator.embedded.world_map import WorldMap

    xml, seconds, spent = grid_town(17), [], []
    for _ in range(5):
        start, begin = time.perf_counter(), time.process_time()
        _ = WorldMap("town", xml).spawn_points
        seconds.append(time.perf_counter() - start)
        spent.append(time.process_time() - begin)
    wall, cpu = statistics.median(seconds), statistics.median(spent)
    print(f"town of 10 km2: read in {wall:.2f} s, {cpu:.2f} CPU s; {wall / GOAL:.2f} x the goal of {GOAL:g} s")


if __name__ == "__main__":
    main()
