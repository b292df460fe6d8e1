"""Speed and yaw rate from places along a path: poses of an odometry, fixes of a satellite receiver."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EARTH = 6_378_137.0  # [m], its radius at the equator (WGS 84)
FEWEST = 3
SPAN = 0.25  # [s] over which places are compared, where they come more often
COURSE_SPEED = 1.0  # [m/s] below which two fixes tell no direction


def motion_of_poses(
    times: FloatArray, x: FloatArray, y: FloatArray, headings: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the speed along the heading [m/s] and the yaw rate [rad/s] of poses.

    Args:
        times: (N,) [s], rising.
        x: (N,) [m].
        y: (N,) [m].
        headings: (N,) [rad], counter-clockwise.
    """
    if len(times) < FEWEST:
        return np.full(len(times), np.nan), np.full(len(times), np.nan)
    before, after = _neighbours(times)
    seconds = times[after] - times[before]
    speed = ((x[after] - x[before]) * np.cos(headings) + (y[after] - y[before]) * np.sin(headings)) / seconds
    turned = np.unwrap(headings)
    return speed, (turned[after] - turned[before]) / seconds


def motion_of_fixes(times: FloatArray, latitude: FloatArray, longitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the speed [m/s] and the turning of the course [rad/s] of fixes; a car that reverses can't be told.

    Args:
        times: (N,) [s], rising.
        latitude: (N,) [degrees].
        longitude: (N,) [degrees].
    """
    if len(times) < FEWEST:
        return np.full(len(times), np.nan), np.full(len(times), np.nan)
    north = np.radians(latitude - latitude[0]) * EARTH
    east = np.radians(longitude - longitude[0]) * EARTH * np.cos(np.radians(latitude[0]))
    before, after = _neighbours(times)
    seconds = times[after] - times[before]
    moved_east, moved_north = east[after] - east[before], north[after] - north[before]
    speed = np.hypot(moved_east, moved_north) / seconds
    course = np.unwrap(np.arctan2(moved_north, moved_east))
    rate = (course[after] - course[before]) / seconds
    return speed, np.where(speed >= COURSE_SPEED, rate, np.nan)


def _neighbours(times: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the samples before and after each, at least a step and about a span apart."""
    index = np.arange(len(times))
    before = np.searchsorted(times, times - SPAN / 2, "left")
    after = np.searchsorted(times, times + SPAN / 2, "right") - 1
    before = np.minimum(before, np.maximum(index - 1, 0))
    after = np.maximum(after, np.minimum(index + 1, len(times) - 1))
    return before, after
