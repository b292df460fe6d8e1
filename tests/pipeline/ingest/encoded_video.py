"""Writes videos of tests as devices do: HEVC or H.264 without pictures that look ahead, a key picture every ten."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def write_video(
    path: Path, images: Sequence[NDArray[np.uint8]], *, coder: str, container: str, rate: int = 20, fine: bool = True
) -> None:
    """Encode pictures (H, W, 3) RGB with x265 or x264 through PyAV.

    Args:
        path: of the file.
        images: all of one size.
        coder: "libx265" or "libx264".
        container: FFmpeg's name: "hevc" is a bare stream without times, "mpegts" has them.
        rate: pictures a second.
        fine: keep colours as fine as brightness, and nearly all of both.
    """
    own = "log-level=none:bframes=0:keyint=10:min-keyint=10:repeat-headers=1:pools=none:frame-threads=1"
    options = {"x265-params": own} if coder == "libx265" else {"g": "10", "bf": "0"}
    options |= {"crf": "4" if fine else "20", "preset": "ultrafast", "tune": "zerolatency"}
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(coder, rate=rate, options=options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv444p" if fine else "yuv420p"
        stream.codec_context.time_base = Fraction(1, rate)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts = number
            for packet in stream.encode(frame):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
