"""MetaDrive 0.3.0.1, stock settings, no other cars; its package must not be shadowed by this file's name."""

import sys

sys.path = [*sys.path[1:], sys.path[0]]

from metadrive.envs.metadrive_env import MetaDriveEnv  # type: ignore[import-not-found]  # noqa: E402
from turns import take_turns  # type: ignore[import-not-found]  # noqa: E402


def main() -> None:
    """Drive straight on; whoever leaves the road is put back."""
    width, height = int(sys.argv[1]), int(sys.argv[2])
    environment = MetaDriveEnv(
        {
            "image_observation": True,
            "traffic_density": 0.0,
            "environment_num": 1,
            "start_seed": 1,
            "vehicle_config": {"rgb_camera": (width, height)},
            "window_size": (width, height),
        }
    )
    environment.reset()

    def step() -> None:
        picture, _, done, _ = environment.step([0.0, 0.3])
        assert picture["image"].shape[:2] == (height, width)
        if done:
            environment.reset()

    take_turns(step, 0.1)


if __name__ == "__main__":
    main()
