"""What a frame costs under each condition, beside the textbook way to add noise."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from evaluation.condition import ConditionedPolicy, list_conditions, make_condition
from evaluation.drivers.straight import Straight
from simulator.camera import Camera
from simulator.world import Observation

ROUNDS = 300


def textbook(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add noise of variance 0.1 in double precision."""
    noisy = image / 255 + rng.normal(0, 0.1**0.5, image.shape)
    return np.rint(255 * np.clip(noisy, 0, 1)).astype(np.uint8)


def median_milliseconds(work: Callable[[], Any]) -> float:
    """Give the median thread CPU time of a call."""
    times = []
    for _ in range(ROUNDS):
        start = time.thread_time_ns()
        work()
        times.append(time.thread_time_ns() - start)
    return float(np.median(times)) / 1e6


def main() -> None:
    """Print medians for one 200 x 78 frame."""
    seen = Observation(np.random.default_rng(0).integers(0, 256, (78, 200, 3), dtype=np.uint8), 8.0, 0.0)
    rng = np.random.default_rng(0)
    reference = median_milliseconds(lambda: textbook(seen.image, rng))
    print(f"{'textbook noise':24}{reference:8.3f} ms a frame")
    for name in list_conditions():
        policy = ConditionedPolicy(Straight(), make_condition(name), ("generated:1",), 0, name)
        policy.reset(1, Camera.from_fov(200, 78, 1.5), 0.05)
        cost = median_milliseconds(lambda policy=policy: policy.act([seen], []))  # type: ignore[misc]
        print(f"{name:24}{cost:8.3f} ms a frame, {reference / cost:6.1f} x as fast")


if __name__ == "__main__":
    main()
