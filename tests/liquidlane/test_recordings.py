"""`liquidlane ingest` and `drives` as a user types them."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from evaluation.steering_arc import HALF_TRACK, arc_on_road, assume_camera
from liquidlane.cli import app
from liquidlane.recordings import find_drive
from pipeline.drives.drive import Frame
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import donkeycar_source, sully_source
from tests.pipeline.swaying_drives import write_swaying

IMAGES = [np.full((48, 64, 3), 40 + index, np.uint8) for index in range(30)]
TIMES = [0.1 * index for index in range(30)]


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_ingest_recognises_reports_and_finds_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sully_source.write_recording(tmp_path / "ride", IMAGES, [0.01] * 30, TIMES)
    (tmp_path / "ride" / "4.jpg").write_bytes(b"")
    looked = run("ingest", "ride", "rate=10", "speed=12.5", "--dry-run")
    assert "ride is sully, 90% sure: data.txt with lines such as '0.jpg" in " ".join(looked.split())
    assert "nothing was written" in looked and not (tmp_path / "data").exists()
    output = run("ingest", "ride", "rate=10", "speed=12.5")
    row = next(line for line in output.splitlines() if line.startswith("ride/camera-000"))
    expected = "ride/camera-000 2.9 29 10.0 12.5 … 12.5 +0.0100 … +0.0100 64 x 48 1 picture empty"
    assert " ".join(row.split()) == expected
    assert "assumed: speed 12.5 m/s as given, since the log holds none" in output
    assert "assumed: wheelbase 2.67 m, since the log does not say which car it was" in output
    books = json.loads((tmp_path / "data/drives/ingested/ride/ingest.json").read_text())
    assert books["recordings"][0]["table"][0]["frames"] == 29
    assert "reused" in run("ingest", "ride", "rate=10", "speed=12.5")
    assert "ride/camera-000" in run("drives") and "29" in run("drives", "list")
    run("drives", "show", "ride", "--out", tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape[:2] == (960, 1200)
    pink = (np.abs(sheet.astype(int) - (0xA0, 0x2F, 0xFF)).sum(axis=2) < 60).sum()
    assert pink > 500, "the arc is drawn"


def test_options_and_paths_are_checked(tmp_path: Path) -> None:
    for arguments, words in (
        (["ingest", str(tmp_path), "wheelbase"], "is not key=value"),
        (["ingest", str(tmp_path / "nothing")], "is not there"),
        (["ingest", str(tmp_path)], "in no format that is recognised"),
        (["ingest", str(tmp_path), "--source", "donkycar"], "did you mean 'donkeycar'"),
        (["drives", "show", "nothing", "--root", str(tmp_path)], "no drive in .* is called so"),
    ):
        with pytest.raises(LiquidlaneError, match=words):
            CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_drives_are_found_by_name(tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        donkeycar_source.write_recording(tmp_path / name, IMAGES, [0.01] * 30, TIMES)
        run("ingest", tmp_path / name, "--out", tmp_path / "drives" / name)
    expected = tmp_path / "drives" / "monday" / "monday" / "camera-000"
    for given in ("monday", "monday/camera-000", str(expected)):
        assert find_drive(given, tmp_path / "drives") == expected
    with pytest.raises(LiquidlaneError, match="camera-000 could be"):
        find_drive("camera-000", tmp_path / "drives")


def test_the_arc_lies_where_the_wheels_will_roll() -> None:
    camera = Camera.from_fov(640, 480, 1.2, z=1.4, pitch=0.1)
    left, right = arc_on_road(camera, 0.0)
    expected = camera.project(np.array([[2.0, HALF_TRACK, 0.0], [40.0, HALF_TRACK, 0.0]]))
    np.testing.assert_allclose(left[[0, -1]], expected)
    assert (left[:, 0] < right[:, 0]).all()
    bend, _ = arc_on_road(camera, 0.05)  # a circle about (0, 20)
    ground = np.linalg.inv(camera.ground_to_image()) @ np.stack([*bend.T, np.ones(len(bend))])
    forward, aside = ground[:2] / ground[2]
    np.testing.assert_allclose(np.hypot(forward, aside - 20), 20 - HALF_TRACK, atol=1e-6)
    assert bend[-1, 0] < left[-1, 0], "left is left"
    mirrored = arc_on_road(camera, -0.05)[1]
    np.testing.assert_allclose(mirrored[:, 0], 639 - bend[:, 0], atol=1e-6)


def test_the_assumed_camera_sees_the_horizon_where_it_should() -> None:
    camera = assume_camera(160, 320)
    (far,) = camera.project(np.array([[1e7, 0.0, 0.0]]))
    assert far[1] == pytest.approx(0.42 * 160, abs=0.01)
    assert far[0] == pytest.approx(159.5)


def test_inspect_tells_what_is_wrong_and_draws_pages(tmp_path: Path) -> None:
    def stand(index: int, frame: Frame) -> Frame:
        return replace(frame, speed=0.0 if index < 100 else frame.speed)

    write_swaying(tmp_path / "drives" / "one", change=stand)
    write_swaying(tmp_path / "drives" / "two", seed=1)
    runner = CliRunner()
    found = runner.invoke(app, ["inspect", str(tmp_path / "drives"), "--plots", str(tmp_path / "pages")])
    assert found.exit_code == 0
    assert "one: the car stands (below 0.5 m/s) in 25 % of 400 frames; frames 0–99" in found.stdout
    assert "→ set dataset.slowest" in found.stdout
    assert sorted(page.name for page in (tmp_path / "pages").iterdir()) == ["one.png", "two.png"]
    page = cv2.imread(str(tmp_path / "pages" / "one.png"))
    assert page.shape[1] == 1350
    assert runner.invoke(app, ["inspect", str(tmp_path / "drives"), "--strict"]).exit_code == 1
    assert runner.invoke(app, ["inspect", str(tmp_path / "drives" / "two"), "--strict"]).exit_code == 0
    told = runner.invoke(app, ["inspect", str(tmp_path / "drives"), "--json", "--pictures", "128"])
    values = json.loads(told.stdout)
    assert (values["drives"], values["frames"], values["pictures"]) == (2, 800, 128)
    assert {finding["check"] for finding in values["findings"]} >= {"standstill", "label_delay"}
    with pytest.raises(LiquidlaneError, match="holds no drive"):
        runner.invoke(app, ["inspect", str(tmp_path / "pages")], catch_exceptions=False)


def test_drives_are_exported_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sully_source.write_recording(tmp_path / "ride", IMAGES, [0.01] * 30, TIMES)
    run("ingest", "ride", "rate=10", "speed=12.5")
    output = run("drives", "export", "ride", "--to", "set", "--format", "lerobot")
    assert "1 drives as 1 episodes, 30 frames at 10 Hz" in output
    assert "set is lerobot, 100% sure" in " ".join(run("ingest", "set").split())
    assert "ride" in run("drives", "list", "data/drives/ingested/set")
    for arguments, words in (
        (["ride", "--to", "set"], "is there already"),
        (["nobody", "--to", "other"], "nobody is no drive, recording or folder of drives"),
        (["ride", "--to", "other", "--format", "rlds"], "no format 'rlds' to export to; choose lerobot or lerobot-2.1"),
    ):
        with pytest.raises(LiquidlaneError, match=words):
            CliRunner().invoke(app, ["drives", "export", *arguments], catch_exceptions=False)
