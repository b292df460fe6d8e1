"""Pictures of a video: when each is shown, and each as JPEG, one after the other, without ever holding more than one.

A video's index is read without decoding. Pictures are turned as the file's display matrix says (a phone, a camera that
hung upside down) and go from the video's brightness and colours straight into JPEG's, without a detour over RGB.
A damaged picture costs itself and what builds on it, up to the next picture that stands alone.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import simplejpeg
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from pipeline.drives.format import JPEG_QUALITY
from pipeline.drives.picture import MOST_PIXELS, BadPictureError, FreshJpeg
from pipeline.video.in_order import InOrder
from simulator.errors import LiquidlaneError

OPEN_AT_ONCE = 4
"""Videos that stay open in a process; each holds a file and a decoder's memory."""
FULL_COLOUR = ("444", "rgb", "gbr", "bgr")  # in the names of pixel formats whose colours are as fine as brightness
PLAIN, FULL_RANGE = ("yuv420p", "yuv444p"), ("yuvj420p", "yuvj444p")
LEVELS = np.arange(256.0)
STRETCH = np.clip(np.rint((LEVELS - 16) * 255 / 219), 0, 255).astype(np.uint8)
SPREAD = np.clip(np.rint((LEVELS - 128) * 255 / 224 + 128), 0, 255).astype(np.uint8)
"""From a video's brightness (16 to 235) and colours (16 to 240) to JPEG's (0 to 255)."""
STRICT = {"err_detect": "explode"}  # a damaged picture is an error, not a guess from its neighbours
ONE_THREAD = {"threads": 1} if "threads" in (VideoReformatter.reformat.__doc__ or "") else {}


@dataclass(frozen=True, slots=True)
class VideoIndex:
    """What is known of a video before its pictures are decoded.

    times: (N,) when each picture is shown [s], rising, on the file's own clock; NaN throughout if it has none (a bare
    stream of H.264 or HEVC). size: (height, width) [px] as shown, after the turn. rate: pictures a second by the file,
    0 if it does not say. matrix: of the display, None if nothing is turned. strict: whether damage can be told.
    damage: why the index ends early, empty if it does not. stamps: (N,) presentation stamps, or counted packets.
    keys: (K, 3) rank, packet's number and decoding stamp of the pictures that stand alone. timed: whether pictures are
    known by their stamps. counted: the file stores pictures in another order than it shows them and has no stamps to
    tell (AVI, bare streams): then they are counted from the first one, and damage costs all that follow.
    """

    path: Path
    times: NDArray[np.float64]
    size: tuple[int, int]
    rate: float
    matrix: NDArray[np.int32] | None
    strict: bool
    damage: str
    stamps: NDArray[np.int64]
    keys: NDArray[np.int64]
    timed: bool
    counted: bool

    def __len__(self) -> int:
        return len(self.stamps)


def index_video(path: Path) -> VideoIndex:
    """Read when the pictures of a video are shown; other streams, such as sound before the pictures, are passed over.

    Raises:
        LiquidlaneError: if it is no video, or nothing of it can be decoded.
    """
    try:
        with _open(path) as container:
            stream = _video_stream(container, path)
            packets, damage = _read_packets(container, stream)
            if not packets:
                raise LiquidlaneError(f"{path} holds no picture{f' ({damage})' if damage else ''}; record it again")
            base, rate = stream.time_base, float(stream.average_rate or stream.guessed_rate or 0)
            unordered = container.format.name == "avi" or any(packet[0] is None for packet in packets)
        size, matrix, strict, reordered = _look_at_first(path)
    except (av.error.FFmpegError, OSError, ValueError, ArithmeticError) as error:
        raise LiquidlaneError(f"{path} can't be read as a video ({error}); record or convert it again") from None
    timed = all(stamp is not None for stamp, _, _ in packets)
    shown = [number if stamp is None or not timed else stamp for number, (stamp, _, _) in enumerate(packets)]
    stamps = np.unique(np.array(shown, np.int64))
    keys = [
        (int(np.searchsorted(stamps, shown[number])), number, shown[number] if coded is None else coded)
        for number, (_, coded, alone) in enumerate(packets)
        if alone or number == 0
    ]
    counted = unordered and reordered
    times = stamps.astype(np.float64) * (float(base) if timed and base else np.nan)
    ordered = np.array(sorted(keys)[: 1 if counted else None], np.int64).reshape(-1, 3)
    return VideoIndex(path, times, size, rate, matrix, strict, damage, stamps, ordered, timed, counted)


def _open(path: Path) -> Any:
    return av.open(str(path), metadata_errors="replace")


def _video_stream(container: Any, path: Path) -> Any:
    """Give the first stream of pictures that is no cover of an album, set to decode in one thread."""
    streams = [stream for stream in container.streams.video if "attached_pic" not in str(stream.disposition).lower()]
    if not streams:
        raise LiquidlaneError(f"{path} holds no stream of pictures; give a video")
    context = streams[0].codec_context
    if context is None:
        raise LiquidlaneError(f"{path} is coded in a way that can't be decoded here; convert it to H.264")
    if context.width * context.height > MOST_PIXELS:
        raise LiquidlaneError(f"{path} claims pictures of {context.width} x {context.height} px; it is damaged")
    context.thread_count = 1
    return streams[0]


def _read_packets(container: Any, stream: Any) -> tuple[list[tuple[int | None, int | None, bool]], str]:
    """Give presentation stamp, decoding stamp and whether it stands alone of each packet, and why they end early."""
    packets: list[tuple[int | None, int | None, bool]] = []
    try:
        packets.extend(
            (packet.pts, packet.dts, packet.is_keyframe)
            for packet in container.demux(stream)
            if packet.size and not packet.is_discard
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        return packets, str(error)
    return packets, ""


def _look_at_first(path: Path) -> tuple[tuple[int, int], NDArray[np.int32] | None, bool, bool]:
    """Decode until the first picture; give its size as shown, the display's matrix, if strict, if reordered."""
    for strict in (True, False):
        with _open(path) as container:
            stream = _video_stream(container, path)
            if strict:
                stream.codec_context.options = STRICT
            for packet in container.demux(stream):
                try:
                    frame = next(iter(packet.decode()), None)
                except (av.error.FFmpegError, ValueError):
                    continue
                if frame is not None:
                    matrix = _display_matrix(frame)
                    height, width = _turn(np.empty((frame.height, frame.width), np.uint8), matrix).shape
                    return (height, width), matrix, strict, bool(stream.codec_context.has_b_frames)
    raise LiquidlaneError(f"not one picture of {path} can be decoded; record it again or convert it to H.264")


def _display_matrix(frame: Any) -> NDArray[np.int32] | None:
    """Give the upper left 2 x 2 of a display matrix, signs only; None if it turns nothing."""
    for side in frame.side_data:
        if "DISPLAYMATRIX" in str(side.type).upper():
            values = np.frombuffer(bytes(side), "<i4", count=9).reshape(3, 3)[:2, :2]
            matrix = np.where(np.abs(values) > 1 << 15, np.sign(values), 0).astype(np.int32)  # 1 is 1 << 16
            if abs(round(np.linalg.det(matrix))) == 1 and not (matrix == np.eye(2)).all():
                return matrix
    return None


def _turn(plane: NDArray[np.uint8], matrix: NDArray[np.int32] | None) -> NDArray[np.uint8]:
    """Turn and mirror a picture (H, W) as it is to be shown; a pixel (x, y) goes to (x, y) · matrix."""
    if matrix is None:
        return plane
    (xx, xy), (yx, yy) = matrix.tolist()
    if xx == 0:  # what was across is now down
        plane, xx, yy = plane.T, yx, xy
    return plane[:: -1 if yy < 0 else 1, :: -1 if xx < 0 else 1]


def _counted(container: Any, stream: Any, begin: int, *, stamp: bool) -> Iterator[Any]:
    """Give the packets from number `begin` on, and what ends them; with `stamp` the number is their time."""
    number = 0
    for packet in container.demux(stream):
        if packet.size and not packet.is_discard:
            if stamp:
                packet.pts = packet.dts = number
            number += 1
        if number > begin or not packet.size:
            yield packet


_open_ones: "OrderedDict[VideoFrames, None]" = OrderedDict()


class VideoFrames:
    """Gives picture `index` of a video as JPEG; cheap in order, and by way of the key pictures otherwise."""

    def __init__(self, index: VideoIndex) -> None:
        self.index = index
        self._in_order = InOrder(self._open_at)
        self._reformatter = VideoReformatter()

    def __reduce__(self) -> tuple[type["VideoFrames"], tuple[VideoIndex]]:
        return VideoFrames, (self.index,)  # another process opens the file by itself

    def load(self, index: int) -> FreshJpeg:
        """Give a picture.

        Raises:
            BadPictureError: if it is damaged, missing, or the file can't be read.
        """
        _open_ones[self] = None
        _open_ones.move_to_end(self)
        if len(_open_ones) > OPEN_AT_ONCE:
            _open_ones.popitem(last=False)[0]._in_order.close()
        try:
            picture = self._in_order.load(index)
        except BadPictureError as error:
            detail = f"picture {index} of {self.index.path.name} can't be decoded"
            raise BadPictureError("picture damaged", detail) from error
        assert isinstance(picture, FreshJpeg)
        return picture

    def _open_at(self, index: int) -> Iterator[tuple[int, FreshJpeg]]:
        """Give pictures from one on, by way of the last key picture at or before it."""
        keys = self.index.keys
        key = keys[max(0, int(np.searchsorted(keys[:, 0], index, side="right")) - 1)]
        try:
            pictures = self._pictures(key, index, by_seeking=self.index.timed and key[1] > 0)
            first = next(pictures, None)
            if first is None or first[0] > index:  # some files can't be sought in
                pictures = self._pictures(key, index, by_seeking=False)
                first = next(pictures, None)
            if first is not None:
                yield first
            yield from pictures
        except (av.error.FFmpegError, LiquidlaneError, OSError, ValueError) as error:
            raise BadPictureError("picture damaged", f"{self.index.path.name}: {error}") from None

    def _pictures(self, key: NDArray[np.int64], index: int, *, by_seeking: bool) -> Iterator[tuple[int, FreshJpeg]]:
        """Decode from a key picture (rank, packet's number, decoding stamp); give the pictures from `index` on."""
        _, number, coded = key.tolist()
        with _open(self.index.path) as container:
            stream = _video_stream(container, self.index.path)
            if self.index.strict:
                stream.codec_context.options = STRICT
            if by_seeking:
                container.seek(coded, stream=stream, backward=True)
            packets = _counted(container, stream, 0 if by_seeking else number, stamp=not self.index.timed)
            for rank, frame in self._decode(packets):
                if rank >= index:
                    yield rank, self._encode(frame)

    def _decode(self, packets: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        """Decode packets; after damage, or where the decoder knows a picture to be wrong, wait for a key picture."""
        stamps, counted = self.index.stamps, 0
        whole = True
        for packet in packets:
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                whole = False
                continue
            for frame in frames:
                whole = (whole or (bool(frame.key_frame) and not self.index.counted)) and not frame.is_corrupt
                if not whole or (frame.pts is None and not self.index.counted):
                    continue
                rank = counted if self.index.counted else int(np.searchsorted(stamps, frame.pts))
                counted += 1
                if rank < len(stamps) and (self.index.counted or stamps[rank] == frame.pts):
                    yield rank, frame

    def _encode(self, frame: Any) -> FreshJpeg:
        """Encode a picture with the fineness of colours that it has, in JPEG's own range."""
        name = frame.format.name
        usual = frame.colorspace != Colorspace.ITU709
        full = usual and (name in FULL_RANGE or (name in PLAIN and frame.color_range == ColorRange.JPEG))
        if not full and not (usual and name in PLAIN):
            fine = any(part in name for part in FULL_COLOUR)
            frame = self._reformatter.reformat(
                frame,
                format="yuv444p" if fine else "yuv420p",
                dst_colorspace=Colorspace.ITU601,
                dst_color_range=ColorRange.MPEG,
                **ONE_THREAD,
            )
        planes = [_pixels(plane) for plane in frame.planes]
        if not full:  # by table, since FFmpeg's conversion rounds colours down
            tables = (STRETCH, SPREAD, SPREAD)
            planes = [np.asarray(cv2.LUT(plane, table), np.uint8) for plane, table in zip(planes, tables, strict=True)]
        turned = [np.ascontiguousarray(_turn(plane, self.index.matrix)) for plane in planes]
        return FreshJpeg(simplejpeg.encode_jpeg_yuv_planes(*turned, JPEG_QUALITY))


def _pixels(plane: Any) -> NDArray[np.uint8]:
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
