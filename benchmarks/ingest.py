"""How fast recordings become drives, beside bare decoding of the same pictures: frames/s of one core, and of all.

Run `python -m benchmarks.ingest [FRAMES] [READER ...]`. Every reader reads the same pictures, 320 x 160 px, written by
its tests' source. Decoding is libjpeg-turbo's into RGB, from memory, or PyAV's where the source writes a video.
Ways alternate; medians of three. "1 core" is CPU time of one process; "one" and "all" are wall times of one process and
of one a core, from the call to the finished books: finding the recordings, starting processes, reading, judging,
writing, checksums and syncing to the disk are in it. "all" means little unless all cores are free.
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


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Measure CPU time of this process and wall time once."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


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
    decode = (lambda: [decode_jpeg(data) for data in encoded]) if bare is None else (lambda: bare(folder / name))
    ways: dict[str, Callable[[], object]] = {"decode": decode, "one": read(1), "all": read(None)}
    spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, work in ways.items():
            spent[way].append(seconds(work))
    decoding = (len(encoded) if bare is None else count) / statistics.median(cpu for cpu, _ in spent["decode"])
    core = count / statistics.median(cpu for cpu, _ in spent["one"])
    one, every = (count / statistics.median(wall for _, wall in spent[way]) for way in ("one", "all"))
    again = folder / "drives" / f"{name}{next(results)}"
    ingest(config, again, workers=1)
    _, no_op = seconds(lambda: ingest(config, again))
    print(
        f"{name:12s} {decoding:8,.0f} {core:8,.0f} {core / decoding:6.2f} {one:8,.0f} {every:8,.0f} {every / one:6.2f} "
        f"{no_op * 1000:8.0f} ms"
    )


def main() -> None:
    """Measure and print a table."""
    logging.disable()
    cv2.setNumThreads(1)
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 12_000
    names = sys.argv[2:] or [name for name in reader_names() if name != "simulator"]
    print(f"{frames} frames of {WIDTH} x {HEIGHT} px JPEG; frames/s; {len(os.sched_getaffinity(0))} cores")
    print(f"{'reader':12s} {'decode':>8} {'1 core':>8} {'ratio':>6} {'one':>8} {'all':>8} {'/ one':>6} {'again':>11}")
    with tempfile.TemporaryDirectory() as place:
        images = make_images(frames)
        for name in names:
            measure(name, Path(place), images)


if __name__ == "__main__":
    main()
