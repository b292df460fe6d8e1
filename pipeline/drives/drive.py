"""A drive: one camera's frames in a row with what was driven, in the one format on disk.

Recording writes an Arrow stream; `DriveWriter.finish` turns it into a Parquet file with a manifest written last.
`repair` does the same for a recording whose process was killed.
"""

import math
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.drives.format import (
    BATCH,
    COLUMNS,
    FORMAT_VERSION,
    FRAMES,
    LANE_COLUMNS,
    MANIFEST,
    SCHEMA,
    STREAM,
    Frame,
    Header,
    LaneRecord,
    decode_jpeg,
    encode_jpeg,
    hash_file,
    jpeg_size,
    read_manifest,
)
from pipeline.drives.stream import finish_stream, stream_schema
from pipeline.work.whole_file import explain_write_error
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

__all__ = ["FORMAT_VERSION", "Drive", "DriveWriter", "Frame", "LaneRecord", "encode_jpeg", "repair"]

FloatArray = NDArray[np.float64]


class Drive:
    """A finished drive, opened for reading. Images are read when asked for.

    name, recording, source, camera, facts: see `drive_format.Header`. folder: where it lies. checksum: SHA-256 of its
    frames. image_size: (height, width) [px]. timestamp [s], speed [m/s], curvature (the label) [1/m], executed [1/m]:
    (frames,) float64. lane_offset [m], lane_heading [rad], lane_curvature [1/m], lane_width [m]: (frames,) float64 with
    NaN where unknown, or None if nothing is known. Left is positive.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], columns: dict[str, FloatArray]) -> None:
        header = Header.from_dict(manifest)
        self.folder = folder
        self.name, self.recording, self.source = header.name, header.recording, header.source
        self.camera: Camera | None = header.camera
        self.facts: dict[str, Any] = header.facts
        self.checksum: str = manifest["files"][FRAMES]["sha256"]
        self.image_size: tuple[int, int] = (manifest["image_size"][0], manifest["image_size"][1])
        self.timestamp, self.speed = columns["timestamp"], columns["speed"]
        self.curvature, self.executed = columns["curvature"], columns["executed"]
        known = not all(np.isnan(columns[name]).all() for name in LANE_COLUMNS)
        lane = [columns[name] if known else None for name in LANE_COLUMNS]
        self.lane_offset, self.lane_heading, self.lane_curvature, self.lane_width = lane
        if len(self.timestamp) != manifest["frames"] or not (np.diff(self.timestamp) > 0).all():
            raise LiquidlaneError(
                f"{folder / FRAMES} does not hold {manifest['frames']} frames in rising order of time"
            )
        self._group: tuple[int, list[bytes]] = (-1, [])

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> "Drive":
        """Open a finished drive.

        Args:
            folder: with frames.parquet and manifest.json.
            verify: see `verify`.

        Raises:
            LiquidlaneError: if it is unfinished, damaged or of another format version.
        """
        folder = Path(folder)
        remedy = (
            f"run `repair` on it if {STREAM} is there" if (folder / STREAM).exists() else "collect or ingest it again"
        )
        manifest = read_manifest(folder, FORMAT_VERSION, remedy)
        path = folder / FRAMES
        try:
            if path.stat().st_size != manifest["files"][FRAMES]["bytes"]:
                raise LiquidlaneError(f"{path} ({path.stat().st_size} bytes) does not match {MANIFEST}; {remedy}")
            if verify:
                _verify(path, manifest["files"][FRAMES]["sha256"])
            table = pq.read_table(path, columns=[*COLUMNS, *LANE_COLUMNS], memory_map=True, use_threads=False)
            columns = {name: table[name].to_numpy() for name in table.column_names}
            return cls(folder, manifest, columns)
        except (OSError, KeyError, TypeError, pa.ArrowException) as error:
            raise LiquidlaneError(f"{folder} can't be read as a drive ({error!r}); {remedy}") from None

    def verify(self) -> None:
        """Compare the frames with their checksum (about a millisecond per megabyte).

        Raises:
            LiquidlaneError: if they differ.
        """
        _verify(self.folder / FRAMES, self.checksum)

    def __len__(self) -> int:
        return len(self.timestamp)

    def __repr__(self) -> str:
        return f"Drive({self.name!r}, {len(self)} frames, {self.duration:.1f} s)"

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return float(self.timestamp[-1] - self.timestamp[0])

    @property
    def period(self) -> float:
        """The camera's nominal period [s]: the median step, 0.05 for a drive of one frame."""
        return float(np.median(np.diff(self.timestamp))) if len(self) > 1 else 0.05

    def jpeg(self, index: int) -> bytes:
        """Give the picture's file as it is stored."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        group, row = divmod(index, BATCH)
        if self._group[0] != group:
            with pq.ParquetFile(self.folder / FRAMES, memory_map=True) as file:
                table = file.read_row_group(group, columns=["jpeg"], use_threads=False)
            self._group = (group, table["jpeg"].to_pylist())
        return self._group[1][row]

    def image(self, index: int) -> NDArray[np.uint8]:
        """Give the decoded picture, (height, width, 3) uint8 RGB."""
        return decode_jpeg(self.jpeg(index))


def _verify(path: Path, checksum: str) -> None:
    if hash_file(path) != checksum:
        raise LiquidlaneError(f"{path} does not match its checksum in {MANIFEST}; collect or ingest it again")


class DriveWriter:
    """Records a drive frame by frame, batch by batch.

    As a context manager it finishes at the end of the block and leaves nothing behind if the block raises. A killed
    process leaves `frames.arrow`, which `repair` finishes.

    Raises:
        LiquidlaneError: if the folder already holds a drive, or can't be written.
    """

    def __init__(
        self, folder: Path, *, name: str, recording: str, source: str, camera: Camera | None, facts: dict[str, Any]
    ) -> None:
        self.folder = Path(folder)
        header = Header(name, recording, source, camera, dict(facts))
        self._pending: list[Frame] = []
        self._last = -math.inf
        self._size: tuple[int, int] | None = (camera.height, camera.width) if camera else None
        self.frames = 0
        for leftover in (STREAM, MANIFEST):
            if (self.folder / leftover).exists():
                raise LiquidlaneError(
                    f"{self.folder} already holds a drive ({leftover}); repair or remove it, or choose another folder"
                )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = (self.folder / STREAM).open("xb")
            self._stream = pa.ipc.new_stream(self._file, stream_schema(header))
            self._file.flush()
        except OSError as error:
            if hasattr(self, "_file"):
                self.discard()
            raise explain_write_error(self.folder / STREAM, error) from error

    def append(self, frame: Frame) -> None:
        """Add a frame.

        Raises:
            LiquidlaneError: if time does not rise, a value is not finite, the picture is not a JPEG of the drive's
                size, or the disk is full (then the recording is removed).
        """
        self._check(frame)
        self._pending.append(frame)
        self._last = frame.timestamp
        self.frames += 1
        if len(self._pending) == BATCH:
            self._flush()

    def _check(self, frame: Frame) -> None:
        place = f"frame {self.frames} of {self.folder}"
        if not frame.timestamp > self._last or not math.isfinite(frame.timestamp):
            raise LiquidlaneError(f"{place} has time {frame.timestamp} s after {self._last} s; times must rise")
        if not (math.isfinite(frame.speed) and math.isfinite(frame.curvature)):
            raise LiquidlaneError(
                f"{place} has speed {frame.speed} m/s and curvature {frame.curvature} 1/m; leave such frames out"
            )
        try:
            size = jpeg_size(frame.jpeg)
        except ValueError as error:
            raise LiquidlaneError(f"{place} is not a JPEG picture ({error}); leave it out or encode it") from None
        if self._size is None:
            self._size = size
        if size != self._size:
            raise LiquidlaneError(f"{place} is {size[1]} x {size[0]} px, not {self._size[1]} x {self._size[0]} px")

    def _flush(self) -> None:
        lanes = [frame.lane for frame in self._pending]
        arrays = [[getattr(frame, name) for frame in self._pending] for name in COLUMNS]
        arrays += [
            [getattr(lane, name.removeprefix("lane_")) if lane else None for lane in lanes] for name in LANE_COLUMNS
        ]
        arrays.append([frame.jpeg for frame in self._pending])
        try:
            self._stream.write_batch(pa.record_batch(arrays, schema=SCHEMA))
            self._file.flush()
        except OSError as error:
            self.discard()
            raise explain_write_error(self.folder / STREAM, error) from error
        self._pending.clear()

    def finish(self, facts: dict[str, Any] | None = None) -> Drive:
        """Turn the recording into a finished drive.

        Args:
            facts: what became known only at the end; added to the drive's facts.

        Raises:
            LiquidlaneError: if there is no frame or the disk is full.
        """
        if self._pending:
            self._flush()
        if self.frames == 0:
            self.discard()
            raise LiquidlaneError(f"{self.folder} got no frame at all; a drive needs at least one")
        try:
            self._stream.close()
            self._file.close()
        except OSError as error:
            self.discard()
            raise explain_write_error(self.folder / STREAM, error) from error
        finish_stream(self.folder, facts or {})
        return Drive.open(self.folder, verify=False)

    def discard(self) -> None:
        """Stop and remove what was recorded; nothing happens the second time."""
        with suppress(OSError):
            self._file.close()
        (self.folder / STREAM).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def __enter__(self) -> "DriveWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        elif not (self.folder / MANIFEST).exists():
            self.finish()


def repair(folder: Path) -> Drive:
    """Finish a recording whose process was killed: all whole batches become a drive; a finished drive is opened.

    Raises:
        LiquidlaneError: if nothing can be saved.
    """
    folder = Path(folder)
    if (folder / MANIFEST).exists():
        drive = Drive.open(folder)
        (folder / STREAM).unlink(missing_ok=True)
        return drive
    finish_stream(folder, {"repaired": True})
    return Drive.open(folder, verify=False)
