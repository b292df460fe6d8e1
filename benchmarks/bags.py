"""What a bag's length costs in memory: the peak of a process that ingests bags of raw pictures, a short and a long one.

Run `python -m benchmarks.bags [SHORT_MB LONG_MB] [KIND ...]`; it needs that much room in the folder of temporary files.
Kinds are those of `tests/pipeline/ingest/rosbag_source.py`; none: an MCAP, a database and a bag of ROS 1. Pictures are
640 x 480 px, rgb8.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.pipeline.ingest.rosbag_source import FIRST_KINDS, BagWriter, stamp_of

HEIGHT, WIDTH = 480, 640
RATE = 30.0


def write(path: Path, kind: str, megabytes: int) -> int:
    """Write a bag of so many MB; give its pictures."""
    count = megabytes * 10**6 // (HEIGHT * WIDTH * 3)
    row = np.linspace(0, 200, WIDTH).astype(np.uint8)
    image = np.ascontiguousarray(np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)))
    with BagWriter(path, kind) as bag:
        for index in range(count):
            moment = index / RATE
            bag.drive(moment, 0.01)
            fields = {"height": HEIGHT, "width": WIDTH, "encoding": "rgb8", "step": 3 * WIDTH}
            stamp = stamp_of(moment)
            bag.add(
                "/camera/image_raw", "sensor_msgs/msg/Image", stamp, stamp, **fields, data=image.ravel() + index % 50
            )
    return count


def ingest_one(path: str, out: str) -> None:
    """Ingest in this process and print its peak of memory [MB], seconds and frames."""
    from pipeline.ingestion.ingest import IngestConfig, ingest

    start = time.process_time()
    summary = ingest(IngestConfig(reader="rosbag", folders=(path,)), Path(out), workers=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(peak, f"{time.process_time() - start:.1f}", summary.kept)


def main() -> None:
    """Measure and print a table."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()] or [300, 2500]
    kinds = [word for word in sys.argv[1:] if not word.isdigit()] or ["mcap", "sqlite3", "bag"]
    print(f"{'kind':20s} {'bag':>8} {'frames':>8} {'peak memory':>12} {'CPU':>8} {'frames/s':>9}")
    for kind in kinds:
        for megabytes in numbers:
            with tempfile.TemporaryDirectory() as place:
                path = Path(place) / ("ride.bag" if kind in FIRST_KINDS else "ride")
                write(path, kind, megabytes)
                command = [sys.executable, "-m", "benchmarks.bags", "--ingest", str(path), str(Path(place) / "drives")]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                peak, seconds, frames = done.stdout.split()[-3:]
                speed = int(frames) / float(seconds)
                print(f"{kind:20s} {megabytes:5d} MB {frames:>8} {peak:>9} MB {seconds:>6} s {speed:9,.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ingest"]:
        ingest_one(*sys.argv[2:])
    else:
        main()
