"""Signals at the times of frames, on made ones and on a real car's CAN bus."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals.resample import at_frames, hold
from tests.pipeline.ingest.recorded import DRIVES, real


def test_uneven_samples_are_interpolated() -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 10, 830))
    frames = np.arange(0.5, 9.5, 0.05)
    np.testing.assert_allclose(at_frames(times, np.sin(times), frames), np.sin(frames), atol=2e-3)
    np.testing.assert_allclose(at_frames(times + 3, np.sin(times), frames, offset=3), np.sin(frames), atol=2e-3)


def test_nothing_is_invented() -> None:
    times, values = [0.0, 0.1, 0.2, 2.0, 2.1], [0.0, 1.0, 2.0, 20.0, 21.0]
    found = at_frames(times, values, [-0.3, -0.05, 0.15, 1.0, 2.05, 2.15, 2.3])
    np.testing.assert_allclose(found, [np.nan, 0, 1.5, np.nan, 20.5, 21, np.nan])
    assert np.isnan(at_frames([], [], [1.0])).all()
    np.testing.assert_allclose(at_frames([1.0], [5.0], [1.0, 1.1]), [5.0, np.nan])


def test_disorder_and_columns() -> None:
    times = [0.0, 0.1, 99.0, 0.2, 0.05, np.nan, 0.3]
    values = np.array([[0.0], [1.0], [7.0], [2.0], [9.0], [9.0], [3.0]])
    np.testing.assert_allclose(at_frames(times, values, [0.05, 0.25]), [0.5, 2.5])


def test_angles_turn_the_short_way() -> None:
    np.testing.assert_allclose(at_frames([0, 1], [3.0, -3.0], [0.5], angle=True, hole=2), [np.pi], atol=1e-9)


def test_commands_are_held() -> None:
    found = hold([0.0, 0.2, 5.0], [1.0, 2.0, 3.0], [-0.1, 0.0, 0.19, 0.2, 0.6, 1.0, 5.1])
    np.testing.assert_allclose(found, [np.nan, 1, 1, 2, 2, np.nan, 3])


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(-9, 9)), max_size=30), st.lists(st.floats(-1, 6), max_size=10))
def test_values_stay_within_the_samples(samples: list[tuple[float, float]], frames: list[float]) -> None:
    times, values = [time for time, _ in samples], [value for _, value in samples]
    for found in (at_frames(times, values, frames), hold(times, values, frames)):
        known = found[np.isfinite(found)]
        assert found.shape == (len(frames),)
        assert len(known) == 0 or (known.min() >= min(values) - 1e-9 and known.max() <= max(values) + 1e-9)


@real
def test_a_real_can_bus_at_83_hz_joins_20_hz_frames() -> None:
    """By hand: 1,200 frames; CAN starts 37 ms after the first, more than its own step of 12 ms."""
    segment = next((DRIVES / "comma2k19_signals").glob("**/processed_log")).parent
    frames = np.load(segment / "global_pose" / "frame_times")
    times = np.load(segment / "processed_log/CAN/steering_angle/t")
    values = np.load(segment / "processed_log/CAN/steering_angle/value")
    assert times[0] - frames[0] == pytest.approx(0.037, abs=1e-3)
    found = at_frames(times, values, frames)
    assert len(found) == 1200
    assert np.isnan(found[:1]).all() and np.isfinite(found[1:]).all()
    assert np.nanmin(found) >= values.min() and np.nanmax(found) <= values.max()
    nearest = values[np.abs(times[:, None] - frames[None, 1:]).argmin(axis=0)]
    assert np.abs(found[1:] - nearest).max() <= np.abs(np.diff(values)).max()
