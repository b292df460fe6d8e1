"""The official client's `carla.Map` as the judge of our geometry, in a process of its own that may die.

Answers are in this project's axes: y left, angles counter-clockwise [rad].
"""

import json
import subprocess
import sys
from typing import Any

CHILD = """
import carla, json, math, sys
question = json.load(sys.stdin)
world = carla.Map("asked", question["xml"])

def mark(marking):
    return None if marking is None else [str(marking.type), str(marking.color), marking.width]

def tell(point):
    if point is None:
        return None
    place, turn = point.transform.location, point.transform.rotation
    return {"road": str(point.road_id), "lane": point.lane_id,
            "s": point.s, "x": place.x, "y": -place.y, "z": place.z,
            "pitch": math.radians((turn.pitch + 180) % 360 - 180), "heading": -math.radians(turn.yaw),
            "width": point.lane_width, "type": str(point.lane_type),
            "right_mark": mark(point.right_lane_marking), "left_mark": mark(point.left_lane_marking)}

def walk(road, lane, step, length):
    point = world.get_waypoint_xodr(road, lane, 1.0)
    driven, seen = 0.0, [tell(point)]
    while driven < length:
        following = point.next(step)
        if not following:
            break
        point = following[0]
        driven += step
        seen.append(tell(point))
    return seen

answers = {
    "xodr": [tell(world.get_waypoint_xodr(*key)) for key in question.get("xodr", [])],
    "points": [tell(world.get_waypoint(carla.Location(x, -y, 0.0))) for x, y in question.get("points", [])],
    "signs": [{"id": sign.id, "road": str(sign.road_id), "s": sign.s, "type": sign.type, "value": sign.value}
              for sign in world.get_all_landmarks()] if question.get("signs") else [],
    "walks": [walk(*key) for key in question.get("walks", [])],
}
print()
json.dump(answers, sys.stdout)
"""

SURVIVE = """
import carla, json, sys
for i, xml in enumerate(json.load(sys.stdin)):
    print(i, flush=True)
    world = carla.Map("asked", xml)
    points = world.generate_waypoints(20.0)
    world.get_waypoint(carla.Location(0.0, 0.0, 0.0))
    world.get_topology()
    for point in points[:20]:
        point.next(5.0), point.previous(5.0)
"""

SAMPLE = """
import carla, json, math, sys
for i, xml in enumerate(json.load(sys.stdin)):
    print(i, flush=True)
    world = carla.Map("asked", xml)
    points = world.generate_waypoints(25.0)
    world.get_waypoint(carla.Location(0.0, 0.0, 0.0)), world.get_topology(), world.get_all_landmarks()
    for point in points[:20]:
        point.next(5.0), point.previous(5.0)
    places = [point.transform.location for point in points[:200]]
    told = [[str(p.road_id), p.lane_id, p.s, place.x, -place.y, place.z, p.lane_width]
            for p, place in zip(points, places)]
    print("told", json.dumps(told), flush=True)
"""


def sample_carla(documents: list[str]) -> list[list[Any]]:
    """Give up to 200 waypoints of each document: [road, lane, s, x, y, z, width].

    Raises:
        AssertionError: if the client dies of one; names its index.
    """
    asked = json.dumps(documents)
    child = subprocess.run([sys.executable, "-c", SAMPLE], input=asked, check=False, capture_output=True, text=True)
    lines = child.stdout.split("\n")
    last = [line for line in lines if line.isdigit()][-1:]
    assert child.returncode == 0, f"carla.Map ended with {child.returncode} at document {last}: {child.stderr[-300:]}"
    return [json.loads(line[5:]) for line in lines if line.startswith("told ")]


def ask_carla(xml: str, **questions: Any) -> dict[str, Any]:
    """Ask for waypoints: xodr=[(road, lane, s)], points=[(x, y)], walks=[(road, lane, step, length)]; or signs=True.

    "stderr" of the answer holds what the client complained of.
    """
    asked = json.dumps({"xml": xml, **questions})
    child = subprocess.run([sys.executable, "-c", CHILD], input=asked, check=False, capture_output=True, text=True)
    assert child.returncode == 0, f"carla.Map ended with {child.returncode}: {child.stderr[-500:]}"
    answers: dict[str, Any] = json.loads(child.stdout.split("\n")[-1])
    return answers | {"stderr": child.stderr}


def first_fatal(documents: list[str]) -> int | None:
    """Give the index of the first document that ends a process using it as a map, or None."""
    child = subprocess.run(
        [sys.executable, "-c", SURVIVE], input=json.dumps(documents), check=False, capture_output=True, text=True
    )
    return None if child.returncode == 0 else int([line for line in child.stdout.split("\n") if line.isdigit()][-1])
