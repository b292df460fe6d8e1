"""Stamps, record times, and what the rule makes of clocks that differ."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.ros.clock import Moments, choose_times, make_moments

COUNT = 60
RECORD = np.arange(COUNT) * 0.1 + 0.03  # pictures take 30 ms to be recorded
STAMP = np.arange(COUNT) * 0.1
NONE = np.full(COUNT, np.nan)


def times_of(camera: Moments, drive: Moments, use: str = "stamp") -> tuple[NDArray, NDArray, str]:
    times, told = choose_times({"/camera": camera, "/drive": drive}, "/camera", use)
    return times["/camera"], times["/drive"], "; ".join(told)


def test_good_stamps_are_the_times() -> None:
    camera, drive, told = times_of(Moments(RECORD, STAMP), Moments(RECORD - 0.02, STAMP))
    np.testing.assert_array_equal(camera, STAMP)
    np.testing.assert_array_equal(drive, STAMP)
    assert told == ""


def test_a_topic_without_stamps_brings_all_to_the_record_clock() -> None:
    """The pictures' stamps agree with it but for the 30 ms of their way, and stay."""
    camera, drive, told = times_of(Moments(RECORD, STAMP), Moments(RECORD, NONE))
    np.testing.assert_array_equal(camera, STAMP)
    np.testing.assert_array_equal(drive, RECORD)
    assert "/drive has no stamps" in told


def test_zero_stamps_are_none() -> None:
    moments = make_moments(np.array([5, 6, 7]) * 10**9, np.zeros(3, np.int64), 5 * 10**9)
    assert np.isnan(moments.stamp).all() and moments.record.tolist() == [0, 1, 2]
    camera, _, _ = times_of(moments, Moments(RECORD, STAMP))
    assert camera.tolist() == [0, 1, 2]


def test_a_single_zero_gets_its_record_time_less_the_way() -> None:
    stamp = STAMP.copy()
    stamp[7] = np.nan
    camera, _, told = times_of(Moments(RECORD, stamp), Moments(RECORD, STAMP))
    assert camera[7] == pytest.approx(0.7)
    assert "1 messages of /camera have no stamp" in told


def test_a_camera_with_a_clock_of_its_own_is_shifted_by_the_constant() -> None:
    """It counts from when it was switched on; the jitter of the record times stays out of the pictures' times."""
    jitter = np.random.default_rng(0).uniform(0, 0.02, COUNT)
    camera, drive, told = times_of(Moments(RECORD + jitter, STAMP - 3600), Moments(RECORD, STAMP))
    np.testing.assert_allclose(np.diff(camera), 0.1)
    np.testing.assert_allclose(camera, RECORD + np.median(jitter), atol=0.01)
    np.testing.assert_array_equal(drive, STAMP)
    assert "/camera are -3600.0" in told and "shifted" in told


def test_simulated_time_in_all_topics_is_no_disagreement() -> None:
    """All stamps are off by the same constant, so they agree with one another and stay."""
    camera, drive, told = times_of(Moments(RECORD, STAMP - 1e9), Moments(RECORD - 0.01, STAMP - 1e9))
    np.testing.assert_allclose(camera - drive, 0, atol=1e-6)
    assert told == ""


def test_simulated_time_beside_a_topic_without_stamps() -> None:
    """Two topics on simulated time keep their 20 ms between them when both are brought to the record clock."""
    moments = {
        "/camera": Moments(RECORD, STAMP - 500),
        "/odometry": Moments(RECORD, STAMP - 500 + 0.02),
        "/command": Moments(RECORD, NONE),
    }
    times, _ = choose_times(moments, "/camera")
    np.testing.assert_allclose(times["/odometry"] - times["/camera"], 0.02)
    np.testing.assert_allclose(times["/camera"], RECORD, atol=1e-9)


@pytest.mark.parametrize("stamp", [np.zeros(COUNT) + 4.0, STAMP[::-1].copy()])
def test_stamps_that_stand_still_or_go_back_are_no_times(stamp: NDArray) -> None:
    camera, _, told = times_of(Moments(RECORD, stamp), Moments(RECORD, STAMP))
    np.testing.assert_array_equal(camera, RECORD)
    assert "are no times" in told


def test_stamps_that_drift_are_given_up() -> None:
    camera, _, told = times_of(Moments(RECORD, 1.5 * STAMP + 100), Moments(RECORD, STAMP))
    np.testing.assert_array_equal(camera, RECORD)
    assert "drift" in told


def test_record_times_when_asked_for() -> None:
    camera, _, told = times_of(Moments(RECORD, STAMP), Moments(RECORD, STAMP), "record")
    np.testing.assert_array_equal(camera, RECORD)
    assert "as asked for" in told
