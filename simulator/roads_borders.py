"""Lanes that a file describes by their outer `<border>` get a `<width>`: `carla.Map` reads no borders (0 m wide)."""

import xml.etree.ElementTree as ET

import numpy as np

from simulator.opendrive.fields import Reader
from simulator.opendrive.geometry import FloatArray
from simulator.opendrive.lanes import Cubics
from simulator.opendrive.parse_lanes import read_cubics

KEYS = ("a", "b", "c", "d")


def has_borders(root: ET.Element) -> bool:
    """Tell whether a lane is described by its border alone."""
    return any(_only_border(lane) for lane in root.iterfind("road/lanes/laneSection/*/lane"))


def replace_borders(road: ET.Element) -> None:
    """Give each lane that has borders only the widths that they mean; the borders go.

    A border is the lane's outer t, so the width is what lies between it and the inner lane's border; where they cross,
    the lane has no width.
    """
    reader = Reader(f"road {road.get('id')}")
    for section in road.findall("lanes/laneSection"):
        for side, sign in (("left", 1.0), ("right", -1.0)):
            lanes = section.findall(f"{side}/lane")
            if not any(_only_border(lane) for lane in lanes):
                continue
            inner = Cubics.zero()
            for lane in sorted(lanes, key=lambda element: abs(float(element.get("id", "0")))):
                if not _only_border(lane):
                    inner = _join(inner, read_cubics(lane.findall("width"), "sOffset", reader), 1.0)
                    continue
                border = read_cubics(lane.findall("border"), "sOffset", reader)
                outer = Cubics(border.starts, border.coefficients * sign)
                _write(lane, _join(outer, inner, -1.0))
                inner = outer


def _only_border(lane: ET.Element) -> bool:
    return lane.find("border") is not None and lane.find("width") is None


def _join(first: Cubics, second: Cubics, factor: float) -> Cubics:
    """Give first + factor * second, in the pieces of both."""
    starts = np.union1d(first.starts, second.starts)
    return Cubics(starts, _shifted(first, starts) + factor * _shifted(second, starts))


def _shifted(cubics: Cubics, starts: FloatArray) -> FloatArray:
    """Give the coefficients of cubics about other starts, (K, 4)."""
    value, slope, bend = cubics.evaluate(starts)
    index = np.maximum(np.searchsorted(cubics.starts, starts + 1e-9, side="right") - 1, 0)
    third = np.where(starts + 1e-9 >= cubics.starts[0], cubics.coefficients[index, 3], 0.0)
    return np.stack([value, slope, bend / 2, third], axis=1)


def _write(lane: ET.Element, widths: Cubics) -> None:
    at = list(lane).index(lane.findall("border")[0])
    for border in lane.findall("border"):
        lane.remove(border)
    for start, row in zip(widths.starts[::-1], widths.coefficients[::-1], strict=True):
        values = {key: repr(float(value)) for key, value in zip(KEYS, row, strict=True)}
        lane.insert(at, ET.Element("width", {"sOffset": repr(float(start)), **values}))
