"""Writes tubs as donkeycar 4 does: a manifest of five lines, catalogs of lines of JSON, pictures in `images/`."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

OPTIONS = {"speed": 10.0 / 16}
SCALED_WHEELBASE, MAXIMUM_ANGLE = 0.17 * 16, 20.0
PER_CATALOG = 15


def angle_of(curvature: float) -> float:
    """Give user/angle, positive to the right."""
    return -float(np.degrees(np.arctan(curvature * SCALED_WHEELBASE))) / MAXIMUM_ANGLE


def write_manifest(folder: Path, catalogs: Sequence[str], deleted: Sequence[int] = ()) -> None:
    lines = [
        ["cam/image_array", "user/angle", "user/throttle", "user/mode"],
        ["image_array", "float", "float", "str"],
        {},
        {"created_at": 1610827637.26},
        {"paths": list(catalogs), "current_index": 40, "max_len": PER_CATALOG, "deleted_indexes": list(deleted)},
    ]
    (folder / "manifest.json").write_text("\n".join(map(json.dumps, lines)) + "\n")


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    (folder / "images").mkdir(parents=True)
    catalogs: dict[str, list[str]] = {}
    for index, (image, curvature, time) in enumerate(zip(images, curvatures, times, strict=True)):
        name = f"{index}_cam_image_array_.jpg"
        (folder / "images" / name).write_bytes(encode_jpeg(image))
        record = {
            "_index": index,
            "_session_id": "21-01-17_0",
            "_timestamp_ms": 1610895050719 + round(time * 1000),
            "cam/image_array": name,
            "user/angle": angle_of(curvature),
            "user/mode": "user",
            "user/throttle": -0.2,
        }
        catalogs.setdefault(f"catalog_{index // PER_CATALOG}.catalog", []).append(json.dumps(record))
    for name, records in catalogs.items():
        (folder / name).write_text("\n".join(records) + "\n")
    write_manifest(folder, list(catalogs))


def spoil(folder: Path) -> dict[str, int]:
    counts = spoil_pictures([folder / "images" / f"{index}_cam_image_array_.jpg" for index in range(12)])
    catalog = folder / "catalog_0.catalog"
    lines = catalog.read_text().splitlines()
    lines[13] = lines[13][:40]  # the power went off
    catalog.write_text("\n".join(lines) + "\n")
    second = folder / "catalog_1.catalog"
    lines = second.read_text().splitlines()
    lines[5] = lines[5].replace('"user/mode": "user"', '"user/mode": "local_angle"')
    lines[6], lines[7] = lines[7], lines[6]
    lines.append(lines[-1])
    second.write_text("\n".join(lines) + "\n")
    (folder / "._catalog_0.catalog").write_bytes(b"\0\5\26\7Mac OS X")
    write_manifest(folder, ["catalog_0.catalog", "catalog_2.catalog"], deleted=[17, 18])
    return counts | {
        "row unreadable": 1,
        "steered by a pilot": 1,
        "deleted by its owner": 2,
        "time out of order": 1,
        "time repeated": 1,
    }
