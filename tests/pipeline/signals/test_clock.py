"""Clocks: rules with examples, and properties that hold for any log."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals.clock import count_times, is_conversion, longest_rising, seconds_per_unit, split_at_restarts

TIMES = st.lists(st.integers(0, 60), max_size=60).map(lambda values: np.array(values, float))


def lengths(times: list[float]) -> list[int]:
    return [part.stop - part.start for part in split_at_restarts(np.array(times, float))]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], []),
        ([5], [1]),
        (range(20), [20]),
        ([*range(20), *range(10)], [20, 10]),  # started again
        ([*range(100, 110), *range(9), *range(50, 58)], [10, 17]),  # then a pause, which is no restart
        ([0, 1, 2, 5000, 4, 5, 6, 7, 8, 9], [10]),  # one wrong clock
        ([*range(10), 5000, *range(11, 20)], [20]),  # the same amid many
        ([0, 1, 2, 4, 3, 5, 6, 7, 8, 9], [10]),  # two swapped rows
        ([*range(10), *range(7, 20)], [23]),  # set back by three frames only
        ([*range(10), 0, 1, 2], [13]),  # too few to tell
    ],
)
def test_restarts(times: list[float], expected: list[int]) -> None:
    assert lengths(list(times)) == expected


@given(TIMES)
def test_runs_cover_all_frames_in_their_order(times: np.ndarray) -> None:
    runs = split_at_restarts(times)
    assert [index for run in runs for index in range(run.start, run.stop)] == list(range(len(times)))


@given(TIMES)
def test_the_longest_rising_series_is_the_longest(times: np.ndarray) -> None:
    kept = longest_rising(times)
    assert (np.diff(times[kept]) > 0).all() and (np.diff(kept) > 0).all()
    best = [1] * len(times)  # the plain quadratic way
    for later in range(len(times)):
        for earlier in range(later):
            if times[earlier] < times[later]:
                best[later] = max(best[later], best[earlier] + 1)
    assert len(kept) == max(best, default=0)


def test_times_of_a_conversion() -> None:
    assert is_conversion(np.arange(100) * 0.003)
    assert not is_conversion(np.arange(100) / 60)
    assert not is_conversion(np.array([0, 0.001]))
    assert is_conversion(np.zeros(5))
    np.testing.assert_allclose(count_times(3, 20), [0, 0.05, 0.1])


@pytest.mark.parametrize("unit", [1.0, 1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("step", [0.01, 0.05, 1.5])
def test_units_of_time(unit: float, step: float) -> None:
    assert seconds_per_unit(np.arange(20) * step / unit) == unit
