"""The sky: clouds go where the wind blows, as fast as it blows."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import Renderer
from simulator.embedded.render.lens import Lens
from simulator.embedded.weather import Weather
from tests.simulator.embedded.render.scenes import renderer_of, two_lanes

# the layer's height, see `sky`
HEIGHT = 1200.0
UPWARD = Camera.from_fov(120, 120, math.radians(60))
# rows of the picture rise towards x, columns towards -y
ZENITH = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def _look_up(renderer: Renderer, elapsed: float) -> NDArray[np.float64]:
    renderer.set_time(elapsed)
    return renderer.draw(UPWARD, (30.0, 0.0, 2.0), ZENITH, lens=Lens(noise=0.0))[..., :3].astype(float).mean(axis=2)


def _shift(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[int, int]:
    """Give by how many rows and columns the second picture must go back to look like the first."""
    middle = before[45:75, 45:75]
    tried = [(row, column) for row in range(-30, 31) for column in range(-30, 31)]
    return min(
        tried,
        key=lambda shift: float(
            np.square(middle - after[45 + shift[0] : 75 + shift[0], 45 + shift[1] : 75 + shift[1]]).mean()
        ),
    )


@pytest.mark.parametrize(("wind", "seconds"), [(100.0, 20.0), (50.0, 40.0), (100.0, 10.0)])
def test_clouds_drift_as_far_as_the_wind_blows(wind: float, seconds: float) -> None:
    renderer = renderer_of(two_lanes())
    renderer.set_weather(Weather(cloudiness=75.0, wind_intensity=wind))
    shift = _shift(_look_up(renderer, 0.0), _look_up(renderer, seconds))
    # CARLA's 100 are 12 m/s, towards 0.8 x + 0.6 y; the clouds' plane is flattened by an eighth, see `_cloud_density`
    away = 12.0 * wind / 100 * seconds * UPWARD.fx / HEIGHT * 1.12
    assert shift[0] == pytest.approx(0.8 * away, abs=2.5)
    assert shift[1] == pytest.approx(-0.6 * away, abs=2.5)


def test_clouds_stand_still_without_wind_and_come_back_with_the_clock() -> None:
    renderer = renderer_of(two_lanes())
    renderer.set_weather(Weather(cloudiness=75.0, wind_intensity=0.0))
    assert np.array_equal(_look_up(renderer, 0.0), _look_up(renderer, 1000.0))
    renderer.set_weather(Weather(cloudiness=75.0, wind_intensity=60.0))
    first = _look_up(renderer, 30.0)
    assert not np.array_equal(first, _look_up(renderer, 90.0))
    assert np.array_equal(first, _look_up(renderer, 30.0))
    renderer.set_time(0.0)
