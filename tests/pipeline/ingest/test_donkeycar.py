"""Donkeycar: two real tubs counted by hand, version 1, IMU, archives, and what goes wrong with catalogs."""

import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.drives.drive import Drive
from tests.pipeline.ingest import donkeycar_source
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in

TIMES = [0.05 * index for index in range(30)]


@real
def test_a_real_tub_whose_power_went_off(tmp_path: Path) -> None:
    """By hand: 2,415 records; 300 are deleted; 289 pictures have no byte, 100 of them deleted: 2415 - 300 - 189 = 1926.

    Steering is one-sided: user/angle has a mean of 0.72 to the right. The first index is 901.
    """
    summary, drives = take_in("donkeycar", DRIVES / "donkey2_fpineau", tmp_path)
    assert summary.kept == 1926
    assert summary.quarantined == {"deleted by its owner": 300, "picture empty": 189}
    assert {drive.image_size for drive in drives} == {(96, 160)}
    curvature = np.concatenate([drive.curvature for drive in drives])
    assert (curvature < 0).mean() > 0.8
    assert curvature.min() == pytest.approx(-np.tan(np.radians(20)) / (0.17 * 16))
    assert np.median(np.concatenate([np.diff(drive.timestamp) for drive in drives])) == pytest.approx(0.05, abs=1e-3)
    first = DRIVES / "donkey2_fpineau" / "images" / "901_cam_image_array_.jpg"
    assert drives[0].jpeg(0) == first.read_bytes()


@real
def test_a_real_tub_in_an_archive_with_times_of_a_conversion(tmp_path: Path) -> None:
    """By hand: 1,000 records and pictures; stamps within 3.3 s, so 20 Hz are assumed; `._catalog_0` is ignored."""
    for path in (DRIVES / "donkey2_testtub", DRIVES / "donkey2_testtub" / "tub.tar.gz"):
        results = tmp_path / path.name / "drives"
        summary, (drive,) = take_in("donkeycar", path, results)
        assert (summary.kept, summary.quarantined) == (1000, {})
        np.testing.assert_allclose(np.diff(drive.timestamp), 0.05, atol=1e-9)
        assert any("of a conversion" in sentence for sentence in summary.recordings[0].findings)
        assert any(sentence.startswith("rate 20 frames/s") for sentence in summary.recordings[0].assumptions)
        assert summary.recordings[0].source == str(path)
        assert [entry.name for entry in results.parent.iterdir()] == ["drives"], "nothing unpacked stays"


def write_old_tub(folder: Path, stamps: list[object]) -> None:
    folder.mkdir()
    for index, (data, stamp) in enumerate(zip(plain_pictures(len(stamps)), stamps, strict=True)):
        name = f"{index + 1}_cam-image_array_.jpg"
        (folder / name).write_bytes(data)
        record = {"cam/image_array": name, "user/angle": 0.5, "user/throttle": 0.3, "user/mode": "user"}
        key = "milliseconds" if isinstance(stamp, int) else "timestamp"
        (folder / f"record_{index + 1}.json").write_text(json.dumps({**record, key: stamp}))
    (folder / "meta.json").write_text('{"inputs": ["cam/image_array"], "types": ["image_array"], "start": 1535.0}')


@pytest.mark.parametrize("text", [False, True])
def test_version_1(tmp_path: Path, text: bool) -> None:
    stamps: list[object] = [
        f"2018-08-23 10:00:{index // 20:02d}.{index % 20 * 50:03d}000" if text else index * 50 for index in range(12)
    ]
    write_old_tub(tmp_path / "tub", stamps)
    (tmp_path / "tub" / "record_5.json").write_text('{"cam/image_array": ')
    summary, (drive,) = take_in("donkeycar", tmp_path / "tub", tmp_path / "drives")
    assert (summary.kept, summary.quarantined) == (11, {"row unreadable": 1})
    np.testing.assert_allclose(np.diff(drive.timestamp)[[0, 1, 2, 3]], [0.05, 0.05, 0.05, 0.1], atol=1e-6)
    assert (drive.curvature < 0).all(), "right is negative here"
    assert drive.jpeg(10) == plain_pictures(12)[11], "record 10 comes after record 9"


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_archives_of_several_tubs(tmp_path: Path, kind: str) -> None:
    (tmp_path / "tubs").mkdir()
    images = [np.full((16, 24, 3), 90, np.uint8)] * 30
    for name in ("monday", "tuesday"):
        donkeycar_source.write_recording(tmp_path / "tubs" / name, images, [0.01] * 30, TIMES)
    archive = tmp_path / f"tubs.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in sorted((tmp_path / "tubs").rglob("*")):
                packed.write(path, path.relative_to(tmp_path))
    else:
        with tarfile.open(archive, "w") as tar:
            tar.add(tmp_path / "tubs", "tubs")
    summary, _ = take_in("donkeycar", archive, tmp_path / "drives")
    assert {recording.name: recording.kept for recording in summary.recordings} == {"monday": 30, "tuesday": 30}


def test_a_gyroscope_tells_whether_the_sign_is_right(tmp_path: Path) -> None:
    images = [np.full((16, 24, 3), 90, np.uint8)] * 60
    times = [0.05 * index for index in range(60)]
    bends = [0.05 * float(np.sin(time * 3)) for time in times]
    for name, factor in (("good", 1.0), ("opposite", -1.0)):
        donkeycar_source.write_recording(tmp_path / name, images, bends, times)
        for catalog in (tmp_path / name).glob("*.catalog"):
            records = [json.loads(line) for line in catalog.read_text().splitlines()]
            for record in records:  # degrees a second, 0.1 s later than the steering
                record["imu/gyr_z"] = factor * 57 * 10 * 0.05 * np.sin((record["_index"] - 2) * 0.05 * 3)
            catalog.write_text("\n".join(map(json.dumps, records)))
    good, _ = take_in("donkeycar", tmp_path / "good", tmp_path / "a")
    assert "agrees with the motion" in good.recordings[0].findings[0]
    assert "101 ms after it" in good.recordings[0].findings[0]
    opposite, _ = take_in("donkeycar", tmp_path / "opposite", tmp_path / "b")
    assert "OPPOSITE" in opposite.recordings[0].findings[0]


def test_an_encoder_gives_the_speed(tmp_path: Path) -> None:
    donkeycar_source.write_recording(tmp_path / "tub", [np.full((16, 24, 3), 90, np.uint8)] * 5, [0.0] * 5, TIMES[:5])
    catalog = tmp_path / "tub" / "catalog_0.catalog"
    records = [json.loads(line) | {"enc/speed": 0.5 + index} for index, line in enumerate(catalog.open())]
    catalog.write_text("\n".join(map(json.dumps, records)))
    summary, (drive,) = take_in("donkeycar", tmp_path / "tub", tmp_path / "drives", scale=2)
    np.testing.assert_allclose(drive.speed, [1, 3, 5, 7, 9])
    assert not any(sentence.startswith("speed") for sentence in summary.recordings[0].assumptions)


@pytest.mark.parametrize("manifest", ["", "{", "[]\n[]\n{}\n{}\n[1]", '{"deleted_indexes": 5, "paths": "x"}'])
def test_a_broken_manifest_costs_nothing(tmp_path: Path, manifest: str) -> None:
    donkeycar_source.write_recording(tmp_path / "tub", [np.full((16, 24, 3), 90, np.uint8)] * 30, [0.0] * 30, TIMES)
    (tmp_path / "tub" / "manifest.json").write_text(manifest)
    summary, _ = take_in("donkeycar", tmp_path / "tub", tmp_path / "drives")
    assert summary.kept == 30


def test_catalogs_are_read_in_their_order_whatever_the_manifest_lists(tmp_path: Path) -> None:
    count = 11 * donkeycar_source.PER_CATALOG
    times = [0.05 * index for index in range(count)]
    bends = [0.0001 * index for index in range(count)]
    donkeycar_source.write_recording(tmp_path / "tub", [np.full((16, 24, 3), 90, np.uint8)] * count, bends, times)
    donkeycar_source.write_manifest(tmp_path / "tub", ["catalog_3.catalog", "catalog_99.catalog"])
    summary, drives = take_in("donkeycar", tmp_path / "tub", tmp_path / "drives")
    assert (summary.kept, len(drives)) == (count, 1)
    np.testing.assert_allclose(drives[0].curvature, bends, atol=1e-9)
    findings = " ".join(summary.recordings[0].findings)
    assert "catalog_10.catalog" in findings and "catalog_99.catalog listed in manifest.json, but not there" in findings
    assert isinstance(drives[0], Drive)
