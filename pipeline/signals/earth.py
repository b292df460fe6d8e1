"""Poses in a frame that turns with the earth (ECEF), as headings on the ground and directions seen from the car."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EQUATOR, POLE = 6378137.0, 6356752.314245
"""Half axes of WGS 84 [m]."""


def axes_of(quaternions: FloatArray) -> FloatArray:
    """Give the axes of bodies in the frame of their orientations: (N, 3, 3), one axis a column.

    Args:
        quaternions: (N, 4), Hamilton's (w, x, y, z); made unit here. They turn a vector of the body into the frame.
    """
    with np.errstate(over="ignore"):
        length = np.linalg.norm(quaternions, axis=1, keepdims=True)
    w, x, y, z = np.divide(quaternions, length, out=np.full(quaternions.shape, np.nan), where=length > 0).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def headings(positions: FloatArray, directions: FloatArray) -> FloatArray:
    """Give the headings (N,) [rad] of directions over the ground, counter-clockwise from east.

    Args:
        positions: (N, 3) ECEF [m].
        directions: (N, 3) ECEF, of any length.
    """
    up = positions / (EQUATOR**2, EQUATOR**2, POLE**2)  # normal of the ellipsoid, not unit
    east = np.stack([-up[:, 1], up[:, 0], np.zeros(len(up))], axis=1)
    north = np.cross(up, east)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        lengths = [np.linalg.norm(axis, axis=1) for axis in (north, east)]
        along = [(directions * axis).sum(axis=1) / length for axis, length in zip((north, east), lengths, strict=True)]
    found: FloatArray = np.arctan2(*along)
    return found
