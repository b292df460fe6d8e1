"""What every check of drives keeps, whichever drives it is given."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.drives.drive import Frame
from pipeline.drives.format import decode_jpeg, encode_jpeg
from pipeline.inspection.check import SEVERITIES, Finding, find_runs, list_checks, make_check
from pipeline.inspection.look import Look, choose_stretches, count_wanted, look_through
from simulator.errors import LiquidlaneError
from simulator.randomness import make_generator
from tests.pipeline.swaying_drives import write_swaying

CHECKS = list_checks()


def look_at(folder: Path, wanted: int = 10**9) -> Look:
    return look_through(folder, {name: make_check(name) for name in CHECKS}, wanted)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Look]:
    root = tmp_path_factory.mktemp("good")
    return [look_at(write_swaying(root / f"drive{seed}", seed=seed).folder) for seed in (0, 1)]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> list[Look]:
    """Drives in which everything is wrong somewhere."""
    root = tmp_path_factory.mktemp("bad")
    random = make_generator(0, "bad drives")
    black = encode_jpeg(np.zeros((100, 200, 3), np.uint8))

    def spoil(index: int, frame: Frame) -> Frame:
        time = frame.timestamp + (0.03 if index % 5 == 0 else 0.0) + (0.4 if index >= 200 else 0.0)
        steer = float(np.sign(frame.curvature) * 0.05) if index % 40 < 20 else 0.0
        speed = 0.0 if 100 <= index < 150 else frame.speed
        jpeg = black if 160 <= index < 200 else frame.jpeg
        return replace(frame, timestamp=time, curvature=steer, executed=steer, speed=speed, jpeg=jpeg)

    looks = [look_at(write_swaying(root / f"drive{seed}", seed=0, change=spoil).folder) for seed in (0, 1)]
    ends = [write_swaying(root / f"end{frames}", seed=0, frames=frames).folder for frames in (1, 2, 5)]
    shuffled = [*looks, *(look_at(folder) for folder in ends)]
    return [shuffled[place] for place in random.permutation(len(shuffled))]


def test_the_checks_of_the_manual_are_there() -> None:
    assert {
        *("standstill", "steering_spread", "steering_limit", "keyboard_steering", "frozen_camera", "exposure"),
        *("leakage", "label_delay", "time_steps"),
    } <= set(CHECKS)
    with pytest.raises(LiquidlaneError, match="did you mean exposure"):
        make_check("exposures")


@pytest.mark.parametrize("name", CHECKS)
def test_a_good_drive_has_nothing_to_complain_of(name: str, good: list[Look]) -> None:
    assert [finding for finding in make_check(name).judge(good) if finding.severity != "note"] == []


@pytest.mark.parametrize("name", CHECKS)
def test_findings_can_be_acted_on(name: str, good: list[Look], bad: list[Look]) -> None:
    looks = [*good, *bad]
    names = {look.name for look in looks} | {look.recording for look in looks}
    for finding in make_check(name).judge(looks):
        assert finding.check == name
        assert finding.severity in SEVERITIES
        assert finding.drive in names
        assert finding.said
        assert finding.remedy or finding.severity == "note"
        assert finding.value is None or np.isfinite(finding.value)
        length = next((len(look) for look in looks if look.name == finding.drive), 0)
        assert all(0 <= first < behind <= length for first, behind in finding.frames)


def sorted_findings(findings: list[Finding]) -> list[str]:
    return sorted(f"{finding.severity} {finding.drive} {finding.value or 0:.6f}" for finding in findings)


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "leakage"])
def test_the_order_of_drives_does_not_matter(name: str, good: list[Look], bad: list[Look]) -> None:
    looks = [*good, *bad]
    one, other = make_check(name).judge(looks), make_check(name).judge(looks[::-1])
    assert sorted_findings(one) == sorted_findings(other)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_measures_a_picture_by_itself_and_its_neighbour(name: str, good: list[Look]) -> None:
    """Looking at all pictures in stretches gives the same rows as looking at few, wherever both know the neighbour."""
    look = good[0]
    few = look_at(look.folder, 100)
    assert 0 < len(few.frames) < len(look)
    assert name not in look.measured or len(look.measured[name]) == len(look)
    if name in few.measured:
        inside = np.flatnonzero(np.diff(few.frames, prepend=-2) == 1)
        np.testing.assert_array_equal(few.measured[name][inside], look.measured[name][few.frames[inside]])


@pytest.mark.parametrize("name", CHECKS)
def test_a_mirrored_drive_is_judged_alike(name: str, tmp_path: Path, bad: list[Look]) -> None:
    def mirror(index: int, frame: Frame) -> Frame:
        jpeg = encode_jpeg(np.ascontiguousarray(decode_jpeg(frame.jpeg)[:, ::-1]))
        return replace(frame, curvature=-frame.curvature, executed=-frame.executed, jpeg=jpeg)

    look = look_at(write_swaying(tmp_path / "drive0", seed=0, frames=240, change=mirror).folder)
    plain = look_at(write_swaying(tmp_path / "plain" / "drive0", seed=0, frames=240).folder)
    for one, other in zip(make_check(name).judge([look]), make_check(name).judge([plain]), strict=True):
        assert (one.severity, one.drive) == (other.severity, other.drive)
        assert one.value == (None if other.value is None else pytest.approx(other.value, rel=0.05, abs=0.02))


def test_stretches_spread_over_the_drive_and_do_not_overlap() -> None:
    for frames in (1, 7, 64, 65, 200, 1000, 12345):
        for wanted in (1, 10, 64, 150, 640, 10**6):
            stretches = choose_stretches(frames, wanted)
            seen = np.concatenate([np.arange(first, behind) for first, behind in stretches])
            assert len(np.unique(seen)) == len(seen)
            assert seen.min() >= 0
            assert seen.max() < frames
            assert len(seen) <= max(wanted, 1) or wanted >= frames
            assert wanted < frames or len(seen) == frames


def test_pictures_are_shared_out_in_proportion() -> None:
    assert count_wanted([100, 300], None) == [100, 300]
    assert count_wanted([100, 300], 400) == [100, 300]
    assert count_wanted([10_000, 30_000], 4000) == [1000, 3000]
    assert count_wanted([10, 100_000], 640) == [10, 640]


def test_runs_are_found() -> None:
    assert find_runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert find_runs(np.array([True, True, False, True]), 2) == [(0, 2)]
    assert find_runs(np.zeros(3, bool)) == []
