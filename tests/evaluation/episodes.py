"""Episodes to measure: made by hand, mirrored, and driven in the kinematic world."""

from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.episode import Episode
from simulator.randomness import make_generator


def make_episode(steps: int = 200, **changes: Any) -> Episode:
    """Make a perfect drive at 10 m/s and 20 frames/s along x; `changes` replace fields."""
    time = np.arange(steps) * 0.05
    zeros = np.zeros(steps)
    fields: dict[str, Any] = {
        "policy": "perfect",
        "road": "generated:1",
        "condition": "clear",
        "seed": 0,
        "ended": "finished",
        "length": max(10 * 0.05 * steps, 1.0),
        "timestamp": time,
        "position": np.column_stack([10 * time, zeros]),
        "distance": 10 * time,
        "offset": zeros,
        "heading": zeros,
        "width": np.full(steps, 3.5),
        "speed": np.full(steps, 10.0),
        "speed_target": np.full(steps, 10.0),
        "curvature": zeros,
        "executed": zeros,
        "intervention": np.zeros(steps, bool),
        "neurons": np.zeros((steps, 0), np.float32),
        "wall_seconds": np.full(steps, 0.001),
        "center": np.column_stack([np.arange(0, max(steps // 2, 2), 1.0), np.zeros(max(steps // 2, 2))]),
    }
    return Episode(**(fields | changes))


def make_sloppy(seed: int, size: float = 1.0, steps: int = 200, **changes: Any) -> Episode:
    """Make a drive that wanders about the lane centre, nervously, and leaves the lane now and then."""
    rng = make_generator(seed, "sloppy")
    offset = size * np.convolve(rng.standard_normal(steps + 39), np.hanning(40) / 4, "valid")[:steps]
    intervention = np.abs(offset) > 1.75
    return make_episode(
        steps,
        offset=offset,
        heading=0.05 * size * rng.standard_normal(steps),
        curvature=0.01 * size * rng.standard_normal(steps),
        executed=0.01 * size * rng.standard_normal(steps),
        intervention=intervention,
        wall_seconds=rng.uniform(0.001, 0.003, steps),
        neurons=rng.standard_normal((steps, 19)).astype(np.float32),
        **changes,
    )


def mirror(episode: Episode) -> Episode:
    """Exchange left and right."""
    return replace(
        episode,
        position=episode.position * [1, -1],
        center=episode.center * [1, -1],
        **{name: -getattr(episode, name) for name in ("offset", "heading", "curvature", "executed")},
    )
