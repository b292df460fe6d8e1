"""Duckietown (duckietown-gym-daffy 6.1.34): a lap of an empty loop, no domain randomisation."""

import logging
import sys

import numpy as np
from gym_duckietown.envs import DuckietownEnv  # type: ignore[import-not-found]
from turns import take_turns  # type: ignore[import-not-found]


def main() -> None:
    """Drive in a loop; whoever leaves the road is put back."""
    width, height = int(sys.argv[1]), int(sys.argv[2])
    logging.disable(logging.INFO)  # it writes several lines a step
    environment = DuckietownEnv(
        map_name="loop_empty", domain_rand=False, camera_width=width, camera_height=height, max_steps=10**9, seed=1
    )
    environment.reset()

    def step() -> None:
        picture, _, done, _ = environment.step(np.array([0.3, 0.0]))
        assert picture.shape == (height, width, 3)
        if done:
            environment.reset()

    take_turns(step, 1 / environment.frame_rate)


if __name__ == "__main__":
    main()
