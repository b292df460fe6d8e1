"""What a drive is made of on disk: frames, columns, manifest, and writing that is whole or not there.

A folder holds `frames.parquet` and `manifest.json` once finished. While recording it holds `frames.arrow`, an Arrow
IPC stream that stays readable up to its last whole batch when the process is killed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import simplejpeg
from numpy.typing import NDArray

from pipeline.work.whole_file import write_text
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

FORMAT_VERSION = 1
BATCH = 16  # frames in a batch of the stream and in a row group of the Parquet file
STREAM, FRAMES, MANIFEST = "frames.arrow", "frames.parquet", "manifest.json"
JPEG_QUALITY = 95

COLUMNS = ("timestamp", "speed", "curvature", "executed")
LANE_COLUMNS = ("lane_offset", "lane_heading", "lane_curvature", "lane_width")
SCHEMA = pa.schema(
    [pa.field(name, pa.float64(), nullable=False) for name in COLUMNS]
    + [pa.field(name, pa.float64()) for name in LANE_COLUMNS]
    + [pa.field("jpeg", pa.binary(), nullable=False)]
)


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """Where the car was in its lane.

    offset: car minus lane centre [m]. heading: car minus lane [rad]. curvature: the lane's here [1/m]. width: [m].
    Left is positive.
    """

    offset: float
    heading: float
    curvature: float
    width: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and what was done at that moment.

    timestamp: [s] since the drive's start. speed: [m/s]. curvature: the label, what should be driven [1/m], left
    positive. executed: what was really driven [1/m], NaN if unknown. jpeg: the picture's file as bytes. lane: None
    where unknown.
    """

    timestamp: float
    speed: float
    curvature: float
    executed: float
    jpeg: bytes
    lane: LaneRecord | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What is true of a whole drive.

    name: of the drive. recording: what it was cut from; drives of one recording are never split between training
    and validation. source: the reader or collector that made it. camera: None if unknown. facts: anything else that is
    known, as JSON values: road, weather, seed, what was assumed.
    """

    name: str
    recording: str
    source: str
    camera: Camera | None
    facts: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `from_dict` reads them."""
        return {**asdict(self), "camera": self.camera.to_dict() if self.camera else None}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Header":
        """Read what `to_dict` gave, among other values."""
        camera = Camera.from_dict(values["camera"]) if values["camera"] else None
        return cls(values["name"], values["recording"], values["source"], camera, values["facts"])


def encode_jpeg(image: NDArray[np.uint8]) -> bytes:
    """Compress an RGB image (height, width, 3) uint8 as drives store it: quality 95, no chroma subsampling."""
    data: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(image), JPEG_QUALITY, "RGB", "444")
    return data


def decode_jpeg(data: bytes) -> NDArray[np.uint8]:
    """Give the RGB image (height, width, 3) uint8 of a JPEG file; ValueError if it is damaged."""
    image: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "RGB")
    return image


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Give (height, width) [px] of a JPEG file from its header; ValueError if it has none."""
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    return height, width


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def write_manifest(folder: Path, values: dict[str, Any]) -> None:
    """Write `manifest.json`, the last file of a folder and the sign that the folder is complete."""
    write_text(folder / MANIFEST, json.dumps(values, indent=2, allow_nan=False) + "\n")


def read_manifest(folder: Path, version: int, remedy: str) -> dict[str, Any]:
    """Read `manifest.json` of a folder.

    Raises:
        LiquidlaneError: if it is missing, damaged or of another `version`; the sentence ends with the remedy.
    """
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise LiquidlaneError(f"{folder} has no {MANIFEST}, so it was never finished; {remedy}") from None
    except (OSError, ValueError) as error:
        raise LiquidlaneError(f"{path} can't be read ({error}); {remedy}") from None
    found = values.get("format_version") if isinstance(values, dict) else None
    if found != version:
        raise LiquidlaneError(f"{path} has format version {found}, this program reads {version}; {remedy}")
    return dict(values)
