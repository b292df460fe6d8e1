"""Writes videos with FFmpeg's own encoder and muxer (through PyAV), sound first, beside a table of signals.

No real recording of this kind could be had: `mp4_highway` is a real film without a log.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.pipeline.ingest.filmed import decode_video, write_video

SPEED, WHEELBASE, RATIO = 10.0, 2.7, 15.0
TOLERANCE = 1e-6
KEYS = 5
LARGE = 100  # [px]
OPTIONS: dict[str, object] = {}


def degrees_of(curvature: float) -> float:
    """Give the steering wheel's angle, left positive."""
    return math.degrees(math.atan(curvature * WHEELBASE) * RATIO)


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    folder.mkdir(parents=True)
    small = images[0].shape[0] < LARGE
    options = (
        {"crf": "8", "bf": "0", "x264-params": f"scenecut=0:keyint={KEYS}:min-keyint={KEYS}"}
        if small
        else {"preset": "veryfast"}
    )
    pixels = "yuv444p" if small else "yuv420p"  # tiny pictures of noise need all their colours
    write_video(folder / "ride.mkv", images, times, pixels=pixels, sound_first=True, options=options)
    rows = [
        f"{time * 1000:.0f},{SPEED * 3.6:.4f},{degrees_of(curvature):.9f}"
        for time, curvature in zip(times, curvatures, strict=True)
    ]
    (folder / "ride.csv").write_text("timestamp_ms,Speed [km/h],steering_wheel_angle_deg\n" + "\n".join(rows) + "\n")


def decode_bare(folder: Path) -> int:
    """Decode all pictures to RGB, as fast as PyAV does it; for benchmarks."""
    return decode_video(folder / "ride.mkv")


def spoil(folder: Path) -> dict[str, int]:
    """Damage a picture, which costs those that build on it; lose the speed of a second, and a row's numbers."""
    film = folder / "ride.mkv"
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    film.write_bytes(film.read_bytes().replace(packets[16], b"\xff" * len(packets[16])))
    log = folder / "ride.csv"
    lines = log.read_text().splitlines()
    lines[3] = "garbage,garbage,garbage"  # its neighbours are near enough
    for row in range(31, 40):  # pictures 30 to 38
        time, _, angle = lines[row].split(",")
        lines[row] = f"{time},,{angle}"
    log.write_text("\n".join(lines) + "\n")
    return {"picture damaged": 4, "value not finite": 9}
