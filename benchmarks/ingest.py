"""How fast recordings become drives, beside bare decoding of the same pictures: frames/s of one core, and of all.

Run `python -m benchmarks.ingest [FRAMES] [READER ...]`. Every reader reads the same pictures, 320 x 160 px, written by
its tests' source. Decoding is libjpeg-turbo's into RGB, from memory, or PyAV's where the source writes a video.
Ways alternate; medians of three; CPU time of one process for one core, wall time for all. Reading, judging, writing,
checksums and syncing to the disk are in it.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import importlib
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from pipeline.drives.format import decode_jpeg, encode_jpeg
from pipeline.ingestion.ingest import IngestConfig, ingest
from pipeline.ingestion.reader import reader_names

HEIGHT, WIDTH, PAN, ROUNDS = 160, 320, 128, 3


def make_images(count: int) -> list[np.ndarray]:
    """Give blurred noise, about as hard to compress as a road, over which the camera pans to and fro."""
    coarse = np.random.default_rng(0).integers(0, 256, (20, 56, 3), np.uint8)
    wide = np.asarray(cv2.resize(coarse, (PAN + WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
    distinct = [np.ascontiguousarray(wide[:, left : left + WIDTH]) for left in range(0, PAN, 2)]
    way = [*distinct, *distinct[::-1]]
    return [way[index % len(way)] for index in range(count)]


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Measure once."""
    start = clock()
    work()
    return clock() - start


def measure(name: str, folder: Path, images: list[np.ndarray]) -> None:
    """Measure one reader and print its line."""
    source = importlib.import_module(f"tests.pipeline.ingest.{name}_source")
    count = len(images)
    times = [round(0.05 * index, 3) for index in range(count)]
    bends = [0.03 * float(np.sin(time)) for time in times]
    source.write_recording(folder / name, images, bends, times)
    config = IngestConfig(reader=name, folders=(str(folder / name),), options=dict(getattr(source, "OPTIONS", {})))
    encoded = [encode_jpeg(image) for image in images[:512]]
    results = iter(range(1000))

    def read(workers: int | None) -> Callable[[], object]:
        return lambda: ingest(config, folder / "drives" / f"{name}{next(results)}", workers=workers)

    bare = getattr(source, "decode_bare", None)
    decode = (lambda: [decode_jpeg(data) for data in encoded], time.process_time, len(encoded))
    if bare is not None:
        decode = (lambda: bare(folder / name), time.process_time, count)
    ways: dict[str, tuple[Callable[[], object], Callable[[], float], int]] = {
        "decode": decode,
        "one": (read(1), time.process_time, count),
        "all": (read(None), time.perf_counter, count),
    }
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (work, clock, _) in ways.items():
            spent[way].append(seconds(work, clock))
    decode, one, every = (ways[way][2] / statistics.median(spent[way]) for way in ways)
    again = folder / "drives" / f"{name}{next(results)}"
    ingest(config, again, workers=1)
    no_op = seconds(lambda: ingest(config, again), time.perf_counter)
    print(
        f"{name:12s} {decode:8,.0f} {one:8,.0f} {one / decode:6.2f} {every:10,.0f} {every / one:6.2f} "
        f"{no_op * 1000:8.0f} ms"
    )


def main() -> None:
    """Measure and print a table."""
    logging.disable()
    cv2.setNumThreads(1)
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 12_000
    names = sys.argv[2:] or [name for name in reader_names() if name != "simulator"]
    print(f"{frames} frames of {WIDTH} x {HEIGHT} px JPEG; frames/s; {len(os.sched_getaffinity(0))} cores")
    print(f"{'reader':12s} {'decode':>8} {'1 core':>8} {'ratio':>6} {'all, wall':>10} {'/ one':>6} {'again':>11}")
    with tempfile.TemporaryDirectory() as place:
        images = make_images(frames)
        for name in names:
            measure(name, Path(place), images)


if __name__ == "__main__":
    main()
