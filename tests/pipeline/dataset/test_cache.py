"""The cache holds exactly what a driver at the wheel sees, and is never believed when half written."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.dataset.cache import cache_frames
from pipeline.driver.crop import crop_image
from pipeline.drives.drive import Drive, DriveWriter, Frame, encode_jpeg
from simulator.camera import find_crop
from simulator.errors import LiquidlaneError


def noisy_drive(folder: Path, frames: int = 20, height: int = 90, width: int = 120, seed: int = 0) -> Drive:
    random = np.random.default_rng(seed)
    with DriveWriter(folder, name="d", recording="r", source="test", camera=None, facts={}) as writer:
        for index in range(frames):
            image = random.integers(0, 256, (height, width, 3), np.uint8)
            writer.append(Frame(index * 0.1, 5.0, 0.0, 0.0, encode_jpeg(image)))
        return writer.finish()


@pytest.mark.parametrize(("bottom", "above", "below"), [(0, 2, 0), (15, 2, 2), (4, 2, 1)])
def test_the_middle_is_the_crop_to_the_bit(tmp_path: Path, bottom: int, above: int, below: int) -> None:
    drive = noisy_drive(tmp_path / "d")
    cached = cache_frames(drive, tmp_path / "cache", (20, 40), bottom=bottom, margin=0.1)
    assert (cached.above, cached.below) == (above, below), "two rows are a tenth of 20, if the image has them"
    assert cached.images.shape == (20, above + 20 + below, 40, 3)
    for index in (0, 7, 19):
        seen = crop_image(drive.image(index), find_crop(120, 90, 40, 20, bottom))
        np.testing.assert_array_equal(cached.images[index, above : above + 20], seen)
    top = 90 - bottom - 60
    over = crop_image(drive.image(3)[top - 6 : top], find_crop(120, 6, 40, 2))
    np.testing.assert_array_equal(cached.images[3, :above], over)


def test_a_fractional_scale_keeps_the_middle(tmp_path: Path) -> None:
    drive = noisy_drive(tmp_path / "d", frames=3, height=160, width=320)
    cached = cache_frames(drive, tmp_path / "cache", (33, 101), bottom=25)
    seen = crop_image(drive.image(2), find_crop(320, 160, 101, 33, 25))
    np.testing.assert_array_equal(cached.images[2, cached.above : cached.above + 33], seen)


def test_it_is_built_once_for_each_content(tmp_path: Path) -> None:
    drive = noisy_drive(tmp_path / "d")
    told: list[int] = []
    first = cache_frames(drive, tmp_path / "cache", (20, 40), report=told.append)
    assert sum(told) == 20
    written = (first.folder / "frames.npy").stat().st_mtime_ns
    again = cache_frames(drive, tmp_path / "cache", (20, 40), report=told.append)
    assert sum(told) == 40, "what is found counts as done"
    assert (again.folder / "frames.npy").stat().st_mtime_ns == written
    others = [
        cache_frames(drive, tmp_path / "cache", (20, 40), bottom=8),
        cache_frames(drive, tmp_path / "cache", (20, 40), bottom=9),
        cache_frames(drive, tmp_path / "cache", (20, 40), margin=0.0),
        cache_frames(drive, tmp_path / "cache", (10, 40)),
        cache_frames(noisy_drive(tmp_path / "e", seed=1), tmp_path / "cache", (20, 40)),
    ]
    assert len({cached.folder for cached in [first, *others]}) == 6
    same = noisy_drive(tmp_path / "moved" / "elsewhere")
    assert cache_frames(same, tmp_path / "cache", (20, 40)).folder == first.folder, "content decides, not the place"


@pytest.mark.parametrize("damage", ["manifest gone", "manifest cut", "other version", "frames cut", "frames gone"])
def test_what_is_not_whole_is_built_again(tmp_path: Path, damage: str) -> None:
    drive = noisy_drive(tmp_path / "d")
    good = cache_frames(drive, tmp_path / "cache", (20, 40))
    expected = good.images.copy()
    manifest, frames = good.folder / "manifest.json", good.folder / "frames.npy"
    if damage == "manifest gone":
        manifest.unlink()
        frames.write_bytes(bytes(frames.stat().st_size))
    elif damage == "manifest cut":
        manifest.write_text(manifest.read_text()[:50])
    elif damage == "other version":
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format_version": 0}))
    elif damage == "frames cut":
        frames.write_bytes(frames.read_bytes()[:-1])
    else:
        frames.unlink()
    again = cache_frames(drive, tmp_path / "cache", (20, 40))
    np.testing.assert_array_equal(again.images, expected)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [good.folder.name]


BUILD = """
import sys
from pathlib import Path
from pipeline.dataset.cache import cache_frames
from pipeline.drives.drive import Drive
cached = cache_frames(Drive.open(Path(sys.argv[1])), Path(sys.argv[2]), (20, 40))
print(int(cached.images.sum()))
"""


def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    drive = noisy_drive(tmp_path / "d", frames=400)
    command = [sys.executable, "-c", BUILD, str(drive.folder), str(tmp_path / "cache")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {child.communicate()[0] for child in children}
    assert answers == {f"{cache_frames(drive, tmp_path / 'cache', (20, 40)).images.sum()}\n"}
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_leftovers_of_killed_builders_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    leftover = tmp_path / "cache" / f".abc.{dead.pid}.writing"
    leftover.mkdir(parents=True)
    cache_frames(noisy_drive(tmp_path / "d"), tmp_path / "cache", (20, 40))
    assert not leftover.exists()


FULL_DISK = f"""
import resource, signal
from simulator.errors import LiquidlaneError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
{"".join(f"    {line}{chr(10)}" for line in BUILD.strip().splitlines())}
except LiquidlaneError as error:
    print(error)
"""


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    drive = noisy_drive(tmp_path / "d")
    command = [sys.executable, "-c", FULL_DISK, str(drive.folder), str(tmp_path / "cache")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "can't be written" in answer
    assert "free some space" in answer
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_damaged_drive_is_not_cached(tmp_path: Path) -> None:
    path = noisy_drive(tmp_path / "d").folder / "frames.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    drive = Drive.open(tmp_path / "d", verify=False)
    with pytest.raises(LiquidlaneError, match="does not match its checksum"):
        cache_frames(drive, tmp_path / "cache", (20, 40))
    assert not (tmp_path / "cache").exists()


def test_an_image_too_flat_for_the_model_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match="too flat"):
        cache_frames(noisy_drive(tmp_path / "d"), tmp_path / "cache", (40, 40))
    assert not (tmp_path / "cache").exists()


def test_workers_get_the_path_and_not_the_pixels(tmp_path: Path) -> None:
    cached = cache_frames(noisy_drive(tmp_path / "d"), tmp_path / "cache", (20, 40))
    pixels = cached.images
    sent = pickle.dumps(cached)
    assert len(sent) < 2000
    np.testing.assert_array_equal(pickle.loads(sent).images, pixels)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0
