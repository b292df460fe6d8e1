"""From a recording's Arrow stream, whole or cut off, to the finished files of a drive."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.drives.format import (
    BATCH,
    COLUMNS,
    FORMAT_VERSION,
    FRAMES,
    LANE_COLUMNS,
    SCHEMA,
    STREAM,
    Header,
    hash_file,
    jpeg_size,
    write_manifest,
)
from pipeline.work.whole_file import explain_write_error, sync_folder, writing_aside
from simulator.errors import LiquidlaneError

HEADER_KEY = b"liquidlane"
COMPRESSION = dict.fromkeys((*COLUMNS, *LANE_COLUMNS), "zstd") | {"jpeg": "none"}


def stream_schema(header: Header) -> pa.Schema:
    """Give the schema of a stream that carries the drive's header, so that a killed recording knows what it is."""
    values = {"format_version": FORMAT_VERSION, **header.to_dict()}
    return SCHEMA.with_metadata({HEADER_KEY: json.dumps(values, allow_nan=False)})


def read_stream(path: Path) -> tuple[dict[str, Any], list[pa.RecordBatch]]:
    """Give the header and the whole batches of a stream, which may end anywhere.

    Raises:
        LiquidlaneError: if not even one batch can be read, or the format version is another.
    """
    batches: list[pa.RecordBatch] = []
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
            header = json.loads(reader.schema.metadata[HEADER_KEY])
            with suppress(pa.ArrowInvalid, OSError):  # the end was cut off
                batches.extend(reader)
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise LiquidlaneError(f"{path} can't be read as a recording ({error}); remove its folder") from None
    if header["format_version"] != FORMAT_VERSION:
        raise LiquidlaneError(
            f"{path} has format version {header['format_version']}, this program reads {FORMAT_VERSION}; "
            "repair it with the program that recorded it"
        )
    if not batches:
        raise LiquidlaneError(f"{path} ends before its first whole batch of {BATCH} frames; remove its folder")
    return header, batches


def finish_stream(folder: Path, facts: dict[str, Any]) -> None:
    """Make the Parquet file and the manifest from the stream, then remove the stream.

    Args:
        folder: of the recording.
        facts: added to those of the header.

    Raises:
        LiquidlaneError: if nothing can be read, or the disk is full (then nothing of the recording is left).
    """
    header, batches = read_stream(folder / STREAM)
    header["facts"].update(facts)
    path = folder / FRAMES
    try:
        with writing_aside(path) as aside:
            _write_parquet(aside, batches)
        times = np.concatenate([batch["timestamp"].to_numpy() for batch in batches])
        manifest = {
            **header,
            "frames": len(times),
            "duration": float(times[-1] - times[0]),
            "image_size": list(jpeg_size(batches[0]["jpeg"][0].as_py())),
            "files": {FRAMES: {"bytes": path.stat().st_size, "sha256": hash_file(path)}},
        }
        write_manifest(folder, manifest)
    except (OSError, LiquidlaneError) as error:
        for name in (FRAMES, STREAM):
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
        raise error if isinstance(error, LiquidlaneError) else explain_write_error(path, error) from error
    (folder / STREAM).unlink()
    sync_folder(folder)


def _write_parquet(path: Path, batches: list[pa.RecordBatch]) -> None:
    """Write one row group a batch: a random clip then costs the reading of two or three row groups."""
    with pq.ParquetWriter(
        path, SCHEMA, compression=COMPRESSION, use_dictionary=False, write_statistics=False
    ) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=BATCH)
