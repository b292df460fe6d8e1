"""Writes videos as comma's devices do: bare HEVC or H.264 in MPEG-TS, no picture before its time, few key pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.pipeline.ingest.filmed import decode_video, write_video

SMALL = 32  # [px] of height up to which colours are kept as fine as brightness: tiny pictures of noise need them
KEYS = 10
HEVC = f"log-level=none:bframes=0:keyint={KEYS}:min-keyint={KEYS}:repeat-headers=1:pools=none:frame-threads=1"


def write_device_film(path: Path, images: Sequence[NDArray[np.uint8]]) -> None:
    """Encode pictures (H, W, 3) RGB, 20 a second, by the name's ending: `.hevc` has no times, `.ts` has."""
    small = images[0].shape[0] <= SMALL
    options = {"crf": "4" if small else "23", "preset": "ultrafast", "tune": "zerolatency"}
    bare = path.suffix == ".hevc"
    options |= {"x265-params": HEVC} if bare else {"bf": "0"}
    pixels = "yuv444p" if small else "yuv420p"
    codec, form = ("libx265", "hevc") if bare else ("libx264", "mpegts")
    write_video(path, images, codec=codec, pixels=pixels, gop=KEYS, options=options, form=form)


def decode_films(folder: Path, name: str) -> int:
    """Decode all pictures of all videos of a name, as fast as PyAV does it; for benchmarks."""
    return sum(decode_video(path) for path in sorted(folder.glob(f"*/{name}")))
