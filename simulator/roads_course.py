"""The course of a generated road: straights, clothoids and arcs that never come near each other again."""

import math
from collections.abc import Sequence

import numpy as np

from simulator.errors import LiquidlaneError
from simulator.opendrive.geometry import Clothoid, FloatArray
from simulator.randomness import make_generator
from simulator.roads_config import RoadsConfig

START_STRAIGHT = 30.0
SAMPLE_DISTANCE = 2.0
MOST_TRIES = 100  # 1 km needs 1 on average and 4 at most, 10 km up to 36
MOST_RING_TRIES = 1000


def trace(course: Sequence[Clothoid], start: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> FloatArray:
    """Give (N, 3) x, y [m], heading [rad] about every 2 m along a course, its end included and its start not."""
    x, y, heading = start
    pieces = []
    for curve in course:
        count = max(2, math.ceil(curve.length / SAMPLE_DISTANCE))
        local = curve.local(np.linspace(0.0, curve.length, count + 1)[1:])
        cosine, sine = math.cos(heading), math.sin(heading)
        points = (x + cosine * local.u - sine * local.v, y + sine * local.u + cosine * local.v, heading + local.turn)
        pieces.append(np.stack(points, axis=1))
        x, y, heading = pieces[-1][-1]
    return np.concatenate(pieces)


def make_course(seed: int, config: RoadsConfig) -> list[Clothoid]:
    """Draw the curves of the road that belongs to a seed; they meet without a jump of heading or curvature."""
    generator = make_generator(seed, "road course")
    for _ in range(MOST_TRIES):
        course = _try_course(generator, config)
        if course is not None:
            return course
    raise LiquidlaneError(
        f"no road of {config.length:g} m that keeps {config.clearance:g} m clear of itself was found for seed {seed}; "
        "choose a smaller roads.length or roads.clearance"
    )


def _try_course(generator: np.random.Generator, config: RoadsConfig) -> list[Clothoid] | None:
    """Add turns until the road is long enough; None if it has run into a corner."""
    course = [Clothoid(START_STRAIGHT, 0.0, 0.0)]
    points = np.concatenate([np.zeros((1, 3)), trace(course)])
    total, failures = START_STRAIGHT, 0
    while total < config.length:
        turn = _draw_turn(generator, config)
        added = trace(turn, tuple(points[-1]))
        everything = np.concatenate([points, added])
        if not _fits(everything, len(added), config.clearance, config.ignored_distance):
            failures += 1
            if failures > 25:
                return None
            continue
        course += turn
        points, failures = everything, 0
        total += sum(curve.length for curve in turn)
    return _cut(course, config.length)


def _fits(points: FloatArray, added: int, clearance: float, ignored: float) -> bool:
    """Tell whether the last `added` points keep clear of what lies more than `ignored` [m] of road before them."""
    s = np.append(0.0, np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T)))
    first = len(points) - added
    x, y = points[:, 0], points[:, 1]
    squares = (x[first:, None] - x[None, :]) ** 2 + (y[first:, None] - y[None, :]) ** 2
    far = s[first:, None] - s[None, :] > ignored
    # what lies between two samples may be nearer than they are
    return not bool((squares[far] < (clearance + SAMPLE_DISTANCE / 2) ** 2).any())


def _draw_turn(generator: np.random.Generator, config: RoadsConfig) -> list[Clothoid]:
    """Draw a spiral, an arc, a spiral and mostly a straight; without the straight, turns join to S-curves."""
    radius = math.exp(generator.uniform(math.log(config.radius_min), math.log(config.radius_max)))
    side = float(generator.choice([-1.0, 1.0]))
    angle = generator.uniform(math.radians(15.0), math.radians(110.0))
    spiral = float(np.clip(generator.uniform(0.25, 0.6) * radius * min(1.0, angle), 8.0, 40.0))
    arc = max(3.0, radius * angle - spiral)
    curvature = side / radius
    turn = [Clothoid(spiral, 0.0, curvature), Clothoid(arc, curvature, curvature), Clothoid(spiral, curvature, 0.0)]
    straight = generator.uniform(10.0, config.straight_max)
    if generator.random() >= config.s_curve_share:
        turn.append(Clothoid(straight, 0.0, 0.0))
    return turn


def _cut(course: list[Clothoid], length: float) -> list[Clothoid]:
    """End a course at `length` [m], or up to a metre before."""
    result, total = [], 0.0
    for curve in course:
        rest = length - total
        if rest < 1.0:
            break
        kept = min(curve.length, rest)
        result.append(Clothoid(kept, curve.start, curve.start + (curve.end - curve.start) * kept / curve.length))
        total += kept
    return result


def make_ring(seed: int, config: RoadsConfig) -> list[list[Clothoid]]:
    """Draw a closed course as three or more parts, each beginning and ending on a straight.

    A polygon around a centre whose corners are rounded by spiral, arc, spiral. Driven counter-clockwise.
    """
    generator = make_generator(seed, "ring course")
    for _ in range(MOST_RING_TRIES):
        ring = _try_ring(generator, config)
        if ring is not None:
            return ring
    raise LiquidlaneError(
        f"no ring of about {config.length:g} m was found for seed {seed}; choose a longer roads.length or smaller radii"
    )


def _try_ring(generator: np.random.Generator, config: RoadsConfig) -> list[list[Clothoid]] | None:
    corners = int(generator.integers(5, 9))
    angles = (np.arange(corners) + generator.uniform(-0.2, 0.2, corners)) * math.tau / corners
    radii = config.length / 5.5 * generator.uniform(0.7, 1.3, corners)
    vertices = np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)
    edges = np.roll(vertices, -1, axis=0) - vertices
    lengths = np.hypot(*edges.T)
    headings = np.arctan2(edges[:, 1], edges[:, 0])
    rounded, tangents = [], []
    for i in range(corners):
        angle = math.remainder(headings[i] - headings[i - 1], math.tau)
        room = 0.45 * min(lengths[i], lengths[i - 1])
        corner = _round_corner(generator, config, angle, room)
        if corner is None:
            return None
        rounded.append(corner[0])
        tangents.append(corner[1])
    straights = [lengths[i] - tangents[i] - tangents[(i + 1) % corners] for i in range(corners)]
    parts = []
    for group in np.array_split(np.arange(corners), 3):
        part = [Clothoid(straights[group[0] - 1] / 2, 0.0, 0.0)]
        for i in group:
            part += rounded[i]
            part.append(Clothoid(straights[i] / (2 if i == group[-1] else 1), 0.0, 0.0))
        parts.append(part)
    points = trace([curve for part in parts for curve in part])
    s = np.append(0.0, np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T)))
    apart = np.abs(s[:, None] - s[None, :])
    far = np.minimum(apart, s[-1] - apart) > config.ignored_distance
    squares = (points[:, None, 0] - points[None, :, 0]) ** 2 + (points[:, None, 1] - points[None, :, 1]) ** 2
    return parts if bool((squares[far] > config.clearance**2).all()) else None


def _round_corner(
    generator: np.random.Generator, config: RoadsConfig, angle: float, room: float
) -> tuple[list[Clothoid], float] | None:
    """Round a corner of `angle` [rad]; give the curves and the length [m] they take of both straights."""
    if not math.radians(8.0) < abs(angle) < math.radians(120.0):
        return None
    radius = math.exp(generator.uniform(math.log(config.radius_min), math.log(config.radius_max)))
    while radius >= config.radius_min:
        curvature = math.copysign(1.0 / radius, angle)
        spiral = radius * min(0.4, abs(angle) / 2)
        arc = radius * abs(angle) - spiral
        curves = [
            Clothoid(spiral, 0.0, curvature),
            Clothoid(arc, curvature, curvature),
            Clothoid(spiral, curvature, 0.0),
        ]
        x, y, _ = trace(curves)[-1]
        tangent = x - y / math.tan(angle)
        if tangent <= room:
            return curves, tangent
        radius *= 0.85
    return None
