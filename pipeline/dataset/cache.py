"""Decoded frames for training: the model's crop of every frame of a drive in one memory-mapped file.

The crop is exactly what `pipeline.driver.crop` gives a driver at the wheel; a margin of rows above and below, where the
image has them, lets augmentation look a little past its edges.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from pipeline.driver.crop import crop_image
from pipeline.drives.drive import Drive
from pipeline.drives.format import read_manifest, write_manifest
from pipeline.work.whole_file import explain_write_error, sync_folder
from simulator.camera import Crop, find_crop
from simulator.errors import LiquidlaneError

CACHE_VERSION = 1
IMAGES = "frames.npy"


@dataclass
class CachedFrames:
    """The frames of one drive as a model sees them; pickled by its path, so that workers map the same memory.

    folder: where it lies. crop: the window in the drive's image. above, below: rows of margin around it.
    """

    folder: Path
    crop: Crop
    above: int
    below: int
    _images: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)

    @property
    def images(self) -> NDArray[np.uint8]:
        """(frames, above + height + below, width, 3) uint8 RGB, read-only and memory-mapped."""
        if self._images is None:
            self._images = np.asarray(np.load(self.folder / IMAGES, mmap_mode="r"))
        return self._images

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_images": None}


def cache_frames(
    drive: Drive,
    folder: Path,
    input_size: tuple[int, int],
    *,
    bottom: int = 0,
    margin: float = 0.1,
    crop: Crop | None = None,
    report: Callable[[int], None] | None = None,
) -> CachedFrames:
    """Decode, crop and resize all frames of a drive, or find that it was done before.

    Safe when several processes build the same at once: each writes aside, the first to finish wins.

    Args:
        drive: whose frames are wanted.
        folder: of all caches; each gets its own folder in it, named by its content.
        input_size: (height, width) of the model [px].
        bottom: rows at the lower edge of the drive's image to leave out [px].
        crop: the window of the drive's image; None is the full width above `bottom`.
        margin: rows kept above and below the crop, as a share of its height.
        report: is told how many frames are done, again and again, with the numbers adding up to the drive's length.

    Raises:
        LiquidlaneError: if the image is too flat for the model, a picture is damaged, or the disk is full.
    """
    height, width = drive.image_size
    crop = crop or find_crop(width, height, input_size[1], input_size[0], bottom)
    strips = _plan_strips(crop, height, math.ceil(margin * crop.height))
    above, below = strips[0].height if strips[0] else 0, strips[2].height if strips[2] else 0
    values = {"drive": drive.checksum, "crop": asdict(crop), "above": above, "below": below}
    key = hashlib.sha256(json.dumps({"version": CACHE_VERSION, **values}, sort_keys=True).encode()).hexdigest()[:24]
    result = CachedFrames(Path(folder) / key, crop, above, below)
    if not _is_complete(result.folder, len(drive)):
        _build(drive, result.folder, [strip for strip in strips if strip], values, report)
    elif report:
        report(len(drive))
    return result


def _plan_strips(crop: Crop, image_height: int, rows: int) -> tuple[Crop | None, Crop, Crop | None]:
    """Give the windows above, in and below the crop. The middle one is the crop itself, so its pixels are the same."""
    scale = crop.source_height / crop.height
    free_below = image_height - crop.top - crop.source_height
    above, below = (min(rows, math.floor(free / scale + 1e-9)) for free in (crop.top, free_below))
    source_above, source_below = round(above * scale), round(below * scale)
    upper = replace(crop, top=crop.top - source_above, source_height=source_above, height=above) if above else None
    lower_top = crop.top + crop.source_height
    lower = replace(crop, top=lower_top, source_height=source_below, height=below) if below else None
    return upper, crop, lower


def _is_complete(folder: Path, frames: int) -> bool:
    if not folder.exists():
        return False
    try:
        manifest = read_manifest(folder, CACHE_VERSION, "it will be built anew")
        return bool(manifest["frames"] == frames and (folder / IMAGES).stat().st_size == manifest["bytes"])
    except (LiquidlaneError, OSError, KeyError):
        return False


def _build(
    drive: Drive, folder: Path, strips: list[Crop], values: dict[str, Any], report: Callable[[int], None] | None
) -> None:
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.writing")
    drive.verify()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder.parent)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        size = _write_images(drive, aside / IMAGES, strips, report)
        write_manifest(aside, {"format_version": CACHE_VERSION, **values, "frames": len(drive), "bytes": size})
        if folder.exists() and not _is_complete(folder, len(drive)):
            shutil.rmtree(folder)
        with suppress(OSError):  # another process was faster, and its frames are the same
            aside.rename(folder)
        if not _is_complete(folder, len(drive)):
            raise LiquidlaneError(f"{folder} can't be replaced; remove it and try again")
        sync_folder(folder.parent)
    except OSError as error:
        raise explain_write_error(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_images(drive: Drive, path: Path, strips: list[Crop], report: Callable[[int], None] | None) -> int:
    """Write a .npy file frame by frame; not through a map, since a full disk then kills the process."""
    shape = (len(drive), sum(strip.height for strip in strips), strips[0].width, 3)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
        )
        for index in range(len(drive)):
            try:
                image = drive.image(index)
            except ValueError as error:
                raise LiquidlaneError(
                    f"frame {index} of {drive.folder} can't be decoded ({error}); ingest or collect the drive again"
                ) from None
            for strip in strips:
                file.write(crop_image(image, strip).data)
            if report and (index % 64 == 63 or index == len(drive) - 1):
                report(index % 64 + 1)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for leftover in folder.glob(".*.writing"):
        process = leftover.name.split(".")[-2]
        if not (process.isdigit() and psutil.pid_exists(int(process))):
            shutil.rmtree(leftover, ignore_errors=True)
