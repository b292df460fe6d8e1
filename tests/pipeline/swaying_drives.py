"""Drives along a road of the embedded world, as its renderer shows it, in which every defect can be planted."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import Drive, DriveWriter, Frame, encode_jpeg
from simulator.camera import Camera
from simulator.embedded.render import Renderer
from simulator.embedded.scenery import Scenery
from simulator.embedded.terrain import Terrain
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.embedded.render.scenes import look_from

CAMERA = Camera.from_fov(200, 100, 1.2, z=1.4, pitch=0.03)
PERIOD, SPEED = 0.05, 8.0


@lru_cache(maxsize=8)
def film(seed: int, frames: int) -> tuple[tuple[bytes, ...], NDArray[np.float64]]:
    """Drive along a generated road, swaying in the lane, and film it: JPEG files, and the curvature [1/m] driven."""
    network = RoadNetwork.parse(build_roads([f"generated:{seed}"], RoadsConfig(), 7))
    terrain = Terrain(network, seed, 0.0)
    renderer = Renderer(network, seed, terrain, Scenery(network, seed, terrain.height))
    time = np.arange(-1, frames + 1) * PERIOD
    road = network.roads[0].reference(20 + SPEED * time)
    aside = -1.75 + 0.25 * np.sin(1.1 * time + seed) + 0.1 * np.sin(2.3 * time)
    x, y = road.x - aside * np.sin(road.heading), road.y + aside * np.cos(road.heading)
    heading = np.unwrap(np.arctan2(np.gradient(y), np.gradient(x)))
    curvature = np.gradient(heading) / np.hypot(np.gradient(x), np.gradient(y))
    pictures = []
    for index in range(1, frames + 1):
        position, rotation = look_from(float(x[index]), float(y[index]), float(heading[index]), CAMERA)
        pictures.append(encode_jpeg(renderer.draw(CAMERA, position, rotation)[..., 2::-1]))  # BGRA
    return tuple(pictures), curvature[1:-1]


def write_swaying(
    folder: Path,
    *,
    seed: int = 0,
    frames: int = 400,
    recording: str = "",
    change: Callable[[int, Frame], Frame] = lambda index, frame: frame,
    facts: dict[str, object] | None = None,
) -> Drive:
    """Write such a drive. change: is given each frame's number and gives the frame to write."""
    pictures, curvature = film(seed, frames)
    writer = DriveWriter(
        folder, name=folder.name, recording=recording or folder.name, source="test", camera=CAMERA, facts=facts or {}
    )
    with writer:
        for index, (jpeg, driven) in enumerate(zip(pictures, curvature, strict=True)):
            frame = Frame(index * PERIOD, SPEED, float(driven), float(driven), jpeg)
            writer.append(change(index, frame))
        return writer.finish()


def shift_labels(seed: int, frames: int, later: int) -> Callable[[int, Frame], Frame]:
    """Give the change that puts each label `later` frames after its picture (before it, if negative)."""
    _, curvature = film(seed, frames)

    def change(index: int, frame: Frame) -> Frame:
        source = float(curvature[min(max(index - later, 0), frames - 1)])
        return replace(frame, curvature=source, executed=source)

    return change
