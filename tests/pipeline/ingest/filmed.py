"""Writes videos with PyAV, FFmpeg's own muxers and encoders: any codec, sound first, any times, turned."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

FINE = {"crf": "8"}


def write_video(
    path: Path,
    images: Sequence[NDArray[np.uint8]],
    times: Sequence[float] | None = None,
    *,
    codec: str = "libx264",
    pixels: str = "yuv444p",
    rate: int = 20,
    gop: int = 12,
    sound_first: bool = False,
    turned: int | None = None,
    options: dict[str, str] | None = None,
    form: str | None = None,
) -> None:
    """Write RGB images (H, W, 3); times [s] to the millisecond, or the rate's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=form) as container:
        sound = container.add_stream("aac", rate=44100) if sound_first else None
        stream: Any = container.add_stream(codec, rate=rate, options=FINE if options is None else options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt, stream.codec_context.gop_size = pixels, gop
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if turned is not None:
            stream.set_display_rotation(turned)
        if sound is not None:
            _be_silent(container, sound)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            if times is not None:
                frame.time_base, frame.pts = Fraction(1, 1000), round(times[number] * 1000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def decode_video(path: Path) -> int:
    """Decode all pictures of a video to RGB in one thread; give how many."""
    reformatter, count = VideoReformatter(), 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            reformatter.reformat(frame, format="rgb24")
            count += 1
    return count


def _be_silent(container: Any, sound: Any) -> None:
    for number in range(20):
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate, silence.pts = 44100, 1024 * number
        for packet in sound.encode(silence):
            container.mux(packet)
