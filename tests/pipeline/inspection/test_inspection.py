"""Defects that were planted are found where and as large as they are; real recordings are judged as described."""

import dataclasses
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.dataset.split import DatasetConfig
from pipeline.drives.drive import Frame
from pipeline.drives.format import STREAM, decode_jpeg, encode_jpeg
from pipeline.ingestion.ingest import IngestConfig, ingest
from pipeline.inspection.check import Finding
from pipeline.inspection.checks.label_delay import find_delay
from pipeline.inspection.drives import Inspection, find_drives, inspect_drives
from pipeline.inspection.image_motion import STRIP, cut_strips, measure_shifts
from pipeline.inspection.picture_hash import find_nearest, hash_pictures
from simulator.errors import LiquidlaneError
from simulator.randomness import make_generator
from tests.pipeline.swaying_drives import PERIOD, shift_labels, write_swaying

DRIVES = Path(os.environ.get("LIQUIDLANE_DRIVES", "")) if os.environ.get("LIQUIDLANE_DRIVES") else None
real = pytest.mark.skipif(DRIVES is None, reason="LIQUIDLANE_DRIVES names no folder of real recordings")


STOP = 0.012  # [1/m], of steering that can't go farther


def find(inspection: Inspection, check: str) -> list[Finding]:
    return [finding for finding in inspection.findings if finding.check == check and finding.severity != "note"]


@pytest.mark.parametrize("later", [-12, -5, -2, -1, 1, 2, 5, 12])
def test_a_planted_delay_is_found(tmp_path: Path, later: int) -> None:
    plain = inspect_drives([write_swaying(tmp_path / "plain").folder]).looks
    moved = inspect_drives([write_swaying(tmp_path / "moved", change=shift_labels(0, 400, later)).folder])
    before, found = find_delay(plain), find_delay(moved.looks)
    assert not isinstance(before, str)
    assert not isinstance(found, str)
    assert abs(before.seconds) < PERIOD / 2, "what is driven and what is seen belong together"
    assert found.seconds == pytest.approx(later * PERIOD, abs=0.6 * PERIOD)
    assert found.low - PERIOD < later * PERIOD < found.high + PERIOD
    told = find(moved, "label_delay")
    assert bool(told) == (later >= 1 or later * PERIOD < -0.45)
    assert all(f"dataset.label_delay={found.seconds:.2f}" in finding.remedy for finding in told if later > 0)


def test_labels_of_the_wrong_sign_are_found(tmp_path: Path) -> None:
    def turn_round(index: int, frame: Frame) -> Frame:
        return replace(frame, curvature=-frame.curvature, executed=-frame.executed)

    (finding,) = find(inspect_drives([write_swaying(tmp_path / "d", change=turn_round).folder]), "label_delay")
    assert finding.severity == "error"
    assert "other way" in finding.said


@pytest.mark.parametrize("seed", range(4))
def test_labels_that_have_nothing_to_do_with_the_pictures_give_no_delay(tmp_path: Path, seed: int) -> None:
    random = make_generator(seed, "foreign labels")
    phases = random.uniform(0, 2 * np.pi, 3)

    def replace_label(index: int, frame: Frame) -> Frame:
        time = frame.timestamp
        value = 0.02 * float(np.sum(np.sin(np.array([0.9, 1.3, 2.7]) * time + phases)))
        return replace(frame, curvature=value, executed=value)

    (look,) = inspect_drives([write_swaying(tmp_path / "d", change=replace_label).folder]).looks
    found = find_delay([look])
    assert isinstance(found, str), f"told {found} of labels that were drawn by lot"


def test_a_straight_road_and_a_short_drive_tell_no_delay(tmp_path: Path) -> None:
    def straighten(index: int, frame: Frame) -> Frame:
        return replace(frame, curvature=1e-5 * (index % 2), executed=0.0)

    looks = inspect_drives(
        [write_swaying(tmp_path / "a", change=straighten).folder, write_swaying(tmp_path / "b", frames=100).folder]
    ).looks
    assert "straight" in str(find_delay(looks[:1]))
    assert "are needed" in str(find_delay(looks[1:]))


@pytest.mark.parametrize("shift", [-9.0, -2.5, -0.4, 0.0, 0.3, 1.7, 12.0])
def test_shifts_of_a_picture_are_measured(shift: float) -> None:
    random = make_generator(0, "texture")
    scene = cv2.GaussianBlur(random.uniform(0, 255, (80, 400)).astype(np.float32), (0, 0), 2.5)
    views = [
        cv2.warpAffine(scene, np.float32([[1, 0, -100 + moved], [0, 1, 0]]), (160, 80), flags=cv2.INTER_CUBIC)
        for moved in (0.0, shift)
    ]
    grey = np.stack(views).clip(0, 255).astype(np.uint8)
    ((across, clear),) = measure_shifts(cut_strips(grey, None, (80, 160)))
    assert across * 160 == pytest.approx(shift, abs=0.25)
    assert clear > 0.2
    assert STRIP[0] < 160, "so the strip was resized, and the share of its width was right all the same"


def test_a_frozen_camera_is_found_where_it_froze(tmp_path: Path) -> None:
    drive = write_swaying(tmp_path / "plain")
    kept = drive.jpeg(150)

    def freeze(index: int, frame: Frame) -> Frame:
        return replace(frame, jpeg=kept) if 151 <= index < 171 else frame

    def repeat(index: int, frame: Frame) -> Frame:
        return replace(frame, jpeg=drive.jpeg(index - index % 2))

    def stand(index: int, frame: Frame) -> Frame:
        return replace(freeze(index, frame), speed=0.0) if 140 <= index < 180 else frame

    (finding,) = find(inspect_drives([write_swaying(tmp_path / "frozen", change=freeze).folder]), "frozen_camera")
    assert finding.frames == ((150, 171),)
    assert finding.value == pytest.approx(20 * PERIOD)
    assert finding.severity == "error"
    (finding,) = find(inspect_drives([write_swaying(tmp_path / "slow", change=repeat).folder]), "frozen_camera")
    assert finding.severity == "warning"
    assert finding.value == pytest.approx(50, abs=0.5)
    assert not find(inspect_drives([write_swaying(tmp_path / "stands", change=stand).folder]), "frozen_camera")


@pytest.mark.parametrize(("gain", "bias", "kind"), [(0.08, 0, "dark"), (1.5, 90, "blown out"), (0, 90, "one colour")])
def test_pictures_that_show_nothing_are_found(tmp_path: Path, gain: float, bias: float, kind: str) -> None:
    def expose(index: int, frame: Frame) -> Frame:
        if not 100 <= index < 140:
            return frame
        image = (decode_jpeg(frame.jpeg).astype(float) * gain + bias).clip(0, 255).astype(np.uint8)
        if kind == "dark":
            image[:20, :20] = 200  # a lamp, so that the picture is not of one colour
        return replace(frame, jpeg=encode_jpeg(image))

    findings = find(inspect_drives([write_swaying(tmp_path / "d", change=expose).folder]), "exposure")
    assert [f"{finding.said}"[-len(kind) :] for finding in findings] == [kind]
    assert findings[0].value == pytest.approx(10)
    assert findings[0].frames == ((100, 140),)


def test_a_picture_is_known_again_and_others_are_not(tmp_path: Path) -> None:
    one, other = (write_swaying(tmp_path / f"d{seed}", seed=seed) for seed in (0, 1))

    def grey(image: np.ndarray) -> np.ndarray:
        return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)

    places = range(0, 400, 10)
    hashes = hash_pictures(np.stack([grey(one.image(index)) for index in places]))
    small = [cv2.resize(one.image(index), (120, 60), interpolation=cv2.INTER_AREA) for index in places]
    again = hash_pictures(np.stack([grey(decode_jpeg(encode_jpeg(image))) for image in small]))
    strange = hash_pictures(np.stack([grey(other.image(index)) for index in places]))
    zeros, ones = np.zeros(len(hashes), np.int64), np.ones(len(hashes), np.int64)
    place, bits = find_nearest(hashes, zeros, again, ones)
    assert bits.max() <= 34
    assert (place == np.arange(len(place))).mean() > 0.9
    assert find_nearest(hashes, zeros, strange, ones)[1].min() > 34
    for row, their in ((3, 8), (0, 0), (11, 39)):
        _, counted = find_nearest(hashes[row : row + 1], zeros[:1], strange[their : their + 1], ones[:1])
        bytes_apart = hashes[row].view(np.uint8) ^ strange[their].view(np.uint8)
        assert counted[0] == np.unpackbits(bytes_apart).sum()
    assert find_nearest(hashes, zeros, again, zeros)[0].max() == -1, "what belongs together is not compared"


def test_a_drive_that_was_recorded_twice_is_found(tmp_path: Path) -> None:
    def compress(index: int, frame: Frame) -> Frame:
        return replace(frame, jpeg=encode_jpeg((decode_jpeg(frame.jpeg) * 0.9 + 9).astype(np.uint8)))

    first = write_swaying(tmp_path / "first", seed=0, recording="monday")
    copy = write_swaying(tmp_path / "copy", seed=0, recording="tuesday", change=compress)
    alone = write_swaying(tmp_path / "alone", seed=1, recording="friday")
    (finding,) = find(inspect_drives([first.folder, copy.folder, alone.folder]), "leakage")
    assert {finding.drive, "first", "copy"} == {"first", "copy"}
    assert "first frame" in finding.said
    assert "copy frame" in finding.said
    assert finding.value is not None
    assert finding.value > 95
    same = write_swaying(tmp_path / "same", seed=0, recording="monday", change=compress)
    assert not find(inspect_drives([first.folder, same.folder, alone.folder]), "leakage")


def test_leakage_across_the_splits_of_a_config(tmp_path: Path) -> None:
    def leave(index: int, frame: Frame) -> Frame:
        return frame

    training = write_swaying(tmp_path / "a", seed=0, recording="r", facts={"split": "training"}, change=leave)
    test = write_swaying(tmp_path / "b", seed=0, recording="r", facts={"split": "test"}, change=leave)
    inspection = inspect_drives([training.folder, test.folder], dataset=(DatasetConfig(), 0))
    (finding,) = find(inspection, "leakage")
    assert finding.severity == "error"
    assert finding.drive == "b"
    assert "that train" in finding.said


def test_keys_are_told_from_a_wheel_and_the_limit_is_found(tmp_path: Path) -> None:
    def press(index: int, frame: Frame) -> Frame:
        value = 0.05 * float(np.sign(frame.curvature)) if index % 8 < 4 else 0.0
        return replace(frame, curvature=value, executed=value)

    def limit(index: int, frame: Frame) -> Frame:
        value = float(np.clip(frame.curvature, -STOP, STOP))
        return replace(frame, curvature=value, executed=value)

    (finding,) = find(inspect_drives([write_swaying(tmp_path / "keys", change=press).folder]), "keyboard_steering")
    assert "dataset.smoothing" in finding.remedy
    limited = write_swaying(tmp_path / "limit", change=limit)
    inspection = inspect_drives([limited.folder])
    (finding,) = find(inspection, "steering_limit")
    assert finding.value == pytest.approx(100 * (np.abs(limited.curvature) >= STOP).mean())
    assert not find(inspection, "keyboard_steering")


def test_standstill_uneven_steps_and_one_sided_bends_are_found(tmp_path: Path) -> None:
    def spoil(index: int, frame: Frame) -> Frame:
        time = frame.timestamp + 0.2 * (index // 10)
        bend = abs(frame.curvature)
        return replace(frame, timestamp=time, speed=0.0 if index < 80 else 8.0, curvature=bend, executed=bend)

    inspection = inspect_drives([write_swaying(tmp_path / "d", change=spoil).folder])
    (standstill,) = find(inspection, "standstill")
    assert standstill.value == pytest.approx(20)
    assert standstill.frames == ((0, 80),)
    (steps,) = find(inspection, "time_steps")
    assert steps.value == pytest.approx(100 * 39 / 399)
    assert steps.frames[0] == (9, 11)
    (spread,) = find(inspection, "steering_spread")
    assert spread.unit.endswith("left")


def test_a_drive_that_can_not_be_opened_is_a_finding(tmp_path: Path) -> None:
    good, cut = write_swaying(tmp_path / "good", frames=60), write_swaying(tmp_path / "cut", frames=60)
    data = (cut.folder / "frames.parquet").read_bytes()
    (cut.folder / "frames.parquet").write_bytes(data[:3000] + b"?" + data[3001:])
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "unfinished" / STREAM).write_bytes(b"")
    inspection = inspect_drives(find_drives(tmp_path))
    assert [look.name for look in inspection.looks] == [good.name]
    damaged = find(inspection, "drive")
    assert sorted(Path(finding.drive).name for finding in damaged) == ["cut", "unfinished"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(LiquidlaneError, match="holds no drive"):
        find_drives(tmp_path / "empty")


def test_what_was_not_looked_at_is_said_and_processes_change_nothing(tmp_path: Path) -> None:
    folders = [write_swaying(tmp_path / f"d{seed}", seed=seed).folder for seed in (0, 1)]
    seen: list[int] = []
    few = inspect_drives(folders, pictures=256, report=seen.append)
    assert sum(seen) == sum(len(look.frames) for look in few.looks) == 256
    assert "256 pictures in stretches of 64" in few.statement
    whole = inspect_drives(folders)
    assert "all pictures" in whole.statement
    assert {finding.check for finding in few.findings} == {finding.check for finding in whole.findings}
    assert dataclasses.asdict(few.findings[0]).keys() == {field.name for field in dataclasses.fields(Finding)}


@real
@pytest.mark.parametrize(
    ("name", "expected", "lead"),
    [
        ("udsim_msh8261", {"keyboard_steering", "standstill", "time_steps"}, 0.12),
        ("udsim_udacity_official_part", {"keyboard_steering", "standstill"}, 0.10),
        ("donkey2_fpineau", {"keyboard_steering", "steering_limit", "steering_spread", "time_steps"}, 0.16),
        ("donkey2_testtub", set(), 0.20),
        ("sully_abhinav", set(), None),
    ],
)
def test_real_recordings_are_judged_as_their_description_says(
    tmp_path: Path, name: str, expected: set[str], lead: float | None
) -> None:
    """What the recordings' README tells, and that steering comes 0.1 to 0.2 s before the turn, as cars do."""
    assert DRIVES is not None
    reader = {"udsim": "udacity", "donkey2": "donkeycar", "sully": "sully"}[name.partition("_")[0]]
    ingest(IngestConfig(reader=reader, folders=(str(DRIVES / name),)), tmp_path / "drives")
    inspection = inspect_drives(find_drives(tmp_path / "drives"))
    assert {finding.check for finding in inspection.findings if finding.severity != "note"} == expected
    delays = [finding.value for finding in inspection.findings if finding.check == "label_delay"]
    told = [value for value in delays if value is not None]
    assert told == ([] if lead is None else [pytest.approx(-lead, abs=0.03)])
